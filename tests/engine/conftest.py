"""What the tests of delivering and reading share: one thread and many, a depot to send to, books to read."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from accounts.models import Company
from engine import registry
from engine.delivery import Delivery
from engine.reading import read
from tests.clock import Clock
from tests.engine.books import Books
from tests.engine.sending import Parcels


@pytest.fixture(params=[1, 8], ids=["one", "many"])
def threads(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left to chance: each wait is the longest that it may be."""

    class Longest(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    monkeypatch.setattr("engine.backoff._random", Longest())


@pytest.fixture
def parcels(clock: Clock, db: None, monkeypatch: pytest.MonkeyPatch) -> Parcels:
    monkeypatch.setattr(registry, "_handlers", dict(registry._handlers))
    made = Parcels(clock, Company.objects.create(name="Sender"))
    registry.register_handler(made)
    return made


@pytest.fixture
def deliver(parcels: Parcels, threads: int) -> Callable[..., dict[str, int]]:
    """One round of sending, never cut short by a busy machine."""
    return lambda **options: dict(Delivery(clock=parcels.clock, threads=threads, seconds=600, **options).run())


@pytest.fixture
def books(clock: Clock, db: None, monkeypatch: pytest.MonkeyPatch) -> Books:
    monkeypatch.setattr(registry, "_feeds", dict(registry._feeds))
    made = Books(clock, Company.objects.create(name="Reader"))
    registry.register_feed(made)
    return made


@pytest.fixture
def read_on(books: Books, threads: int) -> Callable[..., dict[str, int]]:
    """One round of reading."""
    return lambda **options: dict(read(clock=books.clock, threads=threads, **options))
