"""Tells of shop orders that carry the reference of an order which another shop order was chosen for."""

from __future__ import annotations

from datetime import datetime

from adapterkit.records import ShopOrder
from orders.history import event
from orders.models import Order, OrderEvent


def doubled_in_shop(order: Order, double: ShopOrder, now: datetime) -> OrderEvent | None:
    """Return the unsaved event that tells of an active double; None when it was told before. One statement."""
    told = OrderEvent.objects.filter(order=order, code="doubled_in_shop", params__id=double.shop_order_id)
    if told.exists():
        return None
    return event(order, "doubled_in_shop", now, number=double.number, id=double.shop_order_id)
