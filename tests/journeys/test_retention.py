"""Buyers' data goes when its time is over, and does not come back; what the books need stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.flows.keep_house import keep_house
from marketplaces.bol.spec import SPEC
from orders.models import Order, OrderAddress, OrderPayload, Return, ReturnLine
from tests.road import Road, named

pytestmark = pytest.mark.django_db
KEPT = SPEC.keep_buyer_data


def shipped(road: Road) -> Order:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"])
    road.go(rounds=4)
    road.bol.register_return(order_id)
    road.go(rounds=1)
    Order.objects.update(remark="Ring twice", deliver_by=None)
    return Order.objects.get()


def personal() -> str:
    """Everything stored about the buyer, as one text."""
    rows: list[Any] = [
        *OrderAddress.objects.values(),
        *OrderPayload.objects.values(),
        *Order.objects.values("remark", "customer_reference", "pickup_point", "problem"),
        *Return.objects.values("payload"),
        *ReturnLine.objects.values("comment", "tracking_code"),
    ]
    return repr(rows)


def test_it_goes_when_the_time_is_over_and_not_a_moment_before(road: Road) -> None:
    order = shipped(road)
    delivered = order.shipments.get().confirmed_at
    assert delivered is not None
    address = order.addresses.get(role="delivery")

    assert keep_house(now=delivered + KEPT)["buyers"] == 0
    assert address.last_name in personal()

    assert keep_house(now=delivered + KEPT + timedelta(seconds=1))["buyers"] == 1
    told = personal()
    for text in (address.last_name, address.street, address.postcode, address.email, "Ring twice", "payload': {'"):
        assert text
        assert text not in told
    order.refresh_from_db()
    assert (order.status, order.total, order.lines.count()) == ("shipped", order.total, 1)
    assert set(OrderAddress.objects.values_list("country", flat=True)) == {"NL"}
    assert keep_house(now=delivered + KEPT + timedelta(days=1))["buyers"] == 0


def test_a_promised_delivery_counts_from_its_day(road: Road) -> None:
    order = shipped(road)
    delivered = order.shipments.get().confirmed_at
    assert delivered is not None
    Order.objects.update(deliver_by=delivered + timedelta(days=10))

    assert keep_house(now=delivered + KEPT + timedelta(days=9))["buyers"] == 0
    assert keep_house(now=delivered + KEPT + timedelta(days=11))["buyers"] == 1


def test_an_open_order_keeps_what_it_needs(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    before = personal()

    assert keep_house(now=road.clock() + KEPT * 2)["buyers"] == 0
    assert personal() == before


def test_a_later_change_at_the_marketplace_does_not_bring_it_back(road: Road) -> None:
    order = shipped(road)
    keep_house(now=road.clock() + KEPT + timedelta(days=1))
    blank = personal()
    road.bol.change_order(order.marketplace_order_id, cancellationRequest=True)
    road.go(rounds=2)

    order.refresh_from_db()
    assert order.events.filter(code="changed").count() >= 1
    assert personal() == blank
