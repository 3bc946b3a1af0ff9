"""What one record, cursor or message breaks is its own; what the database refuses for the moment is nobody's."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError

from engine import claiming, outbox
from engine.database import TRIES, is_passing
from engine.delivery import Delivery
from engine.models import Lane, OutboxMessage, SyncCursor, UnreadableRecord
from engine.registry import ExchangeLog, Result
from tests.engine.books import Book, Books
from tests.engine.sending import Parcels, message

pytestmark = pytest.mark.django_db
Deliver = Callable[..., dict[str, int]]
ReadOn = Callable[..., dict[str, int]]
DEADLOCK, SERIALISATION, LOCKED, SHUT_DOWN, TOO_BIG = "40P01", "40001", "55P03", "57P01", "54000"


def refusal(state: str, kind: type[Exception] = OperationalError) -> Exception:
    """The database's refusal as Django hands it on; its driver's has the SQLSTATE."""
    error = kind("the database said no")
    error.__cause__ = type("Refusal", (Exception,), {"pgcode": state or None})()
    return error


class Broken:
    """Raises at one record, so often."""

    def __init__(self, at: str, error: Callable[[], BaseException], times: int = 10**6) -> None:
        self.at, self.error, self.left, self.met = at, error, times, 0

    def __call__(self, *seen: Any) -> None:
        if self.at in seen and self.left:
            self.left, self.met = self.left - 1, self.met + 1
            raise self.error()


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        *[(refusal(state), True) for state in (DEADLOCK, SERIALISATION, LOCKED, SHUT_DOWN, "08006", "53300", "")],
        (InterfaceError("connection already closed"), True),
        (refusal(TOO_BIG), False),
        (refusal("22001", DataError), False),
        (refusal("23505", IntegrityError), False),
        (TypeError("x"), False),
        (OverflowError("x"), False),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_refusal_is_passing_or_the_record_s_own(error: Exception, passing: bool) -> None:
    assert is_passing(error) is passing


@pytest.mark.parametrize("state", [DEADLOCK, SERIALISATION, LOCKED])
def test_a_page_that_was_given_up_for_another_is_stored_at_the_next_try(
    books: Books, read_on: ReadOn, state: str
) -> None:
    books.add(1, pages=0)
    books.pages[1] = ["a b c", "d"]
    books.on_store = broken = Broken("b", lambda: refusal(state), times=TRIES - 1)

    assert read_on() == {"walks": 1, "imported": 4}

    assert (broken.met, books.finished[1]) == (TRIES - 1, 1)
    assert books.stored[-4:] == ["a", "b", "c", "d"]
    assert not UnreadableRecord.objects.exists()
    assert books.cursor(1).position == books.as_of(1)


@pytest.mark.parametrize("state", [DEADLOCK, SHUT_DOWN, ""], ids=["deadlock", "shut down", "locked file"])
def test_what_the_database_goes_on_refusing_holds_the_cursor_and_loses_nothing(
    books: Books, read_on: ReadOn, state: str
) -> None:
    books.add(1, 2, pages=0)
    books.pages = {1: ["a b c", "d"], 2: ["e"]}
    books.on_store = Broken("b", lambda: refusal(state))

    counts = read_on()

    assert (counts["failed_walks"], counts["walks"]) == (1, 1)
    held = books.cursor(1)
    assert (held.position, held.failures, held.problem_code, held.lease_token) == (None, 1, "internal_error", None)
    assert not UnreadableRecord.objects.exists()
    assert books.cursor(2).position == books.as_of(2)

    books.on_store, books.stored = Broken("", TypeError), []
    books.clock.move_to(held.next_run_at)
    assert read_on()["imported"] == 4
    assert books.stored == ["a", "b", "c", "d"]
    assert books.cursor(1).position == books.as_of(1)


@pytest.mark.parametrize(
    "error",
    [
        lambda: TypeError("'NoneType' object is not subscriptable"),
        lambda: refusal("22001", DataError),
        lambda: refusal("23505", IntegrityError),
        lambda: refusal(TOO_BIG),
        lambda: OverflowError("Python int too large to convert to SQLite INTEGER"),
    ],
    ids=["type", "too long", "twice", "index too big", "number too big"],
)
def test_a_record_that_cannot_be_stored_is_kept_apart_and_stops_no_other(
    books: Books, read_on: ReadOn, error: Callable[[], BaseException]
) -> None:
    books.add(1, pages=0)
    books.pages[1] = ["a b c", "d"]
    books.on_store = Broken("b", error)

    assert read_on() == {"walks": 1, "imported": 3, "unreadable": 1}

    assert set(books.stored) == {"a", "c", "d"}
    [kept] = UnreadableRecord.objects.all()
    assert kept.record_id == "b"
    assert str(error()) in kept.reason
    assert books.cursor(1).position == books.as_of(1)


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second owner's books cannot be opened: no key fits."""
    opened = Books.open

    def open_(self: Books, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, Book]:
        if any(cursor.owner_id == 2 for cursor in cursors):
            raise ValueError("no key opens this")
        return opened(self, cursors, logs)

    monkeypatch.setattr(Books, "open", open_)


@pytest.mark.usefixtures("locked")
def test_a_cursor_that_cannot_be_opened_stops_alone(books: Books, read_on: ReadOn) -> None:
    books.add(1, 2, 3)

    assert read_on() == {"walks": 2, "failed_walks": 1, "imported": 4}

    stopped = books.cursor(2)
    assert (stopped.problem_code, stopped.failures, stopped.lease_token) == ("internal_error", 1, None)
    assert stopped.problem["message"].startswith("ValueError, trace ")
    assert stopped.next_run_at > books.clock()
    assert {owner: books.cursor(owner).position for owner in (1, 3)} == {1: books.as_of(1), 3: books.as_of(3)}


def test_a_walk_that_cannot_be_finished_stops_alone(
    books: Books, read_on: ReadOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.add(1, 2)
    finish = Book.finish

    def fail(self: Book, complete: bool, now: Any) -> None:
        if self.owner == 1:
            raise KeyError("sku")
        finish(self, complete, now)

    monkeypatch.setattr(Book, "finish", fail)

    assert read_on() == {"walks": 1, "failed_walks": 1, "imported": 4}
    assert (books.cursor(1).position, books.cursor(1).problem_code) == (None, "internal_error")
    assert books.cursor(2).position == books.as_of(2)


def test_a_message_that_cannot_be_loaded_needs_attention_alone(parcels: Parcels, deliver: Deliver) -> None:
    north, south = parcels.post("north", 3), parcels.post("south", 2)

    def load(messages: Sequence[OutboxMessage]) -> None:
        if any(one.key == "north-1" for one in messages):
            raise ValueError("no key opens this")

    parcels.on_load = load

    assert deliver() == {"done": 4, "rejected": 1}

    culprit = message("north-1")
    assert (culprit.state, culprit.problem_code) == ("needs_attention", "internal_error")
    assert culprit.problem["message"].startswith("ValueError, trace ")
    assert sorted(parcels.depot.taken) == sorted({*north, *south} - {"north-1"})
    assert not Lane.objects.exclude(reason="").exists()


@pytest.fixture
def settling(parcels: Parcels, monkeypatch: pytest.MonkeyPatch) -> Callable[[Broken], None]:
    """What settling is to meet at a key."""

    def meet(broken: Broken) -> None:
        settle = parcels.settle

        def meeting(results: Sequence[Result], now: Any) -> None:
            broken(*[result.message.key for result in results])
            settle(results, now)

        monkeypatch.setattr(parcels, "settle", meeting)

    return meet


def test_an_outcome_that_cannot_be_written_down_is_looked_at_before_it_is_tried_again(
    parcels: Parcels, deliver: Deliver, settling: Callable[[Broken], None]
) -> None:
    keys = parcels.post("north", 3)
    settling(broken := Broken("north-1", lambda: refusal("22001", DataError)))

    counts = deliver()

    assert (counts["done"], counts["rejected"]) == (2, 1)
    culprit = message("north-1")
    assert (culprit.state, culprit.problem_code, culprit.look_first) == ("needs_attention", "internal_error", True)
    assert sorted(parcels.facts) == [("north-0", "done"), ("north-2", "done")]

    broken.left = 0
    assert outbox.requeue(OutboxMessage.objects.filter(pk=culprit.pk), parcels.clock()) == 1
    assert deliver() == {"done": 1}
    assert sorted(parcels.depot.taken) == keys  # none of them twice
    assert parcels.depot.tries("north") == 3


@pytest.mark.parametrize(("state", "times"), [(DEADLOCK, TRIES - 1), (SHUT_DOWN, 3), ("", 3)])
def test_what_was_sent_is_settled_once_the_database_takes_it(
    parcels: Parcels, deliver: Deliver, settling: Callable[[Broken], None], state: str, times: int
) -> None:
    keys = [*parcels.post("north", 3), *parcels.post("south", 3)]
    settling(broken := Broken("north-1", lambda: refusal(state), times=times))

    assert deliver() == {"done": 6}

    assert broken.met == times
    assert Counter(parcels.depot.taken) == Counter(keys)
    assert set(OutboxMessage.objects.values_list("state", "attempts", "failures")) == {("done", 1, 0)}


def test_a_round_that_cannot_claim_more_brings_home_what_is_in_flight(
    parcels: Parcels, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, claim, gate = parcels.post("north", 4), claiming.claim, threading.Event()
    times: list[int] = []

    def breaking(**options: Any) -> list[OutboxMessage]:
        times.append(1)
        if len(times) > 1:
            gate.set()
            raise RuntimeError("the database is odd")
        return claim(**options)

    monkeypatch.setattr("engine.claiming.claim", breaking)
    first = iter(keys)
    parcels.before_call = lambda key: key == next(first, None) or gate.wait(30)

    with pytest.raises(RuntimeError, match="odd"):
        Delivery(clock=parcels.clock, threads=8, seconds=600).run()

    assert sorted(parcels.facts) == [(key, "done") for key in keys]
    assert {message(key).state for key in keys} == {"done"}
