"""A platform that nobody knows is connected through the API alone: every order is told until it is acknowledged, once."""

from __future__ import annotations

from typing import Any

import pytest

from connections.models import OrderConnection
from marketplaces.bol.adapter import Bol
from orders.models import Cancellation, Order, OrderEvent, Shipment
from stock.models import HeldStock, Offer, Product
from tests.api.calls import problem, program
from tests.api.custom import Platform, platform  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def sold(platform: Platform) -> dict[str, Any]:
    platform.road.bol.add_offer("TST-001", stock=0)
    platform.road.bol.place_order(sku="TST-001", quantity=2)
    platform.road.go(rounds=2)
    (order,) = platform.new()
    return order


def acknowledge(platform: Platform, order: dict[str, Any], number: str = "W-1") -> Any:
    return platform.post(f"orders/{order['id']}/acknowledgement", {"shop_order_id": number})


def test_an_order_is_told_until_it_is_acknowledged_and_then_no_more(platform: Platform, sold: dict[str, Any]) -> None:
    assert [order["id"] for order in platform.new()] == [sold["id"]]
    platform.road.go(rounds=3)
    assert [order["id"] for order in platform.new()] == [sold["id"]]

    answer = acknowledge(platform, sold)

    assert answer.json()["shop_order"] == {
        "order_id": "W-1",
        "number": "W-1",
        "state": "open",
        "total": sold["total"],
        "url": "",
    }
    assert (answer.json()["state"], answer.json()["place"]) == ("in_shop", "in_shop")
    assert platform.new() == []
    platform.road.go(rounds=3)
    assert OrderEvent.objects.filter(code="sent_to_shop").count() == 1


def test_the_same_acknowledgement_again_changes_nothing_and_another_is_refused(
    platform: Platform, sold: dict[str, Any]
) -> None:
    acknowledge(platform, sold)
    events = OrderEvent.objects.count()

    assert acknowledge(platform, sold).status_code == 200
    assert problem(acknowledge(platform, sold, "W-2")) == (409, "acknowledged_otherwise")
    assert OrderEvent.objects.count() == events
    assert Order.objects.get().shop_order_id == "W-1"


def test_a_number_stands_for_one_order_only(platform: Platform, sold: dict[str, Any]) -> None:
    acknowledge(platform, sold)
    platform.road.bol.place_order(sku="TST-001")
    platform.road.go(rounds=2)
    (second,) = platform.new()

    assert problem(acknowledge(platform, second)) == (409, "number_taken")
    assert [order["id"] for order in platform.new()] == [second["id"]]


def test_an_order_that_was_cancelled_meanwhile_is_not_new_any_more(platform: Platform, sold: dict[str, Any]) -> None:
    platform.road.bol.cancel_order(sold["marketplace_order_id"])
    platform.road.go(rounds=2)

    assert platform.new() == []
    assert problem(acknowledge(platform, sold)) == (409, "order_closed")
    assert Order.objects.get().place == Order.Place.NOT_SENT


def test_an_unknown_product_keeps_an_order_until_the_product_is_told(platform: Platform) -> None:
    platform.road.bol.place_order(sku="TST-009")
    platform.road.go(rounds=2)
    assert platform.new() == []
    troubled = platform.client.get("/api/v1/orders", {"state": "needs_attention"}).json()["results"]
    assert troubled[0]["problem"]["code"] == "unknown_product"

    products = [{"product_id": "p9", "sku": "TST-009", "stock": 1}]
    platform.put("products", {"project": platform.project.pk, "products": products})
    platform.road.go(rounds=2)

    assert len(platform.new()) == 1


def test_what_was_sent_is_told_to_the_marketplace_in_parts(platform: Platform, sold: dict[str, Any]) -> None:
    acknowledge(platform, sold)
    line = sold["lines"][0]["id"]
    first = {
        "reference": "P1",
        "carrier": "postnl",
        "tracking_code": "3SABC1",
        "lines": [{"line": line, "quantity": 1}],
    }
    rest = {"reference": "P2", "carrier": "DHL", "tracking_code": "JVGL1"}

    answers = [platform.post(f"orders/{sold['id']}/shipments", body) for body in (first, first, rest)]
    platform.road.go(rounds=8)

    assert [answer.status_code for answer in answers] == [201, 200, 201]
    assert Shipment.objects.filter(state="confirmed").count() == 2
    assert len(platform.road.bol.shipments_of(sold["marketplace_order_id"])) == 2
    assert Order.objects.get().status == Order.Status.SHIPPED


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"lines": [{"line": 0, "quantity": 1}]}, (400, "invalid")),
        ({"lines": []}, (400, "invalid")),
        ({"reference": ""}, (400, "invalid")),
        ({"tracking_url": "javascript:alert(1)"}, (400, "invalid")),
    ],
)
def test_a_parcel_that_cannot_be_read_is_refused(
    platform: Platform, sold: dict[str, Any], body: dict[str, Any], code: tuple[int, str]
) -> None:
    acknowledge(platform, sold)
    parcel = {"reference": "P1", "carrier": "postnl", "tracking_code": "3SABC1", **body}

    assert problem(platform.post(f"orders/{sold['id']}/shipments", parcel)) == code
    assert not Shipment.objects.exists()


def test_a_parcel_too_many_or_too_early_is_refused(platform: Platform, sold: dict[str, Any]) -> None:
    parcel = {"reference": "P1", "carrier": "postnl", "tracking_code": "3SABC1"}
    address = f"orders/{sold['id']}/shipments"
    assert problem(platform.post(address, parcel)) == (409, "not_in_shop")
    acknowledge(platform, sold)
    line = sold["lines"][0]["id"]

    assert problem(platform.post(address, {**parcel, "lines": [{"line": line, "quantity": 3}]})) == (
        409,
        "too_many_pieces",
    )
    assert problem(platform.post(address, {**parcel, "lines": [{"line": line + 1, "quantity": 1}]})) == (
        409,
        "too_many_pieces",
    )
    assert not Shipment.objects.exists()
    assert platform.post(address, parcel).status_code == 201
    assert problem(platform.post(address, {**parcel, "reference": "P2"})) == (409, "nothing_open")


def test_a_code_is_corrected_also_after_the_marketplace_was_told(platform: Platform, sold: dict[str, Any]) -> None:
    acknowledge(platform, sold)
    parcel = platform.post(
        f"orders/{sold['id']}/shipments", {"reference": "P1", "carrier": "postnl", "tracking_code": ""}
    ).json()
    address = f"orders/{sold['id']}/shipments/{parcel['id']}"
    assert parcel["state"] == "waiting_for_tracking"

    for code in ("3SWRONG1", "3SRIGHT1"):
        corrected = platform.put(address, {"carrier": "postnl", "tracking_code": code}).json()
        assert corrected["tracking_code"] == code
        platform.road.go(rounds=6)
        assert Shipment.objects.get().state == Shipment.State.CONFIRMED
        [told] = platform.road.bol.shipments_of(sold["marketplace_order_id"])
        assert told["transport"]["trackAndTrace"] == code


def test_a_code_is_not_corrected_where_the_marketplace_takes_no_correction(
    platform: Platform, sold: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Bol, "correct_tracking")
    acknowledge(platform, sold)
    parcel = platform.post(
        f"orders/{sold['id']}/shipments", {"reference": "P1", "carrier": "postnl", "tracking_code": "3SRIGHT1"}
    ).json()
    platform.road.go(rounds=6)

    address = f"orders/{sold['id']}/shipments/{parcel['id']}"
    refused = platform.put(address, {"carrier": "postnl", "tracking_code": "3SWRONG1"})

    assert problem(refused) == (409, "already_reported")
    assert Shipment.objects.get().tracking_code == "3SRIGHT1"
    assert platform.put(address, {"carrier": "postnl", "tracking_code": "3SRIGHT1"}).status_code == 200


def test_cancelling_tells_the_marketplace_and_ends_the_order(platform: Platform, sold: dict[str, Any]) -> None:
    acknowledge(platform, sold)

    answer = platform.post(f"orders/{sold['id']}/cancellation", {"reason": "out_of_stock"})
    platform.road.go(rounds=6)

    assert answer.status_code == 200
    assert Order.objects.get().status == Order.Status.CANCELLED
    assert problem(platform.post(f"orders/{sold['id']}/cancellation", {"reason": "out_of_stock"})) == (
        409,
        "not_cancellable",
    )


def test_a_line_is_cancelled_apart_once_the_platform_has_the_order(platform: Platform) -> None:
    platform.road.bol.place_order(items=[{"sku": "TST-001", "price": "12.10"}, {"sku": "TST-001", "price": "9.00"}])
    platform.road.go(rounds=2)
    order = Order.objects.get()
    first, second = order.lines.order_by("pk").values_list("pk", flat=True)
    address, wish = f"orders/{order.pk}/cancellation", {"reason": "out_of_stock", "lines": [first]}

    assert problem(platform.post(address, wish)) == (409, "only_whole")
    assert problem(platform.post(address, {**wish, "lines": [second + 1]})) == (400, "invalid")
    assert not Cancellation.objects.exists()
    acknowledge(platform, {"id": order.pk})
    told = platform.post(address, wish)
    platform.road.go(rounds=6)

    assert [row["quantity"] for row in told.json()["cancellations"]] == [1]
    order.refresh_from_db()
    assert order.status == Order.Status.OPEN
    assert list(order.lines.order_by("pk").values_list("quantity_cancelled", flat=True)) == [1, 0]
    assert problem(platform.post(address, wish)) == (409, "not_cancellable")


def test_stock_is_absolute_answered_one_by_one_and_told_to_the_marketplace(platform: Platform) -> None:
    platform.road.bol.add_offer("TST-001", stock=0)
    platform.road.go(rounds=2)
    body = {
        "project": platform.project.pk,
        "stock": [{"product_id": "p1", "stock": 7}, {"product_id": "p8", "stock": 1}],
    }

    first, again = platform.put("stock", body).json(), platform.put("stock", body).json()
    platform.road.go(rounds=3)

    assert [row["result"] for row in first["stock"]] == ["stored", "unknown_product"]
    assert [row["result"] for row in again["stock"]] == ["unchanged", "unknown_product"]
    assert Product.objects.get(shop_product_id="p1").stock == 7
    assert Offer.objects.get().acknowledged_quantity == 7


def test_what_is_reserved_for_an_order_not_acknowledged_yet_is_not_sold_again(
    platform: Platform, sold: dict[str, Any]
) -> None:
    platform.road.go(rounds=3)
    assert Offer.objects.get().desired_quantity == 8

    acknowledge(platform, sold)
    platform.put("stock", {"project": platform.project.pk, "stock": [{"product_id": "p1", "stock": 8}]})

    assert Offer.objects.get().desired_quantity == 8


def test_products_of_a_shop_that_is_read_are_not_told_here(platform: Platform) -> None:
    other = platform.road.demo.shop.project_id
    body = {"project": other, "products": [{"product_id": "x"}]}

    assert problem(platform.put("products", body)) == (409, "shop_keeps_products")
    assert problem(platform.put("stock", {"project": other, "stock": [{"product_id": "x", "stock": 1}]})) == (
        409,
        "shop_keeps_products",
    )
    assert problem(platform.put("products", {**body, "project": 987654})) == (404, "not_found")
    assert not Product.objects.filter(shop_product_id="x").exists()


def test_five_hundred_at_once_and_not_one_more(platform: Platform) -> None:
    rows = [{"product_id": f"b{n}", "sku": f"B-{n}", "stock": n} for n in range(500)]

    assert platform.put("products", {"project": platform.project.pk, "products": rows}).status_code == 200
    assert Product.objects.filter(project=platform.project).count() == 501
    too_many = {"project": platform.project.pk, "products": [*rows, {"product_id": "one more"}]}
    assert problem(platform.put("products", too_many)) == (400, "invalid")
    assert not Product.objects.filter(shop_product_id="one more").exists()


def test_a_test_order_goes_to_the_platform_and_nowhere_else(platform: Platform) -> None:
    address = f"connections/{platform.connection.pk}/test-orders"
    body = {
        "token": "0b7c1c1e-4b7b-4d5e-9a53-9f5fb4a51111",
        "country": "NL",
        "lines": [{"product": "TST-001", "quantity": 2, "price": "9.99"}],
        "delivery": {"first_name": "Zoë"},
    }
    sent, again = platform.post(address, body), platform.post(address, body)
    platform.road.go(rounds=2)

    (order,) = platform.new()
    assert (sent.status_code, again.json()["id"]) == (201, sent.json()["id"])
    assert (order["is_test"], order["total"], order["delivery"]["first_name"]) == (True, "19.9800", "Zoë")
    assert order["delivery"]["city"]
    assert acknowledge(platform, order).status_code == 200
    platform.connection.refresh_from_db()
    assert platform.connection.test_order_passed_at is not None
    refused = platform.post(
        address, {**body, "token": "0b7c1c1e-4b7b-4d5e-9a53-9f5fb4a52222", "lines": [{"product": "NOPE", "price": "1"}]}
    )
    assert problem(refused) == (409, "test_refused")


def test_a_product_tells_what_a_marketplace_holds_of_it(platform: Platform) -> None:
    product, other = (
        Product.objects.get(),
        platform.project.products.create(shop_product_id="p2", seen_at=platform.road.clock()),
    )
    pieces = {"reference": "TST-001", "available": 4, "reserved": 1, "coming": 3, "changed_at": platform.road.clock()}
    for place in ("NL", "DE"):
        HeldStock.objects.create(connection=platform.connection, product=product, place=place, **pieces)

    told = platform.client.get("/api/v1/products").json()["results"]

    assert [(row["product_id"], [held["country"] for held in row["held"]]) for row in told] == [
        (other.shop_product_id, []),
        (product.shop_product_id, ["DE", "NL"]),
    ]
    assert told[1]["stock"] == 10
    expected = {**pieces, "connection": platform.connection.pk, "country": "DE", "changed_at": "2026-11-20T09:00:00Z"}
    assert told[1]["held"][0] == expected


def test_test_orders_are_told_apart_by_connection_and_whole_token(platform: Platform) -> None:
    other = OrderConnection.objects.get(pk=platform.connection.pk)
    other.pk, other.fulfilment, other.token = None, "marketplace", "other"
    other.save()
    body = {"country": "NL", "lines": [{"product": "TST-001", "price": "1.00"}]}
    token = "0b7c1c1e-4b7b-4d5e-9a53-9f5fb4a51111"
    wishes = [(platform.connection, token), (platform.connection, token[:-4] + "2222"), (other, token)] * 2

    answers = [platform.post(f"connections/{one.pk}/test-orders", {**body, "token": mark}) for one, mark in wishes]

    assert [answer.status_code for answer in answers] == [201] * 6
    numbers = [answer.json()["number"] for answer in answers]
    assert numbers[:3] == numbers[3:]
    assert len(set(numbers)) == Order.objects.filter(is_test=True).count() == 3


def test_stock_that_a_test_order_takes_is_told_to_no_marketplace(platform: Platform) -> None:
    platform.road.bol.add_offer("TST-001", stock=0)
    platform.road.go(rounds=2)
    line = {"product": "TST-001", "quantity": 2, "price": "9.99"}
    body = {"token": "0b7c1c1e-4b7b-4d5e-9a53-9f5fb4a51111", "country": "NL", "lines": [line]}
    platform.post(f"connections/{platform.connection.pk}/test-orders", body)
    platform.road.go(rounds=1)
    (order,) = platform.new()
    assert platform.road.bol.stock_of("TST-001") == 10

    taken = {"project": platform.project.pk, "stock": [{"product_id": "p1", "stock": 8}]}
    platform.put("stock", taken)  # the program takes it before it says that it has the order
    platform.road.go(rounds=2)
    assert platform.road.bol.stock_of("TST-001") == 10
    acknowledge(platform, order)
    platform.put("stock", {**taken, "stock": [{"product_id": "p1", "stock": 7}]})
    platform.road.go(rounds=2)
    assert platform.road.bol.stock_of("TST-001") == 9
    assert Product.objects.values_list("stock", "lent", "awaited").get(shop_product_id="p1") == (7, 2, 0)


def test_who_may_only_read_changes_nothing(platform: Platform, sold: dict[str, Any]) -> None:
    reader = program(platform.road.demo.company, "read")
    for path, body in (
        (f"orders/{sold['id']}/acknowledgement", {"shop_order_id": "W-1"}),
        (f"orders/{sold['id']}/shipments", {"reference": "P", "carrier": "", "tracking_code": ""}),
        (f"orders/{sold['id']}/cancellation", {"reason": "other"}),
        (f"connections/{platform.connection.pk}/pause", {}),
    ):
        assert problem(reader.post(f"/api/v1/{path}", body, format="json")) == (403, "scope_missing")
    assert Order.objects.get().place == Order.Place.WAITING
