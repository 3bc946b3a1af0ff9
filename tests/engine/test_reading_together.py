"""Reading many feeds with one thread and with many: claims, positions, stops, and what one feed's trouble leaves alone."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DataError, connection, connections

from adapterkit.errors import AuthenticationFailed, TemporarilyUnavailable
from adapterkit.spec import RateLimit
from engine import cursors
from engine.leases import LEASE, LONGEST
from engine.models import Lane, SyncCursor, SyncRun
from engine.pacing import AccountPacer
from engine.reading import read
from tests.engine.books import BACK, EVERY, Books
from tests.engine.sending import PATIENCE, Stopped

pytestmark = pytest.mark.django_db
ReadOn = Callable[..., dict[str, int]]
OWNERS = range(1, 7)


def free() -> set[tuple[object, object]]:
    return set(SyncCursor.objects.values_list("lease_token", "lease_until"))


@pytest.mark.usefixtures("steady")
def test_each_feed_is_read_once_and_its_position_is_the_first_pages_moment(
    books: Books, read_on: ReadOn, threads: int
) -> None:
    books.add(*OWNERS, pages=3)

    assert read_on() == {"walks": 6, "imported": 18}

    assert Counter(books.stored) == dict.fromkeys((f"{owner}.{page}" for owner in OWNERS for page in range(3)), 1)
    assert books.finished == dict.fromkeys(OWNERS, 1)
    now = books.clock()
    for owner in OWNERS:
        cursor = books.cursor(owner)
        assert books.since[owner] == [now - BACK]
        assert [record for record in books.stored if record.startswith(f"{owner}.")] == books.pages[owner]
        assert (cursor.position, cursor.swept_at) == (books.as_of(owner), now)
        assert (cursor.next_run_at, cursor.last_success_at, cursor.failures) == (now + EVERY, now, 0)
    assert free() == {(None, None)}
    assert set(SyncRun.objects.values_list("succeeded", "counts__imported")) == {(True, 3)}
    here = threading.current_thread().name
    assert {name.split("_", maxsplit=1)[0] for name in books.walked_in.values()} == {here if threads == 1 else "read"}
    assert books.stored_in == {here}  # the one that holds the connection

    # Not before it is due, and then from the position on, what overlaps included.
    books.clock.forward(EVERY - timedelta(seconds=1))
    assert read_on() == {}
    positions = {owner: books.cursor(owner).position for owner in OWNERS}
    books.clock.forward(seconds=1)
    assert read_on() == {"walks": 6, "imported": 18}
    assert {owner: since[1] for owner, since in books.since.items()} == {
        owner: position - timedelta(seconds=600) for owner, position in positions.items()
    }


def test_many_feeds_are_walked_at_the_same_time(books: Books) -> None:
    """Each waits until all are on their way; none of them would come to an end otherwise."""
    all_there = threading.Barrier(6, timeout=PATIENCE)
    books.add(*OWNERS)
    books.on_page = lambda owner, record: all_there.wait()

    assert read(clock=books.clock, threads=8) == {"walks": 6, "imported": 12}
    assert len(set(books.walked_in.values())) == 6


def test_a_feed_that_takes_long_keeps_no_other_waiting(books: Books) -> None:
    others_are_through = threading.Event()
    books.add(*OWNERS)

    def wait(owner: int, record: str) -> None:
        if owner == 1:
            assert others_are_through.wait(PATIENCE)

    def let_go(owner: int, record: str) -> None:
        if len(books.stored) == 9:  # the tenth of the others is about to be stored
            others_are_through.set()

    books.on_page, books.on_store = wait, let_go

    assert read(clock=books.clock, threads=2) == {"walks": 6, "imported": 12}
    assert books.stored[10:] == books.pages[1]


def test_no_more_are_claimed_than_asked_those_first_that_wait_the_longest(books: Books, read_on: ReadOn) -> None:
    for owner in reversed(OWNERS):
        books.add(owner)
        books.clock.forward(seconds=1)
    cursors.close_cursor(feed=books.name, owner_id=5)

    assert read_on(limit=3) == {"walks": 3, "imported": 6}
    assert sorted(books.finished) == [3, 4, 6]
    assert read_on(limit=3) == {"walks": 2, "imported": 4}
    assert sorted(books.finished) == [1, 2, 3, 4, 6]


@pytest.mark.usefixtures("steady")
def test_feeds_in_trouble_stop_no_other_and_are_read_again_from_where_they_were(books: Books, read_on: ReadOn) -> None:
    books.add(*OWNERS)
    troubles: dict[str, Exception] = {
        "1.1": TemporarilyUnavailable("down", retry_after=40),
        "2.0": RuntimeError("ours"),
        "3.1": AuthenticationFailed("refused"),
    }

    def fail(owner: int, record: str) -> None:
        if record in troubles:
            raise troubles[record]

    def refuse(owner: int, record: str) -> None:
        if record == "4.0":
            raise DataError("too long")

    books.on_page, books.on_store = fail, refuse
    assert read_on() == {"walks": 3, "failed_walks": 3, "imported": 7, "unreadable": 1}

    now = books.clock()
    later = {1: now + timedelta(seconds=41), 2: now + timedelta(seconds=10), 3: now}  # 3: its lane keeps it back
    problems = {1: "unavailable", 2: "internal_error", 3: "credentials_refused"}
    for owner, code in problems.items():
        cursor = books.cursor(owner)
        assert (cursor.position, cursor.failures, cursor.problem_code) == (None, 1, code)
        assert cursor.next_run_at == later[owner]
    assert free() == {(None, None)}
    assert {row.key: (row.state, row.closed_until) for row in Lane.objects.exclude(reason="")} == {
        "lane-1": (Lane.State.OPEN, now + timedelta(seconds=41)),
        "lane-3": (Lane.State.REFUSED, now + timedelta(hours=1)),
    }
    assert {owner: books.cursor(owner).position for owner in (4, 5, 6)} == {o: books.as_of(o) for o in (4, 5, 6)}
    assert [record.record_id for record in books.cursor(4).unreadable_records.all()] == ["4.0"]
    assert dict(SyncRun.objects.filter(succeeded=False).values_list("cursor__owner_id", "problem_code")) == problems

    troubles.clear()
    books.clock.forward(seconds=41)
    assert read_on() == {"walks": 2, "imported": 4}
    assert [books.since[owner] for owner in (1, 2)] == [[now - BACK, books.clock() - BACK]] * 2
    assert (books.cursor(1).failures, books.cursor(1).problem_code) == (0, "")
    assert Lane.objects.get(key="lane-1").closed_until is None
    assert len(books.since[3]) == 1  # its lane is closed


def test_a_reader_that_was_killed_leaves_its_feeds_to_another_after_the_lease(
    books: Books, read_on: ReadOn, threads: int
) -> None:
    books.add(*OWNERS)

    def stop(owner: int, record: str) -> None:
        if record == "1.1":
            raise Stopped

    books.on_store = stop
    with pytest.raises(Stopped):
        read_on()
    books.on_store = lambda owner, record: None
    stopped_at, whole = books.clock(), set(books.finished)
    stored = Counter(books.stored)
    left = [owner for owner in OWNERS if owner not in whole]

    assert 1 in left
    assert stored["1.0"] == 1  # what was stored before stays
    lease = LONGEST if threads == 1 else LEASE
    assert {books.cursor(owner).lease_until for owner in left} == {stopped_at + lease}
    assert {books.cursor(owner).position for owner in left} == {None}
    assert read_on() == {}
    books.clock.forward(lease)
    assert read_on() == {}
    books.clock.forward(seconds=1)

    counts = read_on()

    assert counts["walks"] == len(left)
    assert {owner: books.finished[owner] for owner in OWNERS} == dict.fromkeys(OWNERS, 1)
    assert {books.cursor(owner).position for owner in left} == {books.as_of(owner) for owner in left}
    assert set(books.stored) == {f"{owner}.{page}" for owner in OWNERS for page in range(2)}


def test_a_page_that_is_stored_renews_the_lease(books: Books) -> None:
    books.add(1, pages=4)

    def take_long(owner: int, record: str) -> None:
        books.clock.forward(LEASE - timedelta(seconds=1))
        assert cursors.claim(now=books.clock(), limit=9) == []

    books.on_store = take_long

    assert read(clock=books.clock) == {"walks": 1, "imported": 4}


def test_a_reader_that_has_lost_its_feed_stores_nothing_more_of_it(books: Books, read_on: ReadOn) -> None:
    books.add(1, 2)
    taken: list[SyncCursor] = []

    def fall_asleep(owner: int, record: str) -> None:
        """While the first page of one is stored, both are taken over."""
        if not taken:
            books.clock.forward(LONGEST + timedelta(seconds=1))
            taken.extend(cursors.claim(now=books.clock(), limit=9))

    books.on_store = fall_asleep
    read_on()

    assert len(taken) == 2
    assert len(books.stored) == 1
    assert books.finished == {}
    for cursor in taken:
        now = SyncCursor.objects.get(pk=cursor.pk)
        assert (now.lease_token, now.lease_until, now.position) == (cursor.lease_token, books.clock() + LEASE, None)
    assert not SyncRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_readers_at_once_never_get_the_same_feed(books: Books, threads: int) -> None:
    """Both have seen what is due before either takes it."""
    both, raised, counts = threading.Barrier(2, timeout=PATIENCE), list[BaseException](), Counter[str]()
    books.add(*OWNERS)

    class InStep:
        def __init__(self) -> None:
            self.steps = ["SELECT"]

        def __call__(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
            found = execute(sql, *arguments)
            if self.steps and sql.startswith(self.steps[0]) and "engine_synccursor" in sql:
                del self.steps[0]
                both.wait()
            return found

    def work() -> None:
        try:
            with connection.execute_wrapper(InStep()):
                counts.update(read(clock=books.clock, threads=threads))
        except BaseException as error:  # noqa: BLE001 - raised again below
            raised.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(2 * PATIENCE)

    assert (raised, [worker.is_alive() for worker in workers]) == ([], [False, False])
    assert counts == {"walks": 6, "imported": 12}
    assert {owner: len(since) for owner, since in books.since.items()} == dict.fromkeys(OWNERS, 1)
    assert Counter(books.stored).most_common(1)[0][1] == 1


@pytest.mark.usefixtures("steady")
def test_feeds_of_one_account_share_its_calls(books: Books, read_on: ReadOn) -> None:
    """The bucket is the real one: of three feeds with three pages each, seven pages come."""
    limits = {"lists": RateLimit(1, per=100, burst=7)}
    books.add(1, 2, 3, pages=3, lane="account")
    books.add(4, pages=3, lane="another")
    books.on_page = lambda owner, record: AccountPacer(books.lanes[owner], limits).acquire("lists")

    counts = read_on()

    assert counts["imported"] == 10
    assert counts["walks"] + counts["postponed_walks"] == 4
    assert 4 in books.finished
    waiting = SyncCursor.objects.filter(last_success_at=None)
    assert len(waiting) == counts["postponed_walks"]
    # Waiting for one's turn is no failure, and closes nothing.
    again = books.clock() + timedelta(seconds=101)
    assert set(waiting.values_list("failures", "problem_code", "next_run_at", "lease_token")) == {(0, "", again, None)}
    assert not Lane.objects.exclude(reason="").exists()


def test_of_one_account_so_many_feeds_are_walked_at_the_same_time_and_no_more(books: Books) -> None:
    three, guard, now, most = threading.Barrier(3, timeout=PATIENCE), threading.Lock(), set[int](), list[int]()
    books.add(*OWNERS, pages=1, lane="account")

    def walk(owner: int, record: str) -> None:
        with guard:
            now.add(owner)
            most.append(len(now))
        three.wait()  # six feeds, three at a time: it opens twice
        with guard:
            now.discard(owner)

    books.on_page = walk

    assert read(clock=books.clock, threads=8) == {"walks": 6, "imported": 6}
    assert max(most) == 3


def test_what_other_workers_read_of_an_account_counts(books: Books) -> None:
    books.add(*OWNERS, lane="account")
    books.add(7, lane="another")

    def claimed(limit: int) -> list[tuple[str, int]]:
        return [(cursor.lane, cursor.side_by_side) for cursor in cursors.claim(now=books.clock(), limit=limit)]

    assert claimed(1) == [("account", 1)]
    assert claimed(2) == [("account", 2)] * 2
    assert claimed(9) == [("another", 1)]
    books.clock.forward(LEASE + timedelta(seconds=1))
    assert len(claimed(9)) == 7
