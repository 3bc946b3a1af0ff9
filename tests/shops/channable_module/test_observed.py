"""The simulated modules do what was observed on running shops: answers word for word, totals to the cent."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from requests.structures import CaseInsensitiveDict

from adapterkit.simulator import Request, Response
from shops.channable_module.amounts import with_discount
from shops.channable_module.body import order_body
from tests.shops.channable_module.shops import adapter, line, order, simulator

M1, M2, PS = "magento1_module", "magento2_module", "prestashop_module"
HOOKS = {
    M1: "/channableapi/order/index/code/module-token/store/1",
    M2: "/channable/order/hook/store/1/code/module-token",
}


def ask(side: Any, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
    method = "GET" if body is None else "POST"
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(
        method, path, {k: [v] for k, v in query.items()}, CaseInsensitiveDict(), content, urlencode(query)
    )
    answer = side.answer(request)
    assert isinstance(answer, Response)
    try:
        return answer.status, json.loads(answer.content)
    except ValueError:
        return answer.status, answer.content


def posted(*lines: Any, shipping: str = "3.95", country: str = "NL", **more: Any) -> dict[str, Any]:
    """Return a body as Channable sends it: lines are not merged."""
    wanted = order(*lines, shipping=shipping, country=country)
    body = order_body(
        wanted, "BOL-1", with_discount(wanted, {one.line_id: one.line_id for one in lines}), channable_id=5
    )
    for item in body["products"]:
        item["id"] = 1
    return {**body, **more}


def shop_with(code: str, *, stock: int = 25) -> Any:
    side = simulator(code)
    side.add_product("HUB-TSHIRT-S", price="19.95", stock=stock)
    return side


@pytest.mark.parametrize("code", [M1, M2])
def test_the_same_body_again_makes_another_order(code: str) -> None:
    side = shop_with(code)
    side.world.use_channel_number = False
    body = posted(line(1, "17.50", 2))

    assert ask(side, HOOKS[code], body) == (200, {"validated": "true", "order_id": "000000001"})
    assert ask(side, HOOKS[code], body) == (200, {"validated": "true", "order_id": "000000002"})
    assert [str(made["total"]) for made in side.world.orders.values()] == ["38.95", "38.95"]
    assert side.stock_of("HUB-TSHIRT-S") == 21


def test_a_shipping_method_that_is_not_the_module_s_charges_what_the_shop_says() -> None:
    side = shop_with(M1)
    side.world.shop_s_shipping = Decimal("5.00")

    number = ask(side, HOOKS[M1], posted(line(1, "12.10"), shipping="0"))[1]["order_id"]

    assert str(side.world.orders[number]["total"]) == "17.10"
    told = adapter(M1, side, api_user=side.api_user).fetch_order(number).order
    assert (str(told.total), told.priced) == ("17.10", True)


def test_a_number_that_is_taken_gets_a_suffix() -> None:
    side = shop_with(M2)

    assert [ask(side, HOOKS[M2], posted(line(1, "1")))[1]["order_id"] for _ in range(3)] == [
        "M-BOL-1", "M-BOL-1-1", "M-BOL-1-2"
    ]  # fmt: skip


def test_magento_1_changes_prices_and_shipping_with_german_tax() -> None:
    side = shop_with(M1)
    ask(side, HOOKS[M1], posted(line(1, "17.50", 2), country="DE"))

    [made] = side.world.orders.values()
    assert (str(made["items"][0]["price"]), str(made["shipping"]), str(made["total"])) == ("17.21", "3.88", "38.30")


def test_magento_2_changes_the_shipping_with_german_tax() -> None:
    side = shop_with(M2)
    ask(side, HOOKS[M2], posted(line(1, "11.00", 2), country="DE"))

    [made] = side.world.orders.values()
    assert (str(made["items"][0]["price"]), str(made["shipping"]), str(made["total"])) == ("11.00", "3.88", "25.88")


def test_magento_2_merges_two_lines_at_the_price_that_came_last() -> None:
    side = shop_with(M2)
    ask(side, HOOKS[M2], posted(line(1, "11.00", 2), line(2, "9.00")))

    [made] = side.world.orders.values()
    assert ([(row["qty"], str(row["price"])) for row in made["items"]], str(made["total"])) == ([(3, "9.00")], "30.95")


def test_magento_2_takes_a_discount_off() -> None:
    side = shop_with(M2)
    body = posted(line(1, "11.00", 2))
    body["price"]["discount"] = 5
    ask(side, HOOKS[M2], body)

    assert [str(made["total"]) for made in side.world.orders.values()] == ["20.95"]


def test_magento_2_keeps_the_first_body_of_a_number() -> None:
    side = shop_with(M2, stock=1)
    body = posted(line(1, "11.00", 2))
    refused = {
        "validated": "false",
        "errors": 'Could not import order 5: Product "Mug 1" => The requested qty is not available',
    }
    assert ask(side, HOOKS[M2], body) == (200, refused)

    body["products"][0]["quantity"] = 1
    assert ask(side, HOOKS[M2], body) == (200, refused)
    assert ask(side, HOOKS[M2], {**body, "channable_id": 6})[1]["validated"] == "true"


@pytest.mark.parametrize(
    ("code", "change", "errors"),
    [
        (M1, {"products": [{"id": 999, "title": "T-shirt M", "quantity": 1, "price": 1}]},
         ['Product "T-shirt M" not found in catalog (ID: 999)']),
        (M1, {"products": [{"id": 1, "title": "T-shirt M", "quantity": 99, "price": 1}]},
         'The requested quantity for "T-shirt M" is not available.'),
        (M1, {"channable_id": 0}, "Post missing channable_id"),
        (M2, {"channel_id": ""}, "Post missing channel_id"),
        (M2, {"products": [{"id": 999, "title": "Mug", "quantity": 1, "price": 1}]},
         'Could not import order 5: Product "Mug" not found in catalog (ID: 999)'),
        (M2, {"price": {"currency": "USD", "shipping": 0}}, '"USD" not in available currencies for this store'),
    ],
)  # fmt: skip
def test_errors_come_with_200_as_a_text_or_a_list(code: str, change: dict[str, Any], errors: Any) -> None:
    side = shop_with(code)

    assert ask(side, HOOKS[code], {**posted(line(1, "1")), **change}) == (200, {"validated": "false", "errors": errors})
    assert side.world.orders == {}


@pytest.mark.parametrize(
    ("code", "path", "body", "errors"),
    [
        (M1, HOOKS[M1].replace("module-token", "x"), {"a": 1}, "Invalid token"),
        (M1, "/channableapi/order/index/code/module-token", {"a": 1}, "Store param missing in request"),
        (M1, HOOKS[M1], b"", "Post data empty!"),
        (M1, HOOKS[M1], b"{", "Post not valid JSON-Data: Syntax error"),
        (M2, HOOKS[M2].replace("module-token", "x"), {"a": 1}, "Invalid token"),
        (M2, HOOKS[M2], b"", "Post data empty!"),
        (M2, HOOKS[M2], b"{}", "No Order Data in post"),
    ],
)
def test_what_is_wrong_with_a_request_comes_with_200(code: str, path: str, body: Any, errors: str) -> None:
    assert ask(shop_with(code), path, body) == (200, {"validated": "false", "errors": errors})


def test_a_missing_key_comes_back_as_a_php_warning_and_a_missing_code_as_an_error_page() -> None:
    side = shop_with(M2)
    body = posted(line(1, "1"))
    del body["channable_channel_label"]

    assert "Undefined array key" in ask(side, HOOKS[M2], body)[1]["errors"]
    assert ask(side, "/channable/order/hook/store/1", body)[0] == 500


def test_status_and_shipments_are_told_as_observed() -> None:
    side = shop_with(M2)
    ask(side, HOOKS[M2], posted(line(1, "1")))
    path = "/channable/order/status/code/module-token"
    assert ask(side, path, id="M-BOL-1") == (200, {"id": "M-BOL-1", "status": "processing"})

    side.ship("M-BOL-1", carrier="PostNL", tracking_code="3SABCD42")
    side.ship("M-BOL-1", carrier="DPD", tracking_code="0512")

    first = {"tracking_code": ["3SABCD42"], "title": ["PostNL"], "carrier_code": ["custom"]}
    assert ask(side, path, id="M-BOL-1")[1]["fulfillment"] == first
    rows = ask(side, "/channable/order/shipments/code/module-token/timespan/24")[1]
    assert rows[0] == {
        "id": "M-BOL-1", "type": "shipment", "status": "complete", "date": "2026-11-20 10:00:00", "fulfillment": first
    }  # fmt: skip
    assert rows[1]["fulfillment"]["tracking_code"] == ["0512"]
    for hours in ("0", "337", "x"):
        answer = ask(side, f"/channable/order/shipments/code/module-token/timespan/{hours}")[1]
        assert answer["errors"] == "Invalid timespan, supported range: 1-336"


def test_prestashop_refuses_a_reference_twice_and_keeps_nine_characters() -> None:
    side = simulator(PS)
    side.add_product("MUG")
    body = {**posted(line(1, "1")), "channable_id": "ABCDEFGHIJ"}
    query = {"key": "CHANNABLEkey", "controller": "order"}

    assert ask(side, "/index.php", body, **query) == (200, {"validated": "true", "order_id": 1})
    assert side.world.orders[1]["reference"] == "ABCDEFGHI"
    again = {**body, "channable_id": "ABCDEFGHI"}
    assert ask(side, "/index.php", again, **query)[1] == {"validated": "false", "errors": ["Order already exists"]}
    assert ask(side, "/index.php", **query, order="1X") == (
        200, {"id": 1, "reference": "ABCDEFGHI", "is_shipped": "not_shipped"}
    )  # fmt: skip
    assert ask(side, "/index.php", **query, order="NOBODY") == (200, b"")


def test_marketplace_orders_leave_stock_and_arrive_complete() -> None:
    for code in (M1, M2):
        side = shop_with(code, stock=0)
        answer = ask(side, HOOKS[code], posted(line(1, "1"), order_status="shipped"))[1]
        assert side.world.orders[answer["order_id"]]["status"] == "complete"
        assert side.stock_of("HUB-TSHIRT-S") == 0
