"""A walk that is broken off after each page and taken up where that page says, by somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from adapterkit.records import Page

T = TypeVar("T")
MANY = 500  # parts that no walk of a test has


def in_parts(fetch: Callable[[str], Iterable[Page[T]]]) -> list[Page[T]]:
    """Return the pages of such a walk; `fetch` is given the `resume` to go on with."""
    resume, pages = "", list[Page[T]]()
    for _ in range(MANY):
        for page in fetch(resume):
            pages.append(page)
            if page.resume:
                assert page.resume != resume, f"a walk that is taken up stands still at {resume}"
                resume = page.resume
                break
        else:
            return pages
    raise AssertionError(f"a walk does not come to its end; it stands at {resume}")
