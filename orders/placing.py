"""Writes down that an order stands in the shop."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from adapterkit.records import Fulfilment, ShopOrder
from orders.history import event
from orders.loading import LoadedOrder
from orders.models import Order, OrderEvent
from stock import ledger


def placed_in_shop(loaded: LoadedOrder, made: ShopOrder, now: datetime) -> list[OrderEvent]:
    """Move the order into the shop, once; its stock is the shop's from here. Returns the events of it."""
    order = loaded.order
    moved = Order.objects.filter(pk=order.pk).exclude(place=Order.Place.IN_SHOP)
    if not moved.update(
        place=Order.Place.IN_SHOP,
        shop_order_number=made.number,
        shop_order_state=made.state,
        shop_order_total=made.total,
        shop_order_url=made.url,
        problem_code="",
        problem={},
    ):
        return []
    ledger.release(pieces=pieces_of(loaded), taken_by_shop=True, now=now)
    return [event(order, "sent_to_shop", now, number=made.number, total=str(made.total), currency=made.currency)]


def pieces_of(loaded: LoadedOrder, only: AbstractSet[int] | None = None) -> list[ledger.Piece]:
    """The pieces that the order (or `only` the lines with these ids) reserves.

    None when the marketplace ships it, and none for a test.
    """
    if loaded.connection.fulfilment == Fulfilment.MARKETPLACE or loaded.order.is_test:
        return []
    return [
        ledger.Piece(product_id=line.product_id, quantity=line.quantity_open, order_reference=loaded.order.reference)
        for line in loaded.lines
        if line.product_id and line.quantity_open > 0 and (only is None or line.pk in only)
    ]
