"""What the simulated Amazon answers about listings, and about what its warehouses hold."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import timedelta
from typing import Any

from adapterkit.simulator import Request, Response, route
from adapterkit.trying_out import control
from marketplaces.amazon.mapper import moment, written
from marketplaces.amazon.ordering import Json
from marketplaces.amazon.simulated_orders import SimulatedOrders, denied, errors, invalid
from marketplaces.amazon.stores import BY_COUNTRY, BY_ID
from marketplaces.amazon.world import Held, Listing

SUMMARIES, PLACE_LASTS = 50, timedelta(seconds=30)


class SimulatedStock(SimulatedOrders):
    """Listings that take their time, and a list of stock whose places last half a minute."""

    @control
    def hold_stock(self, sku: str, *, available: int, reserved: int = 0, coming: int = 0, store: str = "NL") -> None:
        """Amazon counts what it holds of a SKU for the buyers of a store."""
        marketplace_id = BY_COUNTRY[store].marketplace_id
        with self.lock:
            others = [one for one in self.world.held if (one.sku, one.marketplace_id) != (sku, marketplace_id)]
            self.world.held = [*others, Held(sku, marketplace_id, available, reserved, coming)]

    @route("GET", "/fba/inventory/v1/summaries")
    def read_inventory(self, request: Request) -> Response:
        store, kind = request.arg("granularityId"), request.arg("granularityType")
        if kind != "Marketplace" or store not in BY_ID or store != request.arg("marketplaceIds"):
            return invalid("granularityId or marketplaceIds")
        start = self._place_in_inventory(request.arg("nextToken"), store)
        if start is None:
            return invalid("nextToken")
        rows = [held for held in self.world.held if held.marketplace_id == store]
        page = rows[start : start + SUMMARIES]
        detailed = request.arg("details") == "true"
        body: Json = {
            "payload": {
                "granularity": {"granularityType": "Marketplace", "granularityId": store},
                "inventorySummaries": [self._summary(held, detailed=detailed) for held in page],
            }
        }
        if len(rows) > start + SUMMARIES:
            note = {"store": store, "at": start + SUMMARIES, "until": written(self.now() + PLACE_LASTS)}
            body["pagination"] = {"nextToken": base64.urlsafe_b64encode(json.dumps(note).encode()).decode()}
        return Response(200, body)

    def _place_in_inventory(self, token: str, store: str) -> int | None:
        """Return where a page begins; None for a place that is made up, of another store, or too old."""
        if not token:
            return 0
        try:
            note: Any = json.loads(base64.urlsafe_b64decode(token))
        except ValueError:
            return None
        fits = note["store"] == store and moment(note["until"]) >= self.now()
        return int(note["at"]) if fits else None

    def _summary(self, held: Held, *, detailed: bool) -> Json:
        """Return a summary. Its total counts what is reserved and on its way, too."""
        summary: Json = {
            "asin": "B0" + uuid.uuid5(uuid.NAMESPACE_URL, held.sku).hex[:8].upper(),
            "fnSku": "X00" + uuid.uuid5(uuid.NAMESPACE_URL, held.sku).hex[:7].upper(),
            "sellerSku": held.sku,
            "condition": "NewItem",
            "lastUpdatedTime": written(self.now()),
            "productName": f"Product {held.sku}",
            "totalQuantity": held.available + held.reserved + held.coming,
        }
        details = {
            "fulfillableQuantity": held.available,
            "inboundWorkingQuantity": 0,
            "inboundShippedQuantity": held.coming,
            "inboundReceivingQuantity": 0,
            "reservedQuantity": {"totalReservedQuantity": held.reserved, "pendingCustomerOrderQuantity": held.reserved},
            "unfulfillableQuantity": {"totalUnfulfillableQuantity": 0},
        }
        return {**summary, "inventoryDetails": details} if detailed else summary

    @route("GET", "/listings/2021-08-01/items/{seller_id}/{sku}")
    def read_listing(self, request: Request, seller_id: str, sku: str) -> Response:
        listing = self.world.listings.get(sku)
        stores = [store for value in request.query.get("marketplaceIds", []) for store in value.split(",")]
        if not stores:
            return invalid("marketplaceIds")
        if seller_id != self.seller_id:
            return denied("")
        if listing is None or not set(stores) & set(listing.stores):
            return errors(404, "NOT_FOUND", f"SKU '{sku}' was not found in these stores.")
        included = {name for value in request.query.get("includedData", ["summaries"]) for name in value.split(",")}
        return Response(200, self._listing(listing, stores, included))

    def _listing(self, listing: Listing, stores: list[str], included: set[str]) -> Json:
        at = written(self.now())
        availability: list[Json] = [{"fulfillmentChannelCode": listing.channel}]
        if listing.channel == "DEFAULT":
            availability = [{"fulfillmentChannelCode": "DEFAULT", "quantity": listing.quantity}]
        sets = {
            "summaries": [
                {
                    "marketplaceId": store,
                    "asin": listing.asin,
                    "productType": listing.product_type,
                    "status": ["BUYABLE"],
                    "createdDate": at,
                    "lastUpdatedDate": at,
                }
                for store in listing.stores
                if store in stores
            ],
            "issues": listing.issues,
            "fulfillmentAvailability": availability,
        }
        return {"sku": listing.sku, **{name: value for name, value in sets.items() if name in included}}

    @route("PATCH", "/listings/2021-08-01/items/{seller_id}/{sku}")
    def patch_listing(self, request: Request, seller_id: str, sku: str) -> Response:
        listing = self.world.listings.get(sku)
        if seller_id != self.seller_id:
            return denied("")
        if listing is None or request.arg("marketplaceIds") not in listing.stores:
            return invalid("sku or marketplaceIds")
        body = request.json or {}
        patches = body.get("patches") or []
        answer: Json = {"sku": sku, "status": "ACCEPTED", "submissionId": uuid.uuid4().hex, "issues": []}
        known = body.get("productType") in {listing.product_type, "PRODUCT"}
        if not known or [patch.get("path") for patch in patches] != ["/attributes/fulfillment_availability"]:
            issue = {
                "code": "90000900",
                "message": "The attributes are invalid.",
                "severity": "ERROR",
                "categories": [],
            }
            return Response(200, {**answer, "status": "INVALID", "issues": [issue]})
        self._accept_stock(listing, patches[0])
        return Response(200, answer)

    def _accept_stock(self, listing: Listing, patch: Json) -> None:
        [value] = patch["value"]
        if listing.channel != "DEFAULT":
            self.world.turned_merchant.append(listing.sku)
        if patch["op"] == "replace":
            listing.handling_days = value.get("lead_time_to_ship_max_days")
        listing.pending, listing.pending_since = int(value["quantity"]), self.now()
