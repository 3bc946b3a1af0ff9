"""Pages through long lists."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property


class LatestPages(Paginator):  # type: ignore[type-arg]
    """Pages through the first 10,000 of a list alone: to count, or to leaf through, all there are takes ever longer."""

    object_list: QuerySet[Any]
    MOST: ClassVar = 10_000
    template_name = "admin/latest_pages.html"  # of the support staff's lists

    @cached_property
    def found(self) -> int:
        """How many there are; one more than `MOST` stands for any number above it."""
        return self.object_list[: self.MOST + 1].count()

    @property
    def count(self) -> int:
        """How many can be paged through."""
        return min(self.found, self.MOST)

    @property
    def more(self) -> bool:
        """Whether there are some that no page shows."""
        return self.found > self.MOST


class ChainedPages(LatestPages):
    """Pages through a short list and then through a long one, where no index has both in one order."""

    MOST = 1000

    def __init__(self, short: QuerySet[Any], long: QuerySet[Any], per_page: int) -> None:
        super().__init__(long, per_page)
        self.short = short

    @cached_property
    def leading(self) -> int:
        return self.short.count()

    @property
    def count(self) -> int:
        return self.leading + super().count

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        found = list(self.short[start : start + self.per_page])
        if missing := self.per_page - len(found):
            after = max(0, start - self.leading)
            found += self.object_list[after : after + missing]
        return Page(found, number, self)
