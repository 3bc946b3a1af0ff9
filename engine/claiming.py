"""Takes what is due: which messages a worker gets, and for how long they are its own."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Case, Exists, F, OuterRef, QuerySet, When

from engine import lanes, leases, rows
from engine.models import Attempt, Lane, OutboxMessage, Pause
from engine.registry import lane_rooms

State = OutboxMessage.State
MOST_CLAIMED = 2000  # messages at once, and those of the call that reaches this


def release_expired(now: datetime) -> int:
    """Turn messages whose worker is gone into unknown ones: they may have been sent."""
    return OutboxMessage.objects.filter(state=State.SENDING, lease_until__lt=now).update(
        state=State.UNKNOWN, look_first=True, lease_token=None, lease_until=None, next_attempt_at=now
    )


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
