"""Long walks under tight limits and dying workers: they come to their end, and know then what is gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.leases import LONGEST
from engine.models import SyncCursor, WalkedPage
from engine.reading import read
from orders.models import Order
from orders.reading.marketplace_orders import OrdersWalk
from stock.flows.import_products import ProductsWalk
from stock.models import Product
from tests.road import Road

pytestmark = [pytest.mark.django_db, pytest.mark.either]


class Killed(BaseException):
    """What takes a worker away."""


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> Callable[[type], None]:
    """Have a worker that stored a page of such a walk die over its next one."""

    def make(walk: type) -> None:
        apply = walk.apply  # type: ignore[attr-defined]
        stored = []

        def once(self: Any, items: Sequence[Any], now: datetime) -> Mapping[str, int]:
            if stored:
                stored.clear()
                raise Killed
            stored.append(True)
            found: Mapping[str, int] = apply(self, items, now)
            return found

        monkeypatch.setattr(walk, "apply", once)

    return make


def only(feed: str, road: Road) -> SyncCursor:
    SyncCursor.objects.exclude(feed=feed).update(active=False)
    SyncCursor.objects.update(next_run_at=road.clock())
    return SyncCursor.objects.get(feed=feed)


def read_until_done(cursor: SyncCursor, road: Road, *, most: int) -> int:
    """Read again and again, each time after the lease of a dead worker is over; return how many died."""
    deaths, before = 0, cursor.last_success_at
    for _ in range(most):
        try:
            read(clock=road.clock, threads=1)
        except Killed:
            deaths += 1
        cursor.refresh_from_db()
        if cursor.last_success_at != before:
            return deaths
        road.clock.forward(seconds=LONGEST.total_seconds() + 1)
    raise AssertionError("it does not come to its end")


def test_a_catalogue_is_read_to_its_end_however_often_workers_die_and_what_is_gone_is_let_go(
    road: Road, deadly: Callable[[type], None]
) -> None:
    for number in range(520):
        road.shop.add_product(f"P-{number:03d}", stock=5)
    cursor = only("products", road)
    deadly(ProductsWalk)
    assert read_until_done(cursor, road, most=20) >= 5  # of six pages
    count = Product.objects.count()
    assert count >= 520

    road.shop.remove_product("P-007")
    only("products", road)
    calls = len(road.shop.requests)
    deaths = read_until_done(cursor, road, most=20)
    assert deaths in {5, 6}
    assert [product.sku for product in Product.objects.exclude(missed_at=None)] == ["P-007"]
    # Each death costs the page that was being stored, and no more.
    assert len(road.shop.requests) - calls <= 6 + deaths
    assert not WalkedPage.objects.exists()


def test_more_open_orders_than_bol_lists_in_hours_come_in_page_by_page(
    road: Road, deadly: Callable[[type], None]
) -> None:
    placed = {road.bol.place_order(sku="TST-001") for _ in range(160)}
    cursor = only("orders", road)
    deadly(OrdersWalk)
    deaths = read_until_done(cursor, road, most=30)
    assert deaths >= 3  # of four pages
    assert set(Order.objects.values_list("marketplace_order_id", flat=True)) == placed
    details = [seen.path for seen in road.bol.requests_to("GET", "/retailer/orders/A")]
    assert len(details) <= len(placed) + 50 * deaths


def test_a_shop_that_bears_one_page_an_hour_is_read_whole(road: Road) -> None:
    """Each page is followed by a 429; what ran out of calls goes on where it was."""
    for number in range(320):
        road.shop.add_product(f"P-{number:03d}", stock=5)
    cursor = only("products", road)
    pages, read_before = 0, cursor.last_success_at
    for _ in range(12):
        before = len(road.shop.requests)

        def tire(_: object, moment: str, before: int = before) -> None:
            """From the second call of a round on."""
            if moment == "after" and len(road.shop.requests) - before == 1:
                road.shop.fail_next(status=429, retry_after=3600, path="/wp-json/wc/v3/products")

        road.shop.on_request = tire
        read(clock=road.clock, threads=1)
        pages += 1
        cursor.refresh_from_db()
        if cursor.last_success_at != read_before:
            break
        assert cursor.failures == 0
        assert cursor.next_run_at > road.clock() + timedelta(minutes=59)
        road.clock.forward(hours=1, seconds=60)
    assert pages == 4
    assert Product.objects.filter(sku__startswith="P-").count() == 320
