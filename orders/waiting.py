"""Orders that a platform's own program is to fetch, and has not acknowledged yet."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import Company
from orders import messages
from orders.models import Order


def to_be_acknowledged(orders: QuerySet[Order], *, company: Company) -> QuerySet[Order]:
    """Return those of a company's orders; held ones and those of a connection whose placing is paused are left out."""
    waiting = messages.waiting_for_acknowledgement().filter(company=company).values("record_id")
    return orders.filter(
        pk__in=waiting, place=Order.Place.WAITING, hold="", pending=False, connection__push_paused=False
    )
