"""A shop that does not tell of every change: its open orders are read again by turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adapterkit.records import Known, Page, ShopUpdate, nothing_known
from orders.models import Order, Shipment
from orders.reading.rereading import orders_to_reread
from shops.woocommerce.adapter import WooCommerce
from tests.road import Road

pytestmark = pytest.mark.django_db
AT_ONCE = 2


class Forgetful(WooCommerce):
    """Never says which orders changed."""

    spec: ClassVar[Any] = replace(WooCommerce.spec, reread_at_once=AT_ONCE)
    asked: ClassVar[list[list[str]]] = []

    def fetch_updates(
        self, changed_since: datetime, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[ShopUpdate]]:
        yield Page(items=(), as_of=changed_since)

    def reread_orders(self, shop_order_ids: Sequence[str], known: Known = nothing_known) -> Iterator[Page[ShopUpdate]]:
        self.asked.append(list(shop_order_ids))
        updates = [self.fetch_order(shop_order_id) for shop_order_id in shop_order_ids]
        stored = known({update.order.shop_order_id: update.fingerprint for update in updates})
        yield Page(items=tuple(update for update in updates if update.order.shop_order_id not in stored))


@pytest.fixture
def forgetful(make_road: Callable[..., Road], monkeypatch: pytest.MonkeyPatch) -> Road:
    monkeypatch.setattr("connections.adapters.shop", lambda _: Forgetful)
    monkeypatch.setattr(Forgetful, "asked", [])
    road = make_road()
    road.bol.add_offer("TST-001", stock=0)
    road.go(rounds=2)
    return road


def placed(road: Road, count: int = 1) -> list[dict[str, Any]]:
    """The shop's orders for so many orders of bol, the oldest first."""
    for _ in range(count):
        road.bol.place_order(sku="TST-001")
        road.go(rounds=1)
    road.go(rounds=2)
    return [road.shop.world.orders[int(order.shop_order_id)] for order in Order.objects.order_by("pk")]


def test_a_parcel_that_the_shop_does_not_tell_of_is_found_and_reported(forgetful: Road) -> None:
    [made] = placed(forgetful)

    forgetful.shop.ship(made["id"], tracking_code="3SX1")
    forgetful.go(rounds=3)

    order = Order.objects.get()
    [shipment] = forgetful.bol.shipments_of(order.marketplace_order_id)
    assert (shipment["transport"]["trackAndTrace"], order.status) == ("3SX1", Order.Status.SHIPPED)
    Forgetful.asked.clear()
    forgetful.go(rounds=2)
    assert Forgetful.asked == []


def test_tracking_that_comes_after_the_order_is_shipped_is_found(forgetful: Road) -> None:
    [made] = placed(forgetful)
    forgetful.shop.complete(made["id"])
    forgetful.go(rounds=2)
    waiting = Shipment.objects.get()
    assert (Order.objects.get().status, waiting.state) == (Order.Status.SHIPPED, Shipment.State.WAITING_FOR_TRACKING)

    forgetful.shop.ship(made["id"], tracking_code="3SX2")
    forgetful.go(rounds=3)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.tracking_code) == (Shipment.State.CONFIRMED, "3SX2")


def test_orders_take_turns_a_few_in_each_round(forgetful: Road) -> None:
    ids = [str(made["id"]) for made in placed(forgetful, 4)]
    Order.objects.update(shop_read_at=None)
    Forgetful.asked.clear()

    for _ in range(4):
        forgetful.read()
        forgetful.clock.forward(minutes=5)

    assert [len(asked) for asked in Forgetful.asked] == [AT_ONCE] * 4
    assert [one for asked in Forgetful.asked for one in asked] == [*ids, *ids]


def test_an_order_that_the_marketplace_ships_and_one_outside_the_shop_are_not_read(forgetful: Road) -> None:
    placed(forgetful)
    shop = forgetful.demo.shop.pk
    assert len(orders_to_reread({shop: 9})[shop]) == 1

    forgetful.demo.connection.fulfilment = "marketplace"
    forgetful.demo.connection.save()
    assert orders_to_reread({shop: 9}) == {shop: {}}
    forgetful.demo.connection.fulfilment = "merchant"
    forgetful.demo.connection.save()
    Order.objects.update(place=Order.Place.NEEDS_ATTENTION)

    assert orders_to_reread({shop: 9}) == {shop: {}}


def test_choosing_costs_two_statements_and_an_unchanged_order_one_more(forgetful: Road) -> None:
    placed(forgetful, 3)
    with CaptureQueriesContext(connection) as chosen:
        orders_to_reread({forgetful.demo.shop.pk: 9, 987: 5})
    with CaptureQueriesContext(connection) as nobody:
        assert orders_to_reread({}) == {}

    assert (len(chosen), len(nobody)) == (2, 0)
    before = dict(Order.objects.values_list("pk", "shop_fingerprint"))
    with CaptureQueriesContext(connection) as captured:
        forgetful.read()
    writes = [query["sql"] for query in captured if query["sql"].startswith('UPDATE "orders_order"')]
    assert len(writes) == 1
    assert "shop_read_at" in writes[0]
    assert dict(Order.objects.values_list("pk", "shop_fingerprint")) == before
