"""Measurements, each beside its floor in the same run. Ratios and counts of statements are what they are for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from resource import RUSAGE_SELF, getrusage
from typing import Any

import requests
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from requests.adapters import BaseAdapter

from adapterkit.records import Address, Fulfilment, Order, OrderLine, fingerprint
from connections.adapters import mounted, open_account
from connections.models import MarketplaceAccount, OrderConnection
from engine.delivery import Delivery
from engine.models import Lane, OutboxMessage, SyncCursor
from engine.reading import read
from marketplaces.bol.simulator import BolSimulator
from orders.reading.accounts import Reading, import_remote, known_orders, readings
from ordersync.demo import Demo, build_demo
from shops.woocommerce.simulator import WooCommerceSimulator
from stock.models import Product

PAGE = 50
PORTION = 500  # orders that are delivered before more come in
BOL, SHOP = "https://bol.bench", "https://shop.bench"
TABLES = (
    "orders_order",
    "orders_orderline",
    "orders_orderaddress",
    "orders_orderpayload",
    "orders_shopcopy",
    "orders_searchkey",
    "orders_orderevent",
    "engine_outboxmessage",
    "stock_stockmovement",
)
Figures = dict[str, Any]


@dataclass(slots=True)
class Slow(BaseAdapter):
    """Answers as a simulator does, after so many seconds."""

    inner: BaseAdapter
    seconds: float
    calls: int = 0

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        self.calls += 1
        time.sleep(self.seconds)
        return self.inner.send(*args, **kwargs)

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class Bench:
    demo: Demo
    bol: BolSimulator
    shop: WooCommerceSimulator
    slow: Slow

    @property
    def reading(self) -> Reading:
        """As a walk opens it."""
        return readings({self.demo.account.pk})[self.demo.account.pk]

    def importing(self, orders: int) -> Figures:
        """New orders in pages of 50, then the same rows with plain inserts."""
        pages = [made_orders(start, PAGE) for start in range(0, orders, PAGE)]
        now = timezone.now()
        # One page first: what is prepared once in a process's life is not a cost of an order.
        import_remote(self.reading, made_orders(orders + PAGE, PAGE), now)
        statements, cpu, began = 0, time.process_time(), time.perf_counter()
        for page in pages:
            import_remote(self.reading, page, now)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        with CaptureQueriesContext(connection) as captured:
            import_remote(self.reading, made_orders(orders, PAGE), now)
        statements = counted(captured)
        floor = self._floor(orders + 2 * PAGE)
        rate = orders / seconds
        return {
            "orders_per_s": round(rate),
            "floor_orders_per_s": round(floor),
            "ratio": round(rate / floor, 2),
            "statements_per_page": statements,
            "cpu_ms_per_order": round(cpu / orders * 1000, 2),
        }

    def _floor(self, orders: int) -> float:
        rows = {table: _rows(table) for table in TABLES}
        with connection.cursor() as cursor:
            for table in reversed(TABLES):
                if table == "engine_outboxmessage":
                    cursor.execute("DELETE FROM engine_attempt")
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        pages = orders // PAGE
        began = time.perf_counter()
        for page in range(pages):
            with transaction.atomic(), connection.cursor() as cursor:
                for table, (columns, values) in rows.items():
                    size = -(-len(values) // pages)
                    _insert(cursor, table, columns, values[page * size : (page + 1) * size])
        return orders / (time.perf_counter() - began)

    def known(self, orders: int) -> Figures:
        """Pages of orders that are stored and unchanged."""
        pages = [{order.order_id: order.fingerprint for order in made_orders(s, PAGE)} for s in range(0, orders, PAGE)]
        began = time.perf_counter()
        found = sum(len(known_orders(self.reading, page)) for page in pages)
        seconds = time.perf_counter() - began
        with CaptureQueriesContext(connection) as captured:
            known_orders(self.reading, pages[0])
        return {"orders_per_s": round(orders / seconds), "recognised": found, "statements_per_page": counted(captured)}

    def idle(self) -> Figures:
        """A poll of one account that has nothing new, alone in its round: the most that a poll can take."""
        statements = []
        for _ in range(3):
            SyncCursor.objects.exclude(feed="orders", owner_id=self.demo.account.pk).update(active=False)
            SyncCursor.objects.update(next_run_at=timezone.now() - timedelta(seconds=1), woken=False)
            with CaptureQueriesContext(connection) as captured:
                read(clock=timezone.now, threads=1)
            statements.append(counted(captured))
        return {"statements_of_a_poll_alone": statements[-1]}

    def polls(self, accounts: int) -> Figures:
        """A round of polls of so many accounts that have nothing new, beside their bare calls."""
        now = timezone.now()
        first = self.demo.account
        made = MarketplaceAccount.objects.bulk_create(
            MarketplaceAccount(
                company=first.company,
                marketplace=first.marketplace,
                name=f"account {number}",
                settings=first.settings,
                credentials=first.credentials,
            )
            for number in range(accounts)
        )
        OrderConnection.objects.bulk_create(
            OrderConnection(
                company=first.company,
                project=self.demo.connection.project,
                account=account,
                name=account.name,
                fulfilment=self.demo.connection.fulfilment,
                state=OrderConnection.State.ACTIVE,
                activated_from=now,
            )
            for account in made
        )
        SyncCursor.objects.exclude(owner_id__in=[one.pk for one in made]).update(active=False)
        SyncCursor.objects.bulk_create(
            SyncCursor(company=first.company, feed="orders", owner_id=one.pk, lane=one.lane, next_run_at=now)
            for one in made
        )
        self._round()  # the first time, each account is made a lane
        SyncCursor.objects.update(next_run_at=now)
        with CaptureQueriesContext(connection) as captured:
            self._round()
        SyncCursor.objects.update(next_run_at=now)
        began = time.process_time()
        self._round()
        cpu, began = time.process_time() - began, time.process_time()
        for account in made:
            list(open_account(account).fetch_orders(now, Fulfilment.MERCHANT))
        calls = time.process_time() - began
        return {
            "accounts": accounts,
            "statements_per_poll": round(counted(captured) / accounts, 2),
            "cpu_ms_per_poll": round((cpu - calls) / accounts * 1000, 2),
            "cpu_ms_of_its_calls": round(calls / accounts * 1000, 2),
        }

    @staticmethod
    def _round() -> None:
        while read(clock=timezone.now, threads=1):
            pass

    def delivering(self, orders: int, threads: int) -> Figures:
        """Create and activate orders in a shop that answers after 100 ms, then as many bare requests."""
        clear_outbox()
        self._owe(10**6, orders, threads)
        self.slow.calls = 0
        cpu, began = time.process_time(), time.perf_counter()
        delivery = Delivery(clock=timezone.now, threads=threads, seconds=300, lane_room=threads * 2)
        delivery.run()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        calls = self.slow.calls
        floor = self._bare(calls, threads)
        return {
            "orders_per_s": round(orders / seconds, 1),
            "requests_per_order": round(calls / orders, 1),
            "requests_per_s": round(calls / seconds),
            "floor_requests_per_s": round(calls / floor),
            "ratio": round(floor / seconds, 2),
            "cpu_ms_per_order": round(cpu / orders * 1000, 1),
        }

    def _owe(self, first: int, orders: int, threads: int) -> None:
        """Import orders that are to go into the shop, which has shown for long how much it bears."""
        for start in range(first, first + orders, PAGE):
            import_remote(self.reading, made_orders(start, min(PAGE, first + orders - start)), timezone.now())
        OutboxMessage.objects.filter(kind="update_offer_stock").delete()
        Lane.objects.update_or_create(
            key=self.demo.shop.lane, defaults={"company": self.demo.company, "width": threads * 2}
        )

    def memory(self, orders: int, threads: int) -> Figures:
        """Bring so many orders into a quick shop that forgets them; how much the process grew from its first ones."""
        self.slow.seconds, sizes = 0, list[float]()
        for first in range(0, orders, PORTION):
            self._owe(10**7 + first, min(PORTION, orders - first), threads)
            Delivery(clock=timezone.now, threads=threads, seconds=300, lane_room=threads * 2).run()
            self.shop.world.orders.clear()
            self.shop.requests.clear()
            sizes.append(getrusage(RUSAGE_SELF).ru_maxrss / 1024)
        return {"orders": orders, "mb_after_the_first": round(sizes[0], 1), "mb_after_all": round(sizes[-1], 1)}

    def _bare(self, calls: int, threads: int) -> float:
        local = threading.local()

        def post(_: int) -> None:
            if not hasattr(local, "session"):
                local.session = requests.Session()
                local.session.mount(SHOP, self.slow)
            local.session.get(f"{SHOP}/wp-json/wc/v3/orders/1", timeout=10)

        began = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(post, range(calls)))
        return time.perf_counter() - began


@contextmanager
def prepared() -> Iterator[Bench]:
    """A company with a slow simulated shop and a quick simulated bol, in the current database."""
    bol, shop = BolSimulator(), WooCommerceSimulator()
    slow = Slow(shop.mount(), 0.1)
    with mounted({BOL: bol.mount(), SHOP: slow}):
        demo = build_demo(bol_url=BOL, shop_url=SHOP, now=timezone.now(), name="Benchmark")
        for number in (1, 2):
            product = shop.add_product(f"B-{number}", price="12.10", stock=10**6)
            Product.objects.create(
                project=demo.connection.project, shop_product_id=str(product), sku=f"B-{number}", seen_at=timezone.now()
            )
        yield Bench(demo, bol, shop, slow)


def made_orders(first: int, count: int) -> list[Order]:
    return [_order(number) for number in range(first, first + count)]


def _order(number: int) -> Order:
    address = Address(
        first_name="Anouk",
        last_name=f"de Vries {number}",
        lines=("Keizersgracht 12 A",),
        street="Keizersgracht",
        house_number="12",
        house_number_addition="A",
        postcode="1015CJ",
        city="Amsterdam",
        country="NL",
        email=f"buyer{number}@verkopen.test",
    )
    lines = tuple(
        OrderLine(
            line_id=f"{number}-{n}",
            sku=f"B-{n}",
            ean="8710400000013",
            title="Mug",
            quantity=1,
            unit_price=Decimal("12.10"),
            total=Decimal("12.10"),
        )
        for n in (1, 2)
    )
    payload = {
        "orderId": f"BENCH{number}",
        "lines": [{"id": line.line_id, "price": 12.1} for line in lines],
        "address": ["x" * 40] * 8,
    }
    return Order(
        order_id=f"BENCH{number}",
        number=f"BENCH{number}",
        placed_at=datetime.now(UTC),
        fulfilment=Fulfilment.MERCHANT,
        currency="EUR",
        lines=lines,
        total=Decimal("24.20"),
        delivery=address,
        billing=address,
        fingerprint=fingerprint({"orderId": number}),
        payload=payload,
    )


def clear_outbox() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM engine_attempt")
        cursor.execute("DELETE FROM engine_outboxmessage")


def counted(captured: CaptureQueriesContext) -> int:
    """Return the number of statements, transactions' own not counted."""
    own = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    return sum(not query["sql"].startswith(own) for query in captured.captured_queries)


def _rows(table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - our own names
        return [column[0] for column in cursor.description], cursor.fetchall()


def _insert(cursor: Any, table: str, columns: Sequence[str], values: Sequence[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    if connection.vendor == "postgresql":
        from psycopg2.extras import execute_values

        # The wrapper of Django's cursor is passed over: this is the floor.
        execute_values(cursor.cursor, f"INSERT INTO {table} ({names}) VALUES %s", values, page_size=1000)  # noqa: S608
    else:
        marks = ", ".join(["?"] * len(columns))
        cursor.cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608
