"""A person has an order tried again after mending what kept it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from engine import outbox
from engine.models import OutboxMessage
from orders.history import event
from orders.loading import load_orders
from orders.locking import lock_order
from orders.models import Order, Shipment, ShopCopy
from orders.reading.linking import link_products
from orders.reading.parcels import resolve_again
from orders.wishes import InShop


def resume_order(*, order: Order, now: datetime, by: User | None) -> bool:
    """Link products again and queue everything of this order that waits for a person.

    False, with nothing changed but links, when nothing waited.
    """
    with transaction.atomic():
        link_products(project=order.connection.project, now=now, order_ids=[order.pk])
        stored = lock_order(order).order
        waiting = OutboxMessage.objects.filter(subject=order.subject, state__in=OutboxMessage.STUCK)
        if not waiting.exists():
            return False
        if stored.problem_code == "shop_order_gone":
            # It was removed in the shop before it became active: it is made anew.
            Order.objects.filter(pk=order.pk).update(shop_order_id="", shop_order_number="", shop_order_state="")
            ShopCopy.objects.filter(order=order).update(acknowledged=InShop().stored)
        Order.objects.filter(pk=order.pk, place=Order.Place.NEEDS_ATTENTION).update(
            place=Order.Place.WAITING, problem_code="", problem={}
        )
        stuck = Shipment.objects.filter(order=order, state=Shipment.State.NEEDS_ATTENTION)
        resolve_again(load_orders([order.pk])[order.pk], list(stuck))
        outbox.requeue(waiting, now)
        event(order, "resumed", now, actor=by).save()
    return True
