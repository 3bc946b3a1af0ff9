"""The list of returns."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import Company
from accounts.paging import ChainedPages
from orders.models import ReturnLine

PER_PAGE = 50


def returned_lines(company: Company) -> ChainedPages:
    """Return what is sent back, the undecided first, then the newest."""
    lines = ReturnLine.objects.filter(registered_return__company=company)
    related = lines.select_related("registered_return__connection", "order_line__order")
    newest = related.order_by("-registered_return__registered_at", "-registered_return", "-pk")
    new = Q(state=ReturnLine.State.NEW)
    return ChainedPages(newest.filter(new), newest.exclude(new), PER_PAGE)
