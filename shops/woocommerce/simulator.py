"""A simulated WooCommerce shop, with the habits observed on a running one.

Computes tax itself and ignores what is sent, takes unknown products with 201 and product_id 0, oversells, has no
idempotency, ignores filters it does not know, refuses some things for good with 500, and moves stock with the status.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import orjson

from adapterkit.simulator import Request, Response, Simulator, route, utc_now
from shops.woocommerce.spec import API

Json = dict[str, Any]
CENT, MICRO = Decimal("0.01"), Decimal("0.000001")
STATUSES = (
    "auto-draft",
    "pending",
    "processing",
    "on-hold",
    "completed",
    "cancelled",
    "refunded",
    "failed",
    "checkout-draft",
)
TAKES_STOCK = {"processing", "completed", "on-hold"}
GIVES_BACK = {"cancelled", "pending"}
PAID = {"processing", "completed"}


@dataclass(slots=True)
class World:
    """What the simulated shop knows. `rates` is per cent by (country, tax class); a country without one is untaxed."""

    products: dict[int, Json] = field(default_factory=dict)
    orders: dict[int, Json] = field(default_factory=dict)
    notes: dict[int, list[Json]] = field(default_factory=dict)
    rates: dict[tuple[str, str], Decimal] = field(
        default_factory=lambda: {
            ("NL", "standard"): Decimal(21),
            ("NL", "reduced-rate"): Decimal(9),
            ("BE", "standard"): Decimal(21),
            ("BE", "reduced-rate"): Decimal(6),
        }
    )
    base_country: str = "NL"
    hpos: bool = True
    write_permission: bool = True


class WooCommerceSimulator(Simulator):
    """See the module."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        consumer_key: str = "ck_demo",
        consumer_secret: str = "cs_demo",  # noqa: S107 - of the simulated world
        first_id: int = 10,
    ) -> None:
        super().__init__(now=now)
        self.world = World()
        self.key, self.secret = consumer_key, consumer_secret
        self._ids = itertools.count(first_id)

    # The world's verbs.

    def add_product(
        self,
        sku: str,
        *,
        price: str = "12.10",
        stock: int | None = 10,
        ean: str = "",
        tax_class: str = "standard",
        name: str = "",
        variations: list[str] | None = None,
    ) -> int:
        """Add a product, or a variable one with a variation for each SKU in `variations`; return its id."""
        with self.lock:
            product = self._product(sku, price, None if variations else stock, ean, tax_class, name)
            if variations:
                product["type"] = "variable"
                for own in variations:
                    variation = self._product(own, price, stock, "", tax_class, name)
                    variation |= {"type": "variation", "parent_id": product["id"], "attributes": [{"option": own}]}
            return int(product["id"])

    def set_stock(self, sku: str, stock: int) -> None:
        self._by_sku(sku)["stock_quantity"] = stock

    def stock_of(self, sku: str) -> int:
        return int(self._by_sku(sku)["stock_quantity"])

    def remove_product(self, sku: str) -> None:
        with self.lock:
            del self.world.products[self._by_sku(sku)["id"]]

    def orders_with(self, reference: str) -> list[Json]:
        """The orders that carry a reference of ours, inert ones included."""
        return [order for order in self.world.orders.values() if _meta(order).get("_ordersync_reference") == reference]

    def ship(
        self, order_id: int, *, carrier: str = "PostNL", tracking_code: str = "3SDEMO1", complete: bool = True
    ) -> None:
        """Ship an order as a shipment extension does: the parcel in the order's meta, then completed."""
        with self.lock:
            order = self.world.orders[order_id]
            parcels = list(_meta(order).get("_wc_shipment_tracking_items") or ())
            parcels.append(
                {
                    "tracking_provider": carrier,
                    "custom_tracking_provider": "",
                    "custom_tracking_link": "",
                    "tracking_number": tracking_code,
                    "date_shipped": str(int(self.now().timestamp())),
                    "tracking_id": hashlib.sha256(f"{order_id}{tracking_code}".encode()).hexdigest()[:32],
                }
            )
            _set_meta(order, "_wc_shipment_tracking_items", parcels)
            self._move(order, "completed" if complete else order["status"])

    def complete(self, order_id: int) -> None:
        with self.lock:
            self._move(self.world.orders[order_id], "completed")

    def set_status(self, order_id: int, status: str) -> None:
        with self.lock:
            self._move(self.world.orders[order_id], status)

    def refund(self, order_id: int, amount: str, reason: str = "retour") -> None:
        with self.lock:
            order = self.world.orders[order_id]
            order["refunds"].append({"id": next(self._ids), "reason": reason, "total": f"-{amount}"})
            refunded = sum((abs(Decimal(row["total"])) for row in order["refunds"]), Decimal(0))
            self._move(order, "refunded" if refunded >= Decimal(order["total"]) else order["status"])

    def revoke_keys(self) -> None:
        self.key = "ck_revoked"

    # What arrives.

    def authenticate(self, request: Request) -> Response | None:
        if urlsplit(request.url).scheme == "https":
            return self._basic(request)
        return self._signed(request)

    @route("GET", f"{API}/orders")
    def list_orders(self, request: Request) -> Response:
        rows = list(self.world.orders.values())
        statuses = request.arg("status", "any").split(",")
        rows = [row for row in rows if "any" in statuses or row["status"] in statuses]
        if search := request.arg("search"):
            # Without its own tables WooCommerce finds buyers only, never a transaction id.
            rows = [
                row
                for row in rows
                if search in {row["billing"].get("email"), str(row["id"])}
                or (self.world.hpos and row["transaction_id"] == search)
            ]
        if after := request.arg("after"):
            rows = [row for row in rows if row["date_created_gmt"] > after]
        if modified := request.arg("modified_after"):
            rows = [row for row in rows if row["date_modified_gmt"] > modified]
        if include := request.arg("include"):
            rows = [row for row in rows if str(row["id"]) in include.split(",")]
        by = {"modified": "date_modified_gmt", "id": "id"}.get(request.arg("orderby"), "date_created_gmt")
        rows.sort(key=lambda row: (row[by], row["id"]), reverse=request.arg("order", "desc") == "desc")
        return self._page(request, rows)

    @route("POST", f"{API}/orders")
    def create_order(self, request: Request) -> Response:
        body = self._body(request)
        if isinstance(body, Response):
            return body
        if problem := self._invalid(body):
            return problem
        order = self._new_order(body)
        for row in body.get("line_items", ()):
            order["line_items"].append(self._line(row))
        order["shipping_lines"] = [self._charge(row, "method_title") for row in body.get("shipping_lines", ())]
        order["fee_lines"] = [self._charge(row, "name") for row in body.get("fee_lines", ())]
        self._total(order)
        self.world.orders[order["id"]] = order
        self._move(order, "processing" if body.get("set_paid") else str(body.get("status", "pending")))
        return Response(201, order)

    @route("GET", f"{API}/orders/{{order_id}}")
    def read_order(self, request: Request, order_id: str) -> Response:
        order = self._order(order_id)
        return Response(200, order) if order else _no_order()

    @route("PUT", f"{API}/orders/{{order_id}}")
    def update_order(self, request: Request, order_id: str) -> Response:
        body = self._body(request)
        if isinstance(body, Response):
            return body
        order = self._order(order_id)
        if order is None:
            return _no_order()
        if problem := self._invalid(body, creating=False):
            return problem
        for row in body.get("line_items", ()):
            self._change_line(order, row)
        for row in body.get("shipping_lines", ()):
            charge = next(found for found in order["shipping_lines"] if found["id"] == row["id"])
            charge["total"] = _micro(row["total"])
        for row in body.get("meta_data", ()):
            _set_meta(order, row["key"], row["value"])
        self._total(order)
        status = str(body.get("status", order["status"]))
        if body.get("set_paid") and order["status"] in {"pending", "failed"} and Decimal(order["total"]) > 0:
            status = "processing"
        self._move(order, status)
        return Response(200, order)

    @route("DELETE", f"{API}/orders/{{order_id}}")
    def delete_order(self, request: Request, order_id: str) -> Response:
        if not self.world.write_permission:
            return _error(
                401, "woocommerce_rest_authentication_error", "The API key provided does not have write permissions."
            )
        order = self._order(order_id)
        if order is None:
            return _no_order()
        shown = orjson.loads(orjson.dumps(order, default=str))
        if request.arg("force") == "true":
            del self.world.orders[order["id"]]
        else:
            self._move(order, "trash")
        return Response(200, shown)

    @route("POST", f"{API}/orders/{{order_id}}/notes")
    def add_note(self, request: Request, order_id: str) -> Response:
        order = self._order(order_id)
        if order is None:
            return _no_order()
        note = {
            "id": next(self._ids),
            "note": request.json.get("note"),
            "customer_note": request.json.get("customer_note", False),
        }
        self.world.notes.setdefault(order["id"], []).append(note)
        return Response(201, note)

    @route("GET", f"{API}/products")
    def list_products(self, request: Request) -> Response:
        rows = [row for row in self.world.products.values() if row["type"] != "variation"]
        if skus := request.arg("sku"):
            rows = [row for row in self.world.products.values() if row["sku"] in skus.split(",")]
        if include := request.arg("include"):
            rows = [row for row in rows if str(row["id"]) in include.split(",")]
        return self._page(request, sorted(rows, key=lambda row: row["id"]))

    @route("GET", f"{API}/products/{{product_id}}/variations")
    def list_variations(self, request: Request, product_id: str) -> Response:
        rows = [row for row in self.world.products.values() if str(row.get("parent_id")) == product_id]
        return self._page(request, rows)

    def unknown_route(self, request: Request) -> Response:
        return _error(404, "rest_no_route", "No route was found matching the URL and request method.")

    # How the shop works.

    def _basic(self, request: Request) -> Response | None:
        expected = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        sent = request.headers.get("Authorization", "")
        if sent == f"Basic {expected}":
            return None
        known = base64.b64decode(sent.removeprefix("Basic ") or b"").decode().partition(":")[0] == self.key
        if known:
            return _error(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid.")
        return _error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")

    def _signed(self, request: Request) -> Response | None:
        """Check an OAuth 1.0a signature in the query; over plain HTTP a Basic header is not even looked at."""
        parts = urlsplit(request.url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        given = dict(pairs)
        if given.get("oauth_consumer_key") != self.key:
            return _error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        signed = sorted((_percent(k), _percent(v)) for k, v in pairs if k != "oauth_signature")
        query = "&".join(f"{key}={value}" for key, value in signed)
        base = "&".join(map(_percent, (request.method, f"{parts.scheme}://{parts.netloc}{parts.path}", query)))
        digest = hmac.new(f"{self.secret}&".encode(), base.encode(), hashlib.sha256).digest()
        if hmac.compare_digest(base64.b64encode(digest).decode(), given.get("oauth_signature", "")):
            return None
        message = "Invalid signature - provided signature does not match."
        return _error(401, "woocommerce_rest_authentication_error", message)

    def _body(self, request: Request) -> Json | Response:
        if not self.world.write_permission:
            return _error(
                401, "woocommerce_rest_authentication_error", "The API key provided does not have write permissions."
            )
        try:
            body: Json = orjson.loads(request.body or b"{}")
        except ValueError:
            return _error(400, "rest_invalid_json", "Invalid JSON body passed.")
        return body

    def _invalid(self, body: Json, *, creating: bool = True) -> Response | None:
        if body.get("status", "pending") not in STATUSES:
            return _param("status", f"status is not one of {', '.join(STATUSES)}.")
        email = (body.get("billing") or {}).get("email", "")
        if email and "@" not in email:
            return _param("billing", "Invalid email address.")
        for row in body.get("line_items", ()) if creating else ():
            if not isinstance(row.get("quantity", 1), int):
                return _param("line_items", "line_items[0][quantity] is not of type integer.")
            if not row.get("product_id") and not row.get("sku") and not row.get("variation_id"):
                return _error(400, "woocommerce_rest_required_product_reference", "Product ID or SKU is required.")
        return None

    def _order(self, order_id: str) -> Json | None:
        return self.world.orders.get(int(order_id)) if order_id.isdecimal() else None

    def _new_order(self, body: Json) -> Json:
        order_id = next(self._ids)
        return {
            "id": order_id,
            "parent_id": 0,
            "number": str(order_id),
            "status": "new",
            "currency": body.get("currency", "EUR"),
            "date_created_gmt": self._stamp(),
            "date_modified_gmt": self._stamp(),
            "date_paid_gmt": None,
            "date_completed_gmt": None,
            "prices_include_tax": True,
            "created_via": "rest-api",
            "customer_id": 0,
            "customer_note": body.get("customer_note", ""),
            "billing": dict(body.get("billing") or {}),
            "shipping": dict(body.get("shipping") or {}),
            "payment_method": body.get("payment_method", ""),
            "payment_method_title": body.get("payment_method_title", ""),
            "transaction_id": body.get("transaction_id", ""),
            "meta_data": [{"id": next(self._ids), **row} for row in body.get("meta_data", ())],
            "line_items": [],
            "tax_lines": [],
            "shipping_lines": [],
            "fee_lines": [],
            "refunds": [],
        }

    def _line(self, row: Json) -> Json:
        product = self._resolve(row)
        quantity = row.get("quantity", 1)
        own = Decimal(product["price"]) * quantity / Decimal("1.21") if product else Decimal(0)
        parent = (product.get("parent_id") or product["id"]) if product else 0
        return {
            "id": next(self._ids),
            "name": row.get("name") or (product["name"] if product else ""),
            "product_id": parent,
            "variation_id": product["id"] if product and product["type"] == "variation" else 0,
            "quantity": quantity,
            "tax_class": product["tax_class"] if product else "standard",
            "subtotal": _micro(row.get("subtotal", row.get("total", own))),
            "total": _micro(row.get("total", own)),
            "taxes": [],
            "meta_data": [{"id": next(self._ids), **entry} for entry in row.get("meta_data", ())],
            "sku": product["sku"] if product else None,
        }

    def _resolve(self, row: Json) -> Json | None:
        if row.get("sku"):
            return next((p for p in self.world.products.values() if p["sku"] == row["sku"]), None)
        return self.world.products.get(row.get("variation_id") or row.get("product_id") or 0)

    def _change_line(self, order: Json, row: Json) -> None:
        line = next(found for found in order["line_items"] if found["id"] == row["id"])
        for name in ("subtotal", "total"):
            if name in row:
                line[name] = _micro(row[name])

    def _charge(self, row: Json, title: str) -> Json:
        return {
            "id": next(self._ids),
            title: row.get(title, ""),
            "total": _micro(row.get("total", "0")),
            "tax_class": "standard",
            "tax_status": row.get("tax_status", "taxable"),
            "taxes": [],
        }

    def _total(self, order: Json) -> None:
        """Compute every tax from the shop's own rates and the address, and the order's total from them."""
        country = order["shipping"].get("country") or order["billing"].get("country") or self.world.base_country
        sums: dict[str, Decimal] = {}
        gross = tax = Decimal(0)
        for row in [*order["line_items"], *order["shipping_lines"], *order["fee_lines"]]:
            rate = self.world.rates.get((country, row["tax_class"] or "standard"))
            rate = None if row.get("tax_status") == "none" else rate
            net = Decimal(row["total"])
            part = (net * rate / 100).quantize(MICRO, ROUND_HALF_UP) if rate is not None else Decimal(0)
            row["total_tax"] = _micro(part)
            row["taxes"] = []
            if rate is not None:
                row["taxes"] = [{"id": self._rate_id(country, row["tax_class"]), "total": _micro(part)}]
                sums[row["tax_class"] or "standard"] = sums.get(row["tax_class"] or "standard", Decimal(0)) + part
            gross, tax = gross + net + part, tax + part
        order["tax_lines"] = [
            {
                "id": number,
                "rate_id": self._rate_id(country, name),
                "label": "BTW",
                "rate_percent": float(self.world.rates[country, name]),
                "tax_total": _micro(total),
            }
            for number, (name, total) in enumerate(sums.items(), start=1)
        ]
        order["total"] = str(gross.quantize(CENT, ROUND_HALF_UP))
        order["total_tax"] = str(tax.quantize(CENT, ROUND_HALF_UP))

    def _rate_id(self, country: str, tax_class: str) -> int:
        return sorted(self.world.rates).index((country, tax_class or "standard")) + 1

    def _move(self, order: Json, status: str) -> None:
        """Change the status: stock is taken once when an order is to be shipped, and given back when it is not."""
        if status in PAID and not order["date_paid_gmt"]:
            order["date_paid_gmt"] = self._stamp()
        if status == "completed" and not order["date_completed_gmt"]:
            order["date_completed_gmt"] = self._stamp()
        if status in TAKES_STOCK and not order.get("_stock_taken"):
            self._take(order)
        elif status in GIVES_BACK and order.get("_stock_taken"):
            self._give_back(order)
        order["status"] = status
        order["date_modified_gmt"] = self._stamp()

    def _take(self, order: Json) -> None:
        order["_stock_taken"] = True
        for line in order["line_items"]:
            product = self.world.products.get(line["variation_id"] or line["product_id"])
            if product and product["manage_stock"] and not _meta(line).get("_reduced_stock"):
                product["stock_quantity"] -= line["quantity"]
                _set_meta(line, "_reduced_stock", str(line["quantity"]))

    def _give_back(self, order: Json) -> None:
        order["_stock_taken"] = False
        for line in order["line_items"]:
            product = self.world.products.get(line["variation_id"] or line["product_id"])
            taken = int(_meta(line).get("_reduced_stock") or 0)
            if product and product["manage_stock"] and taken:
                product["stock_quantity"] += taken
                line["meta_data"] = [row for row in line["meta_data"] if row["key"] != "_reduced_stock"]

    def _product(  # noqa: PLR0917 - a row's columns
        self, sku: str, price: str, stock: int | None, ean: str, tax_class: str, name: str
    ) -> Json:
        product_id = next(self._ids)
        product: Json = {
            "id": product_id,
            "name": name or f"Product {sku}",
            "type": "simple",
            "status": "publish",
            "sku": sku,
            "global_unique_id": ean,
            "price": price,
            "manage_stock": stock is not None,
            "stock_quantity": stock,
            "tax_class": "" if tax_class == "standard" else tax_class,
            "parent_id": 0,
            "attributes": [],
            "meta_data": [],
        }
        self.world.products[product_id] = product
        return product

    def _by_sku(self, sku: str) -> Json:
        return next(product for product in self.world.products.values() if product["sku"] == sku)

    def _page(self, request: Request, rows: list[Json]) -> Response:
        size, page = int(request.arg("per_page", "10")), int(request.arg("page", "1"))
        if not 1 <= size <= 100:
            return _param("per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)")
        pages = -(-len(rows) // size)
        headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)}
        return Response(200, rows[(page - 1) * size : page * size], headers)

    def _stamp(self) -> str:
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _meta(row: Json) -> Mapping[str, Any]:
    return {entry["key"]: entry["value"] for entry in row["meta_data"]}


def _set_meta(row: Json, key: str, value: Any) -> None:
    for entry in row["meta_data"]:
        if entry["key"] == key:
            entry["value"] = value
            return
    row["meta_data"].append({"id": 0, "key": key, "value": value})


def _micro(amount: Any) -> str:
    return f"{Decimal(str(amount)).quantize(MICRO, ROUND_HALF_UP):f}"


def _percent(text: str) -> str:
    return quote(text, safe="-._~")


def _error(status: int, code: str, message: str) -> Response:
    return Response(status, {"code": code, "message": message, "data": {"status": status}})


def _param(name: str, reason: str) -> Response:
    body = {
        "code": "rest_invalid_param",
        "message": f"Invalid parameter(s): {name}",
        "data": {"status": 400, "params": {name: reason}},
    }
    return Response(400, body)


def _no_order() -> Response:
    return _error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
