"""Which message kinds and feeds exist. The parts above the engine register theirs when the program starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from adapterkit.records import Page
from adapterkit.transport import Exchange, Recorder
from engine.clock import elapsed
from engine.models import OutboxMessage, SyncCursor
from engine.outcomes import Outcome
from engine.walked import Met


@dataclass(slots=True)
class ExchangeLog(Recorder):
    """Collects the exchanges of one job in memory; they are stored when the job is settled."""

    exchanges: list[Exchange] = field(default_factory=list)
    alive_at: float = field(default_factory=elapsed)  # when it was begun, or the last exchange ended

    def record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self.alive_at = elapsed()


Call = Callable[[], Outcome]
"""The remote part of one message. Runs in a thread, outside any transaction, and touches no database."""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """The remote part that several messages share: one call, which returns the outcome of each by the message's id.

    Runs where a `Call` does. What it raises is the outcome of all; see `engine.delivery` for what becomes of them then.
    """

    call: Callable[[], Mapping[int, Outcome]]


@dataclass(slots=True, kw_only=True)
class Result:
    """What came of a message. A handler may replace the outcome in `settle`, when the facts have moved on."""

    message: OutboxMessage
    outcome: Outcome


class Handler(Protocol):
    """How messages of one kind are sent."""

    kind: str

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Job | Outcome]:
        """Read what the messages need, in a constant number of statements.

        Returns for every message id the call to make, or the outcome where nothing is to be sent. Messages that go in
        one call are given the same `Job`; its exchanges belong into the log of one of them. Those that were posted with
        `together` above 1 are loaded by so many at once, or are asked after with one reference.
        """

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        """Write down the facts; runs in the transaction that settles the messages."""


class Walk(Protocol):
    """One reading of a feed. `pages` runs in a thread and touches no database; the others run where the database is."""

    def start(self, now: datetime) -> datetime:
        """Return from when to read when the feed was never read before."""

    def sweep_from(self, now: datetime) -> datetime | None:
        """Return from when the daily sweep reads; None for no sweep."""

    def pages(
        self, changed_since: datetime, resume: str, known: Callable[[Mapping[str, str]], AbstractSet[str]]
    ) -> Iterator[Page[Any]]:
        """Yield the remote side's pages: all of them, or those after the one with this `Page.resume`.

        Raises `Rejected` when the walk cannot be taken up there any more; then it begins anew.
        """

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        """Return the ids that are stored with exactly this fingerprint; one statement."""

    def identify(self, item: Any) -> str:
        """Return the remote id of an item, as `Unreadable.record_id` names it."""

    def apply(self, items: Sequence[Any], now: datetime) -> Mapping[str, int]:
        """Store the items in the running transaction; return counts of what changed. May be repeated."""

    def finish(self, met: Met | None, now: datetime) -> None:
        """Called after the last page, in the transaction that moves the cursor.

        `met` are the records of the whole walk, known ones included: what is not among them is gone. None where some of
        it could not be read, and for a feed that does not list all there is.
        """


@runtime_checkable
class Concludes(Protocol):
    """A walk from which much may follow: it is done in parts, each in a transaction of bounded time."""

    def conclude(self, now: datetime) -> bool:
        """Do a part of it, after the last page and before `finish`; return whether there is more. May be repeated."""


class Feed(Protocol):
    """How the cursors of one feed are read."""

    name: str
    overlap_seconds: int
    lists_all: bool  # whether each walk meets all there is

    def open(self, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, Walk]:
        """Return a walk for each cursor, in a constant number of statements; a cursor left out is switched off."""


# Housekeeping that is done now and then: takes the time, returns counts of what it did, and may be repeated.
Chore = Callable[[datetime], Mapping[str, int]]
# Makes messages of what has happened, before each round of sending. Must be cheap when nothing has.
Pump = Callable[[datetime], object]

_handlers: dict[str, Handler] = {}
_lane_rooms: dict[str, int] = {}
_feeds: dict[str, Feed] = {}
_chores: list[Chore] = []
_pumps: list[Pump] = []


def register_handler(handler: Handler, *, lane_room: int | None = None) -> None:
    """Have messages of a kind sent by `handler`.

    `lane_room` is for a kind whose remote sides may be many and slow: no more of its calls are in flight for one lane,
    over all workers, and each worker keeps half of itself free of such kinds.
    """
    _handlers[handler.kind] = handler
    if lane_room is not None:
        _lane_rooms[handler.kind] = lane_room


def register_feed(feed: Feed) -> None:
    _feeds[feed.name] = feed


def register_chore(chore: Chore) -> None:
    _chores.append(chore)


def register_pump(pump: Pump) -> None:
    _pumps.append(pump)


def chores() -> Sequence[Chore]:
    return tuple(_chores)


def pumps() -> Sequence[Pump]:
    return tuple(_pumps)


def lane_rooms() -> Mapping[str, int]:
    """Return the kinds that have a room of their own in each lane."""
    return _lane_rooms


def handler_of(kind: str) -> Handler:
    return _handlers[kind]


def feed_of(name: str) -> Feed:
    return _feeds[name]


def kinds() -> list[str]:
    return sorted(_handlers)


def feeds() -> list[str]:
    return sorted(_feeds)
