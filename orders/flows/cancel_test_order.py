"""A merchant has a test order cancelled in the shop."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.models import User
from orders.copies import renew_wishes
from orders.history import event
from orders.locking import lock_order
from orders.models import Order, TestOrder


def cancel_test_order(*, test_order: TestOrder, now: datetime, by: User | None) -> bool:
    """Queue the cancellation; False when the order is not in the shop or was cancelled before."""
    with transaction.atomic():
        order = lock_order(test_order.order).order
        if order.place != Order.Place.IN_SHOP or order.status == Order.Status.CANCELLED:
            return False
        order.lines.update(quantity_shipped=0, quantity_cancelled=F("quantity"))
        Order.objects.filter(pk=order.pk).update(status=Order.Status.CANCELLED)
        renew_wishes([order.pk], now)
        event(order, "test_cancelled", now, actor=by).save()
    return True
