"""A simulated Magento 1 (OpenMage), as far as its XML-RPC is read, with the habits observed on a running one.

Faults come with 200. Everything is a text. Lists have no pages; that of shipments tells their numbers alone. The id of
a product is taken for a SKU where there is such a SKU, and an unknown one is left out.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from xmlrpc import client

from adapterkit.simulator import Numbers, Request, Response, Simulator, route, utc_now
from adapterkit.trying_out import Sold, control
from shops.magento1 import rpc
from shops.magento1.world import Json, World, memo_info, order_info, order_row, shipment_info, stamp

TIMEOUT = timedelta(hours=1)


class XmlRpcSide(Simulator, ABC):
    """The XML-RPC of a shop whose world is shown by `shown_orders` and `shown_products`."""

    def __init__(self, *, now: Callable[[], datetime] = utc_now, **options: Any) -> None:
        super().__init__(now=now, **options)
        self.api_user, self.api_key = "ordersync", "api-key-of-ordersync"
        self.sessions: dict[str, datetime] = {}
        self.denied: set[str] = set()  # resources that the role may not use
        self.noise = ""  # what PHP says before the answer
        self.rate = Decimal(21)
        self._sessions = Numbers(1)
        self.calls: list[str] = []  # paths, those within a batch too

    @abstractmethod
    def shown_orders(self) -> list[Json]: ...

    @abstractmethod
    def shown_products(self) -> list[Json]: ...

    @route("POST", "/api/xmlrpc")
    def xmlrpc(self, request: Request) -> Response:
        method, arguments = rpc.call_in(request.body.decode())
        try:
            body = client.dumps((self._answer(method, arguments),), methodresponse=True, allow_none=True)
        except rpc.Fault as fault:
            body = client.dumps(client.Fault(fault.code, fault.message), methodresponse=True)
        return Response(200, self.noise + body, media_type="text/xml; charset=UTF-8")

    def _answer(self, method: str, arguments: list[Any]) -> Any:
        if method == "login":
            return self._login(*arguments)
        if method not in {"call", "multiCall"}:
            raise rpc.Fault(620, f'Method "{method}" does not exist')
        session = arguments[0]
        if self.sessions.get(session, datetime.min.replace(tzinfo=self.now().tzinfo)) + TIMEOUT < self.now():
            raise rpc.Fault(5, "Session expired. Try to relogin.")
        self.sessions[session] = self.now()
        if method == "call":
            return self._call(arguments[1], arguments[2] if len(arguments) > 2 else [])
        return [self._in_batch(*call) for call in arguments[1]]

    def _login(self, user: str = "", key: str = "") -> str:
        if not (user and key):
            raise rpc.Fault(6, 'Required parameter is missing, for more details see "exception.log".')
        if (user, key) != (self.api_user, self.api_key):
            raise rpc.Fault(2, "Access denied.")
        session = f"{next(self._sessions):032x}"
        self.sessions[session] = self.now()
        return session

    def _in_batch(self, path: str, arguments: Any = ()) -> Any:
        try:
            return self._call(path, arguments)
        except rpc.Fault as fault:
            return {"isFault": True, "faultCode": str(fault.code), "faultMessage": fault.message}

    def _call(self, path: str, arguments: Any) -> Any:
        self.calls.append(path)
        handler = self._handlers.get(path)
        if handler is None:
            raise rpc.Fault(3, "Invalid api path.")
        if path.split(".", maxsplit=1)[0] in self.denied:
            raise rpc.Fault(2, "Access denied.")
        return handler(*arguments)

    @property
    def _handlers(self) -> dict[str, Callable[..., Any]]:
        return {
            "sales_order.list": self._order_list,
            "sales_order.info": self._order_info,
            "sales_order_shipment.list": lambda filters=None: self._told_numbers("shipments", "shipment_id", filters),
            "sales_order_shipment.info": lambda number: self._record("shipments", number, shipment_info),
            "sales_order_creditmemo.list": lambda filters=None: self._told_numbers("memos", "creditmemo_id", filters),
            "sales_order_creditmemo.info": lambda number: self._record("memos", number, memo_info),
            "catalog_product.list": self._product_list,
            "cataloginventory_stock_item.list": self._stock_list,
        }

    def _order_list(self, filters: Any = None) -> list[Json]:
        rows = [order_row(order, self.rate) for order in self.shown_orders()]
        return [row for row in rows if _fits(row, filters)]

    def _order_info(self, number: str) -> Json:
        for order in self.shown_orders():
            if order["number"] == str(number):
                return order_info(order, self.rate)
        raise rpc.Fault(100, "Requested order not exists.")

    def _told_numbers(self, kind: str, name: str, filters: Any) -> list[Json]:
        rows = []
        for order in self.shown_orders():
            for record in order[kind]:
                row = {"increment_id": record["number"], "created_at": stamp(record["created_at"]), name: None}
                if _fits({**row, "order_id": str(order["id"])}, filters):
                    rows.append(row)
        return rows

    def _record(self, kind: str, number: str, told: Callable[[Json, Json], Json]) -> Json:
        for order in self.shown_orders():
            for record in order[kind]:
                if record["number"] == str(number):
                    return told(order, record)
        raise rpc.Fault(100, "Requested shipment not exists.")

    def _product_list(self, filters: Any = None, store: Any = None) -> list[Json]:
        rows = [
            {
                "product_id": str(product["id"]),
                "sku": product["sku"],
                "name": product["name"],
                "set": "4",
                "type": product["type"],
                "category_ids": [],
                "website_ids": ["1"],
            }
            for product in self.shown_products()
        ]
        return [row for row in rows if _fits(row, filters)]

    def _stock_list(self, asked: Any) -> list[Json]:
        by_sku = {product["sku"].lower(): product["id"] for product in self.shown_products()}
        wanted = {
            by_sku.get(str(one).lower()) or _as_number(one) for one in (asked if isinstance(asked, list) else [asked])
        }
        return [
            {
                "product_id": str(product["id"]),
                "sku": product["sku"],
                "qty": f"{product['qty']:.4f}",
                "is_in_stock": "1" if product["in_stock"] else "0",
            }
            for product in self.shown_products()
            if product["id"] in wanted
        ]


class Magento1Simulator(XmlRpcSide):
    """See the module."""

    def __init__(self, *, now: Callable[[], datetime] = utc_now, first_id: int = 1) -> None:
        super().__init__(now=now)
        self.world = World(first_id=first_id)

    def stock_up(self, product: Sold) -> None:
        self.world.add_product(product.sku, stock=product.stock, name=product.title)

    def connect_with(self, url: str) -> dict[str, str]:
        reference = {"reference_column": "ext_order_id"}
        return {"shop_url": url, "api_user": self.api_user, "api_key": self.api_key, **reference}

    @control
    def place_order(self, sku: str, *, quantity: int = 1, price: str = "12.10", reference: str = "") -> str:
        """Another program makes an order, and writes our number on it; return the shop's number."""
        rows = [(int(self.world.product(sku)["id"]), quantity, Decimal(price))]
        columns = {"ext_order_id": reference}
        return str(self.world.add_order(self.now(), rows, shipping=Decimal(0), columns=columns)["number"])

    @control
    def ship(self, number: str, *, carrier: str = "PostNL", tracking_code: str = "", complete: bool = True) -> None:
        self.world.ship(number, self.now(), carrier=carrier, tracking_code=tracking_code, complete=complete)

    @control
    def cancel(self, number: str) -> None:
        self.world.cancel(number, self.now())

    def shown_orders(self) -> list[Json]:
        return list(self.world.orders.values())

    def shown_products(self) -> list[Json]:
        return list(self.world.products.values())


def _fits(row: Json, filters: Any) -> bool:
    """Whether a record fits; a column that is not there fails as the database does."""
    for name, condition in (filters or {}).items():
        if name not in row:
            raise rpc.Fault(1, f"SQLSTATE[42S22]: Column not found: 1054 Unknown column '{name}' in 'where clause'")
        wanted = condition if isinstance(condition, dict) else {"eq": condition}
        if row[name] is None or not all(_holds(row[name], kind, value) for kind, value in wanted.items()):
            return False
    return True


def _holds(value: str, kind: str, wanted: Any) -> bool:
    """Compare as the database does: numbers by their worth, texts whatever their case."""
    if kind == "in":
        return any(_holds(value, "eq", one) for one in wanted)
    left, right = str(value).lower(), str(wanted).lower()
    order = (int(left) - int(right)) if left.isdigit() and right.isdigit() else (left > right) - (left < right)
    return {"eq": order == 0, "from": order >= 0, "gteq": order >= 0, "to": order <= 0, "lteq": order <= 0}[kind]


def _as_number(text: Any) -> int:
    """Read a text as a number as the database does: as far as it has digits at its beginning."""
    digits = "".join(itertools.takewhile(str.isdigit, str(text)))
    return int(digits or 0)
