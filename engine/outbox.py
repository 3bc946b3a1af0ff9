"""What we owe remote sides: posting messages, waking them and giving them up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, F, Max, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from engine import rows
from engine.models import Attempt, OutboxMessage
from engine.outcomes import Verdict

State = OutboxMessage.State
GIVEN_UP = "discarded_by_person"
CANNOT_LOOK = "cannot_look_first"  # nobody but a person can see whether it arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be posted. With a `hold` (a problem code) it waits for a person or another fact.

    Those of one `queue` go one after the other; it is the subject's unless another is named. One call may be about so
    many `together` of its kind and lane; see `registry.Job`.
    """

    company_id: int
    kind: str
    key: str
    lane: str
    subject: str
    record_id: int
    due: datetime
    queue: str = ""
    together: int = 1
    hold: str = ""
    problem: Mapping[str, Any] | None = None


def post(drafts: Iterable[Draft], now: datetime) -> None:
    """Insert messages in the running transaction; one whose key exists is left as it is."""
    messages = [
        OutboxMessage(
            company_id=draft.company_id,
            kind=draft.kind,
            key=draft.key,
            lane=draft.lane,
            subject=draft.subject,
            queue=draft.queue or draft.subject,
            together=draft.together,
            record_id=draft.record_id,
            state=State.HELD if draft.hold else State.QUEUED,
            next_attempt_at=draft.due,
            problem_code=draft.hold,
            problem=dict(draft.problem or {}),
            created_at=now,
        )
        for draft in draft_order(drafts)
    ]
    rows.insert(messages, ignore_conflicts=True)


def draft_order(drafts: Iterable[Draft]) -> list[Draft]:
    """Return the drafts without a second one of the same key, the first kept."""
    return list({draft.key: draft for draft in reversed(list(drafts))}.values())[::-1]


def want(drafts: Sequence[Draft], now: datetime, *, anew: Collection[str] = ()) -> None:
    """Have records brought in line: each has one message, which is made, or woken where nobody is sending it.

    What a person gave up stays so, but for the keys of which something else is wanted by now: `anew`.
    """
    post(drafts, now)
    ours = OutboxMessage.objects.filter(key__in=[draft.key for draft in drafts if not draft.hold])
    wake(ours.exclude(Q(problem_code=GIVEN_UP) & ~Q(key__in=anew)), now)


def wake(messages: QuerySet[OutboxMessage], now: datetime) -> int:
    """Send messages at once that are settled, or wait for a person, a fact or their turn; return how many.

    One that may have arrived is still looked for: that the facts have changed says nothing of it. A submission is
    still asked after, but for one that was decided.
    """
    settled = When(state__in=OutboxMessage.SETTLED, then=Value(""))
    waiting = [State.QUEUED, State.HELD, State.NEEDS_ATTENTION, State.DONE, State.DISCARDED]
    return messages.filter(state__in=waiting).update(
        state=Case(When(look_first=True, then=Value(State.UNKNOWN.value)), default=Value(State.QUEUED.value)),
        submission_reference=Case(settled, default=F("submission_reference")),
        next_attempt_at=now,
        failures=0,
        problem_code="",
        problem={},
        settled_at=None,
    )


def requeue(
    messages: QuerySet[OutboxMessage], now: datetime, *, supersede: bool = False, together: int | None = None
) -> int:
    """Queue messages again that nobody is sending, whatever became of them; return how many.

    What the remote side is deciding is asked after, not sent again; unless it is to be sent with something else in it,
    which supersedes it. From then on so many may go `together`, but for one that was stopped alone: it is tried alone.
    """
    again: dict[str, Any] = {"next_attempt_at": now, "failures": 0, "problem_code": "", "problem": {}}
    undecided = messages.filter(state__in=[State.SUBMITTED, State.HELD]).exclude(submission_reference="")
    asked_after = 0 if supersede else undecided.update(state=State.SUBMITTED, **again)
    idle = [State.QUEUED, State.HELD, State.NEEDS_ATTENTION, State.DONE, State.DISCARDED]
    looked = When(problem_code=CANNOT_LOOK, then=False)  # a person did, and says that it is not there
    return asked_after + messages.filter(state__in=[*idle, State.SUBMITTED] if supersede else idle).update(
        state=State.QUEUED,
        submission_reference="",
        look_first=Case(looked, default=F("look_first")),
        together=Case(When(state=State.NEEDS_ATTENTION, then="together"), default=together or F("together")),
        settled_at=None,
        **again,
    )


def discard(messages: QuerySet[OutboxMessage], code: str, now: datetime) -> int:
    """Give up messages that were never sent, or that a person gives up; return how many."""
    idle = [State.QUEUED, State.HELD, State.NEEDS_ATTENTION]
    return messages.filter(state__in=idle).update(state=State.DISCARDED, problem_code=code, problem={}, settled_at=now)


def hold(messages: QuerySet[OutboxMessage], code: str) -> int:
    """Keep messages that wait for their turn until a person or another fact lets them go; return how many."""
    return messages.filter(state=State.QUEUED).update(state=State.HELD, problem_code=code, problem={})


def finish(messages: QuerySet[OutboxMessage], now: datetime) -> int:
    """Settle messages as done that the remote side dealt with by itself; return how many."""
    idle = [State.QUEUED, State.HELD, State.NEEDS_ATTENTION]
    return messages.filter(state__in=idle).update(state=State.DONE, problem_code="", problem={}, settled_at=now)


def cut_off_attempt(message: OutboxMessage) -> int:
    """Return the latest try before this one of which nobody knows what came; 0 when there is none."""
    earlier = _cut_off(message).order_by("-number").values_list("pk", flat=True)
    return earlier.first() or 0


def _cut_off(message: OutboxMessage) -> QuerySet[Attempt]:
    outcomes = ("", Verdict.UNKNOWN, "cut_off")
    return message.attempt_records.filter(outcome__in=outcomes, number__lt=message.attempts)


def settles_in(message: OutboxMessage, settling_time: timedelta, now: datetime) -> float | None:
    """Return how many seconds the remote side may still need for a try that was cut off; None when there was none.

    0 when that time is over. One statement, and only for a message that may have been sent before.
    """
    if not message.look_first:
        return None
    last = _cut_off(message).aggregate(at=Max(Coalesce("ended_at", "started_at")))["at"]
    return max((last + settling_time - now).total_seconds(), 0.0) if last else 0.0
