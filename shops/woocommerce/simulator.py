"""A simulated WooCommerce shop, with the habits observed on a running one.

Computes tax itself and ignores what is sent, takes unknown products with 201 and product_id 0, oversells, has no
idempotency, ignores filters it does not know, refuses some things for good with 500, and moves stock with the status.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from decimal import Decimal
from urllib.parse import parse_qsl, quote, urlsplit
from zlib import crc32

import orjson

from adapterkit.simulator import Request, Response, route
from shops.woocommerce.spec import API
from shops.woocommerce.world import STATUSES, Json, WooCommerceWorld, micro, set_meta

SHORTEST_EMAIL = 6
LOCAL, LABEL = re.compile(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]+"), re.compile(r"[a-zA-Z0-9-]+")


class WooCommerceSimulator(WooCommerceWorld):
    """See the module."""

    # What arrives.

    def authenticate(self, request: Request) -> Response | None:
        if urlsplit(request.url).scheme == "https":
            return self._basic(request)
        return self._signed(request)

    @route("GET", f"{API}/orders")
    def list_orders(self, request: Request) -> Response:
        rows = list(self.world.orders.values())
        statuses = request.arg("status", "any").split(",")
        # "any" is every status but the bin's, whatever is asked for beside it.
        rows = [row for row in rows if (row["status"] != "trash" if "any" in statuses else row["status"] in statuses)]
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
        if modified := request.arg("modified_before"):
            rows = [row for row in rows if row["date_modified_gmt"] < modified]
        if include := request.arg("include"):
            rows = [row for row in rows if str(row["id"]) in include.split(",")]
        by = {"modified": "date_modified_gmt", "id": "id"}.get(request.arg("orderby"), "date_created_gmt")
        # The real one sorts by the date alone: what shares it comes in another order on each page.
        page = request.arg("page", "1")
        tie = {row["id"]: row["id"] if by == "id" else crc32(f"{row['id']} {page}".encode()) for row in rows}
        rows.sort(key=lambda row: (row[by], tie[row["id"]]), reverse=request.arg("order", "desc") == "desc")
        page_of_rows = self._page(request, rows)
        self.meanwhile.pop("orders", lambda: None)()  # the real one reads each order after it chose the page's ids
        return page_of_rows

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
            charge["total"] = micro(row["total"])
        for row in body.get("meta_data", ()):
            set_meta(order, row["key"], row["value"])
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

    @route("GET", f"{API}/system_status")
    def system_status(self, request: Request) -> Response:
        return Response(200, {"environment": {"version": "10.0.0", "wp_version": "6.8.2", "php_version": "8.2.29"}})

    @route("GET", f"{API}/data/currencies/current")
    def read_currency(self, request: Request) -> Response:
        return Response(200, {"code": self.world.currency, "name": self.world.currency, "symbol": "&curren;"})

    @route("GET", f"{API}/shipping/zones")
    def list_zones(self, request: Request) -> Response:
        return Response(200, [{"id": zone, "name": f"Zone {zone}", "order": 0} for zone in sorted(self.world.zones)])

    @route("GET", f"{API}/shipping/zones/{{zone_id}}/methods")
    def list_methods(self, request: Request, zone_id: str) -> Response:
        titles = self.world.zones.get(int(zone_id))
        if titles is None:
            return _error(404, "woocommerce_rest_shipping_zone_invalid", "Resource does not exist.")
        named = {"method_id": "flat_rate", "method_title": "Flat rate"}
        return Response(
            200,
            [
                {"instance_id": number, "title": title, "enabled": enabled, **named}
                for number, (title, enabled) in enumerate(titles, start=1)
            ],
        )

    def unknown_route(self, request: Request) -> Response:
        return _error(404, "rest_no_route", "No route was found matching the URL and request method.")

    # How it is read.

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
            return _error(401, "woocommerce_rest_authentication_error", "Consumer key is invalid.")
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
        if email and not _is_email(email):
            return _param("billing", "Invalid email address.")
        for row in body.get("line_items", ()) if creating else ():
            if not isinstance(row.get("quantity", 1), int):
                return _param("line_items", "line_items[0][quantity] is not of type integer.")
            if not row.get("product_id") and not row.get("sku") and not row.get("variation_id"):
                return _error(400, "woocommerce_rest_required_product_reference", "Product ID or SKU is required.")
        return None

    def _page(self, request: Request, rows: list[Json]) -> Response:
        size, page = int(request.arg("per_page", "10")), int(request.arg("page", "1"))
        if not 1 <= size <= 100:
            return _param("per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)")
        pages = -(-len(rows) // size)
        headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)}
        return Response(200, rows[(page - 1) * size : page * size], headers)


def _is_email(text: str) -> bool:
    """Judge as WordPress' `is_email` does, which is stricter than what a buyer may have."""
    local, _, domain = text.partition("@")
    labels = domain.split(".")
    return (
        len(text) >= SHORTEST_EMAIL
        and LOCAL.fullmatch(local) is not None
        and len(labels) > 1
        and all(LABEL.fullmatch(label) and label.strip("-") == label for label in labels)
    )


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
    return _error(400, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
