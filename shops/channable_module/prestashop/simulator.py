"""A simulated PrestaShop with the Channable module, with the habits of its code.

Refuses a second order of one reference, keeps nine characters of a reference, looks an order up by the number that its
text begins with, takes the default currency for one it does not know, and prices two lines of a product as the last.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from adapterkit.simulator import Numbers, Request, Response, Simulator, route, utc_now
from adapterkit.trying_out import Sold, control
from shops.channable_module.world import Deliver, Json

NAME = re.compile(r"""[^0-9!<>,;?=+()/\\@#"°*`{}_^$%:¤\[\]|]+""")
ADDRESS = re.compile(r"[^!<>?=+@{}_$%]*")
CITY = re.compile(r'[^!<>;?=+@#"°{}_$%]+')
POSTCODE = re.compile(r"[a-zA-Z0-9 -]+")


@dataclass(slots=True)
class PrestaShopWorld:
    products: dict[str, Json] = field(default_factory=dict)  # by "12" or "12_5"
    orders: dict[int, Json] = field(default_factory=dict)
    currencies: tuple[str, ...] = ("EUR",)
    webhooks: dict[str, Json] = field(default_factory=dict)
    refuses_with: int = 200  # newer versions say 401 to a wrong key
    noise: str = ""  # what PHP says before the module does


class PrestaShopModuleSimulator(Simulator):
    """See the module."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        key: str = "CHANNABLEkey",
        first_id: int = 1,
    ) -> None:
        super().__init__(now=now)
        self.world = PrestaShopWorld()
        self.key = key
        self._ids, self._orders = Numbers(first_id), Numbers(first_id)

    def stock_up(self, product: Sold) -> None:
        price = str(product.price)
        self.add_product(product.sku, price=price, stock=product.stock, ean=product.ean, name=product.title)

    def connect_with(self, url: str) -> dict[str, str]:
        return {"shop_url": url, "key": self.key}

    # What people do.

    def add_product(self, sku: str, *, price: str = "12.10", stock: int = 10, ean: str = "", name: str = "") -> str:
        return self._add(str(next(self._ids)), sku, price, stock, ean, name)

    def add_combinations(self, skus: list[str], *, stock: int) -> None:
        parent = next(self._ids)
        for sku in skus:
            self._add(f"{parent}_{next(self._ids)}", sku, "12.10", stock, "", "")

    def _add(self, product_id: str, sku: str, price: str, stock: int, ean: str, name: str) -> str:  # noqa: PLR0917
        self.world.products[product_id] = {
            "id": product_id,
            "sku": sku,
            "price": Decimal(price),
            "stock": stock,
            "ean": ean,
            "title": name or f"Product {sku}",
        }
        return product_id

    def product(self, sku: str) -> Json:
        return next(product for product in self.world.products.values() if product["sku"] == sku)

    @control
    def stock_of(self, sku: str) -> int:
        return int(self.product(sku)["stock"])

    @control
    def orders_with(self, reference: str) -> list[Json]:
        return [order for order in self.world.orders.values() if order["channel_id"] == reference]

    @control
    def ship(self, order_id: int, *, tracking_code: str = "3SDEMO1", complete: bool = True) -> None:
        """Enter the tracking code, of which an order has one; with `complete` its state says that it is shipped."""
        order = self.world.orders[order_id]
        order["tracking"] = tracking_code or order["tracking"]
        if complete:
            order["state"] = "shipped"

    @control
    def cancel(self, order_id: int) -> None:
        self.world.orders[order_id]["state"] = "cancelled"

    def sell(self, sku: str, pieces: int, deliver: Deliver) -> list[tuple[int, bytes]]:
        """Someone else buys; the module posts the one product to every address that is active."""
        product = self.product(sku)
        product["stock"] -= pieces
        body = orjson.dumps(
            {
                "id": product["id"],
                "created": "2026-01-01 00:00:00",
                "modified": "2026-11-20 10:00:00",
                "gtin": product["sku"],
                "price": float(product["price"]),
                "stock": product["stock"],
                "title": product["title"],
            }
        )
        active = [hook for hook in self.world.webhooks.values() if hook["active"] == "1"]
        return [deliver({"Content-Type": "application/json"}, body) for _ in active]

    # How the module works.

    @route("GET", "/index.php")
    def read(self, request: Request) -> Response:
        if request.arg("key") != self.key:
            return self._unknown()
        match request.arg("controller"):
            case "order" if request.arg("order"):
                return self._order(request.arg("order"))
            case "feed":
                return self._feed(request)
            case "webhooks":
                return self._says(list(self.world.webhooks.values()))
        return Response(200, b"", media_type="text/html")

    @route("POST", "/index.php")
    def write(self, request: Request) -> Response:
        if request.arg("key") != self.key:
            return self._unknown()
        try:
            body = orjson.loads(request.body or b"null")
        except ValueError:
            body = None
        if not body:
            return Response(200, b"", media_type="text/html")
        if request.arg("controller") == "webhooks":
            self.world.webhooks[body["address"]] = dict(body)
            return self._says({"status": "OK"})
        return self._create(body)

    def unknown_route(self, request: Request) -> Response:
        return Response(404, b"<!doctype html><title>404</title>", media_type="text/html")

    def _unknown(self) -> Response:
        return Response(self.world.refuses_with, b"Not authenticated", media_type="text/html")

    def _says(self, answer: Any) -> Response:
        return Response(200, self.world.noise.encode() + orjson.dumps(answer))

    def _order(self, key: str) -> Response:
        number = re.match(r"\d*", key)
        order = self.world.orders.get(int(number[0]) if number and number[0] else 0)
        order = order or next((o for o in self.world.orders.values() if o["reference"] == key), None)
        if order is None:
            return Response(200, b"", media_type="text/html")
        told = {"id": order["id"], "reference": order["reference"], "is_shipped": order["state"]}
        return self._says({**told, "fulfillment": {"tracking_code": order["tracking"]}} if order["tracking"] else told)

    def _feed(self, request: Request) -> Response:
        start, size = (int(part) for part in request.arg("limit", "0,100").split(","))
        parents = sorted({int(key.partition("_")[0]) for key in self.world.products})[start : start + size]
        rows = [_row(p) for p in self.world.products.values() if int(p["id"].partition("_")[0]) in parents]
        return self._says(rows)

    def _create(self, body: Json) -> Response:
        errors, known = [], True
        for item in body.get("products", ()):
            product = self.world.products.get(str(item["id"]))
            known = known and product is not None
            if product is not None and product["stock"] < int(item["quantity"]):
                errors.append("Product out of stock")
        if any(order["reference"] == str(body["channable_id"]) for order in self.world.orders.values()):
            errors.append("Order already exists")
        if known and not errors:
            wrong = self._wrong(body)
            if not wrong:
                return self._says({"validated": "true", "order_id": self._add_order(body)})
            errors.append(f"Invalid address data, missing mandatory data, {wrong}")
        if not known:
            errors.append("Product not found in database")
        return self._says({"validated": "false", "errors": errors})

    @staticmethod
    def _wrong(body: Json) -> str:
        """Return the exception of the first field that PrestaShop does not take."""
        checks: tuple[tuple[str, str, re.Pattern[str]], ...] = (
            ("lastname", "last_name", NAME),
            ("firstname", "first_name", NAME),
            ("address1", "address_line_1", ADDRESS),
            ("city", "city", CITY),
            ("postcode", "zip_code", POSTCODE),
        )
        for part in ("shipping", "billing"):
            for name, key, pattern in checks:
                value = str(body[part].get(key) or "")
                if not pattern.fullmatch(value) or (pattern is ADDRESS and not value):
                    return f"Property Address->{name} is not valid"
        if "@" not in str(body["customer"].get("email")):
            return "Property Customer->email is not valid"
        return ""

    def _add_order(self, body: Json) -> int:
        order_id = next(self._orders)
        rows: dict[str, Json] = {}
        for item in body["products"]:
            row = rows.setdefault(str(item["id"]), {"product_id": str(item["id"]), "qty": 0})
            row["qty"] += int(item["quantity"])
            # The price and the total of a row are those of the line that came last.
            row |= {"price": item["price"], "total": Decimal(str(item["price"])) * int(item["quantity"])}
        currency = body["price"].get("currency")
        self.world.orders[order_id] = {
            "id": order_id,
            "reference": str(body["channable_id"])[:9],
            "channel_id": body["channel_id"],
            "state": "not_shipped",
            "tracking": "",
            "items": list(rows.values()),
            "total": Decimal(str(body["price"]["total"])),
            "shipping": Decimal(str(body["price"]["shipping"])),
            "currency": currency if currency in self.world.currencies else self.world.currencies[0],
            "body": body,
        }
        for row in rows.values():
            self.world.products[row["product_id"]]["stock"] -= row["qty"]
        return order_id


def _row(product: Json) -> Mapping[str, Any]:
    parent = product["id"].partition("_")[0]
    return {
        "id": product["id"],
        "parent_id": parent,
        "active": "1",
        "ean13": product["ean"],
        "reference": product["sku"],
        "gtin": product["ean"] or product["sku"],
        "title": product["title"],
        "price": f"{product['price'] / Decimal('1.21'):.2f}",
        "price_incl_vat": float(product["price"]),
        "sale_price_incl_vat": float(product["price"]),
        "stock": str(product["stock"]),
        "currency": "EUR",
    }
