"""A person decides that an order goes on although its buyer asked to cancel it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from orders.copies import renew_wishes
from orders.decisions import Kind, decide
from orders.history import event
from orders.locking import lock_order
from orders.models import Order


def release_hold(*, order: Order, now: datetime, by: User | None, reason: str = "") -> bool:
    """End the hold here and in the shop; False when there is none. A reason (support's) is shown to the merchant.

    It stays released until the buyer asks anew.
    """
    with transaction.atomic():
        loaded = lock_order(order)
        if not loaded.order.hold:
            return False
        asked = [line.marketplace_line_id for line in loaded.lines if line.cancellation_requested]
        decide(loaded.order, Kind.RELEASED_HOLD, now, by, lines=sorted(asked))
        Order.objects.filter(pk=order.pk).update(hold=Order.Hold.NONE)
        renew_wishes([order.pk], now)
        event(order, "hold_released", now, actor=by).save()
        if reason:
            about = {"name": order.number, "reason": reason}
            write_audit(order.company, by, "order_released", f"order:{order.pk}", now, **about)
    return True
