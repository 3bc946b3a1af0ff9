"""What an order becomes in Magento, and that nothing makes two of it or leaves one half done."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from adapterkit.errors import OutcomeUnknown, Rejected
from adapterkit.records import Address, Discount, Fulfilment, Order, PickupPoint, ShopOrder, ShopOrderState
from orders.verification import mismatch_of
from shops.magento2.body import NO_EMAIL
from tests.contract.magento2_bench import Magento2Bench
from tests.contract.shop_benches import NOW
from tests.contract.test_shops import order, stocked

D = Decimal
ORDERS, INVOICE = "/rest/default/V1/orders", "/rest/default/V1/order/"


def made(bench: Magento2Bench, wanted: Order, reference: str = "bol-A1") -> tuple[ShopOrder, dict[str, Any]]:
    """Create the order; return it as the adapter and as the shop has it."""
    shop_order = bench.create(wanted, reference, stocked(bench, wanted))
    return shop_order, bench.simulator.world.orders[int(shop_order.shop_order_id)]


def test_an_order_stands_there_paid_with_every_amount_in_both_currencies(bench: Magento2Bench) -> None:
    wanted = replace(
        order("19.95", "12.50", quantity=2),
        shipping_cost=D("4.95"),
        discounts=(Discount(title="Welcome", amount=D("5.00")),),
        total=D("64.85"),
        shipping_method="PostNL standard",
    )

    shop_order, stored = made(bench, wanted)

    assert (shop_order.state, shop_order.number, shop_order.total) == (ShopOrderState.OPEN, "bol-A1", D("64.85"))
    assert (stored["state"], stored["status"], stored["ext_order_id"]) == ("processing", "processing", "A1")
    assert (stored["customer_is_guest"], stored["store_id"], stored["shipping_description"]) == (
        1,
        1,
        "PostNL standard",
    )
    # S0 at 21 %, S1 at 9 %; shipping at the higher; 5.00 spread over 39.90, 25.00 and 4.95.
    assert {name: stored[name] for name in ("subtotal", "subtotal_incl_tax", "shipping_amount", "shipping_incl_tax")} == {
        "subtotal": 55.92, "subtotal_incl_tax": 64.9, "shipping_amount": 4.09, "shipping_incl_tax": 4.95,
    }  # fmt: skip
    assert (stored["discount_amount"], stored["grand_total"], stored["total_paid"]) == (-5.0, 64.85, 64.85)
    money = {name for name in stored if f"base_{name}" in stored} - {"currency_code"}
    assert money >= {"subtotal", "tax_amount", "shipping_tax_amount", "discount_tax_compensation_amount", "total_due"}
    assert {name: stored[name] for name in money} == {name: stored[f"base_{name}"] for name in money}
    first, second = stored["items"]
    assert (first["product_type"], first["sku"], first["qty_ordered"], first["tax_percent"]) == (
        "simple",
        "S0",
        2,
        21.0,
    )
    assert (first["price_incl_tax"], first["row_total_incl_tax"], first["row_total"]) == (19.95, 39.9, 32.98)
    assert (second["tax_percent"], second["ext_order_item_id"]) == (9.0, "L1")
    shipping = stored["extension_attributes"]["shipping_assignments"][0]["shipping"]
    assert (shipping["method"], shipping["address"]["address_type"]) == ("flatrate_flatrate", "shipping")
    assert shipping["address"]["street"] == ["Keizersgracht 12"]
    assert stored["payment"]["method"] == "checkmo"


def test_nobody_is_mailed(bench: Magento2Bench) -> None:
    _, stored = made(bench, order("12.10"))

    [seen] = [seen for seen in bench.simulator.requests_to("POST", INVOICE) if seen.path.endswith("/invoice")]
    assert seen.json == {"capture": True, "notify": False, "appendComment": False}
    assert stored["customer_note_notify"] == 0


def test_another_base_currency_is_reckoned_by_the_shop_s_rate(bench: Magento2Bench) -> None:
    bench.simulator.world.base_currency = "USD"
    bench.simulator.world.exchange_rates = {"EUR": "0.8"}
    bench.extra = {"base_currency": "USD"}
    wanted = replace(order("10.00", "0.99"), shipping_cost=D("1.00"), total=D("11.99"))

    _, stored = made(bench, wanted)

    assert (stored["base_currency_code"], stored["order_currency_code"]) == ("USD", "EUR")
    assert (stored["base_to_order_rate"], stored["store_to_base_rate"]) == (0.8, 1.25)
    assert (stored["grand_total"], stored["base_grand_total"]) == (11.99, 14.99)
    parts = stored["base_subtotal"] + stored["base_tax_amount"] + stored["base_shipping_amount"]
    assert round(parts, 2) == 14.99
    assert stored["items"][0]["base_row_total_incl_tax"] == 12.5


def test_a_missing_rate_of_exchange_is_named_and_nothing_is_created(bench: Magento2Bench) -> None:
    bench.extra = {"base_currency": "USD"}
    bench.simulator.world.exchange_rates = {}

    with pytest.raises(Rejected, match="no rate from USD to EUR"):
        made(bench, order("10.00"))

    assert bench.simulator.world.orders == {}


def test_vat_that_the_marketplace_gives_is_taken_and_not_asked_for(bench: Magento2Bench) -> None:
    wanted = order("12.10", "10.60")
    given = (replace(wanted.lines[0], tax_rate=D("5.5")), replace(wanted.lines[1], tax=D("0.60")))

    _, stored = made(bench, replace(wanted, lines=given))

    assert [row["tax_percent"] for row in stored["items"]] == [5.5, 6.0]
    assert bench.simulator.requests_to("GET", "/rest/default/V1/tax") == []


def test_a_region_gets_the_shop_s_own_id_and_an_unknown_one_stays_as_it_came(bench: Magento2Bench) -> None:
    american = Address(
        company="ACME", street="Main St", house_number="1", postcode="90210", city="Beverly Hills", region="US-CA",
        country="US",
    )  # fmt: skip
    wanted = replace(order("12.10", country="US"), delivery=american, billing=replace(american, region="Nowhere"))

    _, stored = made(bench, wanted)

    address = stored["extension_attributes"]["shipping_assignments"][0]["shipping"]["address"]
    assert (address["region_id"], address["region_code"], address["region"]) == (12, "CA", "California")
    assert (address["firstname"], address["lastname"], address["company"]) == ("-", "ACME", "ACME")
    assert (address["telephone"], stored["customer_email"]) == ("-", NO_EMAIL)
    assert stored["billing_address"]["region"] == "Nowhere"
    assert "region_id" not in stored["billing_address"]
    assert len(bench.simulator.requests_to("GET", "/rest/default/V1/directory/countries/US")) == 1


def test_lines_of_an_address_are_all_there_whatever_their_number(bench: Magento2Bench) -> None:
    address = Address(last_name="X", lines=("Building 3", "Rue de la Paix 7", "2e étage"), city="Paris", country="FR")

    _, stored = made(bench, replace(order("12.10"), delivery=address, billing=None))

    assert stored["billing_address"]["street"] == ["Building 3", "Rue de la Paix 7, 2e étage"]


def test_what_the_merchant_must_know_stands_in_the_comments(bench: Magento2Bench) -> None:
    wanted = replace(
        order("12.10"), is_test=True, pickup_point=PickupPoint(name="Kiosk 4"), remark="Ring", customer_reference="PO 7"
    )

    _, stored = made(bench, wanted)

    assert [entry["comment"] for entry in stored["status_histories"]] == [
        "TEST ORDER - do not ship",
        "Pick-up point: Kiosk 4",
        "Ring",
        "Customer's reference: PO 7",
    ]
    assert {(e["is_customer_notified"], e["is_visible_on_front"]) for e in stored["status_histories"]} == {(0, 0)}


def test_an_unknown_product_is_refused_before_magento_takes_it_silently(bench: Magento2Bench) -> None:
    wanted = order("12.10", "3.00")

    with pytest.raises(Rejected, match="no product for S1"):
        bench.create(wanted, "bol-A1", {**stocked(bench, wanted), "L1": "9999"})

    assert bench.simulator.requests_to("POST", ORDERS) == []


def test_what_the_marketplace_ships_is_complete_at_once_and_paid(bench: Magento2Bench) -> None:
    shop_order, stored = made(bench, order("12.10", quantity=2, fulfilment=Fulfilment.MARKETPLACE))

    assert (shop_order.state, stored["state"], stored["total_paid"], stored["total_due"]) == (
        ShopOrderState.COMPLETED, "complete", 24.2, 0,
    )  # fmt: skip
    assert [(row["qty_invoiced"], row["qty_shipped"]) for row in stored["items"]] == [(2, 2)]
    assert len(bench.simulator.world.invoices) == 0
    assert bench.simulator.world.inventory.reservations == []


def test_a_number_that_is_another_s_is_said_to_be_and_that_order_left_alone(bench: Magento2Bench) -> None:
    theirs = bench.simulator.store_order({"increment_id": "BOL-A1", "store_id": 1, "state": "new", "items": []})
    before = dict(theirs)

    with pytest.raises(Rejected, match="another order with the number bol-A1"):
        made(bench, order("12.10"))

    assert bench.adapter.find_orders("bol-A1", NOW) == []
    assert list(bench.simulator.world.orders.values()) == [before]


@pytest.mark.parametrize("fault", ["cut", "status"])
@pytest.mark.parametrize("after", [True, False])
def test_an_order_whose_invoice_was_cut_off_is_found_unfinished_and_finished_once(
    bench: Magento2Bench, fault: str, after: bool
) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted)
    bench.simulator.fail_next(fault, status=503, after_handling=after, method="POST", path=INVOICE)
    with pytest.raises(OutcomeUnknown):
        bench.create(wanted, "bol-A1", products)

    [found] = bench.adapter.find_orders("bol-A1", NOW)
    assert found.state is (ShopOrderState.OPEN if after else ShopOrderState.INERT)
    assert mismatch_of(found, wanted, products) is None
    adapter: Any = bench.adapter
    finished = [adapter.finish_order(found.shop_order_id, wanted) for _ in range(2)]

    assert [one.state for one in finished] == [ShopOrderState.OPEN] * 2
    assert (len(bench.simulator.world.orders), len(bench.simulator.world.invoices)) == (1, 1)


def test_an_invoice_that_is_refused_for_good_says_why(bench: Magento2Bench) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted)
    refusal = {"message": "Invoice Document Validation Error(s):\n%1", "parameters": ["Locked by an extension."]}
    bench.simulator.fail_next(status=400, times=2, method="POST", path=INVOICE, body=refusal)

    with pytest.raises(OutcomeUnknown, match=r"(?s)made, but not finished.*Locked by an extension"):
        bench.create(wanted, "bol-A1", products)
    [found] = bench.adapter.find_orders("bol-A1", NOW)
    adapter: Any = bench.adapter
    with pytest.raises(Rejected, match="Locked by an extension"):
        adapter.finish_order(found.shop_order_id, wanted)

    assert found.state is ShopOrderState.INERT


def test_an_answer_without_the_order_is_not_taken_for_one(bench: Magento2Bench) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted)
    bench.simulator.fail_next(status=200, method="POST", path=ORDERS, body={"message": "queued"})

    with pytest.raises(OutcomeUnknown, match="without the order"):
        bench.create(wanted, "bol-A1", products)


def test_long_and_odd_references_are_found_again(bench: Magento2Bench) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted)
    references = ["mirakl-" + "X" * 60, "shop-ab#1", "shop-AB#1", "shop-ab-1"]
    ids = [bench.create(wanted, reference, products).shop_order_id for reference in references]

    found = [bench.adapter.find_orders(reference, NOW) for reference in references]

    assert [[one.shop_order_id for one in hits] for hits in found] == [[one] for one in ids]
    assert [[one.reference for one in hits] for hits in found] == [[one] for one in references]


def test_a_preview_is_what_is_sent_as_far_as_it_is_known(bench: Magento2Bench) -> None:
    wanted = order("12.10", quantity=2)
    products = stocked(bench, wanted)
    adapter: Any = bench.adapter

    preview = adapter.preview_order(wanted, "bol-A1", products)["entity"]

    assert bench.simulator.requests == []
    assert (preview["increment_id"], preview["grand_total"]) == ("bol-A1", 24.2)
    assert preview["items"][0]["product_id"] == int(products["L0"])
