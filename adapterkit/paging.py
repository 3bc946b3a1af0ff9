"""Walks through lists that come in numbered pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from adapterkit.transport import Answer

ReadPage = Callable[[int], tuple[Answer, Sequence[Any]]]


def numbered(read: ReadPage, *, full: int = 1) -> Iterator[tuple[Answer, Sequence[Any]]]:
    """Yield the pages from the first on, until one has fewer than `full` rows.

    `read` takes a page's number, from 1. The first page is given even when it is empty, for its answer's clock; a
    later empty one is not. Where no page has a known size, `full=1` walks on to the first empty one.
    """
    for number in count(1):
        answer, rows = read(number)
        if rows or number == 1:
            yield answer, rows
        if len(rows) < full:
            return
