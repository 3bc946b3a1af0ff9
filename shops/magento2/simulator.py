"""A simulated Magento 2.4 with its inventory modules, with the habits observed on a running one.

Takes tokens alone only when that was switched on, checks of an order that comes over the API nothing but its payment
and its addresses' fields, computes nothing, takes unknown SKUs and states, reserves nothing and frees it all the same,
cuts shipments that are too large, says `false` with 200 when it does not cancel, sends its sentences as templates, and
fails with 500 for a field that it does not know.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import orjson

from adapterkit.simulator import Request, Response, route
from shops.magento2.answering import GONE, answered, refused, searched
from shops.magento2.inventory import left_of
from shops.magento2.signing import unsigned
from shops.magento2.world import Json, Magento2World, NumberTaken

BASE = "/rest/{store}/V1"
STOCK_ID = 1
WEBSITE = "base"
NO_ROUTE = "Request does not match any route."
DATES = {"created_at", "updated_at"}
ORDERS = frozenset(
    {"entity_id", "increment_id", "ext_order_id", "ext_customer_id", "store_id", "state", "status", *DATES}
)
DOCUMENTS = frozenset({"entity_id", "order_id", "increment_id", *DATES})
PRODUCTS = frozenset({"entity_id", "sku", "name", "type_id", "status", *DATES})
# Which permission each address needs; the first that fits.
RESOURCES = (
    ("POST", r"/orders", "Magento_Sales::create"),
    ("POST", r"/order/.*/invoice", "Magento_Sales::invoice"),
    ("POST", r"/order/.*/ship|/shipment/track", "Magento_Sales::ship"),
    ("POST", r"/order/.*/refund", "Magento_Sales::creditmemo"),
    ("POST", r"/orders/.*/cancel", "Magento_Sales::cancel"),
    ("POST", r"/orders/.*/hold", "Magento_Sales::hold"),
    ("POST", r"/orders/.*/unhold", "Magento_Sales::unhold"),
    ("POST", r"/orders/.*/comments", "Magento_Sales::comment"),
    ("GET", r"/orders.*", "Magento_Sales::actions_view"),
    ("GET", r"/shipments", "Magento_Sales::shipment"),
    ("GET", r"/creditmemos", "Magento_Sales::sales_creditmemo"),
    ("GET", r"/products.*", "Magento_Catalog::products"),
    ("GET", r"/tax.*", "Magento_Tax::manage_tax"),
    ("GET", r"/store/.*", "Magento_Backend::store"),
    ("GET", r"/inventory/source.*", "Magento_InventoryApi::source"),
    ("GET", r"/inventory/stock-source-links", "Magento_InventoryApi::stock_source_link"),
    ("GET", r"/inventory/export-stock-salable-qty/.*", "Magento_InventoryApi::stock"),
    ("GET", r"/inventory/.*", "Magento_InventorySalesApi::stock"),
    ("GET", r"/stockItems/.*", "Magento_CatalogInventory::cataloginventory"),
)


class Magento2Simulator(Magento2World):
    """See the module."""

    def authenticate(self, request: Request) -> Response | None:
        sent = request.headers.get("Authorization", "")
        if sent.startswith("OAuth "):
            if refusal := unsigned(request, self.keys):
                return refusal
        elif sent != f"Bearer {self.keys['access_token']}" or not self.world.bearer_allowed:
            return self._forbidden(request) if self._resource(request) else None
        resource = self._resource(request)
        if self.world.may is not None and resource and resource not in self.world.may:
            return self._forbidden(request)
        return None

    def unknown_route(self, request: Request) -> Response:
        return refused(404, NO_ROUTE)

    # Orders.

    @route("GET", f"{BASE}/orders")
    def list_orders(self, request: Request, store: str) -> Response:
        return searched(request, list(self.world.orders.values()), ORDERS)

    @route("GET", f"{BASE}/orders/{{order_id}}")
    def read_order(self, request: Request, store: str, order_id: str) -> Response:
        order = self._order(order_id)
        return answered(request, order) if order else refused(404, GONE)

    @route("POST", f"{BASE}/orders")
    def create_order(self, request: Request, store: str) -> Response:
        entity = (self._body(request) or {}).get("entity")
        if not isinstance(entity, dict) or not entity:
            return refused(400, '"%fieldName" is required. Enter and try again.', {"fieldName": "entity"})
        if known := self._order(str(entity.get("entity_id") or "")):
            known |= {name: value for name, value in entity.items() if name not in {"items", "entity_id"}}
            return Response(200, {**dict.fromkeys(known), **entity})
        if not entity.get("payment"):
            return refused(400, "Please provide payment for the order.")
        if warnings := [said for address in _addresses(entity) for said in self.address_warnings(address)]:
            return refused(400, "We can't save the address:\n%1", ["\n".join(warnings)])
        try:
            return Response(200, self.store_order(entity))
        except NumberTaken:
            return refused(400, "Unique constraint violation found")

    @route("POST", f"{BASE}/orders/{{order_id}}/cancel")
    def cancel_order(self, request: Request, store: str, order_id: str) -> Response:
        order = self._order(order_id)
        return Response(200, self.cancel(order)) if order else refused(404, GONE)

    @route("POST", f"{BASE}/orders/{{order_id}}/hold")
    def hold_order(self, request: Request, store: str, order_id: str) -> Response:
        order = self._order(order_id)
        if order is None:
            return refused(404, GONE)
        if order["state"] not in {"new", "processing"}:
            return refused(400, "A hold action is not available.")
        order |= {"hold_before_state": order["state"], "state": "holded", "status": "holded"}
        self._touch(order)
        return Response(200, True)

    @route("POST", f"{BASE}/orders/{{order_id}}/unhold")
    def release_order(self, request: Request, store: str, order_id: str) -> Response:
        order = self._order(order_id)
        if order is None:
            return refused(404, GONE)
        if order["state"] != "holded":
            return refused(400, "You cannot remove the hold.")
        order["state"] = order["status"] = order.pop("hold_before_state")
        self._touch(order)
        return Response(200, True)

    @route("POST", f"{BASE}/orders/{{order_id}}/comments")
    def add_comment(self, request: Request, store: str, order_id: str) -> Response:
        order = self._order(order_id)
        if order is None:
            return refused(404, GONE)
        history = {**self._body(request)["statusHistory"], "entity_id": next(self._ids), "created_at": self.stamp()}
        order.setdefault("status_histories", []).append(history)  # and no date moves
        return Response(200, True)

    # What is done with them.

    @route("POST", f"{BASE}/order/{{order_id}}/invoice")
    def invoice_order(self, request: Request, store: str, order_id: str) -> Response:
        order = self._order(order_id)
        if order is None:
            return refused(404, GONE)
        left = any(row["qty_ordered"] - row["qty_canceled"] - row["qty_invoiced"] for row in order["items"])
        if not left or order["state"] in {"holded", "complete", "closed", "canceled"}:
            return _invalid("Invoice", "The order does not allow an invoice to be created.")
        return _made(self.invoice(order))

    @route("POST", f"{BASE}/order/{{order_id}}/ship")
    def ship_order(self, request: Request, store: str, order_id: str) -> Response:
        order, body = self._order(order_id), self._body(request) or {}
        if order is None:
            return refused(404, GONE)
        left = {row["item_id"]: left_of(row) for row in order["items"] if left_of(row)}
        if not left or order["state"] in {"holded", "canceled"}:
            return _invalid("Shipment", "The order does not allow a shipment to be created.")
        asked = {int(item["order_item_id"]): int(item["qty"]) for item in body.get("items") or ()} or left
        return _made(self.make_shipment(order, asked, body.get("tracks") or []))

    @route("POST", f"{BASE}/shipment/track")
    def track_shipment(self, request: Request, store: str) -> Response:
        entity = self._body(request)["entity"]
        shipment = self.world.shipments.get(int(entity["parent_id"]))
        if shipment is None:
            return refused(404, GONE)
        shipment["tracks"].append(self._track(shipment, entity))
        return Response(200, shipment["tracks"][-1])

    @route("POST", f"{BASE}/order/{{order_id}}/refund")
    def refund_order(self, request: Request, store: str, order_id: str) -> Response:
        order, body = self._order(order_id), self._body(request) or {}
        if order is None:
            return refused(404, GONE)
        rows = {row["item_id"]: row for row in order["items"]}
        may = {item_id: row["qty_invoiced"] - row["qty_refunded"] for item_id, row in rows.items()}
        if not any(may.values()) or order["state"] == "holded":
            return _invalid("Creditmemo", "The order does not allow a creditmemo to be created.")
        asked = {int(item["order_item_id"]): int(item["qty"]) for item in body.get("items") or ()} or may
        for item_id, quantity in asked.items():
            if quantity > may[item_id]:
                return refused(400, 'We found an invalid quantity to refund item "%1".', [rows[item_id]["name"]])
        arguments = body.get("arguments") or {}
        returned = (arguments.get("extension_attributes") or {}).get("return_to_stock_items") or ()
        freight = arguments.get("shipping_amount")
        memo = self.refund(
            order,
            asked,
            shipping=None if freight is None else Decimal(str(freight)),
            returned={int(item_id) for item_id in returned},
        )
        if comment := (body.get("comment") or {}).get("comment"):
            row = {"comment": comment, "is_visible_on_front": 0, "is_customer_notified": 0, "parent_id": 0}
            memo["comments"].append(row)
        return _made(memo["entity_id"])

    @route("GET", f"{BASE}/shipments")
    def list_shipments(self, request: Request, store: str) -> Response:
        return searched(request, list(self.world.shipments.values()), DOCUMENTS)

    @route("GET", f"{BASE}/creditmemos")
    def list_credit_memos(self, request: Request, store: str) -> Response:
        return searched(request, list(self.world.memos.values()), DOCUMENTS)

    # Products and stock.

    @route("GET", f"{BASE}/products")
    def list_products(self, request: Request, store: str) -> Response:
        return searched(request, list(self.world.products.values()), PRODUCTS, "id")

    @route("GET", f"{BASE}/stockItems/{{sku}}")
    def read_stock_item(self, request: Request, store: str, sku: str) -> Response:
        """The quantity on hand, whatever is reserved."""
        if not self.world.inventory.knows(sku):
            return refused(404, 'The stock item for "%1" was not found. Verify the product and try again.', [sku])
        return Response(200, {"qty": self.world.inventory.lying(sku), "is_in_stock": True, "manage_stock": True})

    @route("GET", f"{BASE}/inventory/stock-resolver/website/{{website}}")
    def resolve_stock(self, request: Request, store: str, website: str) -> Response:
        if website != WEBSITE:
            return refused(404, "No linked stock found")
        return Response(200, {"stock_id": STOCK_ID, "name": "Default Stock"})

    @route("GET", f"{BASE}/inventory/stock-source-links")
    def list_links(self, request: Request, store: str) -> Response:
        linked = self.world.inventory.linked
        rows = [{"stock_id": STOCK_ID, "source_code": code, "priority": n} for n, code in enumerate(linked, start=1)]
        return searched(request, rows, frozenset({"stock_id", "source_code", "priority"}))

    @route("GET", f"{BASE}/inventory/sources")
    def list_sources(self, request: Request, store: str) -> Response:
        sources = self.world.inventory.sources.items()
        rows = [{"source_code": code, "name": code, "enabled": enabled} for code, enabled in sources]
        return searched(request, rows, frozenset({"source_code", "name", "enabled"}))

    @route("GET", f"{BASE}/inventory/source-items")
    def list_source_items(self, request: Request, store: str) -> Response:
        rows = [
            {"sku": sku, "source_code": source, "quantity": quantity, "status": 1}
            for (source, sku), quantity in self.world.inventory.on_hand.items()
        ]
        return searched(request, rows, frozenset({"sku", "source_code", "quantity", "status"}))

    @route("GET", f"{BASE}/inventory/export-stock-salable-qty/website/{{website}}")
    def list_salable(self, request: Request, store: str, website: str) -> Response:
        """The products of the search, less those in no source of the website's stock."""
        if not self.world.exports_salable:
            return refused(404, NO_ROUTE)
        answer = self.list_products(request, store)
        if answer.status == 200:
            skus = [row["sku"] for row in answer.body["items"]]
            rows = [self._salable_row(sku) for sku in skus if self.world.inventory.knows(sku)]
            answer.body = {**answer.body, "items": rows}
        return answer

    @route("GET", f"{BASE}/inventory/get-product-salable-quantity/{{sku}}/{{stock_id}}")
    def read_salable(self, request: Request, store: str, sku: str, stock_id: str) -> Response:
        if not self.world.inventory.knows(sku):
            text = "An error has happened during application run. See exception log for details."
            return Response(500, text, media_type="text/plain")
        return Response(200, self.world.inventory.salable(sku))

    # The shop itself.

    @route("GET", f"{BASE}/store/storeConfigs")
    def list_stores(self, request: Request, store: str) -> Response:
        urls = dict.fromkeys(
            f"{secure}base_{kind}url" for secure in ("", "secure_") for kind in ("", "link_", "static_", "media_")
        )
        return Response(
            200,
            [
                {
                    "id": number,
                    "code": code,
                    "website_id": 1,
                    "locale": "nl_NL",
                    "base_currency_code": self.world.base_currency,
                    "default_display_currency_code": "EUR",
                    "timezone": "Europe/Amsterdam",
                    "weight_unit": "kgs",
                    **dict.fromkeys(urls, "https://shop.test/"),
                }
                for number, code in ((1, "default"), (2, "fr"))
            ],
        )

    @route("GET", f"{BASE}/taxRules/search")
    def list_tax_rules(self, request: Request, store: str) -> Response:
        return searched(request, self.world.tax_rules, frozenset({"id", "code", "priority", "position"}))

    @route("GET", f"{BASE}/taxRates/search")
    def list_tax_rates(self, request: Request, store: str) -> Response:
        return searched(request, self.world.tax_rates, frozenset({"id", "code", "tax_country_id", "tax_region_id"}))

    @route("GET", f"{BASE}/directory/countries/{{country}}")
    def read_country(self, request: Request, store: str, country: str) -> Response:
        if country not in self.world.regions:
            return refused(404, "The country isn't available.")
        names = {"two_letter_abbreviation": country, "three_letter_abbreviation": f"{country}X"}
        body: Json = {"id": country, **names, "full_name_locale": country, "full_name_english": country}
        regions = self.world.regions[country]
        return Response(200, {**body, **({"available_regions": regions} if regions else {})})

    @route("GET", f"{BASE}/directory/currency")
    def read_currency(self, request: Request, store: str) -> Response:
        rates = [{"currency_to": code, "rate": float(rate)} for code, rate in self.world.exchange_rates.items()]
        body = {"base_currency_code": self.world.base_currency, "base_currency_symbol": "$"}
        shown = {"default_display_currency_code": "EUR", "default_display_currency_symbol": "€"}
        return Response(200, {**body, **shown, "available_currency_codes": ["EUR", "USD"], "exchange_rates": rates})

    # How it is read.

    def _order(self, order_id: str) -> Json | None:
        return self.world.orders.get(int(order_id)) if order_id.isdecimal() else None

    def _body(self, request: Request) -> Any:
        return orjson.loads(request.body) if request.body else None

    def _salable_row(self, sku: str) -> Json:
        if sku in self.world.inventory.unmanaged:
            return {"sku": sku, "qty": 0, "is_salable": True}
        salable = self.world.inventory.salable(sku)
        return {"sku": sku, "qty": salable, "is_salable": salable > 0}

    def _resource(self, request: Request) -> str:
        path = re.sub(r"^/rest/[^/]+/V1", "", request.path)
        return next((name for method, at, name in RESOURCES if method == request.method and re.fullmatch(at, path)), "")

    def _forbidden(self, request: Request) -> Response:
        said = {"resources": self._resource(request)}
        return refused(401, "The consumer isn't authorized to access %resources.", said)


def _addresses(entity: Json) -> list[Json]:
    """The addresses that are stored: the shipping one stands within the assignments, and there only."""
    assigned = (entity.get("extension_attributes") or {}).get("shipping_assignments") or ()
    shipping = [(one.get("shipping") or {}).get("address") for one in assigned[:1]]
    return [address for address in (entity.get("billing_address"), *shipping) if address]


def _made(document_id: int) -> Response:
    """Magento says the id of a new document as a string, whatever the published document says."""
    return Response(200, orjson.dumps(str(document_id)))


def _invalid(document: str, reason: str) -> Response:
    return refused(400, f"{document} Document Validation Error(s):\n{reason}")
