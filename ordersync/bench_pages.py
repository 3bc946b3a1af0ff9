"""Measures the pages of a company with few orders beside one with very many, in the same database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, Membership, User
from orders.models import Order
from ordersync.bench import counted
from ordersync.demo import build_demo
from ordersync.past import make_past, tracking_of
from ordersync.plans import Scan, scans
from ordersync.scratch import own_database
from web.orders.query import TABS

TIMES = 15  # that a page is opened; the quickest counts
BIG = 20_000  # rows from which on a table is not to be read whole; a shorter one is quicker read than looked up in
MOST_ROWS = 50_000  # that one page looks at: an index may be gone through whole, too
HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Measured:
    """One page: its statements, how the database got at its rows, and how long the quickest answer took.

    `asking` is the part of the milliseconds that was spent on the statements.
    """

    statements: int
    scans: Sequence[Scan]
    milliseconds: float
    asking: float

    @property
    def rows(self) -> int:
        return sum(scan.rows for scan in self.scans)

    def plan(self, big: frozenset[str]) -> dict[str, list[str]]:
        """By which indexes each of the big tables was got at; an empty name stands for reading it whole."""
        tables = sorted({scan.table for scan in self.scans} & big)
        return {table: sorted({scan.index for scan in self.scans if scan.table == table}) for table in tables}


@contextmanager
def companies(*orders: int) -> Iterator[list[Company]]:
    """Companies with so many orders each, in one database made for them and removed afterwards."""
    with own_database():
        yield [company_with(count) for count in orders]


def company_with(orders: int) -> Company:
    """Make a company with so many orders, and the person who looks at its pages and at the support desk's."""
    now = timezone.now()
    name = f"{orders} orders"
    demo = build_demo(bol_url="https://bol.bench", shop_url="https://shop.bench", now=now, name=name)
    make_past(demo.connection, orders, now)
    user = User.objects.create_superuser(f"{orders}@bench.example", name=name)
    Membership.objects.create(user=user, company=demo.company, role=Membership.Role.OWNER)
    return demo.company


def settle() -> None:
    """Do what a database at work does by itself in an idle moment: count its rows, and note which pages are settled."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def pages(company: Company) -> dict[str, str]:
    """Return the address of every page that shows orders or what hangs on them, by what a person would call it."""
    shipped = company.orders.filter(status=Order.Status.SHIPPED, is_test=False)
    middle = shipped.order_by("pk")[shipped.count() // 2]
    plan, of_connection = company.carrier_plans.get(), [middle.connection_id]
    return {
        "overview": reverse("web:overview"),
        **_lists(middle),
        **{f"search: {what}": f"{reverse('web:orders')}?{asked}" for what, asked in searches(middle).items()},
        "order": reverse("web:order", args=[middle.pk]),
        "returns": reverse("web:returns"),
        "stock": reverse("web:stock"),
        **{f"stock: {what}": f"{reverse('web:stock')}?{asked}" for what, asked in _product_searches().items()},
        "carriers": reverse("web:carriers"),
        "carrier plan": reverse("web:carrier_plan", args=[plan.pk]),
        "connections": reverse("web:connections"),
        "connection": reverse("web:connection", args=of_connection),
        "connection: test order": reverse("web:test_order", args=of_connection),
        "connection: activity": reverse("web:connection_activity", args=of_connection),
        **_support(middle),
    }


def _lists(order: Order) -> dict[str, str]:
    today = timezone.localdate()
    two_days: dict[str, object] = {"placed_from": today - timedelta(days=1), "placed_to": today}
    asked: dict[str, dict[str, object]] = {
        **{tab: {"tab": tab} for tab in TABS},
        "page 4": {"page": 4},
        "one connection": {"connection": order.connection_id},
        "two days": two_days,
        "shipped in two days": {"tab": "shipped", **two_days},
    }
    return {f"orders: {what}": f"{reverse('web:orders')}?{urlencode(chosen)}" for what, chosen in asked.items()}


def searches(order: Order, name: str = "q") -> dict[str, str]:
    """What is looked for, as it stands in an address whose field for it has this name."""
    number, buyer, line = int(order.number[1:]), order.addresses.filter(role="delivery").get(), order.lines.all()[0]
    texts = {
        "a number": order.number,
        "a number in the shop": order.shop_order_number,
        "a tracking code": tracking_of(number),
        "an e-mail address": buyer.email,
        "a postcode": buyer.postcode,
        "a last name": buyer.last_name,
        "first and last name": f"{buyer.first_name} {buyer.last_name}",
        "a SKU": line.sku,
        "what all have": "bol",
        "what none has": "nobody-knows",
    }
    return {what: urlencode({name: text}) for what, text in texts.items()}


def _product_searches() -> dict[str, str]:
    texts = {"a SKU": "mug-017", "an EAN": "8710400000017", "two words": "17 mug", "what all have": "mug"}
    return {what: urlencode({"q": text}) for what, text in texts.items()} | {"shared ids": "ids=shared"}


def _support(order: Order) -> dict[str, str]:
    orders = reverse("admin:orders_order_changelist")
    return {
        "support: orders": orders,
        **{f"support: {what}": f"{orders}?{asked}" for what, asked in searches(order).items()},
        "support: order": reverse("admin:orders_order_change", args=[order.pk]),
        "support: messages": reverse("admin:engine_outboxmessage_changelist"),
        "support: exchanges": reverse("admin:engine_exchange_changelist"),
        "support: returns": reverse("admin:orders_return_changelist"),
        "support: system health": reverse("system_health"),
    }


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who looks at one company, and at what: addresses by what a person would call them."""

    client: Client
    addresses: Mapping[str, str]


def person(company: Company) -> Visitor:
    """Return the person that `company_with` made, who looks at every page."""
    client = Client(headers={"host": HERE})
    user = company.memberships.select_related("user")[0].user
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return Visitor(client, pages(company))


def measure(visitors: Sequence[Visitor], times: int = TIMES) -> Iterator[tuple[str, list[Measured]]]:
    """Yield each address by its name, with what it took each visitor. They take turns: a busy machine is fair.

    With no `times`, only the statements are looked into.
    """
    allowed = {"ALLOWED_HOSTS": [HERE], "ORDERSYNC_REQUIRE_STAFF_TWO_FACTOR": False}
    with override_settings(**allowed, ORDERSYNC_API_PER_MINUTE=1_000_000):
        for name in visitors[0].addresses:
            turns = [(visitor.client, visitor.addresses[name]) for visitor in visitors]
            taken = [[_open(*turn) for turn in turns] for _ in range(times)]
            quickest = [tuple(map(min, zip(*each, strict=True))) for each in zip(*taken, strict=True)]
            yield (
                name,
                [
                    Measured(*_looked_into(*turn), *each)
                    for turn, each in zip(turns, quickest or [(0.0, 0.0)] * len(turns), strict=True)
                ],
            )


def _looked_into(client: Client, url: str) -> tuple[int, list[Scan]]:
    with CaptureQueriesContext(connection) as captured:
        _open(client, url)
    asked = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    return counted(captured), [scan for sql in asked for scan in scans(sql)]


def _open(client: Client, url: str) -> tuple[float, float]:
    """Return the milliseconds that the page took, and those of them that its statements did."""
    asking = 0.0

    def timed(execute: Callable[..., Any], *args: Any) -> Any:
        nonlocal asking
        began = time.perf_counter()
        try:
            return execute(*args)
        finally:
            asking += time.perf_counter() - began

    began = time.perf_counter()
    with connection.execute_wrapper(timed):
        answer = client.get(url, secure=True)
    if answer.status_code != 200:  # noqa: PLR2004 - a figure of another page would be a lie
        raise RuntimeError(f"{url} answers {answer.status_code}")
    return (time.perf_counter() - began) * 1000, asking * 1000


def big_tables(least: int = BIG) -> frozenset[str]:
    """Return the tables with so many rows or more."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        return frozenset(name for name in names if _rows(name) >= least)


def _rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our own names
        return int(cursor.fetchone()[0])


def weigh(
    found: Mapping[str, Sequence[Measured]], big: frozenset[str], most: int, most_rows: int = MOST_ROWS
) -> list[str]:
    """Return what is wrong with the pages: too many statements, a big table read whole, or too much gone through."""
    wrong = [f"{name}: {max(one.statements for one in each)} statements" for name, each in found.items()
             if any(one.statements > most for one in each)]  # fmt: skip
    whole = {
        (name, table) for name, each in found.items() for one in each for table, by in one.plan(big).items() if "" in by
    }
    wrong += [f"{name} reads {table} whole" for name, table in sorted(whole)]
    rows = {name: max(one.rows for one in each) for name, each in found.items()}
    return wrong + [f"{name} looks at {count:,} rows" for name, count in rows.items() if count > most_rows]
