"""Serves simulated marketplaces and shops over HTTP, each with a control door for what people do there."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from itertools import repeat
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from adapterkit.trying_out import DOOR
from marketplaces.bol.simulator import BolSimulator
from ordersync.simulated import CATALOGUE, DEMO, NotKept, Served, keep, kept, serve, simulated_codes, stocked
from shops.woocommerce.simulator import WooCommerceSimulator

FIRST_ORDERS, FIRST_PORT = 6, 8101
ROUND = 2.0  # seconds


class Command(BaseCommand):
    help = "Serves simulated marketplaces and shops over HTTP; with --demo, buyers order at bol and WooCommerce ships."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "sides",
            nargs="*",
            help=f"any of {', '.join(simulated_codes())}; all when none is named. A port may follow: amazon:8105",
        )
        parser.add_argument("--demo", action="store_true", help="let orders come in, and ship them")
        parser.add_argument("--every", type=float, default=20.0, help="seconds between two orders")
        parser.add_argument(
            "--keep",
            type=Path,
            metavar="DIRECTORY",
            help="go on with the sides that are kept there, and keep them there",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        ports = wanted(options["sides"])
        if options["demo"] and not set(DEMO) <= ports.keys():
            raise CommandError("The demo needs bol and woocommerce")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        sides = {code: self._serve(code, port, options["keep"]) for code, port in ports.items()}
        self.stdout.flush()
        rounds = live(*(sides[code].side for code in DEMO), every=options["every"]) if options["demo"] else repeat(None)
        for _ in rounds:
            stopped = stop.wait(ROUND)
            if options["keep"]:
                keep_all(sides, options["keep"])
            if stopped:
                break

    def _serve(self, code: str, port: int, directory: Path | None) -> Served:
        """Serve a side, as it was kept or else a new one."""
        try:
            side = kept(directory, code) if directory else None
        except NotKept as reason:
            self.stdout.write(f"{reason} It begins anew.")
            side = None
        served = serve(code, side or stocked(code), port, directory=directory)
        self.stdout.write(f"{served.name} on {served.url}; how to connect it, and what it can do: {served.url}{DOOR}")
        return served


def keep_all(sides: Mapping[str, Served], directory: Path) -> None:
    for code, served in sides.items():
        keep(directory, code, served.side)


def wanted(named: list[str]) -> dict[str, int]:
    """Return the port of each side: the one that is named with it, else the next from 8101 on."""
    ports: dict[str, int] = {}
    for place, text in enumerate(named or simulated_codes()):
        code, _, port = text.partition(":")
        if code not in simulated_codes() or not (port or "0").isdecimal():
            raise CommandError(f"{text} is no simulated side; there are {', '.join(simulated_codes())}")
        ports[code] = int(port) if port else FIRST_PORT + place
    return ports


def live(bol: BolSimulator, shop: WooCommerceSimulator, *, every: float) -> Iterator[None]:
    """Let buyers order and the shop ship, for ever; what is done in a round is done when it yields."""
    chance = random.SystemRandom()
    for _ in range(FIRST_ORDERS):
        _order(bol, chance)
    due = time.monotonic() + every
    while True:
        yield
        _ship_one(shop, chance)
        if time.monotonic() > due:
            _order(bol, chance)
            _send_back(bol, chance)
            due = time.monotonic() + every


def _order(bol: BolSimulator, chance: random.SystemRandom) -> None:
    sold = chance.choice(CATALOGUE)
    bol.place_order(sku=sold.sku, title=sold.title, price=str(sold.price), quantity=chance.randint(1, 3))


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
