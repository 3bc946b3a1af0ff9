"""Writes down that an order stands in the shop."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from adapterkit.records import CLOSED, Fulfilment, ShopOrder, ShopOrderState
from connections.models import OrderConnection
from engine import rows
from orders import search
from orders.history import event
from orders.loading import LoadedOrder
from orders.models import Order, OrderEvent, TestOrder
from orders.wishes import wanted_of
from stock import ledger

# Of an order, all that its place in a shop is told by.
COLUMNS = (
    "place",
    "problem_code",
    "problem",
    "shop_order_id",
    "shop_order_number",
    "shop_order_state",
    "shop_order_total",
    "shop_order_url",
    "shop_read_at",
    "made_in_attempt",
)


@dataclass(slots=True)
class Placements:
    """What becomes of locked orders in their shops, gathered so that each table is written once for all of them.

    An order that was changed is given to `changed`; its `COLUMNS` are what `write` stores.
    """

    now: datetime
    events: list[OrderEvent] = field(default_factory=list)
    _changed: dict[int, Order] = field(default_factory=dict)
    _named: list[tuple[Order, str]] = field(default_factory=list)
    _renamed: set[int] = field(default_factory=set)
    _released: list[ledger.Piece] = field(default_factory=list)

    def changed(self, order: Order) -> None:
        self._changed[order.pk] = order

    def called(self, order: Order, made: ShopOrder) -> None:
        """Take over what the shop says of its order; its id may be another than before."""
        if not order.shop_order_id:
            self._named += [(order, made.shop_order_id), (order, made.number)]
        elif (order.shop_order_id, order.shop_order_number) != (made.shop_order_id, made.number):
            self._renamed.add(order.pk)
        order.shop_order_id, order.shop_order_number = made.shop_order_id, made.number
        order.shop_order_state = made.state
        order.shop_order_total = made.total if made.priced else None
        self.changed(order)

    def mended(self, order: Order) -> None:
        """Nothing is left for a person to mend."""
        order.problem_code, order.problem = "", {}
        self.changed(order)

    def gone(self, order: Order) -> None:
        """The shop has no order any more that stands for it."""
        order.shop_order_id = order.shop_order_number = order.shop_order_state = ""
        self._renamed.add(order.pk)
        self.changed(order)

    def place(self, loaded: LoadedOrder, made: ShopOrder) -> None:
        """Move the order into the shop, once; its stock is the shop's from here."""
        order = loaded.order
        if order.place == Order.Place.IN_SHOP:
            return
        self.called(order, made)
        order.place, order.problem_code, order.problem = Order.Place.IN_SHOP, "", {}
        order.shop_order_url, order.shop_read_at = made.url, self.now
        if order.is_test:
            _test_passed(loaded, made, self.now)
        self._released += pieces_of(loaded)
        self.events.append(_sent(order, made, self.now))

    def write(self) -> None:
        """Store what was gathered, in as many statements for many orders as for one."""
        rows.update(list(self._changed.values()), COLUMNS)
        search.add_keys(self._named)
        search.renew_keys(self._renamed)
        ledger.release(pieces=self._released, taken_by_shop=True, now=self.now)
        rows.insert(self.events)


def _sent(order: Order, made: ShopOrder, now: datetime) -> OrderEvent:
    if not made.priced:
        return event(order, "sent_to_shop_untold", now, number=made.number)
    return event(order, "sent_to_shop", now, number=made.number, total=str(made.total), currency=made.currency)


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
