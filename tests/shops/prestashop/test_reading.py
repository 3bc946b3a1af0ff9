"""What became of orders: states by flags and configuration, parcels, credit notes, moments without a zone; products."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from adapterkit.errors import NotFound, OutcomeUnknown, Rejected
from adapterkit.records import LineQuantity, ShopOrderState, ShopUpdate
from shops.prestashop import mapper
from tests.clock import Clock
from tests.shops.prestashop.shop import NOW, DemoShop, one

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def updates(shop: DemoShop, since: datetime = NOW) -> list[ShopUpdate]:
    return [update for page in shop.adapter.fetch_updates(since) for update in page.items]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("2", ShopOrderState.OPEN),
        ("3", ShopOrderState.OPEN),
        ("4", ShopOrderState.COMPLETED),
        ("5", ShopOrderState.COMPLETED),
        ("6", ShopOrderState.CANCELLED),
        ("7", ShopOrderState.REFUNDED),
        ("8", ShopOrderState.ON_HOLD),
        ("1", ShopOrderState.ON_HOLD),
    ],
)
def test_states(shop: DemoShop, state: str, expected: ShopOrderState) -> None:
    made = shop.place(one())
    shop.simulator.set_state(int(made.shop_order_id), state)

    assert shop.adapter.fetch_order(made.shop_order_id).order.state is expected


def test_the_merchant_s_own_states_are_read_by_their_flags_and_its_own_ids_by_the_configuration(shop: DemoShop) -> None:
    made = shop.place(one())
    states = shop.simulator.world.tables["order_states"]
    states[40] = {**states[4], "id": 40}
    states[41] = {**states[6], "id": 41}
    shop.simulator.configure("PS_OS_CANCELED", "41")

    for state, expected in (("40", ShopOrderState.COMPLETED), ("41", ShopOrderState.CANCELLED)):
        shop.simulator.set_state(int(made.shop_order_id), state)
        assert shop.adapter.fetch_order(made.shop_order_id).order.state is expected


def test_a_parcel_brings_carrier_code_and_address_to_follow(shop: DemoShop, clock: Clock) -> None:
    made = shop.place(one())
    clock.forward(hours=2)
    shop.simulator.ship(int(made.shop_order_id), carrier="PostNL", tracking_code="3S1")

    [parcel] = shop.adapter.fetch_order(made.shop_order_id).shipments

    assert (parcel.carrier_name, parcel.tracking_code) == ("PostNL", "3S1")
    assert (parcel.tracking_url, parcel.shipped_at) == ("https://track.example/3S1", NOW + timedelta(hours=2))


def test_an_order_that_is_shipped_without_a_code_keeps_its_parcel_s_id_when_the_code_comes(shop: DemoShop) -> None:
    made = shop.place(one())
    shop.simulator.set_state(int(made.shop_order_id), "4")
    [before] = shop.adapter.fetch_order(made.shop_order_id).shipments
    shop.simulator.ship(int(made.shop_order_id), tracking_code="3S1", complete=False)

    [after] = shop.adapter.fetch_order(made.shop_order_id).shipments

    assert (before.tracking_code, after.tracking_code) == ("", "3S1")
    assert before.shipment_id == after.shipment_id


def test_a_code_that_a_program_wrote_changes_no_date_and_is_found_by_reading_again(
    shop: DemoShop, clock: Clock
) -> None:
    made = shop.place(one())
    clock.forward(hours=1)
    shop.rows("order_carriers")[0]["tracking_number"] = "3S1"
    assert updates(shop, clock()) == []

    [page] = shop.adapter.reread_orders([made.shop_order_id, "cart:7", "99999"])

    assert [parcel.tracking_code for parcel in page.items[0].shipments] == ["3S1"]
    assert len(page.items) == 1


def test_a_credit_note_is_a_refund_of_its_lines(shop: DemoShop) -> None:
    made = shop.place(one(quantity=2))
    before = shop.adapter.fetch_order(made.shop_order_id)
    shop.simulator.refund(int(made.shop_order_id), "12.100000")

    update = shop.adapter.fetch_order(made.shop_order_id)

    [refund] = update.refunds
    assert (refund.amount, refund.lines) == (Decimal("12.10"), (LineQuantity(line_id=shop.product, quantity=1),))
    assert (before.refunds, before.fingerprint == update.fingerprint) == ((), False)


def test_cancelling_writes_one_line_of_history_and_gives_the_stock_back_once(shop: DemoShop) -> None:
    made = shop.place(one(quantity=3))

    for _ in range(3):
        shop.adapter.cancel_order(made.shop_order_id, "bol-A1")

    assert shop.simulator.stock_of("TST-001") == 10
    assert [row["id_order_state"] for row in shop.rows("order_histories")] == ["11", "6"]


def test_a_status_that_is_gone_is_told_where_cancelling_says_nothing(shop: DemoShop) -> None:
    made = shop.place(one())
    del shop.simulator.world.tables["order_states"][6]

    with pytest.raises(Rejected, match=r"The order status 6, .*PS_OS_CANCELED.* is missing"):
        shop.adapter.cancel_order(made.shop_order_id, "bol-A1")

    assert [row["id_order_state"] for row in shop.rows("order_histories")] == ["11"]


@pytest.mark.parametrize(("status", "left"), [(500, "6"), (504, "6"), (500, "")])
def test_a_cancellation_without_an_answer_is_unknown_and_then_looked_at(shop: DemoShop, status: int, left: str) -> None:
    made = shop.place(one())
    shop.simulator.fail_next(
        status=status, body=b"", after_handling=bool(left), method="POST", path="/api/order_histories"
    )
    with pytest.raises(OutcomeUnknown):
        shop.adapter.cancel_order(made.shop_order_id, "bol-A1")

    shop.adapter.cancel_order(made.shop_order_id, "bol-A1")

    assert [row["id_order_state"] for row in shop.rows("order_histories")] == ["11", "6"]
    assert shop.simulator.stock_of("TST-001") == 10


def test_a_second_payment_that_the_shop_adds_is_no_other_total(shop: DemoShop) -> None:
    shop.simulator.world.automatic_discount = "1.00"
    made = shop.place(one())
    shop.simulator.set_state(int(made.shop_order_id), "2")

    order = shop.adapter.fetch_order(made.shop_order_id).order

    assert (shop.rows("orders")[0]["total_paid_real"], order.total) == ("23.200000", Decimal("11.10"))
    assert shop.simulator.stock_of("TST-001") == 9


def test_cancelling_a_cart_removes_it(shop: DemoShop) -> None:
    cart = shop.cart(one())

    shop.adapter.cancel_order(cart.shop_order_id, "bol-A1")

    assert shop.rows("carts") == []
    assert shop.adapter.find_orders("bol-A1", NOW) == []


def test_a_note_is_added_and_the_reference_stays(shop: DemoShop) -> None:
    made = shop.place(one())

    shop.adapter.add_note(made.shop_order_id, "Customer asks to cancel", one())

    assert shop.rows("orders")[0]["note"] == "bol-A1\nCustomer asks to cancel"
    with pytest.raises(NotFound):
        shop.adapter.add_note(shop.cart(one()).shop_order_id, "x", one())


def test_more_orders_than_a_page_that_changed_within_one_second_are_all_read(shop: DemoShop) -> None:
    shop.simulator.set_stock("TST-001", 500)
    for number in range(130):
        shop.place(one(order_id=f"A{number}"), reference=f"bol-A{number}")

    found = [update.order.reference for update in updates(shop)]

    assert sorted(found) == sorted(f"bol-A{number}" for number in range(130))


def test_an_order_that_changes_during_the_walk_hides_no_other(shop: DemoShop, clock: Clock) -> None:
    shop.simulator.set_stock("TST-001", 500)
    for number in range(60):
        clock.move_to(NOW + timedelta(seconds=number))
        shop.place(one(order_id=f"A{number}"), reference=f"bol-A{number}")
    clock.move_to(NOW + timedelta(hours=1))
    walk = shop.adapter.fetch_updates(NOW)
    seen = [update.order.reference for update in next(walk).items]
    for row in shop.rows("orders")[:5]:
        shop.simulator.set_state(row["id"], "3")

    seen += [update.order.reference for page in walk for update in page.items]

    assert set(seen) == {f"bol-A{number}" for number in range(60)}


def test_what_others_ordered_is_not_ours_to_tell(shop: DemoShop) -> None:
    made = shop.place(one())
    row = shop.rows("orders")[0]
    row |= {"gift": "1", "note": "call before delivery"}

    for wish in ("Happy birthday - mum", "love-mum"):
        row["gift_message"] = wish
        assert updates(shop) == []
    assert shop.adapter.fetch_order(made.shop_order_id).order.reference == ""


def test_an_order_that_cannot_be_read_stops_no_other(shop: DemoShop) -> None:
    first = shop.place(one())
    shop.place(one(order_id="A2"), reference="bol-A2")
    shop.rows("orders")[0]["total_paid_tax_incl"] = "much"

    [page] = shop.adapter.fetch_updates(NOW)

    assert [update.order.reference for update in page.items] == ["bol-A2"]
    assert [(bad.record_id, "InvalidOperation" in bad.reason) for bad in page.unreadable] == [
        (first.shop_order_id, True)
    ]


@pytest.mark.parametrize("minutes", range(-90, 200, 10))
def test_in_the_hour_that_comes_twice_nothing_that_changed_is_missed(minutes: int) -> None:
    ends = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)  # summer time ends
    since = ends + timedelta(minutes=minutes)
    written = mapper.local(since, AMSTERDAM)

    for later in range(0, 240, 7):
        changed = (since + timedelta(minutes=later)).astimezone(AMSTERDAM).strftime("%Y-%m-%d %H:%M:%S")
        assert changed >= written


def test_moments_are_the_shop_s_own_time(shop: DemoShop) -> None:
    shop.simulator.configure("PS_TIMEZONE", "America/New_York")
    shop.place(one())

    [update] = updates(shop, NOW)

    assert shop.rows("orders")[0]["date_upd"] == "2026-11-20 04:00:00"
    assert update.order.changed_at == NOW
    assert updates(shop, NOW + timedelta(seconds=1)) == []


def test_products_are_priced_with_tax_named_in_the_shop_s_language_and_combinations_by_their_options(
    shop: DemoShop,
) -> None:
    shop.simulator.add_product("SHIRT", price="24.20", variations=["SHIRT-M", "SHIRT-L"], stock=4, name="Shirt")
    row = shop.rows("products")[0]
    row["name"] = [{"id": "1", "value": "Mok"}, {"id": "2", "value": "Mug"}]
    row["ean13"] = "8710400000013"

    products = [product for page in shop.adapter.fetch_products() for product in page.items]

    assert [(p.title, p.sku, p.ean, p.price, p.stock) for p in products] == [
        ("Mok", "TST-001", "8710400000013", Decimal("12.10"), 10),
        ("Shirt (M)", "SHIRT-M", "", Decimal("24.20"), 4),
        ("Shirt (L)", "SHIRT-L", "", Decimal("24.20"), 4),
    ]
    assert [product.product_id.count(":") for product in products] == [0, 1, 1]


def test_a_shop_that_counts_no_stock_tells_none(shop: DemoShop) -> None:
    shop.simulator.configure("PS_STOCK_MANAGEMENT", "0")

    assert shop.adapter.fetch_stock([shop.product]) == {shop.product: None}


def test_with_multistore_the_shop_s_own_stock_counts(shop: DemoShop) -> None:
    shop.simulator.add_stock(int(shop.product), 0, 3)
    shop.rows("stock_availables")[1]["id_shop"] = "2"

    for shop_id, stock in (("1", 10), ("2", 3)):
        shop.settings["shop_id"] = shop_id
        assert shop.adapter.fetch_stock([shop.product]) == {shop.product: stock}


def test_reading_a_page_costs_as_few_requests_however_many_orders_are_in_it(shop: DemoShop) -> None:
    for number in range(20):
        shop.place(one(order_id=f"A{number}"), reference=f"bol-A{number}")
    before = len(shop.simulator.requests)

    assert len(updates(shop)) == 20

    # The shop's configuration and currencies; the orders, and none after them; their parcels, credit notes and carriers.
    assert len(shop.simulator.requests) - before == 7
