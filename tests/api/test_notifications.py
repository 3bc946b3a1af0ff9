"""A shop's webhooks: hints that make us read sooner, and nothing more."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from adapterkit.errors import Rejected
from adapterkit.notifications import Message, Notification, Reply
from adapterkit.simulator import Request
from connections.models import MarketplaceAccount, Shop
from engine.models import SyncCursor
from engine.reading import read
from marketplaces.bol import spec as bol_spec
from marketplaces.bol.adapter import Bol
from orders.models import Order
from stock.models import Product
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


def later(road: Road) -> None:
    """Nothing is due before a notification has it be."""
    SyncCursor.objects.update(next_run_at=road.clock() + timedelta(days=3650))


def test_of_a_changed_order_only_changes_and_the_stock_of_its_products_are_read(
    road: Road, hooked: Callable[..., int]
) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    later(road)
    before = due()
    webhook = road.shop.subscribe("order.updated", SECRET, hooked)
    road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"])

    after = due()
    assert {feed for feed in after if after[feed] != before.get(feed)} == {"updates", "hinted_stock"}
    assert (webhook.status, webhook.failures) == ("active", 0)
    product = Product.objects.get(sku="TST-001")
    assert list(Product.objects.exclude(hinted_at=None)) == [product]


def test_a_sale_in_the_shop_costs_one_call_for_its_products_and_reaches_the_marketplace(
    road: Road, hooked: Callable[..., int]
) -> None:
    road.go(rounds=2)
    road.shop.subscribe("product.updated", SECRET, hooked)
    later(road)
    asked_before = len(road.shop.requests)
    road.shop.set_stock("TST-001", 4)
    road.shop.set_stock("TST-002", 5)
    read(clock=road.clock, threads=1)
    road.deliver()

    sold = dict(Product.objects.filter(sku__in=["TST-001", "TST-002"]).values_list("shop_product_id", "stock"))
    assert sorted(sold.values()) == [4, 5]
    asked = [(seen.path, seen.query["include"]) for seen in road.shop.requests[asked_before:]]
    assert asked == [("/wp-json/wc/v3/products", [",".join(sorted(sold))])]
    assert [road.bol.stock_of(sku) for sku in ("TST-001", "TST-002")] == [4, 5]
    assert not Product.objects.exclude(hinted_at=None).exists()


def test_what_is_told_while_it_is_being_read_is_read_again(road: Road, hooked: Callable[..., int]) -> None:
    road.go(rounds=2)
    road.shop.subscribe("product.updated", SECRET, hooked)
    later(road)
    road.shop.set_stock("TST-001", 4)

    def tell_again(request: Request, moment: str) -> None:
        if moment == "after":
            road.shop.on_request = None
            road.clock.forward(seconds=1)
            road.shop.set_stock("TST-001", 4)

    road.shop.on_request = tell_again
    read(clock=road.clock, threads=1)
    assert Product.objects.exclude(hinted_at=None).get().stock == 4
    road.shop.on_request = None
    asked_before = len(road.shop.requests)
    assert read(clock=road.clock, threads=1) == {"walks": 1}
    assert len(road.shop.requests) - asked_before == 1
    assert not Product.objects.exclude(hinted_at=None).exists()
    assert read(clock=road.clock, threads=1) == {}


def test_a_product_that_is_new_or_gone_waits_for_the_whole_reading(road: Road, hooked: Callable[..., int]) -> None:
    road.go(rounds=2)
    before = Product.objects.get(sku="TST-001").stock
    road.shop.subscribe("product.updated", SECRET, hooked)
    later(road)
    road.shop.set_stock("TST-001", 4)
    road.shop.remove_product("TST-001")
    road.shop.add_product("NEW-1", stock=7)
    road.shop.set_stock("NEW-1", 6)
    read(clock=road.clock, threads=1)
    gone = Product.objects.get(sku="TST-001")
    assert (gone.stock, gone.hinted_at) == (before, None)
    assert not Product.objects.filter(sku="NEW-1").exists()
    assert read(clock=road.clock, threads=1) == {}


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
    assert Client().put(address).status_code == 405


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"line_items": 7}', b'{"line_items": [3]}'])
def test_a_signed_message_that_cannot_be_read_is_refused_and_wakes_nothing(
    hooked: Callable[[Mapping[str, str], bytes], int], body: bytes
) -> None:
    before = due()
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "Content-Type": "application/json",
        "X-WC-Webhook-Resource": "order",
        "X-WC-Webhook-Signature": signature,
    }
    assert hooked(headers, body) == 403
    assert due() == before


class TellingBol(Bol):
    """A bol that names the orders that changed, and makes sure first that the address is ours."""

    spec: ClassVar = bol_spec.SPEC

    def read_notification(self, message: Message) -> Notification:
        if message.method == "GET":
            return Notification(reply=Reply(body=f'{{"answer": "{message.query["challenge"]} at {message.url}"}}'))
        if message.headers.get("X-Signature") != "good":
            raise Rejected("The message is not signed by bol")
        named = json.loads(message.body)["orders"]
        return Notification(orders=not named, order_ids=tuple(named))


@pytest.fixture
def told(road: Road, monkeypatch: pytest.MonkeyPatch) -> Callable[..., HttpResponse]:
    """Return what such a bol posts to the account's address."""
    monkeypatch.setattr("connections.adapters.marketplace", lambda _: TellingBol)
    account = MarketplaceAccount.objects.get()
    address = reverse("api:account_notification", args=[account.notification_token])

    def post(*order_ids: str, signature: str = "good") -> HttpResponse:
        body = json.dumps({"orders": order_ids})
        headers = {"X-Signature": signature}
        return Client().post(address, body, content_type="application/json", headers=headers)  # type: ignore[return-value]

    return post


def test_orders_that_are_named_are_read_by_their_ids_alone(road: Road, told: Callable[..., HttpResponse]) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    later(road)
    road.bol.cancel_order(order_id)
    before = due()

    assert told(order_id).status_code == 204

    assert {feed for feed in due() if due()[feed] != before.get(feed)} == {"named_orders"}
    calls = len(road.bol.requests_to("GET", "/retailer/orders"))
    read(clock=road.clock, threads=1)
    assert [one.path for one in road.bol.requests_to("GET", "/retailer/orders")][calls:] == [
        f"/retailer/orders/{order_id}"
    ]
    assert Order.objects.get().status == "cancelled"


def test_one_that_is_not_known_yet_has_the_list_be_read(road: Road, told: Callable[..., HttpResponse]) -> None:
    later(road)
    before = due()

    assert told("ANOTHER").status_code == 204
    assert {feed for feed in due() if due()[feed] != before.get(feed)} == {"orders"}


def test_a_challenge_is_answered_and_what_is_not_signed_refused(road: Road, told: Callable[..., HttpResponse]) -> None:
    later(road)
    before = due()
    token = MarketplaceAccount.objects.get().notification_token
    address = reverse("api:account_notification", args=[token])

    answer = Client().get(address, {"challenge": "c-1"})
    assert (answer.status_code, answer.json()) == (200, {"answer": f"c-1 at http://testserver{address}"})
    assert told("A1", signature="bad").status_code == 403
    assert Client().get(reverse("api:account_notification", args=["unknown"])).status_code == 404
    assert due() == before


def test_a_marketplace_that_tells_nothing_is_not_listened_to(road: Road) -> None:
    token = MarketplaceAccount.objects.get().notification_token
    assert Client().post(reverse("api:account_notification", args=[token])).status_code == 404
