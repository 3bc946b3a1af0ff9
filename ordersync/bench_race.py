"""Two worker processes bring the orders of many connections into their shops at the same time, over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from django.test.utils import override_settings
from django.utils import timezone

from adapterkit.shop import CreatesInertOrders
from adapterkit.transport import UNPACED
from connections.adapters import open_shop
from engine.models import OutboxMessage, SyncCursor
from marketplaces.bol.simulator import BolSimulator
from orders.models import Order
from ordersync.bench import made_orders
from ordersync.demo import Demo, build_demo
from ordersync.serving import served
from shops.woocommerce.simulator import WooCommerceSimulator

Figures = dict[str, Any]
WORKERS = 2
SKUS = ("R-1", "R-2", "R-3")
STOCK = 900  # of each product; bol takes up to 999
PATIENCE = 900.0  # seconds for all of it
EVERY = 0.5  # seconds after which it is looked again whether all is done
BARE = 50  # orders that the bare loop places


@dataclass(slots=True)
class Pair:
    """One connection: a marketplace, a shop, and the orders that go from here to there."""

    bol: BolSimulator
    shop: WooCommerceSimulator
    demo: Demo
    ids: list[str] = field(default_factory=list)

    def found(self) -> list[int]:
        """How often each order is in the shop."""
        placed = [one for one in self.shop.world.orders.values() if one["status"] not in {"pending", "cancelled"}]
        names = [str(meta["value"]) for one in placed for meta in one["meta_data"]]
        return [sum(name.endswith(f"-{order_id}") for name in names) for order_id in self.ids]


def race(orders: int, connections: int) -> Figures:
    """Place so many orders at the marketplaces of so many connections and let two workers at them.

    Counts what is lost, doubled and stuck when all is over, the deadlocks that PostgreSQL saw meanwhile, and the orders
    a second, beside those of a bare loop that has the same shop make orders and does nothing else.
    """
    with ExitStack() as open_sides:
        sides = [
            (open_sides.enter_context(served(BolSimulator())), open_sides.enter_context(served(WooCommerceSimulator())))
            for _ in range(connections)
        ]
        hosts = [url.removeprefix("http://") for pair in sides for _, url in pair]
        open_sides.enter_context(override_settings(ORDERSYNC_ALLOWED_PRIVATE_HOSTS=hosts))
        pairs = [_pair(*bol, *shop, number) for number, (bol, shop) in enumerate(sides)]
        _run_workers(hosts, lambda: _products_are_there(pairs))
        _place(pairs, orders)
        deadlocks = _deadlocks()
        in_shop, settled = _run_workers(hosts, lambda: _in_shop() == orders, lambda: not _unsettled().exists())
        found = [count for pair in pairs for count in pair.found()]
        bare = _bare(pairs[0])
        return {
            "orders": len(found),
            "connections": connections,
            "workers": WORKERS,
            "lost": found.count(0),
            "doubled": sum(count > 1 for count in found),
            "stuck": _unsettled().count(),
            "deadlocks": _deadlocks() - deadlocks,
            "seconds_until_settled": round(settled, 1),
            "orders_per_s": round(orders / in_shop, 1),
            "floor_orders_per_s": round(bare, 1),
            "ratio": round(orders / in_shop / bare, 2),
        }


def _pair(bol: BolSimulator, bol_url: str, shop: WooCommerceSimulator, shop_url: str, number: int) -> Pair:
    demo = build_demo(bol_url=bol_url, shop_url=shop_url, now=timezone.now(), name=f"Race {number}")
    for sku in SKUS:
        shop.add_product(sku, price="12.10", stock=STOCK)
        bol.add_offer(sku, stock=0)
    return Pair(bol, shop, demo)


def _place(pairs: Sequence[Pair], orders: int) -> None:
    for number in range(orders):
        pair = pairs[number % len(pairs)]
        pair.ids.append(pair.bol.place_order(sku=SKUS[number % len(SKUS)], price="12.10", quantity=number % 3 + 1))
    SyncCursor.objects.filter(active=True).update(next_run_at=timezone.now())


def _run_workers(hosts: Sequence[str], *goals: Callable[[], bool]) -> list[float]:
    """Let workers work until the goals are reached, one after the other; return after how many seconds each was."""
    told = {
        **os.environ,
        "DATABASE_URL": _own_url(),
        "ORDERSYNC_ALLOWED_PRIVATE_HOSTS": ",".join(hosts),
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "manage.py", "work_until_stopped"]
    workers = [subprocess.Popen(command, cwd=settings.BASE_DIR, env=told) for _ in range(WORKERS)]
    began, reached = time.monotonic(), list[float]()
    try:
        for reach in goals:
            while not reach() and time.monotonic() - began < PATIENCE and all(one.poll() is None for one in workers):
                time.sleep(EVERY)
            reached.append(time.monotonic() - began)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()
    return reached


def _own_url() -> str:
    """Return the address of the database that this process works in, which was made for it."""
    at = connection.settings_dict
    user = f"{at['USER']}:{at['PASSWORD']}" if at["PASSWORD"] else at["USER"]
    return f"postgresql://{user}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def _products_are_there(pairs: Sequence[Pair]) -> bool:
    return all(pair.bol.stock_of(sku) == STOCK for pair in pairs for sku in SKUS)


def _in_shop() -> int:
    return Order.objects.filter(place=Order.Place.IN_SHOP).count()


def _unsettled() -> Any:
    return OutboxMessage.objects.exclude(state__in=OutboxMessage.SETTLED)


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def _bare(pair: Pair) -> float:
    """Return how many orders a second a loop places that makes the shop's calls with nothing around them."""
    shop = open_shop(pair.demo.shop, pacer=UNPACED)
    assert isinstance(shop, CreatesInertOrders)  # noqa: S101 - WooCommerce has them
    product = str(next(iter(pair.shop.world.products)))
    orders = made_orders(0, BARE)
    began = time.perf_counter()
    for order in orders:
        made = shop.create_inert_order(order, f"bare-{order.order_id}", {line.line_id: product for line in order.lines})
        shop.activate_order(made.shop_order_id, order)
    return BARE / (time.perf_counter() - began)
