"""Walks the whole road once: orders from a simulated bol into a simulated shop, shipped there, confirmed at bol."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test.utils import override_settings
from django.utils import timezone

from engine.delivery import Delivery
from engine.models import SyncCursor
from engine.reading import read
from marketplaces.bol.simulator import BolSimulator
from orders.records import reference_of
from ordersync.demo import Demo, build_demo
from ordersync.scratch import own_database
from ordersync.serving import served
from shops.woocommerce.simulator import WooCommerceSimulator

SKUS = {"RT-1": ("12.10", "standard"), "RT-2": ("10.90", "reduced-rate"), "RT-3": ("99.95", "standard")}
STOCK = 200
PATIENCE = 90.0


class Command(BaseCommand):
    help = "Walks the whole road once in a database of its own, over HTTP; exits 0 only if every count is right."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orders", type=int, default=20)

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        with (
            own_database(),
            served(BolSimulator()) as (bol, bol_url),
            served(WooCommerceSimulator()) as (shop, shop_url),
        ):
            hosts = [url.removeprefix("http://") for url in (bol_url, shop_url)]
            with override_settings(ORDERSYNC_ALLOWED_PRIVATE_HOSTS=hosts):
                demo = build_demo(bol_url=bol_url, shop_url=shop_url, now=timezone.now(), name="Round trip")
                counts = Trip(bol, shop, demo, options["orders"], self.stdout.write).run()
        counts["seconds"] = round(time.monotonic() - began, 1)
        self.stdout.write(json.dumps(counts))
        if not counts["ok"]:
            raise CommandError("The round trip is not right; the counts stand above.")


class Trip:
    def __init__(
        self, bol: BolSimulator, shop: WooCommerceSimulator, demo: Demo, orders: int, say: Callable[[str], Any]
    ) -> None:
        self.bol, self.shop, self.demo, self.orders, self._say = bol, shop, demo, orders, say
        self.ids: list[str] = []
        self.end = time.monotonic() + PATIENCE

    def run(self) -> dict[str, Any]:
        self._prepare()
        self.step("orders in the shop", lambda: sum(self._active(order_id) for order_id in self.ids) >= self.orders)
        for order in list(self.shop.world.orders.values()):
            self.shop.ship(order["id"], carrier="PostNL", tracking_code=f"3SRT{order['id']}")
        self._say(f"shipped in the shop: {self.orders}")
        self.step("shipments confirmed at bol", lambda: len(self.bol.world.shipments) >= self.orders)
        self.step("stock right at bol", lambda: all(self.bol.stock_of(sku) == self.shop.stock_of(sku) for sku in SKUS))
        return self._counts()

    def _prepare(self) -> None:
        for sku, (price, tax_class) in SKUS.items():
            self.shop.add_product(sku, price=price, stock=STOCK, tax_class=tax_class)
            self.bol.add_offer(sku, stock=0)
        self.step("products imported", lambda: all(self.bol.stock_of(sku) == STOCK for sku in SKUS))
        for number in range(self.orders):
            sku = list(SKUS)[number % len(SKUS)]
            self.ids.append(self.bol.place_order(sku=sku, price=SKUS[sku][0], quantity=number % 3 + 1))
        self._say(f"orders placed at bol: {self.orders}")

    def step(self, name: str, reached: Callable[[], bool]) -> None:
        """Read and deliver until the step is reached, or the time is up."""
        while time.monotonic() < self.end:
            SyncCursor.objects.filter(active=True).update(next_run_at=timezone.now())
            read(clock=timezone.now, threads=4)
            Delivery(clock=timezone.now, threads=8, seconds=5).run()
            if reached():
                break
            time.sleep(0.3)
        self._say(f"{name}: {'yes' if reached() else 'NO'}")

    def _active(self, order_id: str) -> int:
        made = self.shop.orders_with(reference_of("bol", self.demo.connection.token, order_id))
        return sum(order["status"] != "pending" for order in made)

    def _counts(self) -> dict[str, Any]:
        in_shop = [self._active(order_id) for order_id in self.ids]
        confirmed = [self.bol.shipments_of(order_id) for order_id in self.ids]
        counts = {
            "orders": self.orders,
            "in_shop_exactly_once": in_shop.count(1),
            "in_shop_more_than_once": sum(count > 1 for count in in_shop),
            "confirmed_exactly_once": sum(len(rows) == 1 for rows in confirmed),
            "mapped_carrier": sum(row["transport"]["transporterCode"] == "TNT" for rows in confirmed for row in rows),
            "stock_right": sum(self.bol.stock_of(sku) == self.shop.stock_of(sku) for sku in SKUS),
        }
        right = (counts["in_shop_exactly_once"], counts["confirmed_exactly_once"], counts["mapped_carrier"])
        return {**counts, "ok": right == (self.orders,) * 3 and counts["stock_right"] == len(SKUS)}
