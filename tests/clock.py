"""The one clock of a test: the process's own, held, so that pages, engine and simulators see the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
import time_machine

from adapterkit.opening import open_adapter
from adapterkit.transport import Transport

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
AHEAD = timedelta(days=400)  # of the second database's pass: what leans on today's date falls there


class Clock:
    """The held clock, which moves only when it is told to; or one that starts at the same moment and ticks."""

    def __init__(self, traveller: time_machine.Traveller, *, ticks: bool) -> None:
        self._traveller, self.ticks = traveller, ticks

    def __call__(self) -> datetime:
        return datetime.now(UTC)

    def forward(self, by: timedelta | None = None, **time: float) -> None:
        """Go forward by a time, or by so many `seconds`, `minutes`, `hours`, `days`."""
        self._traveller.shift(by if by is not None else timedelta(**time))

    def move_to(self, moment: datetime) -> None:
        self._traveller.move_to(moment)


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> Iterator[Clock]:
    """The process's clock from START on: held, but for a browser, whose pages wait for what is to happen."""
    ticks = request.node.get_closest_marker("browser") is not None
    with time_machine.travel(START, tick=ticks) as traveller, nullcontext() if ticks else unhurried():
        yield Clock(traveller, ticks=ticks)


@contextmanager
def unhurried() -> Iterator[None]:
    """Let no adapter wait a moment before it asks again: no time passes by waiting while the clock is held."""
    at_once = {"wait": lambda _: None}
    with patch.dict(Transport.__init__.__kwdefaults__, at_once), patch.dict(open_adapter.__kwdefaults__, at_once):
        yield


def ahead() -> time_machine.travel:
    """Return the journey to where the clock ticks on, 400 days from now."""
    return time_machine.travel(datetime.now(UTC) + AHEAD, tick=True)


@pytest.fixture(autouse=True)
def held(clock: Clock) -> None:
    """Hold the clock for every test of a package whose conftest imports this."""
