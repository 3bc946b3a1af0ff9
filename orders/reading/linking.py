"""Links lines that wait for their product, and lets their orders go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from django.db import transaction

from connections.models import Project
from orders.copies import renew_wishes
from orders.history import event
from orders.loading import load_orders
from orders.locking import locked
from orders.models import Order, OrderEvent, OrderLine
from orders.placing import pieces_of
from orders.products import ProductIndex
from stock import ledger

AT_ONCE = 2000  # lines that are looked at together


def link_later(project: Project, now: datetime) -> Callable[[], object]:
    """Lock the orders that wait for a product; return what links them once the products are stored."""
    waiting = Order.objects.filter(connection__project=project, place=Order.Place.NEEDS_ATTENTION, lines__product=None)
    ids = list(locked(Order.objects.filter(pk__in=waiting)).values_list("pk", flat=True))
    return lambda: link_products(project=project, now=now, order_ids=ids) if ids else 0


def link_products(*, project: Project, now: datetime, order_ids: Collection[int] | None = None) -> int:
    """Link the unlinked lines of waiting orders to products that are known by now; return how many orders go on."""
    unlinked = OrderLine.objects.filter(
        order__connection__project=project, order__place=Order.Place.NEEDS_ATTENTION, product=None
    )
    if order_ids is not None:
        unlinked = unlinked.filter(order__in=order_ids)
    going_on, last = 0, 0
    while found := list(unlinked.filter(pk__gt=last).order_by("pk").values_list("pk", "order")[:AT_ONCE]):
        last = found[-1][0]
        with transaction.atomic():
            list(locked(Order.objects.filter(pk__in={order for _, order in found})).values_list("pk", flat=True))
            lines = list(unlinked.filter(pk__in=[line for line, _ in found]).order_by("pk"))
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
    renew_wishes(ids, now)
    OrderEvent.objects.bulk_create(event(order, "products_found", now) for order in ready)
    return len(ready)
