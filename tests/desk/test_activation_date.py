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
from orders.flows.set_activation_date import NotEarlier, NotShown, candidates, set_activation_date
from orders.models import LeftOut, Order
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
    found = candidates(connection=connection(), since=long_ago(road))

    assert [(c.order.order_id, c.known is not None) for c in found] == [
        (earlier[0], False),
        (earlier[1], False),
        (earlier[3], True),
    ]
    assert (Order.objects.count(), connection().activated_from, LeftOut.objects.count()) == (1, before, 0)


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
    assert (Order.objects.count(), LeftOut.objects.count()) == (1, 0)

    assert set_activation_date(connection=connection(), shown=earlier[:2], now=road.clock(), **change) == 1
    assert list(LeftOut.objects.values_list("marketplace_order_id", flat=True)) == [earlier[1]]
    road.go(rounds=2)
    assert {order.marketplace_order_id for order in Order.objects.all()} == {earlier[0], earlier[3], new}


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
