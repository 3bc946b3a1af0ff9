"""Prints what each page or list of the API costs a company with few orders and one with very many."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from ordersync.bench_api import program
from ordersync.bench_pages import BIG, MOST_ROWS, Measured, big_tables, companies, measure, person, settle, weigh

MOST = 12  # statements of a page


class Command(BaseCommand):
    help = (
        "Measures the pages of a company with few orders beside one with very many, in a database of their own, which "
        "takes some minutes to fill; with --api the lists that its programs read. Fails where one takes too many "
        "statements, reads a big table whole or goes through too much of one. Machines "
        "differ: read the statements, the rows, the indexes and the ratios."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orders", type=int, default=200_000, help="of the company with many")
        parser.add_argument("--api", action="store_true", help="measure what programs read, instead of the pages")
        parser.add_argument("--few", type=int, default=200, help="of the company with few")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.perf_counter()
        with companies(options["few"], options["orders"]) as both:
            visitors = [(program if options["api"] else person)(company) for company in both]
            settle()
            self.stdout.write(f"database: {connection.vendor}; filled in {time.perf_counter() - began:.0f} s")
            big = big_tables()
            found = dict(measure(visitors))
        self.stdout.write(f"orders of the company: {options['few']:,} | {options['orders']:,}")
        for line in table(found, big):
            self.stdout.write(line)
        if wrong := weigh(found, big, MOST):
            raise CommandError("; ".join(wrong))
        told = f"no page takes more than {MOST} statements, reads a table of {BIG:,} rows or more whole"
        self.stdout.write(f"{told}, or looks at more than {MOST_ROWS:,} rows")


def table(found: Mapping[str, Sequence[Measured]], big: frozenset[str]) -> list[str]:
    """Return one line a page: what it takes the company with few orders, what the one with many, and the plans."""
    lines = [
        f"{'page':29} {'statements':>11} {'rows looked at':>18} {'ms, of them asking the database':>33} {'ratio':>6}"
        "  indexes of the big tables"
    ]
    for name, (few, many) in found.items():
        plans = [_told(one.plan(big)) for one in (few, many)]
        lines.append(
            f"{name:29} {few.statements:3} | {many.statements:5} {few.rows:7,} | {many.rows:8,} "
            f"{few.milliseconds:7.1f} {few.asking:5.1f} | {many.milliseconds:9.1f} {many.asking:7.1f} "
            f"{many.milliseconds / few.milliseconds:6.2f}  " + (plans[1] if plans[0] == plans[1] else " | ".join(plans))
        )
    return lines


def _told(plan: Mapping[str, Sequence[str]]) -> str:
    names = [index or f"{table} READ WHOLE" for table, indexes in plan.items() for index in indexes]
    return ", ".join(names) or "none"
