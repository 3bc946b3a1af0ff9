"""The rows of what we owe remote sides: posting, claiming and settling them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Exists, F, Max, OuterRef, QuerySet, When
from django.db.models.functions import Coalesce

from adapterkit.sentences import in_english
from engine import lanes, rows
from engine.backoff import next_try
from engine.database import is_passing, persist
from engine.models import Attempt, Exchange, Lane, OutboxMessage
from engine.outcomes import Outcome, Verdict, mistake
from engine.registry import ExchangeLog, Result, handler_of, lane_rooms

State = OutboxMessage.State
LEASE = timedelta(minutes=3)
KEEP_EXCHANGES = timedelta(days=14)
POLL_FIRST = 1.0  # seconds until a submission is first asked after


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be posted. With a `hold` (a problem code) it waits for a person or another fact."""

    company_id: int
    kind: str
    key: str
    lane: str
    subject: str
    record_id: int
    due: datetime
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


def requeue(messages: QuerySet[OutboxMessage], now: datetime) -> int:
    """Queue messages again that nobody is sending, whatever became of them; return how many."""
    idle = [State.QUEUED, State.HELD, State.NEEDS_ATTENTION, State.DONE, State.DISCARDED, State.SUBMITTED]
    return messages.filter(state__in=idle).update(
        state=State.QUEUED,
        next_attempt_at=now,
        failures=0,
        submission_reference="",
        problem_code="",
        problem={},
        settled_at=None,
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
    *, now: datetime, room: Mapping[str, int], default_room: int, limit: int, narrow_room: int | None = None
) -> list[OutboxMessage]:
    """Take up to `limit` due messages, at most `room[lane]` (or `default_room`) of each lane, unknown ones first.

    At most `narrow_room` of them are of kinds with a room of their own, see `registry.register_handler`. A message
    waits while an earlier one of its subject is not settled. Two workers never get the same message.
    """
    token = uuid.uuid4()
    narrow_room = limit if narrow_room is None else narrow_room
    with transaction.atomic():
        candidates = _candidates(now, [lane for lane, free in room.items() if free <= 0], narrow_room, limit)
        chosen = _within_room(candidates, room, default_room, narrow_room, limit)
        if not chosen:
            return []
        OutboxMessage.objects.filter(pk__in=chosen, state__in=OutboxMessage.CLAIMABLE).update(
            state=State.SENDING, lease_token=token, lease_until=now + LEASE, attempts=F("attempts") + 1
        )
        messages = list(OutboxMessage.objects.filter(lease_token=token, pk__in=chosen).order_by("pk"))
        attempts = Attempt.objects.bulk_create(
            Attempt(message=message, number=message.attempts, started_at=now) for message in messages
        )
        for message, attempt in zip(messages, attempts, strict=True):
            message.attempt_id = attempt.pk
    return messages


def _candidates(now: datetime, full: Collection[str], narrow_room: int, limit: int) -> list[tuple[int, str, str]]:
    earlier = OutboxMessage.objects.filter(
        subject=OuterRef("subject"), pk__lt=OuterRef("pk"), state__in=OutboxMessage.BLOCKING
    )
    due = OutboxMessage.objects.filter(state__in=OutboxMessage.CLAIMABLE, next_attempt_at__lte=now)
    closed = Lane.objects.filter(key=OuterRef("lane"), closed_until__gt=now)
    if full:
        due = due.exclude(lane__in=full)
    if narrow_room <= 0:
        due = due.exclude(kind__in=lane_rooms())
    due = due.exclude(Exists(earlier)).exclude(Exists(closed))
    due = due.order_by(Case(When(state=State.UNKNOWN, then=0), default=1), "next_attempt_at", "pk")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    # More than will be taken, so that one crowded lane does not hide the others.
    return list(due.values_list("pk", "lane", "kind")[: limit * 4])


def _within_room(
    candidates: Sequence[tuple[int, str, str]],
    room: Mapping[str, int],
    default_room: int,
    narrow_room: int,
    limit: int,
) -> list[int]:
    left, own = dict(room), lane_rooms()
    chosen: list[int] = []
    for pk, lane, kind in candidates:
        free = left.get(lane, own.get(kind, default_room))
        if free > 0 and len(chosen) < limit and (kind not in own or narrow_room > 0):
            left[lane] = free - 1
            narrow_room -= kind in own
            chosen.append(pk)
    return chosen


def settle(results: Sequence[Result], logs: Mapping[int, ExchangeLog], now: datetime) -> list[Result]:
    """Write down what came of claimed messages; return those that were still ours.

    A message whose lease another worker has taken over is left to that worker, facts included. Where something in the
    batch cannot be stored, each is settled alone, and the culprit needs attention.
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
    return [kept for result in results for kept in _settle_together([result], logs, now)]


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
    for result in results:
        _move(result.message, result.outcome, now)
    _save(results, now)
    _store_exchanges(results, logs, now)
    lanes.note(
        (
            lanes.Report(company_id=r.message.company_id, lane=r.message.lane, outcome=r.outcome)
            for r in results
            if logs[r.message.pk].exchanges
        ),
        now,
    )


def _still_ours(results: Sequence[Result]) -> set[int]:
    rows = OutboxMessage.objects.filter(pk__in=[result.message.pk for result in results], state=State.SENDING)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    tokens = dict(rows.order_by("pk").values_list("pk", "lease_token"))
    return {r.message.pk for r in results if tokens.get(r.message.pk) == r.message.lease_token}


def _move(message: OutboxMessage, outcome: Outcome, now: datetime) -> None:
    message.lease_token = message.lease_until = None
    message.problem_code = outcome.code
    message.problem = {key: value for key, value in outcome.params.items() if value}
    match outcome.verdict:
        case Verdict.DONE | Verdict.DISCARDED:
            message.state = State.DONE if outcome.verdict == Verdict.DONE else State.DISCARDED
            message.settled_at = now
            message.look_first = False
        case Verdict.SUBMITTED:
            polled = message.failures + 1 if message.submission_reference == outcome.reference else 1
            message.state, message.failures = State.SUBMITTED, polled
            message.submission_reference = outcome.reference
            message.next_attempt_at = next_try(now, polled, shortest=outcome.retry_after or POLL_FIRST)
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
            _put_back(message, outcome, now)


def _put_back(message: OutboxMessage, outcome: Outcome, now: datetime) -> None:
    """Queue a message that was not sent this time. One that may have been sent before stays unknown."""
    if outcome.blames_lane or outcome.code != "rate_limited":  # waiting for one's turn is no failure
        message.failures += 1
    if message.look_first:
        message.state = State.UNKNOWN
    else:
        message.state = State.SUBMITTED if message.submission_reference else State.QUEUED
    message.next_attempt_at = (
        now
        if outcome.verdict == Verdict.REFUSED  # the closed lane keeps it back until the merchant reconnects
        else next_try(now, message.failures, retry_after=outcome.retry_after)
    )


def _save(results: Sequence[Result], now: datetime) -> None:
    messages = [result.message for result in results]
    if not messages:
        return
    OutboxMessage.objects.bulk_update(
        messages,
        [
            "state",
            "next_attempt_at",
            "lease_until",
            "lease_token",
            "look_first",
            "failures",
            "submission_reference",
            "problem_code",
            "problem",
            "settled_at",
        ],
    )
    outcomes = {(r.message.pk, r.message.attempts): r.outcome for r in results}
    attempts = list(Attempt.objects.filter(message__in=messages, ended_at=None))
    for attempt in attempts:
        outcome = outcomes.get((attempt.message_id, attempt.number))
        attempt.ended_at = now
        # An attempt without an outcome belongs to a worker that was stopped; it is closed with the next one.
        attempt.outcome = outcome.verdict if outcome else "cut_off"
        attempt.detail = in_english(outcome.params.get("message", outcome.code)) if outcome else ""
    Attempt.objects.bulk_update(attempts, ["ended_at", "outcome", "detail"])


def _store_exchanges(results: Sequence[Result], logs: Mapping[int, ExchangeLog], now: datetime) -> None:
    Exchange.objects.bulk_create(
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
