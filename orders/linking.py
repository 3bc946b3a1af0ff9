"""Links lines that wait for their product, and lets their orders go on."""

from __future__ import annotations

from collections.abc import Collection
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
from orders.records import canonical_line
from stock import ledger


def link_products(*, project: Project, now: datetime, order_ids: Collection[int] | None = None) -> int:
    """Link the unlinked lines of waiting orders to products that are known by now; return how many orders go on."""
    unlinked = OrderLine.objects.filter(
        order__connection__project=project, order__place=Order.Place.NEEDS_ATTENTION, product=None
    )
    if order_ids is not None:
        unlinked = unlinked.filter(order__in=order_ids)
    lines = list(unlinked.order_by("pk")[:2000])
    if not lines:
        return 0
    index = ProductIndex.of(project, [canonical_line(line) for line in lines])
    linked = []
    for line in lines:
        line.product_id = index.product_id(canonical_line(line))
        if line.product_id:
            linked.append(line)
    OrderLine.objects.bulk_update(linked, ["product"])
    return _go_on(linked, now)


def _go_on(linked: Collection[OrderLine], now: datetime) -> int:
    """Queue orders of which every line has its product; reserve what was linked."""
    loaded = load_orders({line.order_id for line in linked})
    fresh = {line.pk for line in linked}
    pieces = []
    ready = []
    for order in loaded.values():
        pieces += pieces_of(order, only=fresh)
        if order.order.problem_code == "unknown_product" and all(line.product_id for line in order.lines):
            ready.append(order.order)
    ledger.reserve(pieces=pieces, now=now)
    ids = [order.pk for order in ready]
    Order.objects.filter(pk__in=ids).update(place=Order.Place.WAITING, problem_code="", problem={})
    held = (OutboxMessage.State.HELD, OutboxMessage.State.NEEDS_ATTENTION)
    outbox.requeue(OutboxMessage.objects.filter(kind=messages.CREATE, record_id__in=ids, state__in=held), now)
    OrderEvent.objects.bulk_create(event(order, "products_found", now) for order in ready)
    return len(ready)
