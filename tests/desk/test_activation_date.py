"""Support sets the activation date back: a preview that is exact, and nothing but what was picked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from connections.models import OrderConnection
from engine.models import SyncCursor
from orders.flows.set_activation_date import NotEarlier, NotReadYet, NotShown, preview, set_activation_date
from orders.models import Exclusion, Order, RemoteOrder
from tests.road import Road, named

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def earlier(road: Road) -> list[str]:
    """Three orders from before the connection's date, one of them shipped at bol itself; one order since."""
    ids = []
    for _ in range(3):
        ids.append(road.bol.place_order(sku="TST-001"))
        road.clock.forward(hours=1)
    road.bol.ship_by_hand(ids[2])
    OrderConnection.objects.update(activated_from=road.clock())
    ids.append(road.bol.place_order(sku="TST-001"))
    road.go(rounds=2)
    assert [order.marketplace_order_id for order in Order.objects.all()] == [ids[3]]
    return ids


def connection() -> OrderConnection:
    return OrderConnection.objects.select_related("account", "company", "project__shop").get()


def long_ago(road: Road) -> datetime:
    return road.clock() - timedelta(days=2)


def test_the_preview_names_what_would_come_in_and_changes_nothing(road: Road, earlier: list[str]) -> None:
    before = connection().activated_from
    asked = len(road.bol.requests)
    found = preview(connection=connection(), since=long_ago(road), now=road.clock())

    assert [
        (c.order_id, c.known is not None, [(line.sku, line.open) for line in c.lines]) for c in found.candidates
    ] == [
        (earlier[0], False, [("TST-001", 1)]),
        (earlier[1], False, [("TST-001", 1)]),
        (earlier[3], True, [("TST-001", 1)]),
    ]
    assert (found.complete, found.as_of) == (True, SyncCursor.objects.get(feed="orders").last_success_at)
    assert len(road.bol.requests) == asked  # it is what was read before
    assert (Order.objects.count(), connection().activated_from, Exclusion.objects.count()) == (1, before, 0)


def test_what_was_not_read_that_far_back_is_read_first(road: Road, earlier: list[str]) -> None:
    SyncCursor.objects.filter(feed="orders").update(covers_from=None)
    since = long_ago(road)
    assert not preview(connection=connection(), since=since, now=road.clock()).complete
    change: dict[str, Any] = {"since": since, "shown": earlier, "picked": earlier, "reason": "x", "by": None}
    with pytest.raises(NotReadYet):
        set_activation_date(connection=connection(), now=road.clock(), **change)
    assert (Order.objects.count(), Exclusion.objects.count()) == (1, 0)

    road.go(rounds=1)
    assert preview(connection=connection(), since=since, now=road.clock()).complete
    assert SyncCursor.objects.get(feed="orders").covers_from == since


def test_what_was_shipped_since_it_was_shown_does_not_come_in(road: Road, earlier: list[str]) -> None:
    road.bol.ship_by_hand(earlier[0])
    del road.bol.world.orders[earlier[1]]
    change: dict[str, Any] = {"since": long_ago(road), "shown": earlier, "picked": earlier, "reason": "x", "by": None}
    assert set_activation_date(connection=connection(), now=road.clock(), **change) == 0
    assert [order.marketplace_order_id for order in Order.objects.all()] == [earlier[3]]


def test_what_was_picked_comes_in_and_the_rest_stays_out(road: Road, earlier: list[str]) -> None:
    since = long_ago(road)
    picked = [earlier[1], earlier[2], "A-unknown"]
    count = set_activation_date(
        connection=connection(),
        since=since,
        shown=earlier[:2],
        picked=picked,
        reason="Asked by phone",
        now=road.clock(),
        by=None,
    )
    road.clock.forward(days=2)  # past the daily sweep, which reads everything again
    road.go(rounds=3)

    assert count == 1
    assert {order.marketplace_order_id for order in Order.objects.all()} == {earlier[1], earlier[3]}
    assert connection().activated_from == since
    assert len(road.shop.orders_with(named(earlier[1]))) == 1
    [entry] = AuditEntry.objects.filter(action="activation_date_set")
    assert (entry.params["reason"], entry.params["count"]) == ("Asked by phone", "1")


@pytest.mark.parametrize("hours", [0, 1])
def test_a_date_that_is_not_earlier_is_refused(road: Road, earlier: list[str], hours: int) -> None:
    since = connection().activated_from
    assert since is not None
    with pytest.raises(NotEarlier):
        set_activation_date(
            connection=connection(),
            since=since + timedelta(hours=hours),
            shown=earlier,
            picked=earlier,
            reason="",
            now=road.clock(),
            by=None,
        )
    assert (connection().activated_from, Order.objects.count()) == (since, 1)
    assert not AuditEntry.objects.filter(action="activation_date_set").exists()


def test_an_order_that_nobody_has_seen_is_neither_taken_nor_left_out(road: Road, earlier: list[str]) -> None:
    new = road.bol.place_order(sku="TST-001")  # since the present date, and not fetched yet
    change: dict[str, Any] = {"since": long_ago(road), "picked": earlier[:1], "reason": "x", "by": None}
    with pytest.raises(NotShown):
        set_activation_date(connection=connection(), shown=earlier[:1], now=road.clock(), **change)
    assert (Order.objects.count(), Exclusion.objects.count()) == (1, 0)

    assert set_activation_date(connection=connection(), shown=earlier[:2], now=road.clock(), **change) == 1
    excluded = Exclusion.objects.values_list("connection", "remote_order__marketplace_order_id")
    assert list(excluded) == [(connection().pk, earlier[1])]
    road.go(rounds=2)
    assert {order.marketplace_order_id for order in Order.objects.all()} == {earlier[0], earlier[3], new}


def test_what_was_left_out_before_stays_out(road: Road, earlier: list[str]) -> None:
    """As an upgrade finds it: the order's id, and nothing else."""
    OrderConnection.objects.update(activated_from=long_ago(road), leaves_out=True)
    RemoteOrder.objects.filter(marketplace_order_id=earlier[0]).update(fingerprint="", is_open=False, lines=[])
    remote = RemoteOrder.objects.get(marketplace_order_id=earlier[0])
    Exclusion.objects.create(connection=connection(), remote_order=remote, at=road.clock())
    road.go(rounds=2)
    asked = len(road.bol.requests_to("GET", f"/retailer/orders/{earlier[0]}"))
    road.go(rounds=2)
    assert {order.marketplace_order_id for order in Order.objects.all()} == {earlier[1], earlier[3]}
    assert len(road.bol.requests_to("GET", f"/retailer/orders/{earlier[0]}")) == asked


def staff(*permissions: str) -> Client:
    user = User.objects.create_user(f"desk{User.objects.count()}@ordersync.example", "a-long-password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_only_support_with_the_permission_may(road: Road, earlier: list[str]) -> None:
    url = reverse("admin:activation_date", args=[connection().pk])
    since = long_ago(road)
    body = {"since_0": f"{since:%Y-%m-%d}", "since_1": f"{since:%H:%M:%S}", "reason": "x", "picked": earlier[:2]}

    for client in (Client(), staff(), staff("view_orderconnection")):
        answer = client.post(url, {**body, "confirm": "1"})
        assert answer.status_code in {302, 403}
        assert (Order.objects.count(), AuditEntry.objects.filter(action="activation_date_set").count()) == (1, 0)

    desk = staff("view_orderconnection", "set_activation_date")
    preview = desk.post(url, body).content.decode()
    assert "3 orders still to be shipped since then" in preview
    assert Order.objects.count() == 1
    late = desk.post(url, {**body, "shown": earlier[:1], "picked": [], "confirm": "1"}).content.decode()
    assert "Orders appeared since you looked." in late
    assert f'value="{earlier[0]}" aria-label="{earlier[0]}">' in late
    assert f'value="{earlier[1]}" aria-label="{earlier[1]}" checked>' in late
    assert Order.objects.count() == 1
    body["shown"] = earlier[:2]
    done = desk.post(url, {**body, "confirm": "1"}, follow=True).content.decode()
    assert "2 orders came in" in done
    assert Order.objects.count() == 3


def test_credentials_are_nowhere_in_the_admin(road: Road) -> None:
    desk = Client()
    desk.force_login(
        User.objects.create_superuser("root@ordersync.example", "a-long-password"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    shop, account = road.demo.shop, road.demo.account
    pages = [
        reverse("admin:connections_shop_change", args=[shop.pk]),
        reverse("admin:connections_marketplaceaccount_change", args=[account.pk]),
        reverse("admin:connections_orderconnection_change", args=[connection().pk]),
    ]
    for page in pages:
        text = desk.get(page).content.decode()
        assert "demo-secret" not in text
        assert "cs_demo" not in text
        assert shop.notification_token not in text
