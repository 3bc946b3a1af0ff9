"""The world of a simulated Magento with the module: what people do in it, and how the shop works."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from adapterkit.simulator import Numbers, Request, Response, Simulator, utc_now
from adapterkit.trying_out import Sold, control

Json = dict[str, Any]
CENT = Decimal("0.01")
SPAN = range(1, 337)  # hours that may be asked for
POSTED_AT_ONCE = 50
Deliver = Callable[[Mapping[str, str], bytes], tuple[int, bytes]]


@dataclass(slots=True)
class ModuleWorld:
    """What the shop knows, and how its module is set up."""

    products: dict[int, Json] = field(default_factory=dict)
    orders: dict[str, Json] = field(default_factory=dict)
    rates: dict[str, Decimal] = field(
        default_factory=lambda: {"NL": Decimal(21), "BE": Decimal(21), "DE": Decimal(19), "FR": Decimal(20)}
    )
    home: str = "NL"
    currencies: tuple[str, ...] = ("EUR",)
    cross_border_trade: bool = False  # the same price in every country
    shop_s_shipping: Decimal | None = None  # what the method costs that the module is set to, where it is not its own
    orders_enabled: bool = True
    feed_enabled: bool = True
    items_enabled: bool = True
    use_channel_number: bool = True
    prefix: str = "M-"
    alphanumeric: bool = False
    invoices: bool = True
    takes_shipped: bool = True  # orders that the marketplace ships
    shipped_leave_stock: bool = True
    ships_shipped: bool = True
    backorders: bool = False
    feed_limit: int = 50  # products of a page
    stock_url: str = ""
    returns_enabled: bool = True
    returns_enabled_everywhere: bool = True  # not for the store view alone
    matches_returns: bool = False  # a credit memo accepts the returns of its order
    returns: dict[int, Json] = field(default_factory=dict)
    bodies: dict[int, Json] = field(default_factory=dict)  # the first body of each channable_id


class ModuleSimulator(Simulator, ABC):
    """The verbs and the inner workings that both Magento modules share."""

    zone: ClassVar = ZoneInfo("Europe/Amsterdam")

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        token: str = "module-token",  # noqa: S107 - of the simulated world
        first_id: int = 1,
    ) -> None:
        super().__init__(now=now)
        self.world = ModuleWorld()
        self.token = token
        self._products, self._numbers = Numbers(first_id), Numbers(first_id)
        self._returns = Numbers(first_id)

    def stock_up(self, product: Sold) -> None:
        price = str(product.price)
        self.add_product(product.sku, price=price, stock=product.stock, ean=product.ean, name=product.title)

    def connect_with(self, url: str) -> dict[str, str]:
        return {
            "shop_url": url,
            "token": self.token,
            "store_id": "1",
            "number_prefix": self.world.prefix,
            "time_zone": str(self.zone),
        }

    # What people do.

    def add_product(
        self, sku: str, *, price: str = "12.10", stock: int = 10, ean: str = "", name: str = "", parent: int = 0
    ) -> int:
        with self.lock:
            product_id = next(self._products)
            self.world.products[product_id] = {
                "id": product_id,
                "sku": sku,
                "ean": ean,
                "title": name or f"Product {sku}",
                "price": Decimal(price),
                "stock": stock,
                "parent": parent,
                "told": None,
            }
            return product_id

    def add_configurable(self, sku: str, variations: list[str], *, stock: int) -> int:
        parent = self.add_product(sku, stock=0)
        self.world.products[parent]["type"] = "configurable"
        for own in variations:
            self.add_product(own, stock=stock, parent=parent)
        return parent

    def product(self, sku: str) -> Json:
        return next(product for product in self.world.products.values() if product["sku"] == sku)

    @control
    def stock_of(self, sku: str) -> int:
        return int(self.product(sku)["stock"])

    @control
    def set_stock(self, sku: str, stock: int) -> None:
        self.product(sku)["stock"] = stock

    @control
    def orders_with(self, reference: str) -> list[Json]:
        return [order for order in self.world.orders.values() if order["channel_id"] == reference]

    @control
    def ship(
        self, number: str, *, carrier: str = "PostNL", tracking_code: str = "3SDEMO1", complete: bool = True
    ) -> None:
        """Send a parcel; with `complete` it holds all that is left. Without a code its track comes later."""
        with self.lock:
            order = self.world.orders[number]
            tracks = [{"number": tracking_code, "title": carrier, "carrier_code": "custom"}] if tracking_code else []
            order["shipments"].append({"created_at": self.now(), "tracks": tracks, "complete": complete})
            if complete:
                order["status"] = order["state"] = "complete"
            order["updated_at"] = self.now()

    @control
    def add_track(self, number: str, tracking_code: str, *, carrier: str = "PostNL", shipment: int = -1) -> None:
        """Add a track to a shipment that is there; no date of anything moves."""
        track = {"number": tracking_code, "title": carrier, "carrier_code": "custom"}
        self.world.orders[number]["shipments"][shipment]["tracks"].append(track)

    @control
    def cancel(self, number: str) -> None:
        with self.lock:
            order = self.world.orders[number]
            order["status"] = order["state"] = "canceled"
            order["updated_at"] = self.now()
            if order["takes_stock"]:
                self._move(order, 1)

    def refund(self, number: str) -> None:
        """Make a credit memo for the whole order; returns are matched with it where the module is set to."""
        with self.lock:
            order = self.world.orders[number]
            order["status"] = order["state"] = "closed"
            order["updated_at"] = self.now()
            for kept in self.world.returns.values() if self.world.matches_returns else ():
                if kept["order"] == number and kept["status"] == "new":
                    kept["status"] = "accepted"

    def decide_return(self, return_id: int, status: str) -> None:
        """Choose an action of the list of returns."""
        self.world.returns[return_id]["status"] = status

    def run_cron(self, deliver: Deliver) -> list[tuple[int, bytes]]:
        """Post the stock that changed since it was told last, fifty items at once, to the address that is set."""
        if not (self.world.items_enabled and self.world.stock_url):
            return []
        changed = [product for product in self.world.products.values() if product["told"] != product["stock"]]
        batches = [changed[start : start + POSTED_AT_ONCE] for start in range(0, len(changed), POSTED_AT_ONCE)]
        answers = []
        for batch in batches:
            headers = {"Content-Type": "application/json", "X-MAGMODULES-TOKEN": self.token}
            answers.append(deliver(headers, self.posted(batch)))
            for product in batch:
                product["told"] = product["stock"]
        return answers

    @abstractmethod
    def posted(self, products: list[Json]) -> bytes:
        """Return the body in which the module tells the stock of these products."""

    # How the module works.

    def refused(self, errors: Any) -> Response:
        return Response(200, {"validated": "false", "errors": errors})

    def accepted(self, number: str) -> Response:
        return Response(200, {"validated": "true", "order_id": number})

    def place(self, body: Json, *, convert_prices: bool, discount: Decimal) -> Json:
        """Make an order from a body: one row for each product, at the price that came last."""
        rows: dict[int, Json] = {}
        for item in body["products"]:
            product_id = int(item["id"])
            row = rows.setdefault(product_id, {"product_id": product_id, "qty": 0})
            row["qty"] += int(item["quantity"])
            row["price"] = self.priced(item["price"], body) if convert_prices else cents(item["price"])
        shipping = self.world.shop_s_shipping
        shipping = self.priced(body["price"]["shipping"], body) if shipping is None else shipping
        goods = sum((row["price"] * row["qty"] for row in rows.values()), Decimal(0))
        marketplace_ships = body.get("order_status") == "shipped"
        order = {
            "number": self._number(body["channel_id"]),
            "channel_id": body["channel_id"],
            "channable_id": body["channable_id"],
            "items": list(rows.values()),
            "shipping": shipping,
            "discount": discount,
            "total": goods + shipping - discount,
            "currency": "EUR",
            "shipments": [],
            "created_at": self.now(),
            "updated_at": self.now(),
            "method": "channable",
            "memo": body.get("memo") or "",
            "takes_stock": not (marketplace_ships and self.world.shipped_leave_stock),
            "body": body,
        }
        order["status"] = order["state"] = "processing" if self.world.invoices else "pending"
        if marketplace_ships and self.world.ships_shipped:
            order["shipments"].append({"created_at": self.now(), "tracks": [], "complete": True})
            order["status"] = order["state"] = "complete" if self.world.invoices else "processing"
        self.world.orders[order["number"]] = order
        if order["takes_stock"]:
            self._move(order, -1)
        return order

    def keep_return(self, request: Request, by: str) -> Response:
        """Keep whatever is posted as one more return; `by` names what the order's number in it is compared with."""
        if not request.body:
            return self.refused("Post data empty!")
        body: Json = request.json
        missing = next((name for name in ("channable_id", "channel_id") if not body.get(name)), "")
        if missing:
            return self.refused(f"Post missing {missing}")
        item, customer = body.get("item") or {}, body.get("customer") or {}
        needed = {"status": body, "first_name": customer, "last_name": customer, "reason": item, "comment": item}
        absent = next((name for name, part in needed.items() if name not in part), "")
        if absent:
            return self.refused(f'Warning: Undefined array key "{absent}"')
        return_id = next(self._returns)
        wanted = str(item.get("order_id") or "")
        found = (order["number"] for order in self.world.orders.values() if str(order[by]) == wanted)
        self.world.returns[return_id] = {"body": body, "status": body["status"], "order": next(found, "")}
        return Response(200, {"validated": "true", "return_id": return_id})

    def priced(self, amount: Any, body: Json) -> Decimal:
        """Without cross-border trade the shop keeps the net price and adds the tax of the country it goes to."""
        country = body["shipping"]["country_code"]
        if self.world.cross_border_trade or country == self.world.home:
            return cents(amount)
        rate, home = self.world.rates.get(country, Decimal(0)), self.world.rates[self.world.home]
        return cents(Decimal(str(amount)) / (100 + home) * (100 + rate))

    def short(self, body: Json) -> Json | None:
        """Return the first item of which too little is there."""
        wanted: dict[int, int] = {}
        for item in body["products"]:
            wanted[int(item["id"])] = wanted.get(int(item["id"]), 0) + int(item["quantity"])
            product = self.world.products[int(item["id"])]
            if wanted[product["id"]] > product["stock"] and not self.world.backorders:
                return dict(item)
        return None

    def _move(self, order: Json, sign: int) -> None:
        for row in order["items"]:
            self.world.products[row["product_id"]]["stock"] += sign * row["qty"]

    def _number(self, channel_id: str) -> str:
        if not self.world.use_channel_number:
            return f"{next(self._numbers):09d}"
        kept = "".join(c for c in channel_id if c.isalnum() or not (self.world.alphanumeric or c.isspace()))
        number = base = (self.world.prefix + kept)[:50]
        for place in itertools.count(1):
            if number not in self.world.orders:
                return number
            number = f"{base}-{place}"
        raise AssertionError("unreachable")

    def shipments_since(self, hours: int) -> list[tuple[Json, Json]]:
        since = self.now() - timedelta(hours=hours)
        return [
            (order, shipment)
            for order in self.world.orders.values()
            for shipment in order["shipments"]
            if shipment["created_at"] >= since and order["method"] == "channable"
        ]

    def changed_since(self, hours: int) -> list[Json]:
        since = self.now() - timedelta(hours=hours)
        return [
            order
            for order in self.world.orders.values()
            if order["updated_at"] >= since and order["method"] == "channable"
        ]

    def local(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def page_of_feed(self, request: Request) -> tuple[list[Json], Json] | None:
        """Return the products of a page and the feed's head; None past the last one."""
        page, limit = int(request.arg("page", "1")), self.world.feed_limit
        products = sorted(self.world.products.values(), key=lambda product: product["id"])
        pages = max(-(-len(products) // limit), 1)
        head = {
            "extension": "Magmodules_Channable",
            "products_total": len(products),
            "products_limit": str(limit),
            "products_pages": pages,
            "current_page": page,
            "next_page": "true" if pages > page else "false",
        }
        return (products[(page - 1) * limit : page * limit], head) if page <= pages else None


def cents(amount: Any) -> Decimal:
    return Decimal(str(amount)).quantize(CENT, ROUND_HALF_UP)


def tracks_of(tracks: list[Json]) -> Json:
    """Return tracks as the modules tell them: lists side by side; no keys at all without a track."""
    if not tracks:
        return {}
    return {
        "tracking_code": [track["number"] for track in tracks],
        "title": [track["title"] for track in tracks],
        "carrier_code": [track["carrier_code"] for track in tracks],
    }
