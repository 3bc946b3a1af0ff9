"""The simulated Magento has the habits that were observed on a running one, the dangerous ones above all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.clock import Clock
from tests.contract.magento2_bench import Magento2Bench
from tests.contract.shop_benches import NOW

V1 = "https://shop.test/rest/default/V1"
NAME = "searchCriteria[filter_groups][0][filters][0]"
Call = Callable[..., requests.Response]


@pytest.fixture
def call(bench: Magento2Bench) -> Call:
    bench.simulator.world.bearer_allowed = True
    session = requests.Session()
    session.mount("https://", bench.simulator.mount())
    session.headers["Authorization"] = "Bearer at-demo"

    def make(method: str, path: str, **more: Any) -> requests.Response:
        return session.request(method, f"{V1}{path}", **more)

    return make


def entity(**more: Any) -> dict[str, Any]:
    row = {"sku": "MUG", "name": "Mug", "qty_ordered": 2, "row_total_incl_tax": 24.2}
    given = {"payment": {"method": "checkmo"}, "state": "new", "status": "pending", "grand_total": 24.2, "items": [row]}
    return {"entity": {**given, **more}}


def test_without_a_permission_or_with_the_token_alone_it_is_401(bench: Magento2Bench, call: Call) -> None:
    bench.simulator.world.bearer_allowed = False

    answer = call("GET", "/orders?searchCriteria")

    assert (answer.status_code, answer.json()) == (
        401,
        {
            "message": "The consumer isn't authorized to access %resources.",
            "parameters": {"resources": "Magento_Sales::actions_view"},
        },
    )


def test_an_order_needs_a_payment_and_nothing_else(bench: Magento2Bench, call: Call) -> None:
    assert (
        call("POST", "/orders", json={"entity": {}}).json()["message"]
        == '"%fieldName" is required. Enter and try again.'
    )
    refused = call("POST", "/orders", json={"entity": {"items": []}})
    assert (refused.status_code, refused.json()) == (400, {"message": "Please provide payment for the order."})

    made = call("POST", "/orders", json=entity(state="nonsense")).json()

    assert (made["state"], made["grand_total"], made["items"][0]["sku"]) == ("nonsense", 24.2, "MUG")
    assert made["increment_id"] == "000000001"


def test_a_number_is_taken_once_and_an_external_id_as_often_as_one_likes(bench: Magento2Bench, call: Call) -> None:
    first = entity(increment_id="bol-A1", ext_order_id="A1", store_id=1)
    assert call("POST", "/orders", json=first).status_code == 200

    for number in ("bol-A1", "BOL-a1"):
        again = call("POST", "/orders", json=entity(increment_id=number, store_id=1))
        assert (again.status_code, again.json()) == (400, {"message": "Unique constraint violation found"})
    assert call("POST", "/orders", json=entity(increment_id="bol-A2", ext_order_id="A1")).status_code == 200
    assert len(bench.simulator.world.orders) == 2


def test_an_update_sets_what_it_names_and_answers_null_for_the_rest(bench: Magento2Bench, call: Call) -> None:
    made = call("POST", "/orders", json=entity(increment_id="bol-A1")).json()

    answer = call("POST", "/orders", json={"entity": {"entity_id": made["entity_id"], "ext_order_id": "AMZ-1"}}).json()

    assert (answer["ext_order_id"], answer["grand_total"]) == ("AMZ-1", None)
    stored = bench.simulator.world.orders[made["entity_id"]]
    assert (stored["ext_order_id"], stored["grand_total"]) == ("AMZ-1", 24.2)


def test_such_an_order_reserves_nothing_and_shipping_and_cancelling_free_all_the_same(
    bench: Magento2Bench, call: Call
) -> None:
    bench.simulator.add_product("MUG", stock=10)

    def numbers() -> tuple[int, int]:
        on_hand = call("GET", "/stockItems/MUG").json()["qty"]
        return on_hand, call("GET", "/inventory/get-product-salable-quantity/MUG/1").json()

    first, second = (call("POST", "/orders", json=entity()).json()["entity_id"] for _ in range(2))
    assert numbers() == (10, 10)
    call("POST", f"/order/{first}/ship", json={})
    assert numbers() == (8, 10)
    assert call("POST", f"/orders/{second}/cancel").json() is True
    assert numbers() == (8, 12)
    bench.simulator.place_web_order("MUG", 1)
    assert numbers() == (8, 11)


def test_an_impossible_cancel_is_200_false(bench: Magento2Bench, call: Call) -> None:
    made = call("POST", "/orders", json=entity()).json()["entity_id"]
    call("POST", f"/order/{made}/invoice", json={})

    for _ in range(2):
        answer = call("POST", f"/orders/{made}/cancel")
        assert (answer.status_code, answer.json()) == (200, False)
    assert call("POST", "/orders/99/cancel").status_code == 404


def test_a_shipment_that_is_too_large_is_cut_silently_and_its_id_is_a_string(bench: Magento2Bench, call: Call) -> None:
    made = call("POST", "/orders", json=entity()).json()
    item = made["items"][0]["item_id"]
    track = {"track_number": "3S1", "title": "PostNL", "carrier_code": "anything"}

    answer = call("POST", f"/order/{made['entity_id']}/ship",
                  json={"items": [{"order_item_id": item, "qty": 5}], "tracks": [track]})  # fmt: skip

    assert isinstance(answer.json(), str)
    [shipment] = bench.simulator.world.shipments.values()
    assert [row["qty"] for row in shipment["items"]] == [2]
    nothing = call("POST", f"/order/{made['entity_id']}/ship", json={})
    assert nothing.status_code == 400
    assert nothing.json()["message"].startswith("Shipment Document Validation Error(s):\nThe order does not allow")


def test_a_second_invoice_and_too_large_a_refund_are_400(bench: Magento2Bench, call: Call) -> None:
    made = call("POST", "/orders", json=entity()).json()
    path, item = f"/order/{made['entity_id']}", made["items"][0]["item_id"]
    before = call("POST", f"{path}/refund", json={})
    assert before.json()["message"].startswith("Creditmemo Document Validation Error(s)")
    assert isinstance(call("POST", f"{path}/invoice", json={}).json(), str)

    again = call("POST", f"{path}/invoice", json={})
    too_much = call("POST", f"{path}/refund", json={"items": [{"order_item_id": item, "qty": 3}]})

    assert again.json()["message"].startswith("Invoice Document Validation Error(s)")
    assert too_much.json() == {"message": 'We found an invalid quantity to refund item "%1".', "parameters": ["Mug"]}


def test_refunded_pieces_go_back_to_stock_only_when_that_is_said(bench: Magento2Bench, call: Call) -> None:
    bench.simulator.add_product("MUG", stock=10)
    made = call("POST", "/orders", json=entity()).json()
    path, item = f"/order/{made['entity_id']}", made["items"][0]["item_id"]
    call("POST", f"{path}/invoice", json={})
    call("POST", f"{path}/ship", json={})
    body: dict[str, Any] = {"items": [{"order_item_id": item, "qty": 1}]}

    call("POST", f"{path}/refund", json=body)
    assert bench.simulator.world.inventory.lying("MUG") == 8
    body["arguments"] = {"shipping_amount": 0, "extension_attributes": {"return_to_stock_items": [item]}}
    call("POST", f"{path}/refund", json=body)

    assert bench.simulator.world.inventory.lying("MUG") == 9


def test_searches_have_their_traps(bench: Magento2Bench, call: Call) -> None:
    for _ in range(3):
        call("POST", "/orders", json=entity())

    assert call("GET", "/orders").status_code == 400
    assert call("GET", "/orders?searchCriteria").json()["total_count"] == 3
    unknown = call("GET", f"/orders?{NAME}[field]=channel&{NAME}[value]=x")
    assert (unknown.status_code, "Report ID" in unknown.json()["message"]) == (500, True)
    page = "/orders?searchCriteria[pageSize]=2&searchCriteria[currentPage]="
    assert [len(call("GET", f"{page}{number}").json()["items"]) for number in (0, 1, 2)] == [2, 2, 1]
    assert call("GET", f"{page}9").json()["items"] == []
    assert call("GET", f"{page}9&fields=items[entity_id],total_count").json() == {"items": None, "total_count": 3}
    assert len(call("GET", "/orders?searchCriteria[pageSize]=100000").json()["items"]) == 3


def test_moments_are_utc_without_saying_so_and_iso_is_taken_too(bench: Magento2Bench, call: Call) -> None:
    made = call("POST", "/orders", json=entity()).json()
    assert made["updated_at"] == "2026-11-20 09:00:00"

    for since, count in (("2026-11-20 09:00:00", 1), ("2026-11-20T09:00:00+00:00", 1), ("2026-11-20 09:00:01", 0)):
        query = {f"{NAME}[field]": "updated_at", f"{NAME}[condition_type]": "gteq", f"{NAME}[value]": since}
        assert call("GET", "/orders", params=query).json()["total_count"] == count


def test_an_unknown_sku_fails_as_plain_text_or_404_by_where_it_is_asked(bench: Magento2Bench, call: Call) -> None:
    salable = call("GET", "/inventory/get-product-salable-quantity/NOPE/1")

    assert (salable.status_code, salable.headers["Content-Type"]) == (500, "text/plain")
    assert salable.text == "An error has happened during application run. See exception log for details."
    assert call("GET", "/stockItems/NOPE").status_code == 404


def test_a_partial_shipment_a_late_track_and_a_comment_move_no_date(
    bench: Magento2Bench, call: Call, clock: Clock
) -> None:
    made = call("POST", "/orders", json=entity()).json()
    path, item = f"/order/{made['entity_id']}", made["items"][0]["item_id"]
    call("POST", f"{path}/invoice", json={})
    clock.move_to(NOW.replace(hour=12))

    shipment = call("POST", f"{path}/ship", json={"items": [{"order_item_id": item, "qty": 1}]}).json()
    clock.move_to(NOW.replace(hour=13))
    track = {"order_id": made["entity_id"], "parent_id": int(shipment), "track_number": "3S", "title": "x",
             "carrier_code": "custom", "weight": 0, "description": "", "qty": 0}  # fmt: skip
    call("POST", "/shipment/track", json={"entity": track})
    note = {"comment": "hello", "is_customer_notified": 0, "is_visible_on_front": 0, "parent_id": made["entity_id"]}
    assert call("POST", f"/orders/{made['entity_id']}/comments", json={"statusHistory": note}).json() is True

    [stored] = bench.simulator.world.orders.values()
    [sent] = bench.simulator.world.shipments.values()
    assert (stored["updated_at"], sent["updated_at"]) == ("2026-11-20 09:00:00", "2026-11-20 12:00:00")
    assert "tracks" not in stored
    call("POST", f"{path}/ship", json={})
    assert stored["updated_at"] == "2026-11-20 13:00:00"
