"""Writes down what came of claimed messages, in batches that fall apart where something in them cannot be stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction

from adapterkit.sentences import in_english
from engine import lanes, rows
from engine.backoff import next_try
from engine.database import is_passing, persist
from engine.exchanges import exchange_row
from engine.models import Attempt, OutboxMessage
from engine.outcomes import Outcome, Verdict, mistake
from engine.registry import ExchangeLog, Result, handler_of

T = TypeVar("T")
State = OutboxMessage.State
REFUSALS = 3  # of the credentials, for one message while its lane is open: then a person looks at it
POLL_FIRST = 1.0  # seconds until a submission is first asked after
DECIDE_WITHIN = timedelta(hours=24)  # unless told otherwise; then the facts are looked at, whatever became of it
MOVED = (
    "state",
    "next_attempt_at",
    "lease_until",
    "lease_token",
    "look_first",
    "together",
    "failures",
    "submission_reference",
    "submitted_at",
    "problem_code",
    "problem",
    "settled_at",
)


def halves(items: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """Return a batch in two, for one that failed as a whole."""
    middle = len(items) // 2
    return items[:middle], items[middle:]


def settle(results: Sequence[Result], logs: Mapping[int, ExchangeLog], now: datetime) -> list[Result]:
    """Write down what came of claimed messages; return those that were still ours.

    A message whose lease another worker has taken over is left to that worker, facts included. Where something in the
    batch cannot be stored, it is settled in halves, down to the culprit, which needs attention alone.
    """
    kinds = sorted({result.message.kind for result in results})
    batches = [[result for result in results if result.message.kind == kind] for kind in kinds]
    return [kept for batch in batches for kept in _settle_together(batch, logs, now)]


def _settle_together(results: Sequence[Result], logs: Mapping[int, ExchangeLog], now: datetime) -> list[Result]:
    try:
        return persist(lambda: _settle(results, logs, now))
    except Exception as error:
        if is_passing(error):
            raise
        if len(results) == 1:
            return [_give_up(results[0], error, logs, now)]
    return [kept for half in halves(results) for kept in _settle_together(half, logs, now)]


def _give_up(result: Result, error: Exception, logs: Mapping[int, ExchangeLog], now: datetime) -> Result:
    """Settle a message whose outcome cannot be written down as one that a person looks at; it may have been sent."""
    outcome = mistake(error, f"Settling {result.message}", Verdict.REJECTED)

    def write() -> Result:
        failed = _as_claimed(Result(message=result.message, outcome=outcome))
        failed.message.look_first = True
        with transaction.atomic():
            if _still_ours([failed]):
                _write([failed], logs, now)
        return failed

    return persist(write)


def _as_claimed(result: Result) -> Result:
    """Return a result whose message may be changed: the claimed one is as it was, should the transaction be undone."""
    return Result(message=copy(result.message), outcome=result.outcome)


def _settle(results: Sequence[Result], logs: Mapping[int, ExchangeLog], now: datetime) -> list[Result]:
    """Settle messages of one kind. Their records are locked first, by the handler, then they are."""
    while results:
        kept = [_as_claimed(result) for result in results]
        with transaction.atomic():
            handler_of(kept[0].message.kind).settle(kept, now)
            owned = _still_ours(kept)
            if len(owned) == len(kept):
                _write(kept, logs, now)
                return kept
            transaction.set_rollback(True)
        results = [result for result in results if result.message.pk in owned]
    return []


def _write(results: Sequence[Result], logs: Mapping[int, ExchangeLog], now: datetime) -> None:
    refused = lanes.note((_report(result) for result in results if logs[result.message.pk].exchanges), now)
    for result in results:
        _move(result.message, result.outcome, now, shut=result.message.lane in refused)
    _keep_together([result.message for result in results])
    lanes.pause(
        (r.message.lane, r.message.kind, r.message.next_attempt_at)
        for r in results
        if r.outcome.verdict == Verdict.LATER and r.outcome.code == "rate_limited"
    )
    _save(results, now)
    _store_exchanges(results, logs, now)


def _report(result: Result) -> lanes.Report:
    message = result.message
    return lanes.Report(
        company_id=message.company_id, lane=message.lane, outcome=result.outcome, began=message.claimed_at
    )


def _still_ours(results: Sequence[Result]) -> set[int]:
    rows = OutboxMessage.objects.filter(pk__in=[result.message.pk for result in results], state=State.SENDING)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    tokens = dict(rows.order_by("pk").values_list("pk", "lease_token"))
    return {r.message.pk for r in results if tokens.get(r.message.pk) == r.message.lease_token}


def _move(message: OutboxMessage, outcome: Outcome, now: datetime, *, shut: bool) -> None:
    message.lease_token = message.lease_until = None
    message.problem_code = outcome.code
    message.problem = {key: value for key, value in outcome.params.items() if value}
    message.together = outcome.together or message.together
    match outcome.verdict:
        case Verdict.DONE | Verdict.DISCARDED:
            message.state = State.DONE if outcome.verdict == Verdict.DONE else State.DISCARDED
            message.settled_at = now
            message.look_first = False
        case Verdict.AGAIN:
            message.state, message.next_attempt_at = State.QUEUED, now
            message.look_first, message.failures, message.submission_reference = False, 0, ""
        case Verdict.SUBMITTED:
            _await(message, outcome, now)
        case Verdict.HELD:
            message.state = State.HELD
        case Verdict.REJECTED:
            message.state = State.NEEDS_ATTENTION
        case Verdict.UNKNOWN:
            message.failures += 1
            message.state, message.look_first = State.UNKNOWN, True
            message.submission_reference = ""  # look at the facts, not at a submission that may be forgotten
            message.next_attempt_at = next_try(now, message.failures, retry_after=outcome.retry_after)
        case Verdict.LATER | Verdict.REFUSED:
            _put_back(message, outcome, now, shut=shut)


def _keep_together(messages: Iterable[OutboxMessage]) -> None:
    """Have those go on at one moment that may go in one call: the waits of each would scatter them over many."""
    alike: dict[tuple[Any, ...], list[OutboxMessage]] = defaultdict(list)
    for message in messages:
        if message.together > 1 and message.state in OutboxMessage.CLAIMABLE:
            call = message.lane, message.kind, message.together, message.submission_reference
            alike[*call, message.state, message.failures].append(message)
    for those in alike.values():
        moment = max(message.next_attempt_at for message in those)
        for message in those:
            message.next_attempt_at = moment


def _await(message: OutboxMessage, outcome: Outcome, now: datetime) -> None:
    """Ask later what became of a submission; once it has taken too long, look at the facts instead."""
    if message.submission_reference != outcome.reference or message.submitted_at is None:
        message.submission_reference, message.submitted_at, message.failures = outcome.reference, now, 0
    message.failures += 1
    if now - message.submitted_at < (outcome.decide_within or DECIDE_WITHIN):
        message.state = State.SUBMITTED
        message.next_attempt_at = next_try(now, message.failures, shortest=outcome.retry_after or POLL_FIRST)
    else:
        message.state, message.look_first, message.submission_reference = State.UNKNOWN, True, ""
        message.problem_code, message.next_attempt_at, message.failures = "submission_timed_out", now, 0


def _put_back(message: OutboxMessage, outcome: Outcome, now: datetime, *, shut: bool) -> None:
    """Queue a message that was not sent this time. One that may have been sent before stays unknown.

    `shut` says that its lane's key is refused: then the lane keeps it back until the merchant reconnects.
    """
    if outcome.code != "rate_limited" or outcome.retry_after is None:  # waiting for one's turn is no failure
        message.failures += 1
    if message.look_first:
        message.state = State.UNKNOWN
    else:
        message.state = State.SUBMITTED if message.submission_reference else State.QUEUED
    parted = outcome.together is not None and not outcome.blames_lane  # the others are not kept waiting for the culprit
    message.next_attempt_at = now if parted else next_try(now, message.failures, retry_after=outcome.retry_after)
    if outcome.verdict != Verdict.REFUSED:
        return
    if shut:
        message.next_attempt_at, message.failures = now, 0
    elif message.failures >= REFUSALS:
        message.state = State.NEEDS_ATTENTION


def _save(results: Sequence[Result], now: datetime) -> None:
    messages = [result.message for result in results]
    if not messages:
        return
    rows.update(messages, MOVED)
    outcomes = {(r.message.pk, r.message.attempts): r.outcome for r in results}
    attempts = list(Attempt.objects.filter(message__in=messages, ended_at=None))
    for attempt in attempts:
        outcome = outcomes.get((attempt.message_id, attempt.number))
        attempt.ended_at = now
        # An attempt without an outcome belongs to a worker that was stopped; it is closed with the next one.
        attempt.outcome = outcome.verdict if outcome else "cut_off"
        attempt.detail = in_english(outcome.params.get("message", outcome.code)) if outcome else ""
    rows.update(attempts, ["ended_at", "outcome", "detail"])


def _store_exchanges(results: Sequence[Result], logs: Mapping[int, ExchangeLog], now: datetime) -> None:
    rows.insert(
        [
            exchange_row(
                exchange,
                company_id=result.message.company_id,
                lane=result.message.lane,
                subject=result.message.subject,
                message=result.message,
                now=now,
            )
            for result in results
            for exchange in logs[result.message.pk].exchanges
        ]
    )
