"""As many open orders as a busy seller has, at the limits that bol sets, with a worker dying at every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapterkit.simulator import Request, Response
from engine.leases import LONGEST
from engine.models import SyncCursor, WalkedPage
from engine.reading import read
from orders.models import Order, RemoteOrder
from orders.reading.marketplace_orders import OrdersWalk
from tests.road import Road

pytestmark = [pytest.mark.django_db, pytest.mark.either]


class Killed(BaseException):
    """What takes a worker away."""


def limit_lists(road: Road, monkeypatch: pytest.MonkeyPatch, *, calls: int, minutes: int) -> list[datetime]:
    """Have the list of orders answer so many calls in so many minutes, then 429; return when it was called."""
    answer, called = road.bol.list_orders, list[datetime]()

    def limited(request: Request) -> Response:
        now = road.clock()
        recent = [at for at in called if at > now - timedelta(minutes=minutes)]
        if len(recent) >= calls:
            wait = (recent[-calls] + timedelta(minutes=minutes) - now).total_seconds()
            return Response(429, {"detail": "too many"}, {"Retry-After": str(int(wait) + 1)})
        called.append(now)
        return answer(request)

    monkeypatch.setattr(road.bol, "list_orders", limited)
    return called


def kill_at_each_page(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have a worker that stored a page of orders die when it comes to the next; return how many pages each stored."""
    apply, stored, lives = OrdersWalk.apply, [0], list[int]()

    def once(self: OrdersWalk, items: Sequence[Any], now: datetime) -> Mapping[str, int]:
        if stored[0]:
            lives.append(stored[0])
            stored[0] = 0
            raise Killed
        stored[0] += 1
        return apply(self, items, now)

    monkeypatch.setattr(OrdersWalk, "apply", once)
    return lives


@pytest.mark.parametrize("count", [240, pytest.param(1500, marks=pytest.mark.long)])
@pytest.mark.parametrize(("calls", "minutes"), [(25, 1), (7, 3)])
def test_a_busy_seller_s_open_orders_come_in_whatever_stops_the_walk(
    road: Road, monkeypatch: pytest.MonkeyPatch, count: int, calls: int, minutes: int
) -> None:
    placed = {road.bol.place_order(sku="TST-001", price="12.10") for _ in range(count)}
    road.clock.forward(days=1)
    SyncCursor.objects.exclude(feed="orders").update(active=False)
    cursor = SyncCursor.objects.get(feed="orders")
    began, read_before = road.clock(), cursor.last_success_at
    called = limit_lists(road, monkeypatch, calls=calls, minutes=minutes)
    deaths = kill_at_each_page(monkeypatch)
    SyncCursor.objects.update(next_run_at=began)
    while True:
        assert road.clock() - began < timedelta(hours=12)
        try:
            read(clock=road.clock, threads=1)
        except Killed:
            road.clock.forward(seconds=LONGEST.total_seconds() + 1)
        cursor.refresh_from_db()
        if cursor.last_success_at != read_before:
            break
        road.clock.move_to(max(road.clock(), cursor.next_run_at))

    assert set(Order.objects.values_list("marketplace_order_id", flat=True)) == placed
    assert RemoteOrder.objects.count() == count
    assert len(deaths) >= count // 50 - 1
    assert not WalkedPage.objects.exists()
    # Each list is gone through once, but for the page at which a worker died or ran out of calls.
    assert len(called) <= 3 * (count // 50) + 2 * len(deaths) + 20
    read_whole = [seen.path for seen in road.bol.requests_to("GET", "/retailer/orders/A") if seen.status == 200]
    assert len(read_whole) <= count + 50 * len(deaths)
