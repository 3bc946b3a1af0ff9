"""Two workers at the same outbox: no message twice, and a late one changes nothing."""

from __future__ import annotations

import pytest

from engine.delivery import Delivery
from engine.models import OutboxMessage
from orders.models import Order
from tests.road import Road, named

pytestmark = pytest.mark.django_db


def test_messages_claimed_by_one_worker_are_left_alone_by_the_other(road: Road) -> None:
    ids = [road.bol.place_order(sku="TST-002", price="10.90") for _ in range(8)]
    road.read()
    first = Delivery(clock=road.clock, threads=1, lane_room=5)
    claimed = first._claim(limit=5)

    road.deliver()
    for flight in claimed:
        first._land(flight, flight.make())
    first._settle()
    road.go(rounds=2)

    assert len(claimed) == 5
    assert [len(road.shop.orders_with(named(order_id))) for order_id in ids] == [1] * 8
    assert road.shop.stock_of("TST-002") == 2
    assert Order.objects.filter(place="in_shop").count() == 8


def test_a_worker_that_comes_back_after_its_lease_leaves_one_active_order(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.read()
    late = Delivery(clock=road.clock, threads=1)
    [flight] = [flight for flight in late._claim(limit=5) if flight.messages[0].kind == "shop_order"]

    road.clock.forward(minutes=4)
    road.deliver()
    late._land(flight, flight.make())
    late._settle()
    assert not late.counts  # what it brought was left to the one that took over
    road.go(rounds=4, minutes=2)

    assert [order["status"] for order in road.shop.orders_with(named(order_id))] == ["processing"]
    assert road.shop.stock_of("TST-001") == 9
    assert not OutboxMessage.objects.exclude(state__in=OutboxMessage.SETTLED).exists()


def test_a_double_that_was_made_after_we_looked_is_removed_and_never_activated(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    [chosen] = road.shop.orders_with(named(order_id))
    double = {**chosen, "id": 99999, "number": "99999", "status": "pending", "date_paid_gmt": None}
    double["date_modified_gmt"] = road.shop._stamp()
    road.shop.world.orders[99999] = double

    road.go(rounds=3)

    assert [order["id"] for order in road.shop.orders_with(named(order_id))] == [chosen["id"]]


def test_a_double_in_use_is_shouted_about_once_and_left_to_the_merchant(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    [chosen] = road.shop.orders_with(named(order_id))
    road.shop.world.orders[99999] = {**chosen, "id": 99999, "number": "99999", "date_modified_gmt": road.shop._stamp()}

    road.go(rounds=3)

    assert Order.objects.get().events.filter(code="doubled_in_shop").count() == 1
    assert len(road.shop.orders_with(named(order_id))) == 2
