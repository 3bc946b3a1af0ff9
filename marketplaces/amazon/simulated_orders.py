"""What the simulated Amazon answers about orders and their packages."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from adapterkit.simulator import Request, Response, replaced, route
from marketplaces.amazon.mapper import STATUSES, moment, written
from marketplaces.amazon.ordering import Json
from marketplaces.amazon.world import LAG, AmazonWorld

PAGE, PLACE_LASTS = 100, timedelta(hours=24)
# Which fields of an order, and of its items, come only when their data set is asked for.
DATA_SETS = {
    "BUYER": ({"buyer"}, set()),
    "RECIPIENT": ({"recipient"}, set()),
    "PROCEEDS": ({"proceeds"}, {"proceeds"}),
    "PROMOTION": (set(), {"promotion"}),
    "CANCELLATION": (set(), {"cancellation"}),
    "FULFILLMENT": ({"fulfillment"}, {"fulfillment"}),
    "PACKAGES": ({"packages"}, set()),
    "TAX": ({"tax"}, {"tax"}),
}
FREE_TO_CHANGE = {"maxResultsPerPage", "includedData", "paginationToken"}
ASKED = {
    "createdAfter",
    "createdBefore",
    "lastUpdatedAfter",
    "lastUpdatedBefore",
    "fulfillmentStatuses",
    "marketplaceIds",
    "fulfilledBy",
}


class SimulatedOrders(AmazonWorld):
    """Lists that lag, places in a list, what Amazon keeps back, packages."""

    @route("GET", "/orders/2026-01-01/orders")
    def search_orders(self, request: Request) -> Response:
        asked = {name: ",".join(values) for name, values in request.query.items() if name in ASKED}
        if wrong := self._wrong_with(asked, request):
            return invalid(wrong)
        before = asked.get("createdBefore") or asked.get("lastUpdatedBefore") or written(self.now() - LAG)
        start: list[str] = []
        if request.arg("paginationToken"):
            place = _place(request.arg("paginationToken"))
            if place is None or place["asked"] != asked or moment(place["until"]) < self.now():
                return invalid("paginationToken")
            before, start = place["before"], place["after"]
        clock = "createdTime" if asked.get("createdAfter") else "lastUpdatedTime"
        rows = [order for order in self.world.orders.values() if self._listed(order, asked, clock, before)]
        rows.sort(key=lambda order: (order[clock], order["orderId"]))
        rows = [order for order in rows if [order[clock], order["orderId"]] > start]
        size = int(request.arg("maxResultsPerPage") or PAGE)
        page, more = rows[:size], rows[size:]
        body: Json = {"orders": [self._shown(order, request) for order in page]}
        body["createdBefore" if clock == "createdTime" else "lastUpdatedBefore"] = before
        if more:
            after = [page[-1][clock], page[-1]["orderId"]]
            until = written(self.now() + PLACE_LASTS)
            note = {"asked": asked, "before": before, "after": after, "until": until}
            body["pagination"] = {"nextToken": base64.urlsafe_b64encode(json.dumps(note).encode()).decode()}
        return Response(200, body)

    def _wrong_with(self, asked: Mapping[str, str], request: Request) -> str:
        if ("createdAfter" in asked) == ("lastUpdatedAfter" in asked):
            return "createdAfter"
        mixed = {"createdAfter": "lastUpdatedBefore", "lastUpdatedAfter": "createdBefore"}
        if any(one in asked and other in asked for one, other in mixed.items()):
            return "createdBefore"
        try:
            after = moment(asked.get("createdAfter") or asked["lastUpdatedAfter"])
            before = moment(asked.get("createdBefore") or asked.get("lastUpdatedBefore") or written(self.now() - LAG))
            size = int(request.arg("maxResultsPerPage") or PAGE)
        except ValueError:
            return "createdAfter, lastUpdatedAfter or maxResultsPerPage"
        if before > self.now() - LAG or after > before:
            return "lastUpdatedBefore"
        unknown = {status for status in asked.get("fulfillmentStatuses", "").split(",") if status} - STATUSES
        if unknown or not 1 <= size <= PAGE:
            return "fulfillmentStatuses or maxResultsPerPage"
        return ""

    def _listed(self, order: Json, asked: Mapping[str, str], clock: str, before: str) -> bool:
        statuses, stores = asked.get("fulfillmentStatuses"), asked.get("marketplaceIds")
        after = moment(asked.get("createdAfter") or asked["lastUpdatedAfter"])
        return (
            self.world.unlisted.get(order["orderId"], self.now()) <= self.now()
            and after <= moment(order[clock]) <= moment(before)
            and (not statuses or order["fulfillment"]["fulfillmentStatus"] in statuses.split(","))
            and (not stores or order["salesChannel"]["marketplaceId"] in stores.split(","))
            and order["fulfillment"]["fulfilledBy"] in asked.get("fulfilledBy", "MERCHANT,AMAZON").split(",")
        )

    @route("GET", "/orders/2026-01-01/orders/{order_id}")
    def read_order(self, request: Request, order_id: str) -> Response:
        if not re.fullmatch(r"\d{3}-\d{7}-\d{7}", order_id):
            return invalid("orderId")
        order = self.world.orders.get(order_id)
        if order is None:
            return errors(404, "NotFound", f"Order {order_id} was not found.")
        return Response(200, {"order": self._shown(order, request)})

    def _shown(self, order: Json, request: Request) -> Json:
        """Return what is answered of an order: the data sets asked for, less what Amazon keeps back."""
        wanted = {name for value in request.query.get("includedData", []) for name in value.split(",")}
        hidden = [fields for name, fields in DATA_SETS.items() if name not in wanted]
        of_order = set().union(*(fields[0] for fields in hidden))
        of_item = set().union(*(fields[1] for fields in hidden))
        fulfillment = order["fulfillment"]
        if fulfillment["fulfillmentStatus"] in {"PENDING", "PENDING_AVAILABILITY"}:
            of_order |= {"buyer", "recipient", "proceeds"}
            of_item |= {"proceeds"}
        if not self.shows_buyers:
            of_order |= {"buyer", "recipient"}
        shown = {name: value for name, value in order.items() if name not in of_order}
        shown["orderItems"] = [
            {name: value for name, value in item.items() if name not in of_item} for item in order["orderItems"]
        ]
        self._keep_back(shown, fulfillment)
        for field_name, value in self.world.corruptions.get(order["orderId"], ()):
            shown = replaced(shown, field_name, value)
        return shown

    def _keep_back(self, shown: Json, fulfillment: Json) -> None:
        """Hide the mail address of Amazon's own orders, and phone numbers of those and of what has long arrived."""
        by_amazon = fulfillment["fulfilledBy"] == "AMAZON"
        late = self.now() > moment(fulfillment["deliverByWindow"]["latestDateTime"])
        if by_amazon and "buyer" in shown:
            shown["buyer"] = {name: value for name, value in shown["buyer"].items() if name != "buyerEmail"}
        arrived = fulfillment["fulfillmentStatus"] == "SHIPPED" and late
        address = (shown.get("recipient") or {}).get("deliveryAddress")
        if address and (by_amazon or arrived):
            kept = {name: value for name, value in address.items() if name != "phone"}
            shown["recipient"] = {**shown["recipient"], "deliveryAddress": kept}

    @route("POST", "/orders/v0/orders/{order_id}/shipmentConfirmation")
    def confirm_shipment(self, request: Request, order_id: str) -> Response:
        body = request.json or {}
        detail = body.get("packageDetail") or {}
        order = self.world.orders.get(order_id)
        if wrong := _wrong_with_package(detail):
            return errors(400, "InvalidInput", wrong)
        if order is None:
            return errors(404, "NotFound", f"Order {order_id} was not found.")
        if body.get("marketplaceId") != order["salesChannel"]["marketplaceId"]:
            return invalid("marketplaceId")
        for package in order.get("packages", ()):
            if package["packageReferenceId"] == detail["packageReferenceId"]:
                # A package that is reported again is changed.
                package.update(carrier=detail["carrierCode"], trackingNumber=detail["trackingNumber"])
                return Response(204)
        if wrong := self._wrong_with_pieces(order, detail):
            self.world.refused_shipments += 1
            return errors(400, "InvalidInput", wrong)
        self.add_package(order_id, detail)
        return Response(204)

    def _wrong_with_pieces(self, order: Json, detail: Json) -> str:
        if order["fulfillment"]["fulfilledBy"] == "AMAZON" or self.status_of(order["orderId"]) not in {
            "UNSHIPPED",
            "PARTIALLY_SHIPPED",
        }:
            return "Failed to create package: no matching package (PackageToUpdateNotFound), or already fulfilled."
        left = {item["orderItemId"]: item["fulfillment"]["quantityUnfulfilled"] for item in order["orderItems"]}
        for row in detail["orderItems"]:
            if row.get("orderItemId") not in left:
                return "OrderItemId is invalid; take it from the order."
            if not isinstance(row.get("quantity"), int) or not 0 < row["quantity"] <= left[row["orderItemId"]]:
                return f"Quantity of {row['orderItemId']} is more than is left."
        return ""


def _place(token: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        return None


def _wrong_with_package(detail: Json) -> str:
    reference = detail.get("packageReferenceId")
    missing = [name for name in ("carrierCode", "trackingNumber", "shipDate") if not detail.get(name)]
    if not isinstance(reference, str):
        return "Please check the fields with invalid type [packageDetail.packageReferenceId]."
    if not reference.isdecimal() or int(reference) <= 0:
        return "PackageReferenceId: is invalid, must be a positive numeric value."
    if missing or not detail.get("orderItems"):
        return f"{(missing or ['orderItems'])[0]}: is missing."
    if detail["carrierCode"] == "Other" and not detail.get("carrierName"):
        return "carrierName: is required for the carrier code Other."
    try:
        moment(detail["shipDate"])
    except ValueError:
        return "shipDate: is invalid."
    return ""


def errors(status: int, code: str, message: str, details: str = "") -> Response:
    return Response(status, {"errors": [{"code": code, "message": message, "details": details}]})


def denied(details: str) -> Response:
    return errors(403, "Unauthorized", "Access to requested resource is denied.", details)


def invalid(field_name: str) -> Response:
    return errors(400, "InvalidInput", "Invalid Input", f"Check {field_name}.")
