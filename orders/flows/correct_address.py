"""A merchant corrects an address that keeps an order from the shop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from orders.history import event
from orders.models import Order, OrderAddress
from orders.resuming import resume


def correct_address(
    *, order: Order, role: OrderAddress.Role, fields: Mapping[str, str], now: datetime, by: User | None
) -> bool:
    """Store the corrected address and try the order again; False, with nothing changed, once it is in the shop.

    What the marketplace says of the address later does not undo the correction. The raw lines stay as received.
    """
    with transaction.atomic():
        waiting = Order.objects.filter(pk=order.pk, shop_order_id="").exclude(status=Order.Status.CANCELLED)
        if not waiting.update(address_corrected=True):
            return False
        OrderAddress.objects.update_or_create(order=order, role=role, defaults=dict(fields))
        event(order, "address_corrected", now, actor=by).save()
        resume(order, now)
    return True
