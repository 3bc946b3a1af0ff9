"""The rows of what we owe remote sides: posting, claiming and settling them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from django.db import connection, transaction
from django.db.models import Case, Exists, F, Max, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from adapterkit.sentences import in_english
from engine import lanes, leases, rows
from engine.backoff import next_try
from engine.database import is_passing, persist
from engine.models import Attempt, Exchange, Lane, OutboxMessage, Pause
from engine.outcomes import Outcome, Verdict, mistake
from engine.registry import ExchangeLog, Result, handler_of, lane_rooms

T = TypeVar("T")
State = OutboxMessage.State
REFUSALS = 3  # of the credentials, for one message while its lane is open: then a person looks at it
KEEP_EXCHANGES = timedelta(days=14)
POLL_FIRST = 1.0  # seconds until a submission is first asked after
DECIDE_WITHIN = timedelta(hours=24)  # unless told otherwise; then the facts are looked at, whatever became of it
GIVEN_UP = "discarded_by_person"
MOST_CLAIMED = 2000  # messages at once, and those of the call that reaches this
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


def release_expired(now: datetime) -> int:
    """Turn messages whose worker is gone into unknown ones: they may have been sent."""
    return OutboxMessage.objects.filter(state=State.SENDING, lease_until__lt=now).update(
        state=State.UNKNOWN, look_first=True, lease_token=None, lease_until=None, next_attempt_at=now
    )


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


def claim(
    *,
    now: datetime,
    limit: int,
    narrow_room: int | None = None,
    lane_room: int = lanes.WIDEST,
    lease: timedelta = leases.LEASE,
) -> list[OutboxMessage]:
    """Take due messages for up to `limit` calls, unknown ones first; of each lane what it bears, over all workers.

    At most `narrow_room` calls are of kinds with a room of their own, see `registry.register_handler`. A message waits
    while an earlier one of its queue is not settled. Two workers never get the same message. Of those that may go
    together, one call's worth is taken of each lane and kind; of those submitted together, all.
    """
    token = uuid.uuid4()
    narrow_room = limit if narrow_room is None else narrow_room
    with transaction.atomic():
        chosen = _Choice(now=now, limit=limit, narrow_room=narrow_room, lane_room=lane_room).choose()
        if not chosen:
            return []
        OutboxMessage.objects.filter(pk__in=chosen, state__in=OutboxMessage.CLAIMABLE).update(
            state=State.SENDING, lease_token=token, lease_until=now + lease, attempts=F("attempts") + 1
        )
        messages = list(OutboxMessage.objects.filter(lease_token=token, pk__in=chosen).order_by("pk"))
        attempts = [Attempt(message=message, number=message.attempts, started_at=now) for message in messages]
        rows.insert_for_ids(attempts)
        for message, attempt in zip(messages, attempts, strict=True):
            message.attempt_id, message.claimed_at = attempt.pk, now
    return messages


def renew(tokens: Collection[uuid.UUID], now: datetime) -> None:
    """Keep what was claimed under these tokens and is not settled yet."""
    ours = OutboxMessage.objects.filter(state=State.SENDING, lease_token__in=tokens)
    ours.update(lease_until=now + leases.LEASE)


class _Candidate(NamedTuple):
    pk: int
    company_id: int
    lane: str
    kind: str
    together: int
    submission_reference: str

    @property
    def call(self) -> dict[str, Any]:
        """What those have in common that go in one call."""
        return {name: getattr(self, name) for name in ("lane", "kind", "together", "submission_reference")}


@dataclass(slots=True)
class _Choice:
    """Which due messages are taken. What is due in a crowded lane, however much it is, hides no other lane."""

    now: datetime
    limit: int
    narrow_room: int
    lane_room: int
    alone: list[int] = field(default_factory=list)
    shared: list[dict[str, Any]] = field(default_factory=list)  # calls about several, and
    seated: list[int] = field(default_factory=list)  # the messages they are about
    free: dict[str, int] = field(default_factory=dict)  # by lane, of those that were looked at
    own: Mapping[str, int] = field(default_factory=lane_rooms)

    def choose(self) -> list[int]:
        more = True
        while more and self._has_room:
            candidates = self._candidates()
            self._look_at({one.lane: (one.company_id, one.kind) for one in candidates if one.lane not in self.free})
            calls = self._calls
            for candidate in candidates:
                self._consider(candidate)
            full = any(self.free[one.lane] <= 0 for one in candidates)
            more = len(candidates) == self._enough and (full or self._calls > calls)
        return self.alone + self.seated

    @property
    def _calls(self) -> int:
        return len(self.alone) + len(self.shared)

    @property
    def _has_room(self) -> bool:
        return self._calls < self.limit and len(self.alone) + len(self.seated) < MOST_CLAIMED

    @property
    def _enough(self) -> int:
        return self.limit * 4  # more than will be taken, so that one lane that is full leaves others

    def _look_at(self, seen: Mapping[str, tuple[int, str]]) -> None:
        if not seen:
            return
        room = lanes.room_of({lane: company for lane, (company, _) in seen.items()})
        for lane, (_, kind) in seen.items():
            width, flying = room[lane]
            self.free[lane] = min(width, self.own.get(kind, self.lane_room)) - flying

    def _consider(self, one: _Candidate) -> None:
        narrow = one.kind in self.own
        if self.free[one.lane] <= 0 or not self._has_room or (narrow and self.narrow_room <= 0):
            return
        if one.together > 1 and one.call in self.shared:
            return
        self.free[one.lane] -= 1
        self.narrow_room -= narrow
        if one.together == 1:
            self.alone.append(one.pk)
        else:
            self.shared.append(one.call)
            self.seated += self._seat(one)

    def _seat(self, first: _Candidate) -> list[int]:
        """Return who goes in the call of this one: what was submitted together is asked after together, due or not."""
        others = self._due(whenever=bool(first.submission_reference)).filter(**first.call).exclude(pk=first.pk)
        return [first.pk, *others.values_list("pk", flat=True)[: first.together - 1]]

    def _candidates(self) -> list[_Candidate]:
        due = self._due()
        if full := [lane for lane, free in self.free.items() if free <= 0]:
            due = due.exclude(lane__in=full)
        if self.alone:
            due = due.exclude(pk__in=self.alone)
        for call in self.shared:
            due = due.exclude(**call)
        if self.narrow_room <= 0:
            due = due.exclude(kind__in=self.own)
        return [_Candidate(*row) for row in due.values_list(*_Candidate._fields)[: self._enough]]

    def _due(self, *, whenever: bool = False) -> QuerySet[OutboxMessage]:
        """Return, in the order in which they are taken, those that nothing keeps back."""
        earlier = OutboxMessage.objects.filter(
            queue=OuterRef("queue"), pk__lt=OuterRef("pk"), state__in=OutboxMessage.BLOCKING
        )
        due = OutboxMessage.objects.filter(state__in=OutboxMessage.CLAIMABLE)
        if not whenever:
            due = due.filter(next_attempt_at__lte=self.now)
        closed = Lane.objects.filter(key=OuterRef("lane"), closed_until__gt=self.now)
        paused = Pause.objects.filter(lane=OuterRef("lane"), kind=OuterRef("kind"), until__gt=self.now)
        due = due.exclude(Exists(earlier)).exclude(Exists(closed)).exclude(Exists(paused))
        due = due.order_by(Case(When(state=State.UNKNOWN, then=0), default=1), "next_attempt_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        return due


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


def exchange_row(
    exchange: Any, *, company_id: int, lane: str, subject: str, now: datetime, message: OutboxMessage | None = None
) -> Exchange:
    """Return the unsaved row of an exchange; secrets were removed where it was made."""
    return Exchange(
        company_id=company_id,
        lane=lane,
        subject=subject,
        message=message,
        endpoint=exchange.endpoint[:200],
        method=exchange.method,
        url=exchange.url,
        request_headers=dict(exchange.request_headers),
        request_body=exchange.request_body,
        status=exchange.status,
        response_headers=dict(exchange.response_headers),
        response_body=exchange.response_body,
        error=exchange.error,
        seconds=exchange.seconds,
        at=now,
        expires_at=now + KEEP_EXCHANGES,
    )
