"""How much a run tries of what may be tried at every step: a share of it, or all with `./run test --long`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, TypeVar
from zlib import crc32

import pytest

LONG = os.environ.get("ORDERSYNC_TEST_LONG") == "1"
Test = TypeVar("Test")
DATABASES = ("sqlite", "postgresql")
SECOND = os.environ.get("ORDERSYNC_TEST_DB") == "postgresql"


def share(values: Iterable[Any], *, of: int) -> list[Any]:
    """Return the values as a test's parameters; all but one of so many are for long runs.

    The databases begin at different ones, so that both together try two shares: all there are, with `of=2`.
    """
    first = of // 2 if SECOND else 0
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else [value]),
            marks=pytest.mark.shared if place % of == first else pytest.mark.long,
        )
        for place, value in enumerate(values)
    ]


def turn_of(test: str) -> str:
    """Return the database whose turn it is to try a test of the marker `either`, by its name: always the same one."""
    return DATABASES[crc32(test.encode()) % len(DATABASES)]


def on_the_second(test: Test) -> Test:
    """Mark a test that needs many rows to say anything: it is tried on the database that those who have them use."""
    return test if SECOND else pytest.mark.long(test)
