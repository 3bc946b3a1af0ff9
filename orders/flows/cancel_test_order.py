"""A merchant has a test order cancelled in the shop."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from engine import outbox
from orders import messages
from orders.history import event
from orders.models import Order, TestOrder


def cancel_test_order(*, test_order: TestOrder, now: datetime, by: User | None) -> bool:
    """Queue the cancellation; False when the order is not in the shop or was cancelled before."""
    with transaction.atomic():
        placed = Order.objects.filter(pk=test_order.order_id, place=Order.Place.IN_SHOP)
        if not placed.exclude(status=Order.Status.CANCELLED).update(status=Order.Status.CANCELLED):
            return False
        order = Order.objects.select_related("connection__project__shop").get(pk=test_order.order_id)
        outbox.post([messages.cancel_in_shop(order, order.connection, now)], now)
        event(order, "test_cancelled", now, actor=by).save()
    return True
