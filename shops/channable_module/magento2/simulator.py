"""A simulated Magento 2 with the Channable module, with the habits observed on a running one.

Answers errors with 200, makes an order anew at every call, uses the first body of a number for ever, adds -1 to a
number that is taken, and tells of the tracks of the first shipment only. Shows the same orders over Magento's own API.
"""

from __future__ import annotations

from typing import Any

import orjson

from adapterkit.simulator import Request, Response, route
from shops.channable_module.magento2.rest_side import RestSide
from shops.channable_module.world import SPAN, Json, cents, tracks_of

READ = ("channable_channel_label", "customer", "billing", "shipping", "price", "products", "order_status")
PAGE = b"<!doctype html><title>Error</title><h1>There has been an error processing your request</h1>"
OVER = {"complete", "closed", "canceled"}


class Magento2ModuleSimulator(RestSide):
    """See the module."""

    @route("POST", "/channable/order/hook/store/{store}/code/{token}")
    def hook(self, request: Request, store: str, token: str) -> Response:
        if not self.world.orders_enabled or store != "1":
            return self.refused("Order import not enabled")
        if token != self.token:
            return self.refused("Invalid token")
        body = self._body(request)
        return body if isinstance(body, Response) else self._import(body)

    @route("POST", "/channable/order/hook/store/{store}")
    def hook_without_code(self, request: Request, store: str) -> Response:
        return Response(500, PAGE, media_type="text/html")

    @route("GET", "/channable/order/status/code/{token}")
    def status(self, request: Request, token: str) -> Response:
        if token != self.token:
            return self.refused("Unknown Token")
        number = request.arg("id")
        if not number:
            return self.refused("Missing ID")
        order = self.world.orders.get(number)
        if order is None:
            return self.refused(f"No order found with Increment ID: {number}")
        if order["method"] != "channable":
            return self.refused(f"Order with Increment ID {number} is not a Channable Order")
        told: Json = {"id": number, "status": order["status"]}
        fulfilment: Json = {}
        for shipment in order["shipments"]:
            # The keys of the first shipment stay: the codes of later ones are dropped.
            fulfilment = {**tracks_of(shipment["tracks"]), **fulfilment}
        return Response(200, {**told, "fulfillment": fulfilment} if fulfilment else told)

    @route("GET", "/channable/order/shipments/code/{token}/timespan/{hours}")
    def shipments(self, request: Request, token: str, hours: str) -> Response:
        if token != self.token:
            return self.refused("Unknown Token")
        if not hours.isdecimal() or int(hours) not in SPAN:
            return self.refused("Invalid timespan, supported range: 1-336")
        rows = [
            {
                "id": order["number"],
                "type": "shipment",
                "status": order["status"],
                "date": self.local(shipment["created_at"]),
                "fulfillment": tracks_of(shipment["tracks"]) or [],  # PHP's empty map is a list
            }
            for order, shipment in self.shipments_since(int(hours))
        ]
        listed = {row["id"] for row in rows}
        rows += [
            {
                "id": order["number"],
                "type": "order",
                "status": "complete" if order["state"] == "complete" else "canceled",
                "date": self.local(order["updated_at"]),
            }
            for order in self.changed_since(int(hours))
            if order["state"] in OVER and order["number"] not in listed
        ]
        return Response(200, rows)

    @route("POST", "/channable/returns/hook/store/{store}/code/{token}")
    def returns_hook(self, request: Request, store: str, token: str) -> Response:
        if not self.world.returns_enabled or store != "1":
            return self.refused("Returns not enabled")
        return self.keep_return(request, "number") if token == self.token else self.refused("Invalid token")

    @route("GET", "/channable/returns/status/code/{token}")
    def return_status(self, request: Request, token: str) -> Response:
        """Whether returns are switched on is looked up without the store view here."""
        if not self.world.returns_enabled_everywhere or not self.world.returns_enabled:
            return self.refused("Extension not enabled!")
        if token != self.token:
            return self.refused("Unknown Token")
        return_id = request.arg("id")
        kept = self.world.returns.get(int(return_id) if return_id.isdecimal() else 0)
        if kept is None:
            return self.refused(f'The return with id "{return_id}" does not exist.')
        return Response(200, {"validated": "true", "return_id": int(return_id), "status": kept["status"]})

    @route("PUT", "/channable/order/memo/code/{token}")
    def add_memo(self, request: Request, token: str) -> Response:
        if token != self.token:
            return self.refused("Unknown Token")
        body: Json = request.json
        missing = next((name for name in ("channable_id", "memo") if not body.get(name)), "")
        if missing:
            return self.refused(f"Missing {missing} in request body")
        made = [one for one in self.world.orders.values() if one["channable_id"] == int(body["channable_id"])]
        if not made:
            return self.refused(f'Order with channable_id "{body["channable_id"]}" does not exist.')
        order = made[-1]
        order["memo"] = "\n".join(filter(None, (order["memo"], body["memo"])))
        return Response(200, {"success": True, "order_id": order["number"], "channable_id": body["channable_id"]})

    @route("GET", "/channable/feed/json/id/{store}/token/{token}")
    def feed(self, request: Request, store: str, token: str) -> Response:
        if token != self.token or store != "1" or not self.world.feed_enabled:
            return Response(500, PAGE, media_type="text/html")
        found = self.page_of_feed(request)
        if found is None:
            return Response(200, b"", media_type="text/html")
        products, head = found
        return Response(200, {"config": {"system": "Magento 2", **head}, "products": [_row(p) for p in products]})

    @route("POST", "/channable/item/webhook/store/{store}/code/{token}")
    def set_webhook(self, request: Request, store: str, token: str) -> Response:
        if token != self.token:
            return self.refused("Unknown Token")
        if not self.world.items_enabled:
            return self.refused("Item updates not enabled for this store")
        self.world.stock_url = request.json.get("webhook", "")
        return Response(200, {"success": "true", "msg": "Webhook set"})

    def unknown_route(self, request: Request) -> Response:
        return Response(404, PAGE, media_type="text/html")

    def posted(self, products: list[Json]) -> bytes:
        return orjson.dumps(
            [
                {
                    "item_id": f"1{product['id']:08d}",
                    "id": str(product["id"]),
                    "title": product["title"],
                    "gtin": product["ean"],
                    "stock": float(product["stock"]),
                    "availability": "1" if product["stock"] > 0 else "0",
                    "price": f"{product['price']:.2f}",
                    "discount_price": "",
                }
                for product in products
            ]
        )

    def _body(self, request: Request) -> Json | Response:
        if not request.body:
            return self.refused("Post data empty!")
        try:
            body: Json = orjson.loads(request.body)
        except ValueError:
            return self.refused("Unable to unserialize value. Error: Syntax error")
        missing = next((name for name in ("channable_id", "channel_id") if not body.get(name)), "")
        if missing:
            return self.refused(f"Post missing {missing}" if body else "No Order Data in post")
        if body.get("order_status") == "shipped" and not self.world.takes_shipped:
            return self.refused("LVB Orders not enabled")
        currency = (body.get("price") or {}).get("currency")
        if currency and currency not in self.world.currencies:
            return self.refused(f'"{currency}" not in available currencies for this store')
        return body

    def _import(self, posted: Json) -> Response:
        """Import the body that came first under this number, whatever was posted now."""
        missing = next((name for name in READ if name not in posted), "")
        if missing:
            return self.refused(f'Warning: Undefined array key "{missing}" in Model/Order/Repository.php on line 139')
        channable_id = int(posted["channable_id"])
        body = self.world.bodies.setdefault(channable_id, posted)
        if problem := self._problem(body):
            return self.refused(f"Could not import order {channable_id}: {problem}")
        discount = abs(cents(body["price"].get("discount") or 0))
        return self.accepted(self.place(body, convert_prices=False, discount=discount)["number"])

    def _problem(self, body: Json) -> str:
        for item in body["products"]:
            if int(item["id"] if str(item["id"]).isdecimal() else 0) not in self.world.products:
                return f'Product "{item["title"]}" not found in catalog (ID: {item["id"]})'
        if not body["products"]:
            return "No products found in order"
        shipped = body["order_status"] == "shipped" and self.world.shipped_leave_stock
        if not shipped and (item := self.short(body)):
            return f'Product "{item["title"]}" => The requested qty is not available'
        missing = [f'"{name}" is required.' for name in ("city", "zip_code") if not body["shipping"].get(name)]
        if missing:
            return f"Please check the shipping address information. {' '.join(missing)}"
        return ""


def _row(product: Json) -> dict[str, Any]:
    row = {
        "id": str(product["id"]),
        "title": product["title"],
        "ean": product["ean"],
        "sku": product["sku"],
        "type_id": product.get("type", "simple"),
        "price": f"{product['price']:.2f} EUR",
        "availability": "in stock" if product["stock"] > 0 else "out of stock",
        "manage_stock": "true",
        "qty": f"{product['stock']:.2f}",
    }
    return {**row, "item_group_id": str(product["parent"])} if product["parent"] else row
