"""A person decides that an order goes on although its buyer asked to cancel it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from engine import outbox
from engine.models import OutboxMessage
from orders import messages
from orders.history import event
from orders.models import Order


def release_hold(*, order: Order, now: datetime, by: User | None, reason: str = "") -> bool:
    """End the hold here and in the shop; False when there is none. A reason (support's) is shown to the merchant."""
    with transaction.atomic():
        if not Order.objects.filter(pk=order.pk).exclude(hold="").update(hold=""):
            return False
        if order.place == Order.Place.IN_SHOP:
            outbox.post([messages.hold_in_shop(order, order.connection, now, hold=False)], now)
        held = OutboxMessage.objects.filter(
            kind__in=[messages.CREATE, messages.ACTIVATE], record_id=order.pk, state=OutboxMessage.State.HELD
        )
        outbox.requeue(held, now)
        event(order, "hold_released", now, actor=by).save()
        if reason:
            about = {"name": order.number, "reason": reason}
            write_audit(order.company, by, "order_released", f"order:{order.pk}", now, **about)
    return True
