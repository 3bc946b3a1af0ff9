"""Writes down that an order stands in the shop."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime

from django.db import transaction

from adapterkit.records import CLOSED, Fulfilment, ShopOrder, ShopOrderState
from connections.models import OrderConnection
from orders import search
from orders.history import event
from orders.loading import LoadedOrder
from orders.models import Order, OrderEvent, TestOrder
from orders.wishes import wanted_of
from stock import ledger


def note_activated(order: Order, made: ShopOrder) -> None:
    """Write down what became of an inert order that was activated: its id may be another, its total is final."""
    Order.objects.filter(pk=order.pk).update(
        shop_order_id=made.shop_order_id,
        shop_order_number=made.number,
        shop_order_state=made.state,
        shop_order_total=made.total if made.priced else None,
    )
    if (order.shop_order_id, order.shop_order_number) != (made.shop_order_id, made.number):
        search.renew_keys([order.pk])


def placed_in_shop(loaded: LoadedOrder, made: ShopOrder, now: datetime) -> list[OrderEvent]:
    """Move the order into the shop, once; its stock is the shop's from here. Returns the events of it."""
    order = loaded.order
    moved = Order.objects.filter(pk=order.pk).exclude(place=Order.Place.IN_SHOP)
    if not moved.update(
        place=Order.Place.IN_SHOP,
        shop_order_id=made.shop_order_id,
        shop_order_number=made.number,
        shop_order_state=made.state,
        shop_order_total=made.total if made.priced else None,
        shop_order_url=made.url,
        shop_read_at=now,
        problem_code="",
        problem={},
    ):
        return []
    if (order.shop_order_id, order.shop_order_number) != (made.shop_order_id, made.number):
        search.renew_keys([order.pk])
    if order.is_test:
        _test_passed(loaded, made, now)
    ledger.release(pieces=pieces_of(loaded), taken_by_shop=True, now=now)
    if not made.priced:
        return [event(order, "sent_to_shop_untold", now, number=made.number)]
    return [event(order, "sent_to_shop", now, number=made.number, total=str(made.total), currency=made.currency)]


def _test_passed(loaded: LoadedOrder, made: ShopOrder, now: datetime) -> None:
    """Tick the set-up step. What is shipped or cancelled in the shop already takes no stock any more."""
    untested = OrderConnection.objects.filter(pk=loaded.connection.pk, test_order_passed_at=None)
    untested.update(test_order_passed_at=now)
    ledger.arrived(pieces=pieces_of_test(loaded), now=now)
    if made.state in {ShopOrderState.COMPLETED, *CLOSED}:
        end_test(loaded, given_back=made.state in CLOSED, now=now)


def begin_tests(orders: Iterable[LoadedOrder]) -> None:
    """Before test orders are sent: the shop may take their pieces out of its count from now on. May be repeated.

    One that the marketplace ships takes none.
    """
    for loaded in orders:
        takes_none = loaded.canonical.fulfilment == Fulfilment.MARKETPLACE
        if takes_none or not (loaded.order.is_test and loaded.wanted):
            continue
        with transaction.atomic():
            if TestOrder.objects.filter(order=loaded.order, lent=False).update(lent=True):
                ledger.lend(pieces=pieces_of_test(loaded))


def end_test(loaded: LoadedOrder, *, given_back: bool, now: datetime) -> None:
    """The shop cancelled or shipped a test order, or never got it: its loan of stock is over. May be repeated."""
    if TestOrder.objects.filter(order=loaded.order, lent=True).update(lent=False):
        ledger.end_loan(pieces=pieces_of_test(loaded), given_back=given_back, now=now)


def pieces_of_test(loaded: LoadedOrder) -> list[ledger.Piece]:
    """The pieces that a test order takes out of the shop's count."""
    return [
        ledger.Piece(product_id=line.product_id, quantity=line.quantity, order_reference=loaded.order.reference)
        for line in loaded.lines
        if line.product_id
    ]


def pieces_of(loaded: LoadedOrder, only: AbstractSet[int] | None = None) -> list[ledger.Piece]:
    """The pieces that the order (or `only` the lines with these ids) reserves.

    None when the marketplace ships it, and none for a test.
    """
    if loaded.connection.fulfilment == Fulfilment.MARKETPLACE or loaded.order.is_test:
        return []
    return [
        ledger.Piece(product_id=line.product_id, quantity=wanted, order_reference=loaded.order.reference)
        for line in loaded.lines
        if line.product_id and (only is None or line.pk in only)
        if (wanted := wanted_of(line) - line.quantity_shipped) > 0
    ]
