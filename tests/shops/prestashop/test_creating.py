"""From a marketplace's order to a cart and to the shop's order: what is sent, what is refused before anything is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from adapterkit.errors import OutcomeUnknown, Rejected
from adapterkit.records import Address, Discount, Order, ShopOrderState
from orders.verification import mismatch_of
from tests.shops.prestashop.shop import DemoShop, body_of, one


def test_a_cart_brings_its_price_carrier_and_our_reference(shop: DemoShop) -> None:
    made = shop.cart(one("9.99", quantity=3))

    [cart], [price], [address], [customer] = (
        shop.rows(name) for name in ("carts", "specific_prices", "addresses", "customers")
    )
    assert (made.shop_order_id, made.state, made.priced) == (f"cart:{cart['id']}", ShopOrderState.INERT, False)
    assert (price["price"], price["id_cart"], price["id_product"]) == ("8.256198", str(cart["id"]), shop.product)
    assert cart["delivery_option"] == f'{{"{address["id"]}":"1,"}}'
    assert (cart["gift_message"], cart["gift"], cart["secure_key"]) == ("bol-A1", "0", customer["secure_key"])
    assert (customer["email"], customer["is_guest"], customer["newsletter"]) == ("relay@verkopen.test", "1", "0")
    assert (address["address1"], address["postcode"], address["city"]) == ("Keizersgracht 12", "1015CJ", "Amsterdam")
    assert (address["firstname"], address["lastname"], address["alias"]) == ("Anouk", "de Vries", "bol-A1")
    assert (shop.simulator.stock_of("TST-001"), shop.simulator.world.mails) == (10, [])


def test_the_order_is_read_back_and_carries_our_reference(shop: DemoShop) -> None:
    made = shop.place(one("9.99", quantity=3))

    [row] = shop.rows("orders")
    assert (made.shop_order_id, made.number, made.reference) == (str(row["id"]), row["reference"], "bol-A1")
    assert (made.total, made.currency, made.state) == (Decimal("29.97"), "EUR", ShopOrderState.OPEN)
    assert (row["current_state"], row["note"], row["payment"]) == ("11", "bol-A1", "bol")
    assert shop.simulator.stock_of("TST-001") == 7
    assert shop.rows("specific_prices") == []
    assert mismatch_of(made, one("9.99", quantity=3), {"L0": shop.product}) is None


def test_a_buyer_that_the_shop_knows_is_used_again(shop: DemoShop) -> None:
    shop.place(one())
    shop.place(one(order_id="A2"), reference="bol-A2")

    assert len(shop.rows("customers")) == 1
    assert len(shop.rows("orders")) == 2


def test_a_buyer_that_another_order_makes_meanwhile_is_found_after_the_refusal(shop: DemoShop) -> None:
    def meanwhile(request: Any, moment: str) -> None:
        if (request.method, request.path, moment) == ("POST", "/api/customers", "before"):
            shop.simulator.on_request = None
            shop.simulator.add("customers", {"email": "relay@verkopen.test", "secure_key": "f" * 32})

    shop.simulator.on_request = meanwhile

    assert shop.place(one()).state is ShopOrderState.OPEN
    assert len(shop.rows("customers")) == 1


def test_a_carrier_kept_for_a_group_serves_our_buyers_and_the_shop_s_own_customers_are_left_alone() -> None:
    shop = DemoShop(customer_group="7")
    shop.simulator.world.carrier_groups["1"] = "7"
    shop.simulator.add("customers", {"email": "relay@verkopen.test", "secure_key": "f" * 32, "id_default_group": "3"})

    for number in ("A1", "A2"):
        shop.place(one(order_id=number), reference=f"bol-{number}")

    assert [(row["email"], row["id_default_group"]) for row in shop.rows("customers")] == [
        ("relay@verkopen.test", "3"),
        ("bol-A1@marketplace.invalid", "7"),
        ("bol-A2@marketplace.invalid", "7"),
    ]
    assert {row["id_carrier"] for row in shop.rows("orders")} == {"1"}


def test_a_shop_without_guest_checkout_gets_a_customer_who_is_no_guest(shop: DemoShop) -> None:
    shop.simulator.configure("PS_GUEST_CHECKOUT_ENABLED", "0")

    shop.place(one())

    assert [row["is_guest"] for row in shop.rows("customers")] == ["0"]


@pytest.mark.parametrize("email", ["", "no address", "a@b", "x|y@shop.test"])
def test_without_an_e_mail_address_that_the_shop_takes_one_of_our_own_stands_in(shop: DemoShop, email: str) -> None:
    wanted = one()
    assert wanted.delivery
    wanted = replace(wanted, delivery=replace(wanted.delivery, email=email), billing=None)

    shop.place(wanted, reference="amazon-028-1/2")

    assert shop.rows("customers")[0]["email"] == "amazon-028-1-2@marketplace.invalid"


def test_names_and_addresses_that_the_shop_refuses_are_made_valid(shop: DemoShop) -> None:
    wanted = one()
    assert wanted.delivery
    delivery = replace(wanted.delivery, first_name="Jan 2e", last_name="Neill (buur)", street="Rue @ {1}")

    shop.place(replace(wanted, delivery=delivery, billing=None))

    [address] = shop.rows("addresses")
    assert (address["firstname"], address["lastname"], address["address1"]) == ("Jan e", "Neill buur", "Rue 1 12")
    assert address["other"] == "Name: Jan 2e Neill (buur)\nAddress: Rue @ ❴1❵ 12"


def test_another_billing_address_is_an_address_of_its_own(shop: DemoShop) -> None:
    shop.simulator.activate_country("IT")
    wanted = one()
    assert wanted.delivery
    billing = replace(wanted.delivery, country="IT", region="Milano", company="Rossi S.r.l.")

    shop.place(replace(wanted, billing=billing))

    delivery, invoice = shop.rows("addresses")
    [cart] = shop.rows("carts")
    assert (cart["id_address_delivery"], cart["id_address_invoice"]) == (str(delivery["id"]), str(invoice["id"]))
    assert (invoice["id_country"], invoice["company"], delivery["id_country"]) == ("10", "Rossi S.r.l.", "13")
    assert invoice["id_state"] == str(shop.rows("states")[0]["id"])


def test_tax_follows_the_address_that_the_shop_says(shop: DemoShop) -> None:
    shop.simulator.activate_country("FR")
    shop.simulator.configure("PS_TAX_ADDRESS_TYPE", "id_address_invoice")
    wanted = one("12.00")
    assert wanted.delivery

    made = shop.place(replace(wanted, billing=replace(wanted.delivery, country="FR")))

    assert (made.total, made.tax) == (Decimal("12.00"), Decimal("2.00"))


def test_eco_tax_is_part_of_the_price_and_not_added_to_it() -> None:
    shop = DemoShop()
    product = str(shop.simulator.add_product("LAMP", price="49.99", eco_tax="0.150000"))

    assert shop.place(one("49.99", quantity=2), {"L0": product}).total == Decimal("99.98")


def test_combinations_are_ordered_as_themselves_though_they_share_a_reference(shop: DemoShop) -> None:
    shop.simulator.add_product("SHIRT", variations=["SHIRT-M", "SHIRT-L"], stock=5)
    for row in shop.rows("combinations"):
        row["reference"] = "demo_1"
    products = {p.title: p for page in shop.adapter.fetch_products() for p in page.items if p.parent_id}
    assert {p.sku for p in products.values()} == {"demo_1"}
    large = products["Product SHIRT (L)"]

    made = shop.place(one("19.95", quantity=2), {"L0": large.product_id})

    assert [(line.product_id, line.quantity) for line in made.lines] == [(large.product_id, 2)]
    assert shop.adapter.fetch_stock([p.product_id for p in products.values()]) == {
        products["Product SHIRT (M)"].product_id: 5,
        large.product_id: 3,
    }


def test_lines_of_one_product_at_two_prices_are_one_row_of_the_right_total(shop: DemoShop) -> None:
    wanted = replace(one("12.10"), lines=(*one("12.10").lines, replace(one("9.99").lines[0], line_id="L1")))
    wanted = replace(wanted, total=Decimal("22.09"))
    products = {"L0": shop.product, "L1": shop.product}

    made = shop.place(wanted, products)

    assert (made.total, [line.quantity for line in made.lines]) == (Decimal("22.09"), [2])
    assert mismatch_of(made, wanted, products) is None


def test_a_discount_is_taken_off_the_prices(shop: DemoShop) -> None:
    other = str(shop.simulator.add_product("TST-002", price="5.00"))
    wanted = replace(
        one("12.10"),
        lines=(*one("12.10").lines, replace(one("5.00").lines[0], line_id="L1")),
        discounts=(Discount(title="Coupon", amount=Decimal("1.71")),),
        total=Decimal("15.39"),
    )

    made = shop.place(wanted, {"L0": shop.product, "L1": other})

    assert (made.total, [line.total for line in made.lines]) == (Decimal("15.39"), [Decimal("10.89"), Decimal("4.50")])


def shipped_for(price: str = "4.95") -> Order:
    return replace(one("12.10"), shipping_cost=Decimal(price), total=Decimal("12.10") + Decimal(price))


def test_shipping_costs_become_a_row_of_the_product_for_them_that_is_no_line() -> None:
    shop = DemoShop()
    shop.settings["shipping_product"] = str(shop.simulator.add_product("SHIPPING", price="1.00"))

    made = shop.place(shipped_for())

    assert (made.total, made.state, len(made.lines)) == (Decimal("17.05"), ShopOrderState.OPEN, 1)
    assert mismatch_of(made, shipped_for(), {"L0": shop.product}) is None
    assert shop.adapter.activate_order(made.shop_order_id, shipped_for()).total == Decimal("17.05")


def test_a_carrier_that_costs_what_the_marketplace_charges_needs_no_such_product(shop: DemoShop) -> None:
    shop.settings["carrier_id"] = "2"

    made = shop.place(shipped_for("8.47"))

    assert (made.total, made.state, shop.rows("orders")[0]["id_carrier"]) == (
        Decimal("20.57"),
        ShopOrderState.OPEN,
        "2",
    )


def test_one_cent_beside_the_shop_s_total_is_an_order_that_is_not_paid_for_and_told(shop: DemoShop) -> None:
    shop.settings["carrier_id"] = "2"

    made = shop.place(shipped_for("8.46"))

    assert (made.total, made.state) == (Decimal("20.57"), ShopOrderState.ON_HOLD)
    assert (shop.rows("orders")[0]["current_state"], shop.simulator.stock_of("TST-001")) == ("8", 10)
    with pytest.raises(Rejected, match="Payment accepted"):
        shop.adapter.activate_order(made.shop_order_id, shipped_for("8.47"))


def test_a_carrier_keeps_its_place_when_the_merchant_edits_it(shop: DemoShop) -> None:
    shop.settings["carrier_id"] = "2"
    edited = shop.simulator.edit_carrier(2)

    shop.place(shipped_for("8.47"))

    assert shop.rows("orders")[0]["id_carrier"] == str(edited)


def test_without_a_carrier_in_the_settings_the_first_free_one_is_used(shop: DemoShop) -> None:
    shop.settings["carrier_id"] = ""
    shop.rows("carriers")[0]["active"] = "0"
    shop.simulator.world.shipping["3"] = "0"
    shop.simulator.add_carrier("Free", carrier_id=3, is_free=True)

    shop.place(one())

    assert shop.rows("orders")[0]["id_carrier"] == "3"
    shop.rows("carriers")[2]["active"] = "0"
    with pytest.raises(Rejected, match="no free carrier"):
        shop.adapter.verify_credentials()


def no_country(shop: DemoShop) -> None:
    shop.simulator.world.tables["countries"].clear()


def no_currency(shop: DemoShop) -> None:
    shop.simulator.world.tables["currencies"].clear()


def no_price(shop: DemoShop) -> None:
    shop.rows("products")[0]["price"] = "0.000000"


def carrier_off(shop: DemoShop) -> None:
    shop.rows("carriers")[0]["active"] = "0"


def carrier_deleted(shop: DemoShop) -> None:
    shop.rows("carriers")[0]["deleted"] = "1"


REFUSED: list[tuple[Callable[[DemoShop], None], Order, str]] = [
    (lambda shop: None, one(country="DE"), "DE is not active"),
    (no_country, one(), "does not know the country NL"),
    (no_currency, one(), "has no currency EUR"),
    (no_price, one(), "too little to tell which tax"),
    (lambda shop: shop.simulator.remove_product("TST-001"), one(), "has no product"),
    (carrier_off, one(), "switched off"),
    (carrier_deleted, one(), "Carrier 1 was deleted or switched off"),
    (lambda shop: shop.settings.update(carrier_id="77"), one(), "has no carrier 77"),
    (lambda shop: None, shipped_for(), "product for shipping costs"),
]


@pytest.mark.parametrize(("spoil", "wanted", "said"), REFUSED)
def test_what_the_shop_would_refuse_is_refused_before_anything_is_made(
    shop: DemoShop, spoil: Callable[[DemoShop], None], wanted: Order, said: str
) -> None:
    spoil(shop)

    with pytest.raises(Rejected, match=said):
        shop.cart(wanted)

    assert [shop.rows(name) for name in ("customers", "addresses", "carts", "specific_prices", "orders")] == [[]] * 5


def test_an_order_never_costs_a_second_cart_s_order(shop: DemoShop) -> None:
    made = shop.place(one())
    cart = f"cart:{shop.rows('carts')[0]['id']}"
    before = len(shop.sent("POST", "/api/orders"))

    again = [shop.adapter.activate_order(own, one()) for own in (cart, made.shop_order_id)]

    assert {order.shop_order_id for order in again} == {made.shop_order_id}
    assert (len(shop.rows("orders")), len(shop.sent("POST", "/api/orders"))) == (1, before)
    assert len(shop.sent("PATCH", "/api/orders")) == 1


def test_what_was_cut_off_is_found_by_the_cart_before_the_note_was_written(shop: DemoShop) -> None:
    cart = shop.cart(one())
    shop.simulator.fail_next("cut", after_handling=True, method="POST", path="/api/orders")
    with pytest.raises(OutcomeUnknown):
        shop.adapter.activate_order(cart.shop_order_id, one())
    [row] = shop.rows("orders")
    assert row["note"] == ""

    found = shop.adapter.find_orders("bol-A1", one().placed_at)

    assert [(order.shop_order_id, order.state) for order in found] == [(str(row["id"]), ShopOrderState.OPEN)]
    assert shop.adapter.activate_order(cart.shop_order_id, one()).shop_order_id == str(row["id"])
    assert (len(shop.rows("orders")), row["note"]) == (1, "bol-A1")


def test_an_order_is_found_by_its_note_alone_and_by_no_longer_number(shop: DemoShop) -> None:
    shop.place(one())
    [row] = shop.rows("orders")
    row["gift_message"] = ""
    row["note"] = "see bol-A1\nsecond line"
    shop.simulator.world.tables["carts"].clear()

    assert [order.shop_order_id for order in shop.adapter.find_orders("bol-A1", one().placed_at)] == [str(row["id"])]
    assert shop.adapter.find_orders("bol-A", one().placed_at) == []


def test_a_long_number_is_cut_where_an_address_is_named_and_nowhere_else(shop: DemoShop) -> None:
    reference = "shop_apotheke-2026-11-20-0000123456-A"

    made = shop.place(one(), reference=reference)

    assert ([row["alias"] for row in shop.rows("addresses")], made.reference) == ([reference[:32]], reference)


def test_a_cart_of_a_number_in_other_letters_is_not_taken_for_ours(shop: DemoShop) -> None:
    shop.cart(one(), reference="bol-a1")

    assert shop.adapter.find_orders("bol-A1", one().placed_at) == []


def test_a_cart_that_is_left_behind_is_told_as_unfinished_and_can_be_discarded(shop: DemoShop) -> None:
    shop.simulator.fail_next("cut", after_handling=True, method="POST", path="/api/specific_prices")
    with pytest.raises(OutcomeUnknown):
        shop.cart(one())

    [found] = shop.adapter.find_orders("bol-A1", one().placed_at)
    assert (found.state, found.lines) == (ShopOrderState.INERT, ())
    assert mismatch_of(found, one(), {"L0": shop.product})
    shop.adapter.discard_inert_order(found.shop_order_id)
    assert shop.rows("carts") == []


def test_a_request_that_the_shop_finishes_too_late_makes_a_double_that_carries_our_reference(shop: DemoShop) -> None:
    made = shop.place(one())
    shop.simulator.finish_late(shop.rows("carts")[0]["id"], "12.10")

    found = shop.adapter.find_orders("bol-A1", one().placed_at)

    assert [order.reference for order in found] == ["bol-A1", "bol-A1"]
    assert found[0].shop_order_id == made.shop_order_id
    updates = [update for page in shop.adapter.fetch_updates(one().placed_at) for update in page.items]
    assert [update.order.reference for update in updates] == ["bol-A1", "bol-A1"]


def test_an_order_that_the_shop_split_is_told(shop: DemoShop) -> None:
    other = str(shop.simulator.add_product("TST-002", price="5.00"))
    shop.simulator.world.only_carriers[other] = {"2"}
    wanted = replace(
        one("12.10"),
        lines=(*one("12.10").lines, replace(one("5.00").lines[0], line_id="L1")),
        total=Decimal("17.10"),
    )
    cart = shop.cart(wanted, {"L0": shop.product, "L1": other})

    for _ in range(2):
        with pytest.raises(Rejected, match="split the order into"):
            shop.adapter.activate_order(cart.shop_order_id, wanted)
    assert len(shop.sent("POST", "/api/orders")) == 1


def test_an_automatic_discount_of_the_shop_is_told_by_the_total(shop: DemoShop) -> None:
    shop.simulator.world.automatic_discount = "1.00"

    made = shop.place(one())

    assert (made.total, made.state) == (Decimal("11.10"), ShopOrderState.ON_HOLD)


def test_shipping_that_a_discount_hides_in_the_right_total_is_told(shop: DemoShop) -> None:
    shop.settings["carrier_id"] = "2"
    shop.simulator.world.shipping["2"] = "4.09"
    shop.simulator.world.automatic_discount = "4.95"

    with pytest.raises(Rejected, match=r"charges 4\.95 for shipping in order [A-Z]{9}, the marketplace 0\.00"):
        shop.place(one())

    assert [row["total_paid_tax_incl"] for row in shop.rows("orders")] == ["12.100000"]


def test_an_order_that_was_cancelled_before_we_knew_of_it_is_told(shop: DemoShop) -> None:
    made = shop.place(one())
    shop.simulator.set_state(int(made.shop_order_id), "6")

    with pytest.raises(Rejected, match="was cancelled in the shop"):
        shop.adapter.activate_order(made.shop_order_id, one())


def test_an_order_that_the_shop_did_not_finish_is_told(shop: DemoShop) -> None:
    made = shop.place(one(quantity=2))
    shop.rows("orders")[0]["associations"] = {}

    with pytest.raises(Rejected, match="0 of 2 pieces"):
        shop.adapter.activate_order(made.shop_order_id, one(quantity=2))


def test_a_test_order_says_so_where_the_merchant_looks(shop: DemoShop) -> None:
    shop.place(replace(one(), is_test=True, remark="Ring twice"))

    assert shop.rows("orders")[0]["note"] == "bol-A1\nTEST ORDER - do not ship\nRing twice"
    assert shop.rows("addresses")[0]["other"] == "TEST ORDER - do not ship"


def test_multistore_asks_for_one_shop_everywhere() -> None:
    shop = DemoShop(shop_id="2")
    shop.place(one())

    assert {seen.query["id_shop"][0] for seen in shop.simulator.requests} == {"2"}
    assert shop.rows("carts")[0]["id_shop"] == "2"


def test_bodies_are_xml_with_nothing_that_xml_forbids(shop: DemoShop) -> None:
    wanted = one()
    assert wanted.delivery
    delivery = replace(wanted.delivery, company="Bits & Bytes\x0b", street="A\ufffe")

    shop.place(replace(wanted, delivery=delivery, billing=None))

    [seen] = shop.sent("POST", "/api/addresses")
    assert seen.headers["Content-Type"] == "text/xml"
    assert body_of(seen).findtext("company") == "Bits & Bytes"
    assert Address(company="Bits & Bytes\x0b").company  # the record itself is left as it came
