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
from engine.cursors import claim, open_cursor, reach_back, wake
from engine.database_thread import DatabaseThread
from engine.journey import Journey
from engine.models import Lane, SyncCursor, SyncRun, WalkedPage
from engine.registry import ExchangeLog
from engine.walked import Met

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
    met: list[str] | None = None  # of the numbers up to 99, at the end

    def start(self, now: datetime) -> datetime:
        return now - timedelta(days=9)

    def sweep_from(self, now: datetime) -> datetime | None:
        return now - timedelta(days=1)

    def pages(self, changed_since: datetime, resume: str, known: object) -> Iterator[Page[Any]]:
        self.remote.asked.append(resume or changed_since)
        if resume and self.remote.forgets:
            raise Rejected("The token is not valid any more")
        return self.remote.walk(int(resume.split()[1]) if resume else 0)

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        return frozenset()

    def identify(self, item: Any) -> str:
        return str(item)

    def apply(self, items: Sequence[Any], now: datetime) -> Mapping[str, int]:
        self.stored += items
        return {"imported": len(items)}

    def finish(self, met: Met | None, now: datetime) -> None:
        self.finished += 1
        self.met = None if met is None else [str(number) for number in range(100) if str(number) in met]


class Feed:
    name, overlap_seconds, lists_all = "orders", 15 * 60, True


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
        database=DatabaseThread(),
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
    assert cursor.resume == {
        "at": "page 2",
        "since": (NOW - timedelta(days=9)).isoformat(),
        "as_of": AS_OF.isoformat(),
        "sweep": True,
        "flawed": False,
        "hurry": True,
    }
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


def test_reaching_back_is_for_the_next_walk_and_lasts_until_one_has_read_that_far(cursor: SyncCursor) -> None:
    walk = Walk(Remote(pages=3, calls=2))
    SyncCursor.objects.update(position=NOW - timedelta(hours=1), swept_at=NOW)
    go(walk, cursor)
    for days in (3, 5, 4):
        assert reach_back(feed="orders", owner_id=1, since=NOW - timedelta(days=days), now=NOW) == 1
    walk.remote.calls = 99

    go(walk, cursor)  # the one that was under way comes to its end first
    assert (walk.finished, cursor.next_run_at, cursor.reach_back_to) == (1, NOW, NOW - timedelta(days=5))
    go(walk, cursor)
    go(walk, cursor)

    assert walk.remote.asked[2:] == [NOW - timedelta(days=5), AS_OF - timedelta(minutes=15)]
    assert cursor.reach_back_to is None


def test_other_refusals_fail_as_before(cursor: SyncCursor) -> None:
    class Gone(Remote):
        def walk(self, first: int) -> Iterator[Page[Any]]:
            yield Page(items=(7,), unreadable=(Unreadable(record_id="x", reason="no"),), as_of=AS_OF)
            raise NotFound("gone")

    journey = go(Walk(Gone(pages=1, calls=1)), cursor)

    assert (journey.counts["failed_walks"], cursor.failures, cursor.problem_code) == (1, 1, "not_found")


def test_a_walk_is_taken_up_wherever_a_worker_died(cursor: SyncCursor) -> None:
    """However often: each page that was stored is behind it, and at the end it knows all that it met."""

    class Killed(BaseException):
        pass

    class Deadly(Walk):
        def apply(self, items: Sequence[Any], now: datetime) -> Mapping[str, int]:
            if self.stored and self.stored[-1] == items[0] - 1 and self.alive:
                self.alive = False
                raise Killed
            self.alive = True
            return super().apply(items, now)

        alive = False

    walk = Deadly(Remote(pages=6, calls=99))
    deaths = 0
    for _ in range(20):
        try:
            go(walk, cursor)
        except Killed:
            deaths += 1
        if walk.finished:
            break
    assert (deaths, walk.stored, walk.finished) == (5, [0, 1, 2, 3, 4, 5], 1)
    assert walk.remote.asked == [NOW - timedelta(days=9), *[f"page {number}" for number in range(1, 6)]]
    assert walk.met == ["0", "1", "2", "3", "4", "5"]
    assert (cursor.position, cursor.resume) == (AS_OF, {})
    assert not WalkedPage.objects.exists()


def test_a_long_walk_lets_others_have_their_turn(cursor: SyncCursor, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(0, 10_000, 25))
    monkeypatch.setattr("engine.journey.elapsed", lambda: next(moments))  # each look at it is 25 seconds later
    walk = Walk(Remote(pages=7, calls=99))

    go(walk, cursor)
    assert (walk.stored, walk.finished) == ([0, 1, 2], 0)
    assert (cursor.next_run_at, cursor.lease_token, cursor.failures, cursor.position) == (NOW, None, 0, None)
    go(walk, cursor)
    go(walk, cursor)

    assert (walk.stored, walk.finished) == ([0, 1, 2, 3, 4, 5, 6], 1)
    assert walk.remote.asked[1:] == ["page 3", "page 6"]
    assert (walk.met, cursor.position) == (["0", "1", "2", "3", "4", "5", "6"], AS_OF)
    assert [run.counts["imported"] for run in SyncRun.objects.order_by("pk")] == [3, 3, 1]


def test_what_could_not_be_read_in_any_part_leaves_open_what_is_gone(cursor: SyncCursor) -> None:
    class Flawed(Remote):
        def walk(self, first: int) -> Iterator[Page[Any]]:
            for page in super().walk(first):
                broken = (Unreadable(record_id="x", reason="no"),) if page.items == (0,) else ()
                yield Page(items=page.items, unreadable=broken, as_of=page.as_of, resume=page.resume)

    walk = Walk(Flawed(pages=3, calls=2))
    go(walk, cursor)
    assert cursor.resume["flawed"] is True
    walk.remote.calls = 9
    go(walk, cursor)
    assert (walk.finished, walk.met) == (1, None)
    go(walk, cursor)  # it never is, as long as that record is not mended
    assert (walk.finished, walk.met) == (2, None)


def test_what_an_aborted_walk_met_is_not_taken_for_the_next_ones(cursor: SyncCursor) -> None:
    remote = Remote(pages=4, calls=2)
    walk = Walk(remote)
    go(walk, cursor)
    SyncCursor.objects.update(resume={})
    remote.pages, remote.calls = 1, 9

    go(walk, cursor)
    assert walk.met == ["0"]
    remote.pages = 2
    go(walk, cursor)
    assert walk.met == ["0", "1"]
    assert not WalkedPage.objects.exists()


def test_a_wake_in_any_part_of_a_walk_has_it_walked_once_more(cursor: SyncCursor) -> None:
    walk = Walk(Remote(pages=4, calls=2))
    go(walk, claimed(cursor))
    wake(feed="orders", owner_id=1, now=NOW)
    walk.remote.calls = 9
    go(walk, claimed(cursor))
    cursor.refresh_from_db()
    assert (walk.finished, cursor.woken, cursor.next_run_at) == (1, True, NOW)
    go(walk, claimed(cursor))
    cursor.refresh_from_db()
    assert (walk.finished, cursor.woken) == (2, False)
    assert cursor.next_run_at > NOW


def claimed(cursor: SyncCursor) -> SyncCursor:
    SyncCursor.objects.update(next_run_at=NOW)
    [mine] = claim(now=NOW, limit=1)
    return mine
