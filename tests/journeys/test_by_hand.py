"""What a merchant mends by hand, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from adapterkit.records import CancellationReason
from carriers.models import CarrierPlan
from engine.models import OutboxMessage
from orders.flows.add_tracking import add_tracking
from orders.flows.cancel_order import cancel_order
from orders.flows.choose_carrier import choose_carrier
from orders.flows.correct_address import correct_address
from orders.flows.map_product import map_product
from orders.models import Cancellation, Order, OrderAddress, Shipment
from stock.models import Product, ProductAlias
from tests.road import Road

pytestmark = pytest.mark.django_db


def only() -> Order:
    return Order.objects.select_related("connection__account", "connection__project__shop").get()


def in_shop(road: Road, order_id: str) -> list[dict[str, Any]]:
    return road.shop.orders_with(f"bol-{order_id}")


def codes() -> list[str]:
    return list(only().events.order_by("pk").values_list("code", flat=True))


def test_one_mapping_lets_every_waiting_order_go_on_and_later_ones_pass(road: Road) -> None:
    waiting = [road.bol.place_order(sku="MUG-OLD") for _ in range(3)]
    other = road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=2)
    assert Order.objects.filter(problem_code="unknown_product").count() == 4

    product = Product.objects.get(sku="TST-001")
    assert map_product(product=product, reference="MUG-OLD", now=road.clock(), by=None) == 3
    assert map_product(product=product, reference="MUG-OLD", now=road.clock(), by=None) == 0
    later = road.bol.place_order(sku="MUG-OLD")
    road.go(rounds=3)

    for order_id in [*waiting, later]:
        assert [line["sku"] for line in in_shop(road, order_id)[0]["line_items"]] == ["TST-001"]
    assert in_shop(road, other) == []
    assert ProductAlias.objects.count() == 1


def test_a_corrected_address_goes_to_the_shop_and_stays(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.bol.world.orders[order_id]["shipmentDetails"]["countryCode"] = "QQ"
    road.go(rounds=2)
    assert only().problem_code == "unknown_country"

    fixed = {"country": "NL", "city": "Delft"}
    role = OrderAddress.Role.DELIVERY
    assert correct_address(order=only(), role=role, fields=fixed, now=road.clock(), by=None)
    road.bol.change_order(order_id, unitPrice=12.1)
    road.go(rounds=3)

    [made] = in_shop(road, order_id)
    assert (made["shipping"]["country"], made["shipping"]["city"], made["status"]) == ("NL", "Delft", "processing")
    assert not correct_address(order=only(), role=role, fields={"city": "Gouda"}, now=road.clock(), by=None)
    assert only().addresses.get(role="delivery").city == "Delft"
    assert codes().count("address_corrected") == 1


def test_tracking_by_hand_is_reported_once_with_the_carrier_given(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.read()
    assert not add_tracking(order=only(), carrier="dpd", tracking_code="3SHAND1", now=road.clock(), by=None)
    road.go(rounds=2)

    assert add_tracking(order=only(), carrier="dpd", tracking_code="3SHAND1", now=road.clock(), by=None)
    assert not add_tracking(order=only(), carrier="dpd", tracking_code="3SHAND1", now=road.clock(), by=None)
    road.shop.ship(in_shop(road, order_id)[0]["id"], tracking_code="3SHAND1")
    road.go(rounds=4)

    [shipment] = road.bol.shipments_of(order_id)
    assert shipment["transport"]["trackAndTrace"] == "3SHAND1"
    assert Shipment.objects.get().carrier == "dpd"
    assert shipment["transport"]["transporterCode"] == Shipment.objects.get().carrier_code != "TNT"


def test_tracking_by_hand_completes_the_parcel_that_waits(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.complete(in_shop(road, order_id)[0]["id"])
    road.go(rounds=2)
    assert Shipment.objects.get().state == Shipment.State.WAITING_FOR_TRACKING

    assert add_tracking(order=only(), carrier="postnl", tracking_code="3SLATE", now=road.clock(), by=None)
    road.go(rounds=3)
    assert [shipment["transport"]["trackAndTrace"] for shipment in road.bol.shipments_of(order_id)] == ["3SLATE"]


def test_a_carrier_chosen_by_hand_frees_the_parcel_once(road: Road) -> None:
    CarrierPlan.objects.update(default_carrier="")
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.ship(in_shop(road, order_id)[0]["id"], carrier="Somebody", tracking_code="XYZ9")
    road.go(rounds=2)
    shipment = Shipment.objects.get()
    assert shipment.problem_code == "no_carrier"

    assert choose_carrier(shipment=shipment, carrier="dhl", now=road.clock(), by=None)
    assert not choose_carrier(shipment=shipment, carrier="gls", now=road.clock(), by=None)
    road.go(rounds=3)

    [reported] = road.bol.shipments_of(order_id)
    shipment.refresh_from_db()
    assert (shipment.carrier, shipment.state, shipment.problem_code) == ("dhl", Shipment.State.CONFIRMED, "")
    assert reported["transport"]["transporterCode"] == shipment.carrier_code


@pytest.mark.parametrize("placed", [True, False])
def test_cancelling_here_tells_marketplace_and_shop_once(road: Road, placed: bool) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    if placed:
        road.go(rounds=2)
    else:
        road.read()
    reason = CancellationReason.OUT_OF_STOCK

    assert cancel_order(order=only(), reason=reason, now=road.clock(), by=None)
    assert not cancel_order(order=only(), reason=reason, now=road.clock(), by=None)
    road.go(rounds=6)

    assert len(road.bol.cancellations) == 1
    assert len(road.bol.requests_to("PUT", "/retailer/orders/cancellation")) == 1
    assert [made["status"] for made in in_shop(road, order_id)] == (["cancelled"] if placed else [])
    assert only().status == Order.Status.CANCELLED
    assert [found.state for found in Cancellation.objects.all()] == [Cancellation.State.SETTLED]
    assert not OutboxMessage.objects.filter(state__in=["needs_attention", "queued", "unknown"]).exists()
    assert road.shop.stock_of("TST-001") == 10


def test_what_is_shipped_cannot_be_cancelled(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.ship(in_shop(road, order_id)[0]["id"])
    road.go(rounds=3)

    assert not cancel_order(order=only(), reason=CancellationReason.OUT_OF_STOCK, now=road.clock(), by=None)
    assert not Cancellation.objects.exists()
