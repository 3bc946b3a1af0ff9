"""What waits in a paused direction is counted, for this connection alone."""

from __future__ import annotations

import pytest
from django.urls import reverse

from connections.flows.pause_direction import pause_direction
from connections.models import Direction, OrderConnection
from orders.models import Order
from orders.reading.backlogs import backlog, unfetched
from stock.models import Offer
from tests.road import Road, named
from tests.web.test_pages import signed_in

pytestmark = pytest.mark.django_db


def the_connection() -> OrderConnection:
    return OrderConnection.objects.select_related("project__shop", "account", "company").get(name="bol to web shop")


def other_connection(road: Road) -> OrderConnection:
    """Orders of bol's own warehouse, into the same shop, from the same account."""
    one = road.demo.connection
    other = OrderConnection.objects.create(
        company=one.company, project=one.project, account=one.account, name="FBB", fulfilment="marketplace"
    )
    return OrderConnection.objects.select_related("project__shop", "account", "company").get(pk=other.pk)


def pause(road: Road, *directions: Direction) -> None:
    for connection in OrderConnection.objects.select_related("project__shop", "account", "company"):
        for direction in directions:
            pause_direction(connection=connection, direction=direction, paused=True, now=road.clock(), by=None)


def test_orders_that_wait_for_the_shop_are_those_of_this_connection(road: Road) -> None:
    other = other_connection(road)
    pause(road, Direction.PUSH)
    for _ in range(3):
        road.bol.place_order(sku="TST-001")
    road.bol.place_order(sku="NOBODY-KNOWS")  # waits for something else
    road.go(rounds=2)

    found = {
        connection.pk: backlog(connection, Direction.PUSH, road.clock()) for connection in (the_connection(), other)
    }
    assert found == {the_connection().pk: 3, other.pk: 0}


def test_reports_that_wait_are_shipments_cancellations_and_answers(road: Road) -> None:
    other = other_connection(road)
    shipped, cancelled = (road.bol.place_order(sku="TST-001") for _ in range(2))
    road.go(rounds=2)
    pause(road, Direction.REPORT)
    road.shop.ship(road.shop.orders_with(named(shipped))[0]["id"])
    road.shop.set_status(road.shop.orders_with(named(cancelled))[0]["id"], "cancelled")
    road.go(rounds=2)

    assert backlog(the_connection(), Direction.REPORT, road.clock()) == 2
    assert backlog(other, Direction.REPORT, road.clock()) == 0


def test_stock_that_waits_is_that_of_the_account(road: Road) -> None:
    pause(road, Direction.STOCK)
    road.shop.set_stock("TST-001", 6)
    road.go(rounds=2)
    assert Offer.objects.count() == 2
    assert backlog(the_connection(), Direction.STOCK, road.clock()) == 1


def test_orders_that_wait_at_the_marketplace_are_counted_there_and_not_read(road: Road) -> None:
    known = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    pause(road, Direction.FETCH)
    road.bol.place_order(sku="TST-001")
    road.bol.place_order(sku="TST-002", price="10.90")
    road.bol.request_cancellation(known)
    asked = len(road.bol.requests)

    assert unfetched(the_connection(), road.clock()) == 3
    assert all("/orders/" not in seen.path for seen in road.bol.requests[asked:])
    assert Order.objects.count() == 1


def test_the_settings_page_tells_it(road: Road) -> None:
    pause(road, *Direction)
    road.bol.place_order(sku="TST-001")
    client, pk = signed_in(road.demo.company, "viewer"), road.demo.connection.pk
    page = client.get(reverse("web:connection_settings", args=[pk])).content.decode()
    assert page.count("0 steps wait") == 3

    piece = reverse("web:unfetched_orders", args=[pk])
    assert piece in page
    assert "Up to 1 order waits at the marketplace" in client.get(piece).content.decode()
    road.bol.fail_next(status=503, times=9)
    assert "It cannot be counted now: The other side could not be reached." in client.get(piece).content.decode()
