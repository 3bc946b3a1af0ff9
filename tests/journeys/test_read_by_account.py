"""A marketplace account is read once for all its connections; each line of an order goes where it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connections.flows.archive_connection import archive_connection
from connections.flows.pause_direction import pause_direction
from connections.models import Direction, OrderConnection
from connections.starting import start
from engine.models import SyncCursor
from engine.reading import read
from orders.models import Order, OrderLine, RemoteOrder
from orders.reading.accounts import known_orders, readings
from tests.road import Road, named
from tests.web.busy import member_of

pytestmark = [pytest.mark.django_db, pytest.mark.either]
MIXED = [{"sku": "TST-001", "price": "12.10"}, {"sku": "TST-002", "price": "10.90", "method": "FBB"}]
BUYER = {"firstName": "An", "surname": "Jansen", "streetName": "Biltstraat", "houseNumber": "12", "city": "Delft"}


def another(road: Road, fulfilment: str = "marketplace", *, country: str = "", now: bool = True) -> OrderConnection:
    """A second connection of the same account into the same shop."""
    first = road.demo.connection
    made = OrderConnection.objects.create(
        company=first.company,
        project=first.project,
        account=first.account,
        fulfilment=fulfilment,
        country=country,
        name=f"second, {fulfilment}",
    )
    if now:
        start(connection=made, activated_from=first.activated_from, now=road.clock(), by=None)
        made.refresh_from_db()
    return made


def details(road: Road) -> list[str]:
    return [seen.path.rsplit("/", 1)[1] for seen in road.bol.requests_to("GET", "/retailer/orders/A")]


def lists(road: Road) -> int:
    return sum(seen.path == "/retailer/orders" for seen in road.bol.requests)


def where(order_ids: Sequence[str]) -> dict[str, list[tuple[int, list[str]]]]:
    """By order: the connections it is in, each with the SKUs of its lines there."""
    found: dict[str, list[tuple[int, list[str]]]] = {order_id: [] for order_id in order_ids}
    for order in Order.objects.order_by("connection"):
        skus = list(OrderLine.objects.filter(order=order).order_by("pk").values_list("sku", flat=True))
        found[order.marketplace_order_id].append((order.connection_id, skus))
    return found


def test_one_walk_serves_all_connections_and_both_fulfilments(road: Road) -> None:
    second, first = another(road), road.demo.connection
    road.go(rounds=1)
    ours, theirs = road.bol.place_order(sku="TST-001"), road.bol.place_order(sku="TST-002", fulfilment="FBB")
    mixed = road.bol.place_order(items=MIXED)
    listed, read_before = lists(road), len(details(road))
    road.read()

    assert where([ours, theirs, mixed]) == {
        ours: [(first.pk, ["TST-001"])],
        theirs: [(second.pk, ["TST-002"])],
        mixed: [(first.pk, ["TST-001"]), (second.pk, ["TST-002"])],
    }
    assert sorted(details(road)[read_before:]) == sorted([ours, theirs, mixed])
    assert lists(road) - listed == 4  # what is open and what changed, and the empty page after each
    assert SyncCursor.objects.filter(feed="orders", active=True).count() == 1


def test_each_half_of_a_mixed_order_has_its_own_total_and_its_own_order_in_the_shop(road: Road) -> None:
    second, first = another(road), road.demo.connection
    mixed = road.bol.place_order(items=MIXED)
    road.go(rounds=4)

    halves = {order.connection_id: order for order in Order.objects.filter(marketplace_order_id=mixed)}
    assert {pk: (order.total, order.is_half, order.place) for pk, order in halves.items()} == {
        first.pk: (Decimal("12.10"), True, "in_shop"),
        second.pk: (Decimal("10.90"), True, "in_shop"),
    }
    made = [road.shop.orders_with(order.reference)[0] for order in halves.values()]
    assert sorted((order["total"], order["status"]) for order in made) == [
        ("10.90", "completed"),
        ("12.10", "processing"),
    ]


@pytest.mark.parametrize("later", ["merchant", "marketplace"])
def test_the_half_that_nobody_took_comes_when_a_connection_for_it_starts(road: Road, later: str) -> None:
    first = road.demo.connection
    if later == "merchant":
        OrderConnection.objects.filter(pk=first.pk).update(fulfilment="marketplace")
    mixed = road.bol.place_order(items=MIXED)
    road.go(rounds=3)
    own, other = (["TST-002"], ["TST-001"]) if later == "merchant" else (["TST-001"], ["TST-002"])
    assert where([mixed]) == {mixed: [(first.pk, own)]}
    [noted] = RemoteOrder.objects.all()
    assert [(line["sku"], line["by"], line["open"]) for line in noted.lines] == [
        ("TST-001", "merchant", 1),
        ("TST-002", "marketplace", 1),
    ]

    second = another(road, later)
    road.go(rounds=3)
    assert where([mixed]) == {mixed: [(first.pk, own), (second.pk, other)]}
    assert len(road.shop.world.orders) == 2


def test_an_order_that_is_nobody_s_costs_its_details_once_and_no_write_again(road: Road) -> None:
    OrderConnection.objects.filter(pk=road.demo.connection.pk).update(country="BE")
    order_id = road.bol.place_order(sku="TST-001", shipmentDetails={**BUYER, "countryCode": "NL"})
    road.go(rounds=1)
    seen = RemoteOrder.objects.get().seen_at
    for _ in range(4):
        road.go(rounds=1)

    assert (details(road), Order.objects.count()) == ([order_id], 0)
    assert RemoteOrder.objects.get().seen_at == seen

    second = another(road, "merchant", country="NL")
    road.go(rounds=1)
    assert where([order_id]) == {order_id: [(second.pk, ["TST-001"])]}
    assert details(road) == [order_id, order_id]


def test_what_changed_while_fetching_was_paused_is_read_when_it_goes_on(road: Road) -> None:
    """Another connection has the account read on meanwhile."""
    first = road.demo.connection
    another(road)
    kept, cancelled = road.bol.place_order(sku="TST-001"), road.bol.place_order(sku="TST-001")
    road.go(rounds=1)
    pause_direction(connection=first, direction=Direction.FETCH, paused=True, now=road.clock(), by=None)
    road.bol.cancel_order(cancelled)
    new = road.bol.place_order(sku="TST-001")
    road.clock.forward(hours=3)
    road.go(rounds=2, hours=3)
    assert set(Order.objects.values_list("marketplace_order_id", "status")) == {(kept, "open"), (cancelled, "open")}

    first.refresh_from_db()
    pause_direction(connection=first, direction=Direction.FETCH, paused=False, now=road.clock(), by=None)
    road.go(rounds=2)
    assert set(Order.objects.values_list("marketplace_order_id", "status")) == {
        (kept, "open"),
        (cancelled, "cancelled"),
        (new, "open"),
    }


def test_the_account_is_read_as_long_as_one_connection_wants_it(road: Road) -> None:
    first, second = road.demo.connection, another(road)
    archive_connection(connection=first, now=road.clock(), by=None)
    road.go(rounds=1)
    assert SyncCursor.objects.get(feed="orders").active
    archive_connection(connection=second, now=road.clock(), by=None)
    assert not SyncCursor.objects.get(feed="orders").active


def test_what_is_no_longer_listed_as_open_is_read_by_its_id(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where bol's lists told nothing of a change: only its absence does."""
    order_id, gone = road.bol.place_order(sku="TST-001"), road.bol.place_order(sku="TST-002")
    road.go(rounds=1)
    monkeypatch.setattr(
        "marketplaces.bol.simulator.BolSimulator._listed",
        lambda *_: False,
    )
    road.bol.cancel_order(order_id)
    del road.bol.world.orders[gone]
    SyncCursor.objects.filter(feed="orders").update(next_run_at=road.clock())
    read(clock=road.clock, threads=1)
    assert set(RemoteOrder.objects.exclude(wanted_at=None).values_list("marketplace_order_id", flat=True)) == {
        order_id,
        gone,
    }
    read(clock=road.clock, threads=1)

    assert Order.objects.get(marketplace_order_id=order_id).status == "cancelled"
    assert Order.objects.get(marketplace_order_id=gone).status == "open"  # nobody said that it is not
    assert set(RemoteOrder.objects.values_list("is_open", "wanted_at")) == {(False, None)}
    asked = len(details(road))
    road.go(rounds=2)
    assert len(details(road)) == asked


def test_a_page_of_known_orders_takes_two_statements_whatever_they_are(road: Road) -> None:
    another(road)
    for _ in range(30):
        road.bol.place_order(items=MIXED)
        road.bol.place_order(sku="TST-001", shipmentDetails={**BUYER, "countryCode": "NL"})
    road.go(rounds=1)
    reading = readings({road.demo.account.pk})[road.demo.account.pk]
    marks = dict(RemoteOrder.objects.values_list("marketplace_order_id", "fingerprint"))
    with CaptureQueriesContext(database) as captured:
        assert known_orders(reading, marks) == marks.keys()
    assert len(captured) == 2


def test_cursors_of_connections_go_on_until_the_account_was_read_whole(road: Road) -> None:
    """As after an upgrade in the midst of reading."""
    first = road.demo.connection
    mine = SyncCursor.objects.get(feed="orders")
    SyncCursor.objects.create(
        company=first.company, feed="connection_orders", owner_id=first.pk, lane=mine.lane,
        position=road.clock() - timedelta(minutes=5), next_run_at=road.clock(),
    )  # fmt: skip
    SyncCursor.objects.filter(pk=mine.pk).update(next_run_at=road.clock() + timedelta(hours=1), covers_from=None)
    order_id = road.bol.place_order(sku="TST-001")
    read(clock=road.clock, threads=1)
    assert where([order_id]) == {order_id: [(first.pk, ["TST-001"])]}
    assert SyncCursor.objects.get(feed="connection_orders").active

    road.go(rounds=2)
    assert not SyncCursor.objects.get(feed="connection_orders").active
    assert len(road.shop.orders_with(named(order_id))) == 1


def test_an_upgrade_gives_each_account_a_cursor_from_where_the_oldest_of_its_connections_stood(road: Road) -> None:
    """Those of the connections go on beside it; what a pause had stopped is known to be read up to then."""
    first, second, paused = road.demo.connection, another(road), another(road, "merchant", country="BE")
    SyncCursor.objects.filter(feed="orders").delete()
    now = road.clock()
    stood = {first: 3, second: 9, paused: 20}
    for connection, hours in stood.items():
        SyncCursor.objects.create(
            company=first.company, feed="orders", owner_id=connection.pk, lane=first.account.lane,
            position=now - timedelta(hours=hours), swept_at=now - timedelta(hours=hours), every_seconds=300,
            active=connection != paused, next_run_at=now, resume={"at": "7", "as_of": "", "sweep": False},
        )  # fmt: skip
    OrderConnection.objects.filter(pk=paused.pk).update(state="paused")

    import_module("orders.migrations.0024_read_by_account").read_by_account(apps, None)

    cursor = SyncCursor.objects.get(feed="orders")
    assert (cursor.owner_id, cursor.position) == (first.account_id, now - timedelta(hours=9))
    assert (cursor.resume, cursor.active, cursor.every_seconds, cursor.lane) == ({}, True, 300, first.account.lane)
    left = SyncCursor.objects.filter(feed="connection_orders")
    assert dict(left.values_list("owner_id", "active")) == {first.pk: True, second.pk: True, paused.pk: False}
    assert set(OrderConnection.objects.values_list("pk", "unread_since")) == {
        (first.pk, None),
        (second.pk, None),
        (paused.pk, now - timedelta(hours=20)),
    }
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=3)
    assert where([order_id]) == {order_id: [(first.pk, ["TST-001"])]}
    assert not SyncCursor.objects.filter(feed="connection_orders", active=True).exists()


def test_what_no_connection_takes_is_shown_with_the_reason(road: Road, client: Client) -> None:
    first = road.demo.connection
    OrderConnection.objects.filter(pk=first.pk).update(country="NL")
    mixed = road.bol.place_order(items=MIXED)
    belgian = road.bol.place_order(sku="TST-001", quantity=2, shipmentDetails={**BUYER, "countryCode": "BE"})
    taken = road.bol.place_order(sku="TST-001")
    road.go(rounds=1)
    owner = member_of(road.demo.company, "owner@shop.example")
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("web:connection_activity", args=[first.pk])).content.decode()
    rows = [
        " ".join(row.split("</tr>")[0].split())
        for row in page.split("Orders that no connection takes")[1].split("<tr>")
    ]
    told = {order_id: next(row for row in rows if order_id in row) for order_id in (mixed, belgian)}
    assert "1 × <bdi>TST-002</bdi>" in told[mixed]
    assert "No active connection of this account takes orders that are shipped so." in told[mixed]
    assert "2 × <bdi>TST-001</bdi>" in told[belgian]
    assert "The connections of this account are for other countries." in told[belgian]
    assert taken not in page

    another(road)
    page = client.get(reverse("web:connection_activity", args=[first.pk])).content.decode()
    assert mixed not in page  # it comes with the next reading
    assert belgian in page
