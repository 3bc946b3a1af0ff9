"""A walk over very many orders holds no more than a page of them, and a few bytes for each that it met."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import pytest

from adapterkit.marketplace import Marketplace
from adapterkit.records import Fulfilment, Known, Order, Page, nothing_known
from engine.database_thread import DatabaseThread
from engine.journey import Journey
from engine.models import SyncCursor
from engine.registry import ExchangeLog
from marketplaces.bol.spec import SPEC
from orders.models import RemoteOrder
from orders.reading.accounts import readings
from orders.reading.marketplace_orders import OrdersFeed, OrdersWalk
from tests.road import Road

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE, A_FEW_BYTES = 50, 100


class Endless:
    """A marketplace with so many open orders that nobody takes."""

    spec = SPEC

    def __init__(self, count: int) -> None:
        self.count = count

    def fetch_orders(
        self, changed_since: datetime, fulfilment: Fulfilment | None, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[Order]]:
        for first in range(0, self.count, PAGE):
            fresh = {f"A{number}": "1" for number in range(first, min(first + PAGE, self.count))}
            assert known(fresh) == fresh.keys()
            yield Page(items=(), as_of=changed_since, resume=str(first))


def peak(road: Road, count: int) -> int:
    """Walk over so many orders that are known; return the most bytes that were held."""
    have = RemoteOrder.objects.count()
    now = road.clock()
    for start in range(have, count, 5000):
        RemoteOrder.objects.bulk_create(
            RemoteOrder(
                account=road.demo.account, marketplace_order_id=f"A{number}", fingerprint="1", seen_at=now,
                placed_at=now, is_open=True, untaken=True, country="BE", lines=[],
            )
            for number in range(start, min(start + 5000, count))
        )  # fmt: skip
    cursor = SyncCursor.objects.get(feed="orders")
    reading = readings({road.demo.account.pk})[road.demo.account.pk]
    walk = OrdersWalk(reading, cast(Marketplace, Endless(count)), None)
    journey = Journey(
        feed=OrdersFeed(),
        cursor=cursor,
        walk=cast(Any, walk),
        log=ExchangeLog(),
        database=DatabaseThread(),
        clock=road.clock,
    )
    gc.collect()
    tracemalloc.start()
    journey.go()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert journey.counts["walks"] == 1
    assert not RemoteOrder.objects.exclude(wanted_at=None).exists()
    return most


@pytest.mark.parametrize(("few", "many"), [(2500, 7500), pytest.param(10_000, 100_000, marks=pytest.mark.long)])
def test_many_more_orders_take_a_few_bytes_more_each(
    road: Road, few: int, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.journey.elapsed", lambda: 0.0)  # one slice, however slow this machine is
    held = peak(road, few)
    assert peak(road, many) - held < A_FEW_BYTES * (many - few)
