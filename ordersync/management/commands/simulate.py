"""Serves the simulated bol and the simulated WooCommerce shop over HTTP."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from marketplaces.bol.simulator import BolSimulator
from shops.woocommerce.simulator import WooCommerceSimulator

CATALOGUE = (
    ("MUG-BLUE", "Mug, blue", "12.10", "standard"),
    ("MUG-RED", "Mug, red", "12.95", "standard"),
    ("TEA-250", "Green tea, 250 g", "10.90", "reduced-rate"),
    ("LAMP-01", "Desk lamp", "49.99", "standard"),
    ("BOOK-NL", "Cookbook", "24.50", "reduced-rate"),
)
FIRST_ORDERS = 6


class Command(BaseCommand):
    help = "Serves the simulated bol and WooCommerce shop over HTTP; with --demo, buyers order and the shop ships."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bol-port", type=int, default=8101)
        parser.add_argument("--shop-port", type=int, default=8102)
        parser.add_argument("--demo", action="store_true", help="let orders come in, and ship them")
        parser.add_argument("--every", type=float, default=20.0, help="seconds between two orders")

    def handle(self, *args: Any, **options: Any) -> None:
        bol, shop = stocked_sides()
        for simulator, port in ((bol, options["bol_port"]), (shop, options["shop_port"])):
            server = simulator.serve("127.0.0.1", port)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.stdout.write(f"{type(simulator).__name__} on http://127.0.0.1:{port}")
        if options["demo"]:
            live(bol, shop, every=options["every"])
        threading.Event().wait()


def stocked_sides() -> tuple[BolSimulator, WooCommerceSimulator]:
    """Return a bol and a shop that sell the same products."""
    # Numbers go on after a restart, as the real sides' do.
    bol, shop = BolSimulator(first_number=int(time.time())), WooCommerceSimulator(first_id=int(time.time()))
    for number, (sku, name, price, tax_class) in enumerate(CATALOGUE):
        ean = f"87104000000{number}{number}"
        shop.add_product(sku, price=price, stock=250, ean=ean, tax_class=tax_class, name=name)
        bol.add_offer(sku, ean=ean, stock=0)
    return bol, shop


def live(bol: BolSimulator, shop: WooCommerceSimulator, *, every: float) -> None:
    """Let buyers order and the shop ship, for ever."""
    chance = random.SystemRandom()
    for _ in range(FIRST_ORDERS):
        _order(bol, chance)
    due = time.monotonic() + every
    while True:
        time.sleep(2)
        _ship_one(shop, chance)
        if time.monotonic() > due:
            _order(bol, chance)
            _send_back(bol, chance)
            due = time.monotonic() + every


def _order(bol: BolSimulator, chance: random.SystemRandom) -> None:
    sku, name, price, _ = chance.choice(CATALOGUE)
    bol.place_order(sku=sku, title=name, price=price, quantity=chance.randint(1, 3))


def _send_back(bol: BolSimulator, chance: random.SystemRandom) -> None:
    """Let a buyer of a shipped order announce a return, now and then."""
    with bol.lock:
        shipped = [row["order"]["orderId"] for row in bol.world.shipments]
    if shipped and chance.random() < 0.25:  # noqa: PLR2004 - most buyers are content
        bol.register_return(chance.choice(shipped))


def _ship_one(shop: WooCommerceSimulator, chance: random.SystemRandom) -> None:
    """Ship the oldest order that was paid a moment ago, as a person at the packing table would."""
    with shop.lock:
        paid = [order["id"] for order in shop.world.orders.values() if order["status"] == "processing"]
    if paid and chance.random() < 0.7:  # noqa: PLR2004 - now and then the table is busy
        shop.ship(min(paid), carrier="PostNL", tracking_code=f"3SDEMO{chance.randint(10**6, 10**7)}")
