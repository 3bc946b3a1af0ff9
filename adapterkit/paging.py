"""Walks through lists that come in numbered pages, and where they can be taken up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from adapterkit.errors import Rejected
from adapterkit.transport import Answer

ReadPage = Callable[[int], tuple[Answer, Sequence[Any]]]


def numbered(read: ReadPage, *, full: int = 1, resume: str = "") -> Iterator[tuple[Answer, Sequence[Any], str]]:
    """Yield the pages until one has fewer than `full` rows, each with the `resume` that goes on after it.

    `read` takes a page's number, from 1. The first page is given even when it is empty, for its answer's clock; a
    later empty one is not. Where no page has a known size, `full=1` walks on to the first empty one.
    """
    first = place_in(resume, int) if resume else 1
    for number in count(first):
        answer, rows = read(number)
        if rows or number == first:
            yield answer, rows, placed(number + 1) if len(rows) >= full else ""
        if len(rows) < full:
            return


def placed(*place: Any) -> str:
    """Return the `Page.resume` of a place: numbers and texts."""
    return json.dumps(place[0] if len(place) == 1 else place, separators=(",", ":"))


def place_in(resume: str, *kinds: type) -> Any:
    """Return the place that a `Page.resume` names, with values of these kinds; raises `Rejected` for any other."""
    try:
        found = json.loads(resume)
    except ValueError:
        found = None
    values = [found] if len(kinds) == 1 else found
    fitting = isinstance(values, list) and len(values) == len(kinds)
    if not fitting or not all(isinstance(value, kind) for value, kind in zip(values, kinds, strict=True)):
        raise Rejected("This walk cannot be taken up")
    return found
