"""Magento 2's module with Magento's own API beside it: what was made is compared, and parcels have their pieces."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapterkit.errors import AuthenticationFailed, NotFound, OutcomeUnknown, Rejected
from adapterkit.records import LineQuantity, ShopOrderState
from orders.verification import mismatch_of
from tests.clock import Clock
from tests.shops.channable_module.shops import NOW, adapter, line, order, simulator

M2 = "magento2_module"
PRODUCTS = {"L1": "1", "L2": "2"}
TWO = order(line(1, "12.10", 2), line(2, "5.00"), shipping="3.95", attempt=7)


@pytest.fixture
def side() -> Any:
    made = simulator(M2)
    made.add_product("MUG", stock=50)
    made.add_product("CUP", stock=50)
    return made


def shop(side: Any) -> Any:
    return adapter(M2, side, api="yes")


def test_what_was_made_is_read_back_with_lines_total_and_currency(side: Any) -> None:
    made = shop(side).create_order(TWO, "bol-A1", PRODUCTS)

    assert (made.shop_order_id, made.number, made.reference) == ("M-bol-A1", "M-bol-A1", "bol-A1")
    assert (str(made.total), made.currency, made.priced, made.itemised) == ("33.15", "EUR", True, True)
    assert [(row.product_id, row.quantity) for row in made.lines] == [("1", 2), ("2", 1)]
    assert mismatch_of(made, TWO, PRODUCTS) is None


def test_what_foreign_tax_makes_of_the_shipping_is_noticed(side: Any) -> None:
    wanted = order(line(1, "11.00", 2), shipping="3.95", country="DE")

    difference = mismatch_of(shop(side).create_order(wanted, "bol-A1", PRODUCTS), wanted, PRODUCTS)

    assert difference
    assert (difference.code, difference.params) == ("shop_total_differs", {"shop": "25.88", "marketplace": "25.95"})


def test_an_order_without_an_invoice_is_a_whole_one(side: Any) -> None:
    side.world.invoices = False

    assert shop(side).create_order(TWO, "bol-A1", PRODUCTS).state is ShopOrderState.OPEN


def test_doubles_are_found_with_the_order_they_repeat_and_nothing_else_is(side: Any) -> None:
    plain = adapter(M2, side)
    plain.create_order(TWO, "bol-A1", PRODUCTS)
    with pytest.raises(OutcomeUnknown):
        plain.create_order(replace(TWO, attempt=8), "bol-A1", PRODUCTS)
    plain.create_order(replace(TWO, attempt=9), "bol-A11", PRODUCTS)
    side.requests.clear()

    found = shop(side).find_orders("bol-A1", NOW)

    assert [(one.number, one.reference, one.double_of) for one in found] == [
        ("M-bol-A1", "bol-A1", ""),
        ("M-bol-A1-1", "bol-A1", "M-bol-A1"),
    ]
    assert len(side.requests) == 1


def test_an_order_of_our_number_that_the_module_did_not_make_is_told(side: Any) -> None:
    number = shop(side).create_order(TWO, "bol-A1", PRODUCTS).number
    side.world.orders[number]["method"] = "checkmo"

    with pytest.raises(Rejected, match="choose another prefix"):
        shop(side).find_orders("bol-A1", NOW)
    assert [page.items for page in shop(side).reread_orders([number])] == [()]


def test_every_track_is_read_and_a_parcel_holds_its_own_pieces(side: Any) -> None:
    number = shop(side).create_order(TWO, "bol-A1", PRODUCTS).number
    side.ship(number, tracking_code="3SONE", complete=False)
    side.add_track(number, "3SMORE", carrier="DPD")
    side.ship(number, tracking_code="3STWO")

    first, more, second = shop(side).fetch_order(number).shipments

    assert [one.tracking_code for one in (first, more, second)] == ["3SONE", "3SMORE", "3STWO"]
    assert first.lines == (LineQuantity(line_id="100", quantity=1),)
    assert {one.quantity for one in more.lines} == {0}
    assert second.lines == (LineQuantity(line_id="100", quantity=1), LineQuantity(line_id="101", quantity=1))
    assert {(one.shop_order_id, one.reference) for one in (first, more, second)} == {(number, "bol-A1")}


def test_a_parcel_of_part_of_an_order_and_a_credit_memo_are_among_the_changes(side: Any, clock: Clock) -> None:
    numbers = [shop(side).create_order(replace(TWO, attempt=n), f"bol-A{n}", PRODUCTS).number for n in (1, 2, 3)]
    later = NOW + timedelta(hours=5)
    clock.move_to(later)
    side.world.orders[numbers[0]]["shipments"].append(
        {
            "created_at": later,
            "tracks": [{"number": "3S", "title": "PostNL", "carrier_code": "custom"}],
            "complete": False,
        }
    )
    side.refund(numbers[1])

    found = {update.order.number: update for page in shop(side).fetch_updates(later) for update in page.items}

    assert sorted(found) == numbers[:2]
    assert [parcel.tracking_code for parcel in found[numbers[0]].shipments] == ["3S"]
    assert found[numbers[1]].order.state is ShopOrderState.CANCELLED
    assert [str(refund.amount) for refund in found[numbers[1]].refunds] == ["33.15"]
    known = {update.order.shop_order_id for update in found.values()}
    assert next(page.items for page in shop(side).fetch_updates(later, lambda marks: known)) == ()


def test_a_hundred_orders_are_read_again_in_one_call(side: Any) -> None:
    side.product("MUG")["stock"] = 500
    wanted = order(line(1, "1.00"))
    numbers = [
        shop(side).create_order(replace(wanted, attempt=n + 1), f"bol-B{n}", PRODUCTS).number for n in range(100)
    ]
    side.requests.clear()

    [page] = shop(side).reread_orders([*numbers[:99], "M-gone"])

    assert [update.order.number for update in page.items] == numbers[:99]
    assert len(side.requests) == 1
    with pytest.raises(NotFound):
        shop(side).fetch_order("M-gone")


def test_keys_that_are_refused_are_told_at_once_and_after_a_creation_nothing_is_lost(side: Any) -> None:
    side.keys = {**side.keys, "access_token": "another"}

    with pytest.raises(AuthenticationFailed):
        shop(side).verify_credentials()
    with pytest.raises(OutcomeUnknown, match="cannot be read now"):
        shop(side).create_order(TWO, "bol-A1", PRODUCTS)
    assert len(side.orders_with("bol-A1")) == 1


def test_without_the_api_nothing_of_it_is_called(side: Any) -> None:
    plain = adapter(M2, side)
    plain.verify_credentials()
    plain.fetch_order(plain.create_order(TWO, "bol-A1", PRODUCTS).number)

    assert not [seen for seen in side.requests if seen.path.startswith("/rest/")]
