"""Books to be read: a feed of numbered owners, whose pages stand still, break or bring something as a test has it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Company
from adapterkit.records import Page
from engine.cursors import open_cursor
from engine.models import SyncCursor
from engine.registry import ExchangeLog
from engine.walked import Met
from tests.clock import Clock

EVERY = timedelta(minutes=5)
BACK = timedelta(days=9)  # how far the first walk goes


def nothing(*_: object) -> None: ...


@dataclass
class Books:
    """The feed. What a page or its storing is to meet, a test puts into the hooks, which get owner and record."""

    clock: Clock
    company: Company
    name: str = "books"
    overlap_seconds: int = 600
    lists_all: bool = False
    on_page: Callable[[int, str], object] = nothing  # in the thread that walks
    on_store: Callable[[int, str], object] = nothing  # where the database is
    pages: dict[int, list[str]] = field(default_factory=dict)
    lanes: dict[int, str] = field(default_factory=dict)
    since: dict[int, list[datetime]] = field(default_factory=dict)
    stored: list[str] = field(default_factory=list)
    finished: Counter[int] = field(default_factory=Counter)
    walked_in: dict[int, str] = field(default_factory=dict)  # which thread
    stored_in: set[str] = field(default_factory=set)

    def add(self, *owners: int, pages: int = 2, lane: str = "") -> None:
        """Have the books of these owners read from now on, a record to a page; a test may put several into one."""
        for owner in owners:
            self.pages[owner] = [f"{owner}.{number}" for number in range(pages)]
            self.since[owner] = []
            self.lanes[owner] = lane or f"lane-{owner}"
            open_cursor(
                company_id=self.company.pk,
                feed=self.name,
                owner_id=owner,
                lane=self.lanes[owner],
                every=EVERY,
                now=self.clock(),
            )

    def cursor(self, owner: int) -> SyncCursor:
        return SyncCursor.objects.get(feed=self.name, owner_id=owner)

    def open(self, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, Book]:
        return {cursor.pk: Book(self, cursor.owner_id) for cursor in cursors}

    def as_of(self, owner: int, number: int = 0) -> datetime:
        """The remote side's clock on a page: it is behind ours, differently for each owner."""
        return self.clock() - timedelta(seconds=60 + owner) + timedelta(seconds=number)


@dataclass
class Book:
    """One walk."""

    books: Books
    owner: int

    def start(self, now: datetime) -> datetime:
        return now - BACK

    def sweep_from(self, now: datetime) -> datetime | None:
        return None

    def pages(self, changed_since: datetime, resume: str, known: object) -> Iterator[Page[Any]]:
        self.books.since[self.owner].append(changed_since)
        self.books.walked_in[self.owner] = threading.current_thread().name
        for number, record in enumerate(self.books.pages[self.owner]):
            self.books.on_page(self.owner, record)
            yield Page(items=tuple(record.split()), as_of=self.books.as_of(self.owner, number))

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        return frozenset()

    def identify(self, item: Any) -> str:
        return str(item)

    def apply(self, items: Sequence[Any], now: datetime) -> Mapping[str, int]:
        self.books.stored_in.add(threading.current_thread().name)
        for item in items:
            self.books.on_store(self.owner, item)
            self.books.stored.append(item)
        return {"imported": len(items)}

    def finish(self, met: Met | None, now: datetime) -> None:
        self.books.finished[self.owner] += 1
