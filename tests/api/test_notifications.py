"""A shop's webhooks: hints that make us read sooner, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from connections.models import Shop
from engine.models import SyncCursor
from tests.road import Road, named, reconnect_shop

pytestmark = [pytest.mark.django_db, pytest.mark.either]
SECRET = "hook-secret"


def due() -> dict[str, datetime]:
    return dict(SyncCursor.objects.filter(active=True).values_list("feed", "next_run_at"))


@pytest.fixture
def hooked(road: Road) -> Callable[[Mapping[str, str], bytes], int]:
    """Give the shop's connection a webhook secret; return what the shop's webhook posts to."""
    shop = Shop.objects.get()
    reconnect_shop(road, webhook_secret=SECRET)
    address = reverse("api:shop_notification", args=[shop.notification_token])
    SyncCursor.objects.update(next_run_at=road.clock() + timedelta(days=3650))

    def post(headers: Mapping[str, str], body: bytes) -> int:
        given = {key: value for key, value in headers.items() if key != "Content-Type"}
        return Client().post(address, body, content_type=headers["Content-Type"], headers=given).status_code

    return post


def test_a_change_in_the_shop_is_read_at_once(road: Road, hooked: Callable[..., int]) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    SyncCursor.objects.update(next_run_at=road.clock() + timedelta(days=3650))
    before = due()
    webhook = road.shop.subscribe("order.updated", SECRET, hooked)
    road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"])

    after = due()
    assert {feed for feed in before if after[feed] < before[feed]} == {"updates", "products"}
    assert (webhook.status, webhook.failures) == ("active", 0)


@pytest.mark.parametrize("secret", ["another", ""])
def test_what_the_shop_did_not_sign_changes_nothing(road: Road, hooked: Callable[..., int], secret: str) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    SyncCursor.objects.update(next_run_at=road.clock() + timedelta(days=3650))
    answers: list[int] = []

    def deliver(headers: Mapping[str, str], body: bytes) -> int:
        if "X-WC-Webhook-Signature" not in headers:
            return 200
        answers.append(hooked(headers, body))
        return answers[-1]

    webhook = road.shop.subscribe("order.updated", secret, deliver)
    before = due()
    for _ in range(8):
        road.shop.set_status(road.shop.orders_with(named(order_id))[0]["id"], "processing")

    assert due() == before
    assert answers == [403] * 7
    assert webhook.status == "disabled"  # as the real one does, so that polling has to stay the truth


def test_a_new_webhook_s_greeting_is_answered_kindly_and_wakes_nothing(road: Road, hooked: Callable[..., int]) -> None:
    before = due()
    assert hooked({"Content-Type": "application/x-www-form-urlencoded"}, b"webhook_id=7") == 204
    assert due() == before


def test_an_unknown_address_is_not_found(road: Road) -> None:
    address = reverse("api:shop_notification", args=["x" * 40])
    assert Client().post(address, b"{}", content_type="application/json").status_code == 404
    assert Client().get(address).status_code == 405
