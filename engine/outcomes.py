"""What came of one call, by what happens next. Nothing else decides what becomes of a message."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from adapterkit import errors
from adapterkit.records import Submission, SubmissionState
from adapterkit.sentences import kept

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Verdict(StrEnum):
    DONE = "done"  # the remote side has it
    AGAIN = "again"  # a step was made, and more is to be done: at once
    SUBMITTED = "submitted"  # the remote side decides later; ask with `reference`
    LATER = "later"  # did not happen
    UNKNOWN = "unknown"  # may have happened: look first
    REFUSED = "refused"  # credentials refused
    REJECTED = "rejected"  # the remote side says no, or what it has is not what we asked for
    HELD = "held"  # not sent: waits for a person or another fact
    DISCARDED = "discarded"  # not sent: no longer wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`value` is for the handler's `settle`; `code` and `params` are put in words by the reader; `params` go into
    JSON, with an adapter's sentences as `adapterkit.sentences.kept` keeps them.

    `retry_after` (seconds) overrides the engine's own waiting time. `blames_lane` says that the remote side as a whole
    is in trouble, not this message alone; `strained`, that it shows signs of bearing no more. `by` is the endpoint that
    refused the credentials, empty where its word alone is enough. `decide_within` is how long the remote side may take
    to decide a submission, where that is known; with `together` the next call is about no more messages than that.
    """

    verdict: Verdict
    value: Any = None
    reference: str = ""
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    retry_after: float | None = None
    blames_lane: bool = False
    strained: bool = False
    by: str = ""
    decide_within: timedelta | None = None
    together: int | None = None


def done(value: Any = None) -> Outcome:
    return Outcome(verdict=Verdict.DONE, value=value)


def again() -> Outcome:
    return Outcome(verdict=Verdict.AGAIN)


def later(code: str, *, retry_after: float | None = None, value: Any = None) -> Outcome:
    return Outcome(verdict=Verdict.LATER, code=code, retry_after=retry_after, value=value)


def held(code: str, **params: Any) -> Outcome:
    return Outcome(verdict=Verdict.HELD, code=code, params=params)


def rejected(code: str, *, value: Any = None, **params: Any) -> Outcome:
    return Outcome(verdict=Verdict.REJECTED, code=code, params=params, value=value)


def discarded(code: str) -> Outcome:
    return Outcome(verdict=Verdict.DISCARDED, code=code)


def of_submission(submission: Submission) -> Outcome:
    """Translate what a marketplace answered to a write."""
    if submission.state == SubmissionState.DONE:
        return done(submission)
    if submission.state == SubmissionState.SUBMITTED:
        return Outcome(
            verdict=Verdict.SUBMITTED,
            reference=submission.reference,
            value=submission,
            retry_after=submission.ask_after,
            decide_within=submission.decide_within,
        )
    if submission.state == SubmissionState.UNKNOWN:
        params = {"remote": kept(submission.message)}
        return Outcome(verdict=Verdict.UNKNOWN, code="submission_timed_out", params=params)
    code = "not_found" if submission.state == SubmissionState.NOT_FOUND else "rejected"
    return rejected(code, value=submission, remote=kept(submission.message))


def of_error(error: errors.AdapterError) -> Outcome:
    """Translate an adapter's error."""
    params = {"message": kept(error.message), "remote": kept(error.remote)}
    match error:
        case errors.TemporarilyUnavailable():
            limited = isinstance(error, errors.RateLimited)
            return Outcome(
                verdict=Verdict.LATER,
                code="rate_limited" if limited else "unavailable",
                params=params,
                retry_after=error.retry_after,
                blames_lane=not limited,
                strained=error.asked,
            )
        case errors.OutcomeUnknown():
            return Outcome(verdict=Verdict.UNKNOWN, code="outcome_unknown", params=params, strained=True)
        case errors.AuthenticationFailed():
            return Outcome(
                verdict=Verdict.REFUSED, code="credentials_refused", params=params, blames_lane=True, by=error.by
            )
        case errors.NotFound():
            return Outcome(verdict=Verdict.REJECTED, code="not_found", params=params)
        case errors.MalformedResponse():
            return Outcome(verdict=Verdict.REJECTED, code="malformed_response", params=params)
        case _:
            return Outcome(verdict=Verdict.REJECTED, code="rejected", params=params)


def attempt(call: Callable[[], T]) -> T | Outcome:
    """Run one call to a remote side. Whatever goes wrong becomes an outcome; a mistake of ours counts as unknown."""
    try:
        return call()
    except errors.AdapterError as error:
        return of_error(error)
    except Exception as error:  # noqa: BLE001 - the entrance of a worker thread
        return mistake(error, "A call to a remote side")


def mistake(error: BaseException, about: str, verdict: Verdict = Verdict.UNKNOWN) -> Outcome:
    """Return the outcome of a mistake of ours; it is logged with a trace, by which support finds it."""
    trace = uuid.uuid4().hex[:12]
    logger.error("%s failed in our own code, trace %s", about, trace, exc_info=error)
    return Outcome(verdict=verdict, code="internal_error", params={"message": f"{type(error).__name__}, trace {trace}"})
