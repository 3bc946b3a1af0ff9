"""Prints what importing, re-reading, idle polls, delivery, stock and a race of workers cost, beside their floors."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.utils import timezone

from ordersync.bench import prepared
from ordersync.bench_pages import settle
from ordersync.bench_race import race
from ordersync.bench_stock import stock_changes
from ordersync.past import make_past
from ordersync.scratch import own_database


class Command(BaseCommand):
    help = "Measures the engine in a database of its own. Machines differ: read the ratios and the counts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orders", type=int, default=1000, help="to import; a multiple of 50")
        parser.add_argument("--deliver", type=int, default=100, help="orders to deliver")
        parser.add_argument("--accounts", type=int, default=1000, help="to poll, none of which has anything new")
        parser.add_argument("--threads", type=int, default=16)
        parser.add_argument("--race", type=int, default=2000, help="orders for two worker processes; 0 for no race")
        parser.add_argument("--connections", type=int, default=20, help="that these orders come from")
        parser.add_argument("--changes", type=int, default=50_000, help="of a shop's stock")
        parser.add_argument("--memory", type=int, default=10_000, help="orders over which the process is weighed")
        parser.add_argument("--past", type=int, default=0, help="orders that were there before, such as 200000")

    def handle(self, *args: Any, **options: Any) -> None:
        figures = self._measure(options)
        if options["race"] and connection.vendor == "postgresql":
            with own_database():
                figures["race"] = race(options["race"], options["connections"])
        for name, found in figures.items():
            self.stdout.write(f"{name}: " + ", ".join(f"{key} {value}" for key, value in found.items()))
        self.stdout.write(json.dumps(figures))

    def _measure(self, options: dict[str, Any]) -> dict[str, dict[str, Any]]:
        with own_database(), prepared() as bench:
            self.stdout.write(f"database: {connection.vendor}")
            if options["past"]:
                make_past(bench.demo.connection, options["past"], timezone.now())
                settle()
            return {
                "idle": bench.idle(),  # before there are orders of which bol knows nothing
                "import": bench.importing(options["orders"]),
                "known": bench.known(options["orders"]),
                "deliver": bench.delivering(options["deliver"], options["threads"]),
                "polls": bench.polls(options["accounts"]),
                "stock": stock_changes(bench, options["changes"]),
                "memory": bench.memory(options["memory"], options["threads"]),
            }
