"""Walks that run out of calls: what was read is kept, and the walk goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DataError

from accounts.models import Company
from adapterkit.errors import NotFound, RateLimited, Rejected
from adapterkit.records import Page, Unreadable
from engine.cursors import open_cursor, read_again
from engine.desk import Desk
from engine.models import Lane, SyncCursor, SyncRun
from engine.reading import Journey
from engine.registry import ExchangeLog

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
AS_OF = NOW - timedelta(minutes=2)
EVERY = timedelta(minutes=5)


@dataclass
class Remote:
    """A list of numbered records, one to a page, of which so many pages may be read before there are no more calls."""

    pages: int
    calls: int
    forgets: bool = False
    asked: list[Any] = field(default_factory=list)

    def walk(self, first: int) -> Iterator[Page[Any]]:
        for number in range(first, self.pages):
            if not self.calls:
                raise RateLimited("used up", retry_after=178.6)
            self.calls -= 1
            resume = f"page {number + 1}" if number + 1 < self.pages else ""
            yield Page(items=(number,), as_of=AS_OF + timedelta(minutes=number), resume=resume)


@dataclass
class Walk:
    remote: Remote
    stored: list[int] = field(default_factory=list)
    finished: int = 0

    def start(self, now: datetime) -> datetime:
        return now - timedelta(days=9)

    def sweep_from(self, now: datetime) -> datetime | None:
        return now - timedelta(days=1)

    def pages(self, changed_since: datetime, known: object) -> Iterator[Page[Any]]:
        self.remote.asked.append(changed_since)
        return self.remote.walk(0)

    def take_up(self, resume: str, known: object) -> Iterator[Page[Any]]:
        self.remote.asked.append(resume)
        if self.remote.forgets:
            raise Rejected("The token is not valid any more")
        return self.remote.walk(int(resume.split()[1]))

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        return frozenset()

    def identify(self, item: Any) -> str:
        return str(item)

    def apply(self, items: Sequence[Any], now: datetime) -> Mapping[str, int]:
        self.stored += items
        return {"imported": len(items)}

    def finish(self, complete: bool, now: datetime) -> None:
        self.finished += 1


class Feed:
    name, overlap_seconds = "orders", 15 * 60


@pytest.fixture
def cursor() -> SyncCursor:
    company = Company.objects.create(name="Reader")
    return open_cursor(company_id=company.pk, feed="orders", owner_id=1, lane="account:1", every=EVERY, now=NOW)


def go(walk: Walk, cursor: SyncCursor, now: datetime = NOW) -> Journey:
    cursor.refresh_from_db()
    journey = Journey(
        feed=Feed(),  # type: ignore[arg-type]
        cursor=cursor,
        walk=walk,
        log=ExchangeLog(),
        desk=Desk(),
        clock=lambda: now,
    )
    journey.go()
    cursor.refresh_from_db()
    return journey


def test_a_walk_that_runs_out_of_calls_goes_on_where_it_stopped(cursor: SyncCursor) -> None:
    remote = Remote(pages=5, calls=2)
    walk = Walk(remote)

    stopped = go(walk, cursor)

    assert (walk.stored, walk.finished) == ([0, 1], 0)
    assert (stopped.counts["postponed_walks"], stopped.counts["failed_walks"]) == (1, 0)
    assert cursor.resume == {"at": "page 2", "as_of": AS_OF.isoformat(), "sweep": True}
    assert (cursor.position, cursor.failures, cursor.problem_code) == (None, 0, "")
    assert NOW + timedelta(seconds=178) < cursor.next_run_at < NOW + timedelta(seconds=181)
    assert not Lane.objects.exists()
    [run] = SyncRun.objects.all()
    assert (run.succeeded, run.counts["imported"]) == (True, 2)

    remote.calls = 9
    go(walk, cursor, NOW + timedelta(minutes=3))

    assert (walk.stored, walk.finished) == ([0, 1, 2, 3, 4], 1)
    assert remote.asked == [NOW - timedelta(days=9), "page 2"]
    assert (cursor.position, cursor.resume) == (AS_OF, {"hurry": True})
    assert cursor.swept_at == NOW + timedelta(minutes=3)


def test_the_walk_after_one_that_ran_out_reads_less_of_what_is_known(cursor: SyncCursor) -> None:
    remote = Remote(pages=3, calls=1)
    walk = Walk(remote)
    SyncCursor.objects.update(position=NOW - timedelta(hours=1), swept_at=NOW)
    go(walk, cursor)
    remote.calls = 99
    for _ in range(3):
        go(walk, cursor)

    once, on, short, whole = remote.asked
    assert (once, on) == (NOW - timedelta(hours=1, minutes=15), "page 1")
    assert (short, whole) == (AS_OF - timedelta(minutes=7), AS_OF - timedelta(minutes=15))
    assert cursor.resume == {}


def test_waiting_for_calls_without_having_read_anything_leaves_no_trace(cursor: SyncCursor) -> None:
    go(Walk(Remote(pages=5, calls=0)), cursor)

    assert (cursor.position, cursor.resume, cursor.failures) == (None, {}, 0)
    assert not SyncRun.objects.exists()


def test_a_walk_that_cannot_be_taken_up_begins_anew(cursor: SyncCursor) -> None:
    remote = Remote(pages=3, calls=1, forgets=True)
    walk = Walk(remote)
    SyncCursor.objects.update(position=NOW - timedelta(hours=1), swept_at=NOW - timedelta(hours=1))
    go(walk, cursor)
    remote.calls = 9

    go(walk, cursor)

    since = NOW - timedelta(hours=1, minutes=15)
    assert remote.asked == [since, "page 1", since]
    assert walk.stored == [0, 0, 1, 2]
    assert (cursor.position, cursor.resume) == (AS_OF, {"hurry": True})
    assert cursor.swept_at == NOW - timedelta(hours=1)


def test_a_page_of_known_records_moves_the_place_to_go_on(cursor: SyncCursor) -> None:
    class AllKnown(Remote):
        def walk(self, first: int) -> Iterator[Page[Any]]:
            for page in super().walk(first):
                yield Page(items=(), as_of=page.as_of, resume=page.resume)

    walk = Walk(AllKnown(pages=4, calls=3))

    go(walk, cursor)

    assert (walk.stored, cursor.resume["at"]) == ([], "page 3")
    assert not SyncRun.objects.exists()


def test_a_record_that_the_database_refuses_does_not_hold_up_the_walk(cursor: SyncCursor) -> None:
    class Choosy(Walk):
        def apply(self, items: Sequence[Any], now: datetime) -> Mapping[str, int]:
            if 1 in items:
                raise DataError("too long")
            return super().apply(items, now)

    walk = Choosy(Remote(pages=3, calls=2))
    go(walk, cursor)
    walk.remote.calls = 9
    go(walk, cursor)

    assert walk.stored == [0, 2]
    assert walk.remote.asked[1:] == ["page 2"]
    assert [record.record_id for record in cursor.unreadable_records.all()] == ["1"]


def test_setting_the_cursor_back_begins_anew(cursor: SyncCursor) -> None:
    walk = Walk(Remote(pages=5, calls=2))
    go(walk, cursor)

    read_again(feed="orders", owner_id=1, since=NOW - timedelta(days=3), now=NOW)

    cursor.refresh_from_db()
    assert (cursor.resume, cursor.position) == ({}, NOW - timedelta(days=3))


def test_other_refusals_fail_as_before(cursor: SyncCursor) -> None:
    class Gone(Remote):
        def walk(self, first: int) -> Iterator[Page[Any]]:
            yield Page(items=(7,), unreadable=(Unreadable(record_id="x", reason="no"),), as_of=AS_OF)
            raise NotFound("gone")

    journey = go(Walk(Gone(pages=1, calls=1)), cursor)

    assert (journey.counts["failed_walks"], cursor.failures, cursor.problem_code) == (1, 1, "not_found")
