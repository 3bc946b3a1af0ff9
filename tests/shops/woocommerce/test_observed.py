"""What WooCommerce was seen to do that no manual says, and what becomes of it here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from adapterkit.errors import AdapterError, AuthenticationFailed, NotFound, OutcomeUnknown, Rejected
from adapterkit.records import Discount, Order, ShopOrder, ShopOrderState
from adapterkit.simulator import Response
from orders.verification import mismatch_of
from shops.woocommerce import spec
from shops.woocommerce.adapter import WooCommerce
from tests.clock import Clock
from tests.contract.parts import in_parts
from tests.contract.shop_benches import NOW, WooCommerceBench
from tests.contract.test_shops import order, stocked

D, CENT = Decimal, Decimal("0.01")
ORDERS = "/wp-json/wc/v3/orders"


@pytest.fixture
def bench() -> WooCommerceBench:
    return WooCommerceBench()


def adapter(bench: WooCommerceBench) -> WooCommerce:
    opened = bench.adapter
    assert isinstance(opened, WooCommerce)
    return opened


def placed(bench: WooCommerceBench, wanted: Order, reference: str = "bol-A1") -> tuple[ShopOrder, dict[str, Any]]:
    """Make an active order; return it as the adapter and as the shop has it."""
    made = bench.place(wanted, reference, stocked(bench, wanted))
    return made, bench.simulator.world.orders[int(made.shop_order_id)]


def test_an_unknown_product_is_taken_and_told_apart(bench: WooCommerceBench) -> None:
    wanted = order("12.10")

    made = adapter(bench).create_inert_order(wanted, "bol-A1", {"L0": "9999"})

    [line] = bench.simulator.world.orders[int(made.shop_order_id)]["line_items"]
    assert (line["product_id"], made.state) == (0, ShopOrderState.INERT)
    assert mismatch_of(made, wanted, {"L0": "9999"}) is not None


def test_a_number_that_another_program_gave_its_order_is_not_ours(bench: WooCommerceBench) -> None:
    made, _ = placed(bench, order("12.10"))
    other, theirs = placed(bench, order("12.10", order_id="A2"), "bol-A2")
    theirs["transaction_id"] = "bol-A1"
    theirs["meta_data"] = []

    found = adapter(bench).find_orders("bol-A1", NOW)

    assert other.shop_order_id not in {one.shop_order_id for one in found}
    assert [one.shop_order_id for one in found] == [made.shop_order_id]
    updates = [update for page in adapter(bench).fetch_updates(NOW) for update in page.items]
    assert [update.order.reference for update in updates] == ["bol-A1"]


def test_an_order_that_is_not_there_is_a_400_on_every_verb_and_is_not_found(bench: WooCommerceBench) -> None:
    made, _ = placed(bench, order("12.10"))
    del bench.simulator.world.orders[int(made.shop_order_id)]
    seen_before, opened = len(bench.simulator.requests), adapter(bench)

    for ask in (opened.fetch_order, lambda number: opened.activate_order(number, order("12.10"))):
        with pytest.raises(NotFound) as caught:
            ask(made.shop_order_id)
        assert (caught.value.status, caught.value.code) == (400, "woocommerce_rest_shop_order_invalid_id")
    opened.discard_inert_order(made.shop_order_id)
    opened.verify_credentials()

    statuses = [(seen.method, seen.status) for seen in bench.simulator.requests[seen_before:]]
    assert statuses == [("GET", 400), ("PUT", 400), ("GET", 400), ("GET", 200), ("PUT", 400)]


def test_nothing_is_sent_as_null_and_no_e_mail_address_that_is_none(bench: WooCommerceBench) -> None:
    placed(bench, order("12.10", email="no address"))

    bodies = [seen.json for seen in bench.simulator.requests if seen.method in {"POST", "PUT"}]

    assert "email" not in bodies[0]["billing"]
    assert all("null" not in seen.body.decode() for seen in bench.simulator.requests)


def test_tax_that_was_sent_is_ignored_so_none_is_and_the_net_amount_follows_the_shop_s_own_rate(
    bench: WooCommerceBench,
) -> None:
    wanted = order("9.99", quantity=3)

    made, stored = placed(bench, wanted)

    assert (made.total, stored["line_items"][0]["total"]) == (D("29.97"), "24.768595")
    assert "taxes" not in str([seen.json for seen in bench.simulator.requests_to("POST", ORDERS)])


def test_the_cent_that_a_shop_s_own_rounding_leaves_is_made_good(
    bench: WooCommerceBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    reckon = bench.simulator._total

    def rounded_down(shop_order: dict[str, Any]) -> None:
        reckon(shop_order)
        rows = [*shop_order["line_items"], *shop_order["shipping_lines"]]
        total = sum((D(row["total"]) + D(row["total_tax"]).quantize(CENT, ROUND_DOWN) for row in rows), D(0))
        shop_order["total"] = str(total.quantize(CENT, ROUND_HALF_UP))

    monkeypatch.setattr(bench.simulator, "_total", rounded_down)
    wanted = replace(order("9.99", "9.99"), total=D("19.98"))
    product = str(bench.add_product("MUG", price=D("9.99"), stock=9))

    made = bench.place(wanted, "bol-A1", {"L0": product, "L1": product})

    assert made.total == D("19.98")
    assert len(bench.simulator.requests_to("PUT", ORDERS)) == 3  # two for the amounts, one to activate


def test_a_discount_of_the_order_goes_into_its_lines_since_a_negative_fee_is_taxed(bench: WooCommerceBench) -> None:
    wanted = replace(
        order("19.95", "12.50"),
        shipping_cost=D("4.95"),
        discounts=(Discount(title="Welcome", amount=D("5.00")),),
        total=D("32.40"),
    )

    made, stored = placed(bench, wanted)

    assert (made.total, stored["fee_lines"]) == (D("32.40"), [])
    assert [line.total for line in made.lines] == [D("16.87"), D("10.58")]
    # S0 is taxed at 21 %, S1 at 9 %.
    assert [(row["subtotal"], row["total"]) for row in stored["line_items"]] == [
        ("16.487603", "13.942149"),
        ("11.467890", "9.706422"),
    ]


def test_a_discount_beyond_all_lines_is_taken_off_the_shipping(bench: WooCommerceBench) -> None:
    wanted = replace(
        order("5.00"),
        shipping_cost=D("4.95"),
        discounts=(Discount(title="Gift card", amount=D("7.50")),),
        total=D("2.45"),
    )

    made, stored = placed(bench, wanted)

    assert (made.total, made.lines[0].total) == (D("2.45"), D("0.00"))
    assert stored["shipping_lines"][0]["total"] == "2.024793"


def test_a_negative_fee_is_taxed_whatever_it_says(bench: WooCommerceBench) -> None:
    fee = {"name": "Discount", "total": "-5.00", "tax_status": "none"}
    body = {"shipping": {"country": "NL"}, "fee_lines": [fee]}

    made = adapter(bench).transport.call(spec.CREATE_ORDER, body=body).body

    assert (made["total"], made["fee_lines"][0]["total_tax"]) == ("-6.05", "-1.050000")


@pytest.mark.parametrize(
    ("email", "is_taken"),
    [
        ("jan@shop.nl", True),
        ("o'neill+x@mail.shop.co", True),
        ("a@b.nl", True),
        ("a@b.c", False),
        ("jan@müller.de", False),
        ("jän@shop.de", False),
        ("jan..x@-bad_.c", False),
        ("jan@shop", False),
        ("jan@shop..nl", False),
        ("jan@shop-.nl", False),
        ("jan@two@shop.nl", False),
    ],
)
def test_an_e_mail_address_that_the_shop_would_refuse_the_order_for_stands_in_the_note(
    bench: WooCommerceBench, email: str, is_taken: bool
) -> None:
    body = {"billing": {"email": email}}
    if is_taken:
        adapter(bench).transport.call(spec.CREATE_ORDER, body=body)
    else:
        with pytest.raises(Rejected, match="Invalid email address"):
            adapter(bench).transport.call(spec.CREATE_ORDER, body=body)

    _, stored = placed(bench, order("12.10", email=email))

    assert stored["billing"].get("email") == (email if is_taken else None)
    assert (email in stored["customer_note"].split("\n")) is not is_taken


def test_what_was_put_into_the_bin_is_told_as_cancelled(bench: WooCommerceBench) -> None:
    made, _ = placed(bench, order("12.10"))
    bench.simulator.set_status(int(made.shop_order_id), "trash")

    listed = adapter(bench).transport.call(spec.LIST_ORDERS).body
    both = adapter(bench).transport.call(spec.LIST_ORDERS, query={"status": "any,trash"}).body
    first, last = adapter(bench).fetch_updates(NOW)
    [resumed] = adapter(bench).fetch_updates(NOW, resume=first.resume)

    assert (listed, both, list(first.items), last.resume) == ([], [], [], "")
    assert resumed.items == last.items
    assert [(update.order.shop_order_id, update.order.state) for update in last.items] == [
        (made.shop_order_id, ShopOrderState.CANCELLED)
    ]


def test_a_parcel_has_the_pieces_that_the_shop_tells_and_all_that_is_open_where_it_tells_none(
    bench: WooCommerceBench,
) -> None:
    made, _ = placed(bench, order("12.10", "9.99", quantity=2))
    first, second = (line.line_id for line in made.lines)

    def read(*packed: Any) -> list[list[tuple[str, int]]]:
        rows = [
            {"tracking_number": f"3S{number}", "tracking_provider": "postnl", "products_list": told}
            for number, told in enumerate(packed)
        ]
        body = {"meta_data": [{"key": "_wc_shipment_tracking_items", "value": rows}]}
        adapter(bench).transport.call(spec.UPDATE_ORDER, body=body, path={"order_id": made.shop_order_id})
        shipments = adapter(bench).fetch_order(made.shop_order_id).shipments
        return [[(line.line_id, line.quantity) for line in parcel.lines] for parcel in shipments]

    one = [{"product": "10", "item_id": first, "qty": "1"}]
    rest = {"0": {"product": "10", "item_id": int(first), "qty": 1}, "1": {"item_id": second, "qty": 2}}
    assert read(one, rest) == [[(first, 1)], [(first, 1), (second, 2)]]
    assert read("", None, []) == [[], [], []]
    assert read([{"item_id": "99999", "qty": 1}], [{"item_id": first, "qty": "?"}]) == [[], []]


def test_over_plain_http_an_unknown_key_and_a_wrong_secret_are_told_apart() -> None:
    bench = WooCommerceBench(scheme="http")
    for part, words in (("key", "Consumer key is invalid"), ("secret", "provided signature does not match")):
        before = getattr(bench.simulator, part)
        setattr(bench.simulator, part, "other")
        with pytest.raises(AuthenticationFailed, match=words):
            adapter(bench).verify_credentials()
        setattr(bench.simulator, part, before)


def test_an_order_with_nothing_to_pay_becomes_a_paid_one(bench: WooCommerceBench) -> None:
    made, stored = placed(bench, order("0.00"))

    assert (made.state, stored["status"], bench.stock_of("S0")) == (ShopOrderState.OPEN, "processing", 99)


def test_paying_again_changes_nothing_of_an_order_that_went_on(bench: WooCommerceBench) -> None:
    wanted = order("12.10")
    made, _ = placed(bench, wanted)
    for status, state in (
        ("on-hold", ShopOrderState.ON_HOLD),
        ("completed", ShopOrderState.COMPLETED),
        ("cancelled", ShopOrderState.CANCELLED),
        ("refunded", ShopOrderState.REFUNDED),
    ):
        bench.simulator.set_status(int(made.shop_order_id), status)
        assert adapter(bench).activate_order(made.shop_order_id, wanted).state is state


@pytest.mark.parametrize("status", ["cancelled", "refunded"])
def test_what_is_over_already_is_not_cancelled_once_more(bench: WooCommerceBench, status: str) -> None:
    made, stored = placed(bench, order("12.10"))
    bench.simulator.set_status(int(made.shop_order_id), status)
    before = len(bench.simulator.requests_to("PUT", ORDERS))

    adapter(bench).cancel_order(made.shop_order_id, "bol-A1")

    assert (stored["status"], len(bench.simulator.requests_to("PUT", ORDERS))) == (status, before)


def test_an_order_that_was_paid_and_set_back_is_no_inert_one(bench: WooCommerceBench) -> None:
    made, _ = placed(bench, order("12.10"))
    bench.simulator.set_status(int(made.shop_order_id), "pending")

    assert adapter(bench).fetch_order(made.shop_order_id).order.state is ShopOrderState.OPEN
    with pytest.raises(Rejected, match="in use in the shop"):
        adapter(bench).discard_inert_order(made.shop_order_id)


def test_a_variation_that_its_parent_counts_has_the_parent_s_stock(bench: WooCommerceBench) -> None:
    bench.add_variations("SHIRT", ["SHIRT-M"], stock=5)
    for row in bench.simulator.world.products.values():
        row.update(
            {"manage_stock": "parent"} if row["sku"] == "SHIRT-M" else {"manage_stock": True, "stock_quantity": 7}
        )

    [product] = [product for page in adapter(bench).fetch_products() for product in page.items]

    assert (product.sku, product.stock) == ("SHIRT-M", 7)


def test_a_variation_comes_back_under_its_parent(bench: WooCommerceBench) -> None:
    bench.add_variations("SHIRT", ["SHIRT-M", "SHIRT-L"], stock=5)
    products = {p.sku: p.product_id for page in adapter(bench).fetch_products() for p in page.items}
    wanted = order("19.95", quantity=2)

    made = bench.place(wanted, "bol-A1", {"L0": products["SHIRT-L"]})

    assert mismatch_of(made, wanted, {"L0": products["SHIRT-L"]}) is None
    assert mismatch_of(made, wanted, {"L0": products["SHIRT-M"]}) is not None
    assert (bench.stock_of("SHIRT-L"), bench.stock_of("SHIRT-M")) == (3, 5)


def refusal(status: int, code: str, message: str = "x") -> Response:
    return Response(status, {"code": code, "message": message, "data": {"status": status}})


@pytest.mark.parametrize(
    ("status", "code", "expected", "said"),
    [
        (400, "rest_invalid_param", Rejected, "refuses it"),
        (400, "woocommerce_rest_required_product_reference", Rejected, "refuses it"),
        (500, "woocommerce_rest_cannot_create_order_refund", Rejected, "refuses it"),
        (500, "internal_server_error", OutcomeUnknown, "failed there"),
        (502, "woocommerce_rest_x", OutcomeUnknown, "failed there"),
        (401, "woocommerce_rest_cannot_view", AuthenticationFailed, "read and write permission"),
        (401, "woocommerce_rest_authentication_error", AuthenticationFailed, "read and write permission"),
        (403, "woocommerce_rest_cannot_create", AuthenticationFailed, "read and write permission"),
        (404, "rest_no_route", Rejected, "permalinks"),
        (404, "woocommerce_rest_shop_order_invalid_id", NotFound, "does not have it"),
    ],
)
def test_refusals_of_a_creation(
    bench: WooCommerceBench, status: int, code: str, expected: type[AdapterError], said: str
) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted)
    bench.simulator.fail_next(status=status, body=refusal(status, code).body, method="POST", path=ORDERS)

    with pytest.raises(AdapterError, match=said) as caught:
        adapter(bench).create_inert_order(wanted, "bol-A1", products)

    assert (type(caught.value), bench.simulator.world.orders) == (expected, {})


def test_which_field_is_refused_is_told(bench: WooCommerceBench) -> None:
    wanted = replace(order("12.10"), currency="EUR")
    products = stocked(bench, wanted)
    body = refusal(400, "rest_invalid_param", "Invalid parameter(s): billing").body
    body["data"]["params"] = {"billing": "Invalid email address."}
    bench.simulator.fail_next(status=400, body=body, method="POST", path=ORDERS)

    with pytest.raises(Rejected) as caught:
        adapter(bench).create_inert_order(wanted, "bol-A1", products)

    assert caught.value.remote == "Invalid parameter(s): billing; Invalid email address."


TRACKED: list[tuple[list[dict[str, Any]], tuple[str, str]]] = [
    ([{"key": "_tracking_number", "value": "3S1"}, {"key": "_tracking_provider", "value": "postnl"}], ("postnl", "3S1")),
    ([{"key": "_aftership_tracking_number", "value": "05"}], ("", "05")),
    ([{"key": "_wc_shipment_tracking_items", "value": {"0": {"tracking_number": "3S2", "tracking_provider": "DPD"}}}],
     ("DPD", "3S2")),
    ([{"key": "_wc_shipment_tracking_items", "value": ""}], ("", "")),
]  # fmt: skip


@pytest.mark.parametrize(("meta", "expected"), TRACKED)
def test_codes_are_read_where_the_common_extensions_keep_them(
    bench: WooCommerceBench, meta: list[dict[str, Any]], expected: tuple[str, str]
) -> None:
    made, stored = placed(bench, order("12.10"))
    stored["meta_data"] += meta
    bench.simulator.set_status(int(made.shop_order_id), "completed")

    [parcel] = adapter(bench).fetch_order(made.shop_order_id).shipments

    assert (parcel.carrier_name, parcel.tracking_code) == expected


def test_refunds_are_told_and_the_total_stays(bench: WooCommerceBench) -> None:
    made, _ = placed(bench, order("12.10", quantity=2))
    bench.simulator.refund(int(made.shop_order_id), "12.10")

    update = adapter(bench).fetch_order(made.shop_order_id)

    assert [(refund.amount, refund.reason) for refund in update.refunds] == [(D("12.10"), "retour")]
    assert (update.order.total, update.order.state) == (D("24.20"), ShopOrderState.OPEN)


@pytest.mark.parametrize(("before", "within", "after"), [(0, 230, 0), (60, 100, 70), (40, 150, 40)])
def test_a_second_with_more_than_a_page_of_changes_is_read_whole_though_pages_do_not_fit_together(
    bench: WooCommerceBench, clock: Clock, before: int, within: int, after: int
) -> None:
    """As seen on the real shop: within one second the order of rows is another on each page."""
    wanted = order("12.10")
    products, placed = stocked(bench, wanted, stock=1000), []
    for number in range(before + within + after):
        clock.move_to(
            NOW + timedelta(seconds=number if number < before else before + max(0, number - before - within + 1))
        )
        placed.append(bench.place(order("12.10", order_id=f"A{number}"), f"bol-A{number}", products).shop_order_id)

    whole = [item.order.shop_order_id for page in bench.adapter.fetch_updates(NOW) for item in page.items]
    parts = in_parts(lambda resume: bench.adapter.fetch_updates(NOW, resume=resume))

    assert sorted(whole) == sorted(placed)
    assert {item.order.shop_order_id for page in parts for item in page.items} == set(placed)


@pytest.mark.parametrize("last", [99, 98, 50])
def test_an_order_that_changes_while_its_page_is_read_hides_no_other(
    bench: WooCommerceBench, clock: Clock, last: int
) -> None:
    """The page is chosen first and its orders are read then: one that changes in between is told with a later date."""
    products, placed = stocked(bench, order("12.10"), stock=1000), []
    for number in range(230):
        clock.move_to(NOW + timedelta(minutes=number))
        placed.append(bench.place(order("12.10", order_id=f"A{number}"), f"bol-A{number}", products).shop_order_id)
    clock.move_to(NOW + timedelta(hours=9))
    bench.simulator.meanwhile["orders"] = lambda: bench.simulator.set_status(int(placed[last]), "on-hold")

    found = [item.order.shop_order_id for page in bench.adapter.fetch_updates(NOW) for item in page.items]

    assert set(found) == set(placed)


def test_an_order_that_leaves_a_crowded_second_while_it_is_walked_hides_no_other(
    bench: WooCommerceBench, clock: Clock
) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted, stock=1000)
    placed = [bench.place(order("12.10", order_id=f"A{n}"), f"bol-A{n}", products).shop_order_id for n in range(230)]
    clock.move_to(NOW + timedelta(hours=1))
    found: set[str] = set()
    for number, page in enumerate(bench.adapter.fetch_updates(NOW)):
        found |= {item.order.shop_order_id for item in page.items}
        if number < 4:  # one that comes early in every list, each time
            bench.simulator.set_status(int(placed[number]), "on-hold")
    assert found == set(placed)
