"""From bol into the shop, shipped there, and back: exactly once each."""

from __future__ import annotations

import pytest

from orders.models import Order, Shipment
from tests.road import Road, named

pytestmark = pytest.mark.django_db


def test_an_order_reaches_the_shop_once_and_its_tracking_gets_back(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")

    road.go()

    order = Order.objects.get()
    [made] = road.shop.orders_with(named(order_id))
    assert (order.place, order.shop_order_id, str(order.shop_order_total)) == ("in_shop", str(made["id"]), "24.2000")
    assert (made["status"], made["total"], made["total_tax"]) == ("processing", "24.20", "4.20")
    assert road.shop.stock_of("TST-001") == 8
    assert road.bol.stock_of("TST-001") == 8

    road.shop.ship(made["id"], carrier="PostNL", tracking_code="3SABC123")
    road.go()

    [shipment] = road.bol.shipments_of(order_id)
    assert shipment["transport"]["transporterCode"] == "TNT"
    assert shipment["transport"]["trackAndTrace"] == "3SABC123"
    assert Shipment.objects.get().state == Shipment.State.CONFIRMED
    assert len(road.bol.requests_to("POST", "/retailer/shipments")) == 1


def test_what_may_be_sold_falls_with_an_order_and_never_rises_again_on_its_way_to_the_shop(road: Road) -> None:
    road.bol.place_order(sku="TST-001", quantity=3, price="12.10")

    road.read()
    road.deliver()
    road.go(rounds=3)

    told = [seen.json["stock"]["amount"] for seen in road.bol.requests_to("PATCH", "/retailer/offers/") if seen.json]
    assert told == [10, 10, 7]
    assert road.shop.stock_of("TST-001") == 7
