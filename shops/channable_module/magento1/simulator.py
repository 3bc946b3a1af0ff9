"""A simulated Magento 1 (OpenMage) with the Channable module, with the habits observed on a running one.

Answers errors with 200, makes an order anew at every call, knows no currency and no discount, changes prices with
foreign tax, and gives an order its number a moment after it was made. Shows the same orders over XML-RPC.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson

from adapterkit.simulator import Request, Response, route
from shops.channable_module.world import SPAN, Json, ModuleSimulator, tracks_of
from shops.magento1.simulator import XmlRpcSide

READ = ("customer", "billing", "shipping", "price", "products")


class Magento1ModuleSimulator(XmlRpcSide, ModuleSimulator):
    """See the module."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.world.alphanumeric = True

    @route("POST", "/channableapi/order/index/code/{token}/store/{store}")
    def index(self, request: Request, token: str, store: str) -> Response:
        if not self.world.orders_enabled or store != "1":
            return self.refused("Order import not enabled")
        if token != self.token:
            return self.refused("Invalid token")
        if not request.body:
            return self.refused("Post data empty!")
        try:
            body: Json = orjson.loads(request.body)
        except ValueError:
            return self.refused("Post not valid JSON-Data: Syntax error")
        for name in ("channable_id", "channel_id"):
            if not body.get(name):
                return self.refused(f"Post missing {name}")
        return self._import(body)

    @route("POST", "/channableapi/order/index/code/{token}")
    def index_without_store(self, request: Request, token: str) -> Response:
        return self.refused("Store param missing in request")

    @route("GET", "/channableapi/order/get/code/{token}")
    def get_order(self, request: Request, token: str) -> Response:
        if token != self.token:
            return self.refused("Unknown Token")
        if not request.arg("id"):
            return self.refused("Missing ID")
        order = self.world.orders.get(request.arg("id"))
        if order is None:
            return self.refused("No order found")
        if order["method"] != "channable":
            return self.refused("Not a Channable order")
        tracks = [track for shipment in order["shipments"] for track in shipment["tracks"]]
        told = {"id": order["number"], "status": order["status"]}
        return Response(200, {**told, "fulfillment": tracks_of(tracks)} if tracks else told)

    @route("GET", "/channableapi/order/shipments/code/{token}/timespan/{hours}")
    def shipments(self, request: Request, token: str, hours: str) -> Response:
        if token != self.token:
            return self.refused("Unknown Token")
        if not hours.isdecimal() or int(hours) not in SPAN:
            return self.refused("Invalid timespan, supported range: 1-336")
        rows = []
        for order, shipment in self.shipments_since(int(hours)):
            row = {"id": order["number"], "status": order["status"], "date": self.local(shipment["created_at"])}
            rows.append({**row, "fulfillment": tracks_of(shipment["tracks"])} if shipment["tracks"] else row)
        return Response(200, rows)

    @route("POST", "/channableapi/returns/index/code/{token}/store/{store}")
    def returns_index(self, request: Request, token: str, store: str) -> Response:
        if token != self.token:
            return self.refused("Invalid token")
        return self.keep_return(request, "channable_id")

    @route("GET", "/channableapi/returns/get/code/{token}")
    def return_status(self, request: Request, token: str) -> Response:
        """Numbers are texts here, and the status of a deleted return is null."""
        if token != self.token:
            return self.refused("Unknown Token")
        return_id = request.arg("id")
        kept = self.world.returns.get(int(return_id) if return_id.isdecimal() else 0)
        if kept is None:
            return self.refused(f"Return with id {return_id} not found")
        return Response(200, {"validated": "true", "return_id": return_id, "status": kept["status"] or None})

    @route("GET", "/channable/feed/get/code/{token}/store/{store}")
    def feed(self, request: Request, token: str, store: str) -> Response:
        if token != self.token or store != "1" or not self.world.feed_enabled:
            return Response(200, b"", media_type="text/html")
        found = self.page_of_feed(request)
        products, head = found or ([], {"next_page": "false"})
        return Response(200, {"config": {"system": "Magento", **head}, "products": [_row(p) for p in products]})

    @route("POST", "/channableapi/order/webhook/code/{token}/store/{store}")
    def set_webhook(self, request: Request, token: str, store: str) -> Response:
        if token != self.token:
            return self.refused("Unknown Token")
        if not self.world.items_enabled:
            return self.refused("Item updates not enabled")
        self.world.stock_url = request.json.get("webhook", "")
        return Response(200, {"success": "true"})

    def shown_orders(self) -> list[Json]:
        return [self._shown(place, order) for place, order in enumerate(self.world.orders.values(), start=1)]

    def shown_products(self) -> list[Json]:
        return [
            {
                **product,
                "name": product["title"],
                "type": product.get("type", "simple"),
                "qty": product["stock"],
                "in_stock": product["stock"] > 0,
            }
            for product in self.world.products.values()
        ]

    def _shown(self, order_id: int, order: Json) -> Json:
        items = [
            {**row, "id": 100 * order_id + place, "parent": None, "product": self.shown_product(row["product_id"])}
            for place, row in enumerate(order["items"])
        ]
        shipments, left = [], {item["id"]: item["qty"] for item in items}
        for place, shipment in enumerate(order["shipments"]):
            pieces = dict(left) if shipment["complete"] else dict.fromkeys(list(left)[:1], 1)
            left = {item: left[item] - pieces.get(item, 0) for item in left if left[item] > pieces.get(item, 0)}
            tracks = [{"id": number, **track} for number, track in enumerate(shipment["tracks"], start=1)]
            number = f"{100000000 + 100 * order_id + place}"
            shipments.append({**shipment, "number": number, "pieces": pieces, "tracks": tracks})
        columns = {"channel_id": order["channel_id"], "channable_id": str(order["channable_id"])}
        return {**order, "id": order_id, "columns": columns, "items": items, "shipments": shipments, "memos": []}

    def shown_product(self, product_id: int) -> Json:
        return next(product for product in self.shown_products() if product["id"] == product_id)

    def unknown_route(self, request: Request) -> Response:
        return Response(404, b"<!doctype html><title>404 Not Found</title>", media_type="text/html")

    def posted(self, products: list[Json]) -> bytes:
        """Item id, title and availability are left out."""
        return orjson.dumps(
            [
                {
                    "id": str(product["id"]),
                    "stock": product["stock"],
                    "gtin": product["ean"] or 0,
                    "is_in_stock": 1,
                    "price": f"{product['price']:.2f}",
                    "discount_price": "",
                }
                for product in products
            ]
        )

    def _import(self, body: Json) -> Response:
        missing = next((name for name in READ if name not in body), "")
        if missing:
            return self.refused(f"Notice: Undefined index: {missing} in Model/Order.php on line 93")
        shipped = body.get("order_status") == "shipped"
        if shipped and not self.world.takes_shipped:
            return self.refused("LVB Orders not enabled")
        unknown = [
            f'Product "{item["title"]}" not found in catalog (ID: {item["id"]})'
            for item in body["products"]
            if int(item["id"] if str(item["id"]).isdecimal() else 0) not in self.world.products
        ]
        if unknown:
            return self.refused(unknown)
        if not shipped and (item := self.short(body)):
            return self.refused(f'The requested quantity for "{item["title"]}" is not available.')
        checked = (("last_name", "last name"), ("city", "city"), ("zip_code", "zip/postal code"))
        wrong = [f"Please enter the {words}." for name, words in checked if not body["shipping"].get(name)]
        if wrong:
            return self.refused(f"Please check shipping address information. {' '.join(wrong)}")
        return self.accepted(self.place(body, convert_prices=True, discount=Decimal(0))["number"])


def _row(product: Json) -> dict[str, Any]:
    row = {
        "id": str(product["id"]),
        "name": product["title"],
        "price": f"{product['price']:.2f} EUR",
        "sku": product["sku"],
        "ean": product["ean"],
        "type": product.get("type", "simple"),
        "is_in_stock": "1" if product["stock"] > 0 else "0",
        "manage_stock": "1",
        "qty": str(product["stock"]),
    }
    return {**row, "item_group_id": str(product["parent"])} if product["parent"] else row
