"""What is left to ship of an order, and the one label that screens and programs show."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from django.db.models import Q, QuerySet

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


LABELS = (
    "cancelled",
    "needs_attention",
    "on_hold",
    "handled_manually",
    "pending",
    "waiting",
    "shipped",
    "partially_shipped",
    "in_shop",
)


def label_of(order: Order) -> str:
    """Return the one code that stands for the order on a screen, the most urgent first.

    One of `LABELS`.
    """
    if order.status == Order.Status.CANCELLED:
        return "cancelled"
    if order.place == Order.Place.NEEDS_ATTENTION or order.problem_code:
        return "needs_attention"
    if order.hold:
        return "on_hold"
    if order.handled_manually:
        return "handled_manually"
    if order.status in {Order.Status.PENDING, Order.Status.SHIPPED, Order.Status.PARTIALLY_SHIPPED}:
        return str(order.status)
    return "in_shop" if order.place == Order.Place.IN_SHOP else "waiting"


def with_label(orders: QuerySet[Order], labels: Collection[str]) -> QuerySet[Order]:
    """Return the orders for which `label_of` returns one of these."""
    return orders.filter(_condition(labels))


def _condition(labels: Collection[str]) -> Q:
    """The cases of `label_of` in their order, each without those before it."""
    status, place = Order.Status, Order.Place
    cases = (
        ("cancelled", Q(status=status.CANCELLED)),
        ("needs_attention", Q(place=place.NEEDS_ATTENTION) | ~Q(problem_code="")),
        ("on_hold", ~Q(hold="")),
        ("handled_manually", Q(handled_manually=True)),
        ("pending", Q(status=status.PENDING)),
        ("shipped", Q(status=status.SHIPPED)),
        ("partially_shipped", Q(status=status.PARTIALLY_SHIPPED)),
        # What is left is open; said so that the database goes by the index of these few.
        ("in_shop", Q(status=status.OPEN, place=place.IN_SHOP)),
        ("waiting", Q(status=status.OPEN)),
    )
    wanted, earlier = Q(pk__in=[]), Q(pk__in=[])
    for label, condition in cases:
        if label in labels:
            wanted |= condition & ~earlier
        earlier |= condition
    return wanted
