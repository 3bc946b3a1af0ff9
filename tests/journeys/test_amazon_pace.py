"""A thousand orders an hour within Amazon's published rates, by a clock that is moved: counted call by call."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from connections.models import OrderConnection
from engine import outbox
from engine.models import OutboxMessage, SyncCursor
from marketplaces.amazon.mapper import written
from marketplaces.amazon.spec import SPEC
from orders import messages
from orders.models import Order, Shipment, ShipmentLine
from tests.amazon_road import AmazonRoad
from tests.effort import LONG, share

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HOURS = 2 if LONG else 1
LISTS, CONFIRMATIONS = "/orders/2026-01-01/orders", "/orders/v0/orders/"


@pytest.fixture(autouse=True, params=share((1, 2, 3), of=3))
def chance(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes first after a wait is left to chance: each chance here is the same in every run."""
    monkeypatch.setattr("engine.backoff._random", random.Random(request.param))


@pytest.fixture
def road(amazon_road: AmazonRoad) -> AmazonRoad:
    """Only reading and reporting: the shop has a pace of its own."""
    OrderConnection.objects.update(push_paused=True, stock_paused=True)
    OrderConnection.objects.filter(pk=amazon_road.fba.pk).update(state=OrderConnection.State.ARCHIVED)
    amazon_road.clock.forward(hours=2)
    amazon_road.read(all_of_them=False)
    amazon_road.amazon.requests.clear()
    return amazon_road


def lists(road: AmazonRoad) -> int:
    return sum(seen.path == LISTS for seen in road.amazon.requests)


def test_a_thousand_orders_an_hour_come_in_hour_after_hour(road: AmazonRoad) -> None:
    placed, late = 0, 0
    for minute in range(1, HOURS * 60 + 1):
        while placed < minute * 1000 / 60:
            road.amazon.place_order()
            placed += 1
        road.clock.forward(minutes=1)
        road.read(all_of_them=False)
        waiting = written(road.clock() - timedelta(minutes=20))
        due = sum(order["createdTime"] <= waiting for order in road.amazon.world.orders.values())
        late = max(late, due - Order.objects.count())

    assert placed == HOURS * 1000
    # Nothing waits for longer than twenty minutes, and Amazon never has to refuse a call.
    assert (late, road.refused) == (0, 0)
    burst = SPEC.rate_limits["search_orders"].burst
    assert lists(road) <= burst + HOURS * 3600 * SPEC.rate_limits["search_orders"].rate
    cursor = SyncCursor.objects.get(feed="orders", owner_id=road.merchant.pk)
    assert (cursor.failures, cursor.problem_code) == (0, "")


def test_a_thousand_orders_an_hour_come_in_beside_those_that_amazon_ships(amazon_road: AmazonRoad) -> None:
    road = amazon_road
    OrderConnection.objects.update(push_paused=True, stock_paused=True)
    placed, late = 0, 0
    for quarter in range(1, HOURS * 240 + 1):
        while placed < quarter * 1000 / 240:
            road.amazon.place_order(fulfilled_by="AMAZON" if placed % 10 == 0 else "MERCHANT")
            placed += 1
        road.clock.forward(seconds=15)
        road.read(all_of_them=False)
        if quarter % 4 == 0:
            late = max(late, _unseen(road, "MERCHANT", minutes=25), _unseen(road, "AMAZON", minutes=45))

    assert placed == HOURS * 1000
    assert (late, road.refused) == (0, 0)


def _unseen(road: AmazonRoad, fulfilled_by: str, *, minutes: int) -> int:
    """Count the orders that were placed so many minutes ago and are not here."""
    waiting = written(road.clock() - timedelta(minutes=minutes))
    due = {
        order["orderId"]
        for order in road.amazon.world.orders.values()
        if order["createdTime"] <= waiting and order["fulfillment"]["fulfilledBy"] == fulfilled_by
    }
    return len(due - set(Order.objects.values_list("marketplace_order_id", flat=True)))


def test_a_backlog_of_thousands_comes_in_page_by_page_while_calls_trickle_in(road: AmazonRoad) -> None:
    for _ in range(2300):
        road.amazon.place_order()
    hours = 0.0
    road.clock.forward(minutes=3)
    while Order.objects.count() < 2300 and hours < 5:
        road.read(all_of_them=False)
        road.clock.forward(minutes=1)
        hours += 1 / 60

    assert Order.objects.count() == 2300
    # 23 pages: those that were saved at once, the others as they come back, none read twice.
    assert (lists(road), road.refused) == (23, 0)
    assert hours < 1


def test_parcels_are_reported_at_two_a_second(road: AmazonRoad) -> None:
    for _ in range(120):
        road.amazon.place_order()
    road.clock.forward(minutes=6)
    road.read(all_of_them=False)
    parcels = _parcels(road)
    began = road.clock()
    road.amazon.requests.clear()

    for _ in range(40):
        road.deliver()
        road.clock.forward(seconds=5)
        if not Shipment.objects.exclude(state=Shipment.State.CONFIRMED).exists():
            break

    assert Shipment.objects.filter(state=Shipment.State.CONFIRMED).count() == parcels == 120
    assert sum(seen.path.startswith(CONFIRMATIONS) for seen in road.amazon.requests) == 120
    assert road.refused == 0
    # Ten at once, then two a second: a thousand take little more than eight minutes.
    assert timedelta(seconds=(120 - 10) / 2) < road.clock() - began < timedelta(minutes=3)


def _parcels(road: AmazonRoad) -> int:
    """Have a parcel of each order wait to be reported, as if all were in the shop."""
    OutboxMessage.objects.all().delete()
    orders = list(Order.objects.prefetch_related("lines").order_by("pk"))
    parcels = Shipment.objects.bulk_create(
        Shipment(
            order=order,
            company_id=order.company_id,
            shop_shipment_id="1",
            state=Shipment.State.CONFIRMING,
            carrier="dhl",
            carrier_code="DHL",
            reported_code=f"JVGL{order.pk}",
            shipped_at=road.clock(),
            received_at=road.clock(),
        )
        for order in orders
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=parcel, order_line=parcel.order.lines.all()[0], quantity=1) for parcel in parcels
    )
    drafts = [messages.confirm_shipment(parcel, road.merchant, due=road.clock()) for parcel in parcels]
    outbox.post(drafts, road.clock())
    return len(parcels)
