"""Has everything of an order tried again that waits for a person. Part of several flows, inside their transaction."""

from __future__ import annotations

from datetime import datetime

from engine import outbox
from engine.models import OutboxMessage
from orders.linking import link_products
from orders.loading import load_orders
from orders.models import Order, Shipment, ShopCopy
from orders.shipping import resolve_again
from orders.wishes import InShop

STUCK = (OutboxMessage.State.HELD, OutboxMessage.State.NEEDS_ATTENTION)


def resume(order: Order, now: datetime) -> bool:
    """Link products again and queue what waits; False, with nothing changed but links, when nothing waited."""
    link_products(project=order.connection.project, now=now, order_ids=[order.pk])
    waiting = OutboxMessage.objects.filter(subject=order.subject, state__in=STUCK)
    if not waiting.exists():
        return False
    if order.problem_code == "shop_order_gone":
        # It was removed in the shop before it became active: it is made anew.
        Order.objects.filter(pk=order.pk).update(shop_order_id="", shop_order_number="", shop_order_state="")
        ShopCopy.objects.filter(order=order).update(acknowledged=InShop().stored)
    Order.objects.filter(pk=order.pk, place=Order.Place.NEEDS_ATTENTION).update(
        place=Order.Place.WAITING, problem_code="", problem={}
    )
    stuck = Shipment.objects.filter(order=order, state=Shipment.State.NEEDS_ATTENTION)
    resolve_again(load_orders([order.pk])[order.pk], list(stuck))
    outbox.requeue(waiting, now)
    return True
