"""Links lines that wait for their product, and lets their orders go on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from connections.models import Project
from engine import outbox
from engine.models import OutboxMessage
from orders import messages
from orders.history import event
from orders.loading import load_orders
from orders.models import Order, OrderEvent, OrderLine
from orders.placing import pieces_of
from orders.products import ProductIndex
from stock import ledger

AT_ONCE = 2000  # lines that are looked at together


def link_products(*, project: Project, now: datetime, order_ids: Collection[int] | None = None) -> int:
    """Link the unlinked lines of waiting orders to products that are known by now; return how many orders go on."""
    unlinked = OrderLine.objects.filter(
        order__connection__project=project, order__place=Order.Place.NEEDS_ATTENTION, product=None
    )
    if order_ids is not None:
        unlinked = unlinked.filter(order__in=order_ids)
    going_on, last = 0, 0
    while lines := list(unlinked.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        last = lines[-1].pk
        going_on += _go_on(_link(project, lines), now)
    return going_on


def _link(project: Project, lines: Sequence[OrderLine]) -> list[OrderLine]:
    """Return those that have a product now."""
    index = ProductIndex.of(project, lines)
    linked = []
    for line in lines:
        line.product_id = index.product_id(line)
        if line.product_id:
            linked.append(line)
    OrderLine.objects.bulk_update(linked, ["product"])
    return linked


def _go_on(linked: Collection[OrderLine], now: datetime) -> int:
    """Queue orders of which every line has its product; reserve what was linked."""
    if not linked:
        return 0
    loaded = load_orders({line.order_id for line in linked})
    fresh = {line.pk for line in linked}
    pieces = []
    ready = []
    for order in loaded.values():
        pieces += pieces_of(order, only=fresh)
        wanted = [line for line in order.lines if line.quantity > line.quantity_cancelled]
        if order.order.problem_code == "unknown_product" and all(line.product_id for line in wanted):
            ready.append(order.order)
    ledger.reserve(pieces=pieces, now=now)
    ids = [order.pk for order in ready]
    Order.objects.filter(pk__in=ids).update(place=Order.Place.WAITING, problem_code="", problem={})
    held = (OutboxMessage.State.HELD, OutboxMessage.State.NEEDS_ATTENTION)
    outbox.requeue(OutboxMessage.objects.filter(kind=messages.CREATE, record_id__in=ids, state__in=held), now)
    OrderEvent.objects.bulk_create(event(order, "products_found", now) for order in ready)
    return len(ready)
