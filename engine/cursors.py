"""The rows of how far each feed was read: opening, claiming, waking and moving them."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Least

from engine import lanes, leases
from engine.backoff import next_try, spread
from engine.models import Lane, SyncCursor
from engine.outcomes import Outcome

AT_ONCE = 3  # feeds of one account that are read side by side, over all workers: reading's share of what it bears
SWEEP_EVERY = timedelta(hours=24)


def open_cursor(*, company_id: int, feed: str, owner_id: int, lane: str, every: timedelta, now: datetime) -> SyncCursor:
    """Make sure that the feed of this owner is read, from now on; an existing position is kept."""
    cursor, _ = SyncCursor.objects.update_or_create(
        feed=feed,
        owner_id=owner_id,
        defaults={"active": True, "every_seconds": int(every.total_seconds()), "next_run_at": now, "lane": lane},
        create_defaults={
            "company_id": company_id,
            "lane": lane,
            "every_seconds": int(every.total_seconds()),
            "next_run_at": now,
        },
    )
    return cursor


def close_cursor(*, feed: str, owner_id: int) -> None:
    SyncCursor.objects.filter(feed=feed, owner_id=owner_id).update(active=False)


def wake(*, feed: str, owner_id: int, now: datetime) -> int:
    """Have a feed read as soon as possible, once more where it is being read now; return how many there are: 0 or 1.

    Twice is harmless.
    """
    return SyncCursor.objects.filter(feed=feed, owner_id=owner_id, active=True).update(
        next_run_at=Least("next_run_at", Value(now, DateTimeField())), woken=True
    )


def reach_back(*, feed: str, owner_id: int, since: datetime, now: datetime) -> int:
    """Have the next walk that begins read from then on, if it would not anyway, and soon; return how many there are.

    One that is under way comes to its end before, and knows nothing of it.
    """
    row = SyncCursor.objects.filter(feed=feed, owner_id=owner_id, active=True)
    earliest = Least(Coalesce("reach_back_to", Value(since, DateTimeField())), Value(since, DateTimeField()))
    soon = Least("next_run_at", Value(now, DateTimeField()))
    return row.update(reach_back_to=earliest, next_run_at=soon, woken=True)


def claim(*, now: datetime, limit: int, lease: timedelta = leases.LEASE) -> list[SyncCursor]:
    """Take up to `limit` due cursors whose lane is open; two workers never get the same.

    Each knows how many of its lane may be walked side by side here: others may be reading there, too. A lane that has
    no room left is left alone.
    """
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    closed = Lane.objects.filter(key=OuterRef("lane"), closed_until__gt=now)
    due = SyncCursor.objects.filter(free, active=True, next_run_at__lte=now).exclude(Exists(closed))
    chosen = list(due.exclude(lane__in=_crowded(now)).order_by("next_run_at", "pk")[:limit])
    if not chosen:
        return []
    with transaction.atomic():
        here = lanes.lock({cursor.lane: cursor.company_id for cursor in chosen})
        asked = Counter(cursor.lane for cursor in chosen if cursor.lane in here)
        room = _room_of([lane for lane, count in asked.items() if count > 1], now)
        token = uuid.uuid4()
        mine = [cursor.pk for cursor in chosen if cursor.lane in asked]
        ours = SyncCursor.objects.filter(free, pk__in=mine, next_run_at__lte=now).exclude(lane__in=_crowded(now))
        if ours.update(lease_token=token, lease_until=now + lease) < len(mine):  # others were faster with some of them
            mine = list(SyncCursor.objects.filter(lease_token=token).values_list("pk", flat=True))
        # What wakes a walk that goes on here came after it began, and is for the next one.
        begun = [cursor.pk for cursor in chosen if cursor.woken and not cursor.resume.get("at")]
        if begun:
            SyncCursor.objects.filter(lease_token=token, pk__in=begun).update(woken=False)
    taken = [cursor for cursor in chosen if cursor.pk in set(mine)]
    for cursor in taken:
        cursor.lease_token, cursor.lease_until, cursor.lease = token, now + lease, lease
        cursor.side_by_side = room.get(cursor.lane, 1)
    return taken


def _room_of(lanes_asked: Collection[str], now: datetime) -> Mapping[str, int]:
    """Return how many feeds more each of these lanes bears; to be asked before any of them is taken."""
    if not lanes_asked:
        return {}
    reading = SyncCursor.objects.filter(lease_until__gte=now, lane__in=lanes_asked)
    taken = dict(reading.order_by().values_list("lane").annotate(Count("pk")))
    return {lane: AT_ONCE - taken.get(lane, 0) for lane in lanes_asked}


def _crowded(now: datetime) -> QuerySet[Any, Any]:
    reading = SyncCursor.objects.filter(lease_until__gte=now).order_by().values("lane").annotate(count=Count("pk"))
    return reading.filter(count__gte=AT_ONCE).values("lane")


def renew(cursors: Sequence[SyncCursor], now: datetime) -> None:
    """Keep cursors that are being walked."""
    ours = SyncCursor.objects.filter(
        pk__in=[cursor.pk for cursor in cursors], lease_token__in={cursor.lease_token for cursor in cursors}
    )
    ours.update(lease_until=now + leases.LEASE)


def still_ours(cursor: SyncCursor, now: datetime, resume: Mapping[str, Any]) -> bool:
    """Renew the lease in the running transaction; False when another worker has taken the cursor over.

    `resume` is where the walk can be taken up once this transaction is over; empty when it cannot.
    """
    fields: dict[str, Any] = {"lease_until": now + cursor.lease}
    if resume != cursor.resume:
        fields["resume"] = cursor.resume = dict(resume)
    return bool(SyncCursor.objects.filter(pk=cursor.pk, lease_token=cursor.lease_token).update(**fields))


def is_ours(cursor: SyncCursor) -> bool:
    return SyncCursor.objects.filter(pk=cursor.pk, lease_token=cursor.lease_token).exists()


def expect(cursor: SyncCursor, records: int) -> None:
    """Note how many records the walk will bring, so that its progress can be shown."""
    SyncCursor.objects.filter(pk=cursor.pk).update(expected=records)
    cursor.expected = records


def sweep_due(cursor: SyncCursor, now: datetime) -> bool:
    return cursor.swept_at is None or now - cursor.swept_at >= SWEEP_EVERY


def succeed(
    cursor: SyncCursor, *, position: datetime | None, since: datetime, swept: bool, hurry: bool, now: datetime
) -> bool:
    """Move the cursor after a whole walk and let it go. Cursors spread out, so that not all run on the minute.

    `since` is from when the walk read; `hurry` says that it ran out of calls: the next one reads less of what is known.
    """
    every = timedelta(seconds=cursor.every_seconds * spread(0.9, 1.0))
    fields: dict[str, Any] = {"position": position} if position else {}
    if swept:
        fields["swept_at"] = now
    if cursor.resume or hurry:
        fields["resume"] = cursor.resume = {"hurry": True} if hurry else {}
    if cursor.covers_from is None or since < cursor.covers_from:
        fields["covers_from"] = since
    if cursor.reach_back_to is not None:  # one that was asked for meanwhile stays
        fields["reach_back_to"] = Case(When(reach_back_to__gte=since, then=None), default=F("reach_back_to"))
    fields |= {"lease_token": None, "lease_until": None, "last_success_at": now}
    fields |= {"failures": 0, "problem_code": "", "problem": {}}
    # Two plain statements, of which nearly always one is made: a choice in the statement costs half of an idle poll.
    ours = SyncCursor.objects.filter(pk=cursor.pk, lease_token=cursor.lease_token)
    return bool(ours.filter(woken=False).update(next_run_at=now + every, **fields)) or bool(
        ours.update(next_run_at=now, **fields)
    )


def postpone(cursor: SyncCursor, *, seconds: float, now: datetime) -> bool:
    """Let the cursor go until there are calls for it again. Waiting for one's turn is no failure."""
    resume = {**cursor.resume, "hurry": True} if cursor.resume.get("at") else cursor.resume
    return bool(
        SyncCursor.objects.filter(pk=cursor.pk, lease_token=cursor.lease_token).update(
            next_run_at=next_try(now, 1, retry_after=seconds), lease_token=None, lease_until=None, resume=resume
        )
    )


def hand_on(cursor: SyncCursor, now: datetime) -> bool:
    """Let the cursor go in the midst of its walk, which goes on when it is its turn again."""
    ours = SyncCursor.objects.filter(pk=cursor.pk, lease_token=cursor.lease_token)
    return bool(ours.update(next_run_at=now, lease_token=None, lease_until=None))


def fail(cursor: SyncCursor, outcome: Outcome, now: datetime, *, shut: bool = False) -> bool:
    """Let the cursor go where it was; it is read again later, ever less often.

    `shut` says that its lane's key is refused: then the lane keeps it back until the merchant reconnects.
    """
    again = next_try(now, cursor.failures + 1, retry_after=outcome.retry_after, shortest=10)
    if shut:
        again = now
    return bool(
        SyncCursor.objects.filter(pk=cursor.pk, lease_token=cursor.lease_token).update(
            next_run_at=again,
            lease_token=None,
            lease_until=None,
            failures=cursor.failures + 1,
            problem_code=outcome.code,
            problem={key: value for key, value in outcome.params.items() if value},
        )
    )


def forget(cursors: Sequence[SyncCursor]) -> None:
    """Switch off cursors whose owner is gone or inactive."""
    SyncCursor.objects.filter(pk__in=[cursor.pk for cursor in cursors]).update(
        active=False, lease_token=None, lease_until=None
    )
