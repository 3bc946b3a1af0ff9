"""What is left to ship of an order, and the one label that screens and programs show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from orders.models import Order


class Quantities(Protocol):
    @property
    def quantity(self) -> int: ...
    @property
    def quantity_shipped(self) -> int: ...
    @property
    def quantity_cancelled(self) -> int: ...


def status_of(lines: Iterable[Quantities], *, pending: bool) -> Order.Status:
    """Derive an order's status from the pieces of its lines; an order of which all pieces are closed is never open."""
    ordered = shipped = cancelled = 0
    for line in lines:
        ordered += line.quantity
        shipped += line.quantity_shipped
        cancelled += line.quantity_cancelled
    if ordered and cancelled >= ordered:
        return Order.Status.CANCELLED
    if shipped and shipped + cancelled >= ordered:
        return Order.Status.SHIPPED
    if shipped:
        return Order.Status.PARTIALLY_SHIPPED
    return Order.Status.PENDING if pending else Order.Status.OPEN


def label_of(order: Order) -> str:
    """Return the one code that stands for the order on a screen, the most urgent first.

    One of: cancelled, needs_attention, on_hold, handled_manually, pending, waiting, shipped, partially_shipped,
    in_shop.
    """
    if order.status == Order.Status.CANCELLED:
        return "cancelled"
    if order.place == Order.Place.NEEDS_ATTENTION:
        return "needs_attention"
    if order.hold:
        return "on_hold"
    if order.handled_manually:
        return "handled_manually"
    if order.status in {Order.Status.PENDING, Order.Status.SHIPPED, Order.Status.PARTIALLY_SHIPPED}:
        return str(order.status)
    return "in_shop" if order.place == Order.Place.IN_SHOP else "waiting"
