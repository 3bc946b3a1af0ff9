"""An order is created once on every rung, whatever becomes of the calls on the way: every course of three tries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any, ClassVar

import pytest

from adapterkit.auth import Basic
from adapterkit.capabilities import has
from adapterkit.creation import Creating, NotPlaced, Placed, discard, holds
from adapterkit.errors import AlreadyExists, NotFound, OutcomeUnknown, Rejected, TemporarilyUnavailable
from adapterkit.records import (
    Fulfilment,
    Known,
    Order,
    OrderLine,
    Page,
    Product,
    ShopOrder,
    ShopOrderLine,
    ShopUpdate,
    nothing_known,
)
from adapterkit.records import ShopOrderState as State
from adapterkit.shop import CreatesInertOrders, CreatesOrders, DiscardsInertOrders, Products, Shop
from adapterkit.spec import Creation, ShopSpec
from tests.clock import START

SETTLING = 120.0
# What becomes of a request: it goes well; is never sent; is lost on its way, or its answer is; or is finished later.
COURSES = ("well", "refused", "gone", "lost", "late", "slow")
LATE, SLOW = 30.0, 110.0  # seconds until it is finished; within the settling time


class Corner(Shop):
    """A shop that keeps what arrives in a list; what is under way arrives when its time has come."""

    spec: ClassVar[ShopSpec]

    def __init__(self, courses: Sequence[str] = ()) -> None:
        self.time = 0.0
        self.courses = list(courses)
        self.rows: list[ShopOrder] = []
        self.under_way: list[tuple[float, ShopOrder]] = []
        self.repeats = 0

    def verify_credentials(self) -> None: ...

    def pass_time(self, seconds: float) -> None:
        self.time += seconds
        for due, row in [one for one in self.under_way if one[0] <= self.time]:
            self.under_way.remove((due, row))
            with suppress(AlreadyExists):  # nobody listens any more
                self.arrive(row)

    def arrive(self, row: ShopOrder) -> ShopOrder:
        """Store a row, or return the one that it repeats; every rung has its own way to know that."""
        first = next((one for one in self.rows if one.reference == row.reference), None)
        if first is not None and self.spec.creation in {Creation.CLIENT_ID, Creation.IDEMPOTENCY_KEY}:
            self.repeats += 1
            return first
        if first is not None and self.spec.creation is Creation.UNIQUE_REFERENCE:
            raise AlreadyExists("The reference is taken")
        self.rows.append(replace(row, shop_order_id=str(len(self.rows) + 1), number=str(len(self.rows) + 1)))
        return self.rows[-1]

    def send(self, row: ShopOrder) -> ShopOrder:
        match self.courses.pop(0) if self.courses else "well":
            case "well":
                return self.arrive(row)
            case "refused":
                raise TemporarilyUnavailable("No answer")
            case "gone":
                raise OutcomeUnknown("The answer did not arrive")
            case "lost":
                self.arrive(row)
                raise OutcomeUnknown("The answer did not arrive")
            case course:
                self.under_way.append((self.time + (LATE if course == "late" else SLOW), row))
                raise OutcomeUnknown("The answer did not arrive")

    def find_orders(self, reference: str, placed_at: datetime) -> list[ShopOrder]:
        return [row for row in self.rows if row.reference == reference]

    def fetch_order(self, shop_order_id: str) -> ShopUpdate:
        for row in self.rows:
            if row.shop_order_id == shop_order_id:
                return ShopUpdate(order=row, fingerprint="")
        raise NotFound("Not found there")

    def fetch_products(self, resume: str = "") -> Iterator[Page[Product]]:
        yield Page(items=())

    def fetch_updates(
        self, changed_since: datetime, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[ShopUpdate]]:
        yield Page(items=())


class Active(Corner):
    def create_order(self, order: Order, reference: str, products: Products) -> ShopOrder:
        return self.send(row(order, reference, State.OPEN))


class Drafting(Corner):
    def create_inert_order(self, order: Order, reference: str, products: Products) -> ShopOrder:
        return self.send(row(order, reference, State.INERT))

    def activate_order(self, shop_order_id: str, order: Order) -> ShopOrder:
        place = next(n for n, one in enumerate(self.rows) if one.shop_order_id == shop_order_id)
        self.rows[place] = replace(self.rows[place], state=State.OPEN)
        return self.rows[place]


class Tidy(Drafting):
    def discard_inert_order(self, shop_order_id: str) -> None:
        if self.fetch_order(shop_order_id).order.state != State.INERT:
            raise Rejected("It is in use")
        self.rows = [one for one in self.rows if one.shop_order_id != shop_order_id]


KINDS = {
    Creation.CLIENT_ID: Active,
    Creation.UNIQUE_REFERENCE: Active,
    Creation.IDEMPOTENCY_KEY: Active,
    Creation.INERT_THEN_ACTIVATE: Tidy,
    Creation.SEARCH: Active,
    Creation.NONE: Active,
}


def corner(creation: Creation, courses: Sequence[str] = (), kind: type[Corner] | None = None) -> Corner:
    spec = ShopSpec(
        code="corner",
        name="Corner shop",
        settings=(),
        auth=Basic(username="", password=""),
        creation=creation,
        calls_per_order=2,
        remaining_window="none",
        shipping_method="",
        settling_time=timedelta(seconds=SETTLING),
    )
    return type("TheCorner", (kind or KINDS[creation],), {"spec": spec})(courses)  # type: ignore[no-any-return]


def wanted() -> Order:
    line = OrderLine(line_id="1", sku="TST", quantity=1, unit_price=Decimal(5), total=Decimal(5))
    return Order(
        order_id="A1",
        number="A1",
        placed_at=START,
        fulfilment=Fulfilment.MERCHANT,
        currency="EUR",
        lines=(line,),
        delivery=None,
        billing=None,
        total=Decimal(5),
        fingerprint="",
        payload={},
    )


def row(order: Order, reference: str, state: State) -> ShopOrder:
    lines = tuple(ShopOrderLine(line_id="1", product_id="7", quantity=1, total=line.total) for line in order.lines)
    return ShopOrder(
        shop_order_id="", number="", reference=reference, state=state, total=order.total, currency="EUR", lines=lines
    )


def creating(shop: Corner, **more: Any) -> Creating:
    return Creating(
        shop=shop,
        order=wanted(),
        reference="bol-A1",
        products={"1": "7"},
        find=lambda: shop.find_orders("bol-A1", START),
        fits=lambda made: made.total == 5,
        **more,
    )


def driven(shop: Corner) -> Placed | NotPlaced:
    """Try as the hub does until the order is placed: after an unknown outcome it says how long that may still take."""
    cut_at: float | None = None
    for _ in range(100):
        left = None if cut_at is None else max(cut_at + SETTLING - shop.time, 0.0)
        try:
            placed = creating(shop, settles_in=left).place()
        except OutcomeUnknown:
            cut_at = shop.time
        except (TemporarilyUnavailable, AlreadyExists):
            pass
        else:
            if placed is not NotPlaced.SETTLING:
                return placed
        shop.pass_time(7.0)
    raise AssertionError("it comes to no end")


@pytest.mark.parametrize("creation", [one for one in KINDS if one is not Creation.NONE])
def test_whatever_becomes_of_the_tries_there_is_one_active_order(creation: Creation) -> None:
    for courses in product(COURSES, repeat=3):
        shop = corner(creation, courses)

        placed = driven(shop)
        assert isinstance(placed, Placed), courses
        if isinstance(shop, Tidy):
            shop.activate_order(placed.shop_order.shop_order_id, wanted())
            chosen = placed.shop_order.shop_order_id
            assert all(discard(shop, double) for double in placed.doubles if double != chosen), courses
        shop.pass_time(10 * SETTLING)

        active = [one.shop_order_id for one in shop.rows if one.state is State.OPEN]
        assert active == [placed.shop_order.shop_order_id], courses
        assert placed.active_doubles == (), courses
        # What came late is inert, and is removed when it is read.
        assert len(shop.rows) == 1 or isinstance(shop, Tidy), courses


def test_where_nothing_is_certain_a_person_decides_before_a_second_one_is_made() -> None:
    for courses in product(COURSES, repeat=3):
        shop = corner(Creation.NONE, courses)

        placed = driven(shop)
        shop.pass_time(10 * SETTLING)

        sent = [one for one in courses if one != "refused"]
        undecidable = bool(sent) and sent[0] == "gone"
        assert (placed is NotPlaced.UNDECIDABLE) == undecidable, courses
        assert len(shop.rows) == (0 if undecidable else 1), courses


def test_a_shop_that_takes_a_repeat_for_the_same_is_asked_again_at_once() -> None:
    for creation in (Creation.CLIENT_ID, Creation.IDEMPOTENCY_KEY, Creation.UNIQUE_REFERENCE):
        shop = corner(creation)
        placed = creating(shop, settles_in=SETTLING).place()
        assert isinstance(placed, Placed)
        assert not placed.found
    assert creating(corner(Creation.SEARCH), settles_in=SETTLING).place() is NotPlaced.SETTLING


def test_a_reference_that_another_order_has_is_told() -> None:
    """What is taken by an order that is not ours cannot be found by us, however long we wait."""

    class Taken(Active):
        def arrive(self, row: ShopOrder) -> ShopOrder:
            raise AlreadyExists("The shop has another order with this reference")

    shop = corner(Creation.UNIQUE_REFERENCE, kind=Taken)
    assert creating(shop, settles_in=5.0).place() is NotPlaced.SETTLING
    for settles_in in (None, 0.0):
        with pytest.raises(AlreadyExists):
            creating(shop, settles_in=settles_in).place()
    assert shop.rows == []


@pytest.mark.parametrize("creation", KINDS)
def test_what_is_only_looked_for_is_not_made(creation: Creation) -> None:
    shop = corner(creation)
    assert creating(shop, look_only=True).place() is NotPlaced.UNWANTED
    assert shop.rows == []

    driven(shop)
    found = creating(shop, look_only=True).place()
    assert isinstance(found, Placed)
    assert (found.found, len(shop.rows)) == (True, 1)


def test_a_draft_that_does_not_fit_is_removed_and_made_anew() -> None:
    shop = corner(Creation.INERT_THEN_ACTIVATE)
    shop.rows.append(replace(row(wanted(), "bol-A1", State.INERT), shop_order_id="old", total=Decimal(4)))

    placed = creating(shop).place()

    assert isinstance(placed, Placed)
    assert [one.total for one in shop.rows] == [Decimal(5)]


def test_where_drafts_cannot_be_removed_they_are_passed_over() -> None:
    """Two of before: one does not fit, and one fits but was given up."""
    shop = corner(Creation.INERT_THEN_ACTIVATE, kind=Drafting)
    for name, total in (("wrong", 4), ("left", 5)):
        shop.rows.append(replace(row(wanted(), "bol-A1", State.INERT), shop_order_id=name, total=Decimal(total)))

    placed = creating(shop, left=frozenset({"left"})).place()

    assert isinstance(placed, Placed)
    assert (placed.found, placed.shop_order.shop_order_id, placed.doubles) == (False, "3", ())
    assert [discard(shop, one.shop_order_id) for one in shop.rows] == [False] * 3


def test_where_drafts_can_be_removed_one_of_before_that_does_not_fit_is() -> None:
    """However often it is tried, no more than one lies there."""
    shop = corner(Creation.INERT_THEN_ACTIVATE)
    shop.rows.append(replace(row(wanted(), "bol-A1", State.INERT), shop_order_id="wrong", total=Decimal(4)))

    placed = creating(shop, left=frozenset({"wrong"})).place()

    assert isinstance(placed, Placed)
    assert [one.total for one in shop.rows] == [Decimal(5)]


def test_one_that_became_active_counts_although_it_was_passed_over() -> None:
    shop = corner(Creation.INERT_THEN_ACTIVATE, kind=Drafting)
    shop.rows.append(replace(row(wanted(), "bol-A1", State.OPEN), shop_order_id="left"))

    placed = creating(shop, left=frozenset({"left"})).place()

    assert isinstance(placed, Placed)
    assert (placed.found, placed.shop_order.shop_order_id) == (True, "left")


def test_active_doubles_are_told_and_none_is_made() -> None:
    shop = corner(Creation.SEARCH)
    shop.rows += [replace(row(wanted(), "bol-A1", State.OPEN), shop_order_id=name) for name in ("first", "second")]

    placed = creating(shop).place()

    assert isinstance(placed, Placed)
    assert placed.shop_order.shop_order_id == "first"
    assert [one.shop_order_id for one in placed.active_doubles] == ["second"]


def test_an_unfinished_order_is_finished_only_where_it_fits() -> None:
    class Finishing(Active):
        def finish_order(self, shop_order_id: str, order: Order) -> ShopOrder:
            self.rows = [replace(one, state=State.OPEN) for one in self.rows]
            return self.fetch_order(shop_order_id).order

    for total, state in ((5, State.OPEN), (4, State.INERT)):
        shop = corner(Creation.UNIQUE_REFERENCE, kind=Finishing)
        shop.rows.append(replace(row(wanted(), "bol-A1", State.INERT), shop_order_id="1", total=Decimal(total)))
        placed = creating(shop).place()
        assert isinstance(placed, Placed)
        assert placed.shop_order.state is state


@pytest.mark.parametrize("creation", Creation)
def test_a_rung_holds_where_the_class_has_its_verbs(creation: Creation) -> None:
    has_verbs = {kind: holds(type(corner(creation, kind=kind))) for kind in (Corner, Active, Drafting)}
    inert, pulled = creation is Creation.INERT_THEN_ACTIVATE, creation is Creation.PULLED
    assert has_verbs == {Corner: pulled, Active: pulled or not inert, Drafting: pulled or inert}
    assert [has(Active, CreatesOrders), has(Drafting, CreatesInertOrders), has(Drafting, DiscardsInertOrders)] == [
        True,
        True,
        False,
    ]
