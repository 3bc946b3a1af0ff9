"""A shop in one file whose platform OrderSync does not know: it is connected through the REST API alone.

    python examples/shop/shop.py https://orders.example osk_… 3        (3 is the project's id)

Its page lists the orders and lets you ship them. Everything that makes it safe stands here: an order's id is unique in
its own table, so that an order told twice is made once, and a number is acknowledged as often as it takes.
"""

from __future__ import annotations

import html
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import make_server

from ordersync_client import OrderSync, OrderSyncError, Refused

TABLES = """
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY, hub_id INTEGER UNIQUE, buyer TEXT, total TEXT, state TEXT DEFAULT 'open',
    acknowledged INTEGER DEFAULT 0, carrier TEXT DEFAULT '', code TEXT DEFAULT '', reported INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS pieces (number INTEGER, product TEXT, quantity INTEGER);
CREATE TABLE IF NOT EXISTS products (id TEXT PRIMARY KEY, title TEXT, price TEXT, stock INTEGER);
CREATE TABLE IF NOT EXISTS position (id INTEGER PRIMARY KEY, since TEXT);
"""


class Shop:
    """The shop: its tables, and what it tells and asks the hub."""

    def __init__(self, hub: OrderSync, project: int, path: str = ":memory:") -> None:
        self.hub, self.project = hub, project
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.executescript(TABLES)

    def sync(self) -> None:
        """One round; may be stopped anywhere and repeated at any time."""
        for order in self.hub.new_orders():
            self._make(order)
        self._acknowledge()
        self._read_on()
        self._report()
        self._tell_stock()

    def _make(self, order: Any) -> None:
        """Make an order once, in one transaction with the stock it takes."""
        with self.db:
            self.db.execute("BEGIN")
            new = "INSERT OR IGNORE INTO orders (hub_id, buyer, total) VALUES (?, ?, ?)"
            made = self.db.execute(new, (order["id"], order["delivery"]["last_name"], order["total"]))
            for line in order["lines"] if made.rowcount else ():
                taken = line["quantity"] - line["quantity_cancelled"]
                self.db.execute("INSERT INTO pieces VALUES (?, ?, ?)", (made.lastrowid, line["product"], taken))
                self.db.execute("UPDATE products SET stock = stock - ? WHERE id = ?", (taken, line["product"]))

    def _acknowledge(self) -> None:
        for number, hub_id, total in self.rows("SELECT number, hub_id, total FROM orders WHERE NOT acknowledged"):
            try:
                self.hub.acknowledge_order(hub_id, {"shop_order_id": str(number), "total": total})
            except Refused as refused:
                if refused.code != "order_closed":
                    raise
                self._cancel(hub_id)
            self.db.execute("UPDATE orders SET acknowledged = 1 WHERE number = ?", (number,))

    def _read_on(self) -> None:
        """Read what changed since last time: buyers cancel."""
        ((since,),) = self.rows("SELECT since FROM position") or [("0",)]
        changed, since = self.hub.changes(since)
        for order in changed:
            if order["status"] == "cancelled":
                self._cancel(order["id"])
        self.db.execute("INSERT OR REPLACE INTO position VALUES (1, ?)", (since,))

    def _cancel(self, hub_id: int) -> None:
        with self.db:
            self.db.execute("BEGIN")
            end = "UPDATE orders SET state = 'cancelled' WHERE hub_id = ? AND state = 'open' RETURNING number"
            for (number,) in self.rows(end, hub_id):
                for product, quantity in self.rows("SELECT product, quantity FROM pieces WHERE number = ?", number):
                    self.db.execute("UPDATE products SET stock = stock + ? WHERE id = ?", (quantity, product))

    def ship(self, number: int, carrier: str, code: str) -> None:
        ship = "UPDATE orders SET state = 'shipped', carrier = ?, code = ? WHERE number = ? AND state = 'open'"
        self.db.execute(ship, (carrier, code, number))

    def _report(self) -> None:
        sent = "SELECT number, hub_id, carrier, code FROM orders WHERE state = 'shipped' AND NOT reported"
        for number, hub_id, carrier, code in self.rows(sent):
            parcel: Any = {"reference": f"parcel-{number}", "carrier": carrier, "tracking_code": code}
            self.hub.create_shipment(hub_id, parcel)
            self.db.execute("UPDATE orders SET reported = 1 WHERE number = ?", (number,))

    def _tell_stock(self) -> None:
        """Tell all products, 500 at most in a call; what is no news costs the hub nothing."""
        products = self.rows("SELECT id, title, price, stock FROM products")
        if products:
            rows: Any = [{"product_id": p, "sku": p, "title": t, "price": c, "stock": s} for p, t, c, s in products]
            self.hub.store_products(self.project, rows)

    def rows(self, query: str, *values: Any) -> list[Any]:
        return self.db.execute(query, values).fetchall()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The page: a list of orders, each with a form to ship it."""
        if environ["REQUEST_METHOD"] == "POST":
            form = parse_qs(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode())
            self.ship(int(form["number"][0]), form["carrier"][0], form["code"][0])
            start_response("303 See Other", [("Location", "/")])
            return []
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        listed = self.rows("SELECT number, buyer, total, state, carrier, code FROM orders ORDER BY number DESC")
        return [PAGE.format(rows="".join(map(_row, listed))).encode()]


PAGE = "<!doctype html><title>Example shop</title><h1>Orders</h1><table border=1 cellpadding=6>{rows}</table>"
FORM = """<form method=post><input type=hidden name=number value={number}><input name=carrier value=postnl>
<input name=code placeholder="tracking code" required><button>Ship</button></form>"""


def _row(order: tuple[Any, ...]) -> str:
    cells = "".join(f"<td>{html.escape(str(cell))}</td>" for cell in order)
    return f"<tr>{cells}<td>{FORM.format(number=order[0]) if order[3] == 'open' else ''}</td></tr>"


def run(url: str, key: str, project: str) -> None:
    shop = Shop(OrderSync(url, key), int(project), "example-shop.sqlite3")
    shop.db.execute("INSERT OR IGNORE INTO products VALUES ('TST-001', 'A mug', '12.10', 10)")

    def again() -> None:
        while True:
            try:
                shop.sync()
            except OrderSyncError as error:
                print(error, file=sys.stderr)
            time.sleep(10)

    threading.Thread(target=again, daemon=True).start()
    print("The shop's page: http://127.0.0.1:8090/")
    make_server("127.0.0.1", 8090, shop).serve_forever()


if __name__ == "__main__":
    run(*sys.argv[1:])
