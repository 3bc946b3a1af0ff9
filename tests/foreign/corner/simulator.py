"""A corner shop: it answers every request with 200, and says in the body when it does not like it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from adapterkit.simulator import Request, Response, Simulator, route

PER_PAGE = 50
CLOSED = {"completed", "cancelled"}
NOT_FOUND = Response(404, {"error": "not_found"})


class CornerSimulator(Simulator):
    """`rung` says how the shop tells a repeat: "unique", "keyed", "own_id" or not at all ("searched")."""

    def __init__(self, rung: str = "unique") -> None:
        super().__init__()
        self.rung, self.key, self.may_write = rung, "corner-key", True
        self.products: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, str] = {}

    def authenticate(self, request: Request) -> Response | None:
        if request.headers.get("X-Corner-Key") != self.key:
            return Response(200, {"error": "wrong_key"})
        return None if self.may_write or request.method == "GET" else Response(200, {"error": "may_not_write"})

    # What people do.

    def add_product(self, sku: str, *, price: str = "9.99", stock: int = 0, variations: list[str] | None = None) -> str:
        product_id = str(len(self.products) + 1)
        self.products[product_id] = {
            "id": product_id,
            "sku": sku,
            "price": price,
            "stock": stock,
            "variant_of": "",
        }
        for name in variations or ():
            self.products[self.add_product(name, price=price, stock=stock)]["variant_of"] = product_id
        return product_id

    def stock_of(self, sku: str) -> int:
        return int(next(row["stock"] for row in self.products.values() if row["sku"] == sku))

    def orders_with(self, reference: str) -> list[dict[str, Any]]:
        return [row for row in self.orders.values() if row["reference"] == reference]

    def ship(self, order_id: str, *, carrier: str, tracking_code: str, complete: bool = True) -> None:
        order = self.orders[order_id]
        sent = [name for parcel in order["parcels"] for name, count in parcel["lines"].items() for _ in range(count)]
        left = {line["id"]: line["quantity"] - sent.count(line["id"]) for line in order["lines"]}
        first = next(name for name, count in left.items() if count)
        pieces = {name: count for name, count in left.items() if count} if complete else {first: 1}
        parcel = {"id": f"{order_id}-{len(order['parcels'])}", "carrier": carrier, "code": tracking_code}
        order["parcels"].append({**parcel, "lines": pieces})
        if sum(left.values()) == sum(pieces.values()):
            order["state"] = "completed"
        self._touch(order)

    # What programs ask.

    @route("GET", "/v1/shop")
    def shop(self, request: Request) -> Response:
        return Response(200, {"currency": "EUR"})

    @route("GET", "/v1/products")
    def list_products(self, request: Request) -> Response:
        after = int(request.arg("after", "0"))
        rows = [row for number, row in enumerate(self.products.values(), 1) if number > after][:PER_PAGE]
        more = after + PER_PAGE < len(self.products)
        return Response(200, {"rows": rows, "next": after + PER_PAGE if more else 0, "at": self._now()})

    @route("GET", "/v1/stock")
    def list_stock(self, request: Request) -> Response:
        asked = request.arg("ids").split(",")
        return Response(200, {"stock": {name: self.products[name]["stock"] for name in asked if name in self.products}})

    @route("GET", "/v1/orders")
    def list_orders(self, request: Request) -> Response:
        if reference := request.arg("reference"):
            return Response(200, {"rows": self.orders_with(reference), "next": None, "at": self._now()})
        place = (request.arg("since"), int(request.arg("after", "0")))
        placed = sorted(((row["changed_at"], row["serial"]), row["id"]) for row in self.orders.values())
        found = [(at, self.orders[name]) for at, name in placed if at > place][:PER_PAGE]
        following = found[-1][0] if len(found) == PER_PAGE else None
        return Response(200, {"rows": [row for _, row in found], "next": following, "at": self._now()})

    @route("GET", "/v1/orders/{order_id}")
    def read_order(self, request: Request, order_id: str) -> Response:
        return Response(200, self.orders[order_id]) if order_id in self.orders else NOT_FOUND

    @route("POST", "/v1/orders")
    def create_order(self, request: Request) -> Response:
        reference, key = request.json["reference"], request.headers.get("Idempotency-Key", "")
        if self.rung == "unique" and self.orders_with(reference):
            return Response(200, {"error": "reference_taken"})
        if self.rung == "keyed" and key in self.keys:
            return Response(200, self.orders[self.keys[key]])
        made = self._make(str(1000 + len(self.orders)), request.json)
        if self.rung == "keyed" and key:
            self.keys[key] = made["id"]
        return Response(200, made)

    @route("PUT", "/v1/orders/{order_id}")
    def put_order(self, request: Request, order_id: str) -> Response:
        if self.rung != "own_id":
            return NOT_FOUND
        return Response(200, self.orders.get(order_id) or self._make(order_id, request.json))

    @route("POST", "/v1/orders/{order_id}/{verb}")
    def change_order(self, request: Request, order_id: str, verb: str) -> Response:
        if verb == "nothing":
            return Response(200, {})
        if order_id not in self.orders:
            return NOT_FOUND
        order = self.orders[order_id]
        if verb == "cancel" and order["state"] == "completed":
            return Response(400, {"error": "shipped"})
        state = {"cancel": "cancelled", "hold": "on_hold", "release": "open"}[verb]
        if order["state"] not in {state, *CLOSED}:
            if verb == "cancel":
                self._move_stock(order, +1)
            order["state"] = state
            self._touch(order)
        return Response(200, order)

    def _make(self, order_id: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        lines = [{**line, "id": f"{order_id}/{number}"} for number, line in enumerate(asked["lines"])]
        total = Decimal(asked["shipping"]) + sum(Decimal(line["total"]) for line in lines)
        order = {
            "id": order_id,
            "number": f"C{len(self.orders) + 1}",
            "serial": len(self.orders) + 1,
            "reference": asked["reference"],
            "currency": asked["currency"],
            "state": "completed" if asked["shipped"] else "open",
            "total": f"{total:.2f}",
            "to": asked["to"],
            "lines": lines,
            "parcels": [],
        }
        self.orders[order_id] = order
        if not asked["shipped"]:
            self._move_stock(order, -1)
        self._touch(order)
        return order

    def _move_stock(self, order: Mapping[str, Any], sign: int) -> None:
        for line in order["lines"]:
            self.products[line["product"]]["stock"] += sign * line["quantity"]

    def _touch(self, order: dict[str, Any]) -> None:
        order["changed_at"] = self._now()

    def _now(self) -> str:
        moment: datetime = self.now()
        return moment.astimezone(UTC).isoformat()
