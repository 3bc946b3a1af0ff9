"""A simulated bol: token server, orders, shipments, cancellations, returns, offers and process statuses.

Speaks the wire formats of Retailer API v10 and Offers API v11, with their habits: lists newest first in pages of 50
without a total, neither price nor address in the list, writes answered 202 and decided later, media types insisted on,
tokens that run out, no idempotency.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from adapterkit.simulator import Request, Response, route
from marketplaces.bol.world import BolWorld, Json, Process, open_pieces

V10 = "application/vnd.retailer.v10+json"
V11 = "application/vnd.retailer.v11+json"
PAGE = 50
DECIDED_AFTER = timedelta(seconds=60)  # whether or not anybody asks
REASON_CODES = {
    "OUT_OF_STOCK",
    "REQUESTED_BY_CUSTOMER",
    "BAD_CONDITION",
    "HIGHER_SHIPCOST",
    "INCORRECT_PRICE",
    "NOT_AVAIL_IN_TIME",
    "NO_BOL_GUARANTEE",
    "ORDERED_TWICE",
    "RETAIN_ITEM",
    "TECH_ISSUE",
    "UNFINDABLE_ITEM",
    "OTHER",
}
EVENTS = {"CREATE_SHIPMENT", "CHANGE_TRANSPORT", "CANCEL_ORDER", "HANDLE_RETURN_ITEM"}


class BolSimulator(BolWorld):
    """What the simulated bol answers. See the module."""

    def authenticate(self, request: Request) -> Response | None:
        for process in self.world.processes.values():
            if self.now() - process.created_at > DECIDED_AFTER:
                self._decide(process)
        if request.path == "/token":
            return None
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        expires = self.tokens.get(token)
        if expires is None or expires <= self.now():
            return _problem(401, "Expired JWT", "The token is not valid (any more).")
        wanted = V11 if "/offers" in request.path else V10
        if request.headers.get("Accept") != wanted:
            return _problem(406, "Not acceptable", f"Accept {wanted}")
        if request.body and request.headers.get("Content-Type") != wanted:
            return _problem(415, "Unsupported media type", f"Send {wanted}")
        return self._over_limit(request)

    def _over_limit(self, request: Request) -> Response | None:
        if self._limit is None:
            return None
        calls, per = self._limit
        operation = f"{request.method} {'/'.join(request.path.split('/')[:3])} {request.path.count('/')}"
        recent = [at for at in self._calls.get(operation, []) if at > self.now() - timedelta(seconds=per)]
        self._calls[operation] = recent
        if len(recent) < calls:
            recent.append(self.now())
            return None
        reset = max(int((recent[0] - self.now()).total_seconds() + per), 1)
        refusal = _problem(429, "Too Many Requests", f"{calls} calls are allowed in {per:.0f} seconds.")
        refusal.headers = {"X-RateLimit-Limit": str(calls), "X-RateLimit-Remaining": "0", "Retry-After": str(reset)}
        return refusal

    @route("POST", "/token")
    def issue_token(self, request: Request) -> Response:
        expected = base64.b64encode(":".join(self.client).encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return Response(401, {"error": "invalid_client", "error_description": "Bad client credentials"})
        if b"grant_type=client_credentials" not in request.body and request.arg("grant_type") != "client_credentials":
            return Response(400, {"error": "invalid_request"})
        token = uuid.uuid4().hex
        self.tokens[token] = self.now() + timedelta(seconds=299)
        return Response(200, {"access_token": token, "token_type": "Bearer", "expires_in": 299, "scope": ""})

    @route("GET", "/retailer/orders")
    def list_orders(self, request: Request) -> Response:
        method, status = request.arg("fulfilment-method", "FBR"), request.arg("status", "OPEN")
        if status not in {"OPEN", "SHIPPED", "ALL"}:
            return _invalid("status", "must be OPEN, SHIPPED or ALL")
        if request.arg("change-interval-minute") and not 1 <= int(request.arg("change-interval-minute")) <= 60:
            return _invalid("change-interval-minute", "must be between 1 and 60")
        if not request.arg("page", "1").isdigit() or method not in {"FBR", "FBB", "ALL"}:
            return _invalid("fulfilment-method", "must be FBR, FBB or ALL, and page a number")
        rows = [self._reduced(order, method) for order in self.world.orders.values()]
        rows = [row for row in rows if any(self._listed(item, method, status, request) for item in row["orderItems"])]
        rows.sort(key=lambda row: (row["orderPlacedDateTime"], row["orderId"]), reverse=True)
        return _page(request, "orders", rows)

    @route("GET", "/retailer/orders/{order_id}")
    def read_order(self, request: Request, order_id: str) -> Response:
        order = self.details_of(order_id)
        return _answer(order) if order else _problem(404, "Not Found", f"Order for order id {order_id} not found.")

    @route("PUT", "/retailer/orders/cancellation")
    def cancel_item(self, request: Request) -> Response:
        rows = (request.json or {}).get("orderItems") or []
        if len(rows) != 1:
            return _invalid("orderItems", "size must be between 1 and 1")
        item_id = str(rows[0].get("orderItemId"))
        reason = str(rows[0].get("reasonCode"))
        if reason not in REASON_CODES:
            return _invalid("orderItems[0].reasonCode", "must be a known reason code")
        return self._accept("CANCEL_ORDER", item_id, partial(self._cancel, item_id, reason))

    @route("POST", "/retailer/shipments")
    def create_shipment(self, request: Request) -> Response:
        body = request.json or {}
        rows = body.get("orderItems") or []
        if not rows:
            return _invalid("orderItems", "size must be between 1 and 100")
        if len(body.get("shipmentReference") or "x") > 90 or body.get("shipmentReference") == "":
            return _invalid("shipmentReference", "size must be between 1 and 90")
        transport = body.get("transport") or {}
        if not transport.get("transporterCode"):
            return _invalid("transport.transporterCode", "must not be null")
        return self._accept("CREATE_SHIPMENT", str(rows[0].get("orderItemId")), partial(self._ship, body))

    @route("GET", "/retailer/shipments")
    def list_shipments(self, request: Request) -> Response:
        if request.arg("order-id") and request.arg("fulfilment-method"):
            return _invalid("order-id", "only valid without fulfilment-method")
        rows = [
            {
                **{key: row[key] for key in ("shipmentId", "shipmentDateTime", "shipmentReference", "order")},
                "shipmentItems": [
                    {"orderItemId": item["orderItemId"], "ean": item["ean"]} for item in row["shipmentItems"]
                ],
                "transport": {"transportId": row["transport"]["transportId"]},
            }
            for row in reversed(self.world.shipments)
            if request.arg("order-id") in {"", row["order"]["orderId"]}
        ]
        return _page(request, "shipments", rows)

    @route("PUT", "/retailer/transports/{transport_id}")
    def change_transport(self, request: Request, transport_id: str) -> Response:
        body = request.json or {}
        if not body.get("trackAndTrace"):
            return _invalid("trackAndTrace", "must not be empty")
        return self._accept("CHANGE_TRANSPORT", transport_id, partial(self._change_transport, transport_id, body))

    @route("GET", "/shared/process-status/{process_id}")
    def read_process(self, request: Request, process_id: str) -> Response:
        process = self.world.processes.get(process_id)
        if process is None:
            return _problem(404, "Not Found", f"Process status {process_id} not found.")
        process.polls_left -= 1
        if process.polls_left <= 0:
            self._decide(process)
        return _answer(self._process(process))

    @route("GET", "/shared/process-status")
    def find_processes(self, request: Request) -> Response:
        if not request.arg("entity-id") or request.arg("event-type") not in EVENTS:
            return _invalid("entity-id", "must be given together with a known event-type")
        rows = [
            self._process(process)
            for process in self.world.processes.values()
            if (process.entity_id, process.event_type) == (request.arg("entity-id"), request.arg("event-type"))
        ]
        return _page(request, "processStatuses", rows)

    @route("GET", "/retailer/returns")
    def list_returns(self, request: Request) -> Response:
        handled = request.arg("handled", "false") == "true"
        method = request.arg("fulfilment-method")
        rows = [
            found.row
            for found in reversed(self.world.returns.values())
            if found.handled == handled and method in {"", found.row["fulfilmentMethod"]}
        ]
        return _page(request, "returns", rows)

    @route("PUT", "/retailer/returns/{rma_id}")
    def handle_return(self, request: Request, rma_id: str) -> Response:
        body = request.json or {}
        return self._accept("HANDLE_RETURN_ITEM", rma_id, partial(self._handle_return, rma_id, body))

    @route("GET", "/retailer/offers")
    def find_offers(self, request: Request) -> Response:
        reference = request.arg("reference")
        offers = [offer for offer in self.world.offers.values() if reference in {"", offer["reference"]}]
        return _answer({"offers": offers, "page": {"pageSize": int(request.arg("page-size", "50"))}}, V11)

    @route("PATCH", "/retailer/offers/{offer_id}")
    def patch_offer(self, request: Request, offer_id: str) -> Response:
        offer = self.world.offers.get(offer_id)
        if offer is None:
            return _problem(404, "Not Found", f"Offer {offer_id} not found.", V11)
        stock = (request.json or {}).get("stock") or {}
        amount = stock.get("amount")
        if not isinstance(amount, int) or not 0 <= amount <= 999:
            return _invalid("stock.amount", "must be between 0 and 999", V11)
        offer["stock"] = {"amount": amount, "managedByRetailer": bool(stock.get("managedByRetailer"))}
        return Response(204, None, media_type=V11)

    def unknown_route(self, request: Request) -> Response:
        return _problem(404, "Not Found", f"No resource at {request.path}")

    def _reduced(self, order: Json, method: str) -> Json:
        return {
            "orderId": order["orderId"],
            "orderPlacedDateTime": order["orderPlacedDateTime"],
            "orderItems": [
                {
                    "orderItemId": item["orderItemId"],
                    "ean": item["product"]["ean"],
                    "fulfilmentMethod": item["fulfilment"]["method"],
                    "fulfilmentStatus": "OPEN" if open_pieces(item) else "HANDLED",
                    **{
                        key: item[key]
                        for key in (
                            "quantity",
                            "quantityShipped",
                            "quantityCancelled",
                            "cancellationRequest",
                            "latestChangedDateTime",
                        )
                    },
                }
                for item in order["orderItems"]
                if method in {"ALL", item["fulfilment"]["method"]}
            ],
        }

    def _listed(self, item: Json, method: str, status: str, request: Request) -> bool:
        if method not in {"ALL", item["fulfilmentMethod"]}:
            return False
        is_open = item["fulfilmentStatus"] == "OPEN"
        if (status == "OPEN" and not is_open) or (status == "SHIPPED" and is_open):
            return False
        changed = datetime.fromisoformat(item["latestChangedDateTime"])
        if minutes := request.arg("change-interval-minute"):
            return changed >= self.now() - timedelta(minutes=int(minutes))
        day = request.arg("latest-change-date")
        return not day or changed.date().isoformat() == day

    def _accept(self, event: str, entity_id: str, effect: Callable[[], str]) -> Response:
        process = Process(
            process_id=str(len(self.world.processes) + 1001),
            event_type=event,
            entity_id=entity_id,
            description=f"{event} for {entity_id}",
            effect=effect,
            created_at=self.now(),
            polls_left=self.polls_until_decided,
        )
        self.world.processes[process.process_id] = process
        return Response(202, self._process(process), media_type=V10)

    def _process(self, process: Process) -> Json:
        row = {
            "processStatusId": process.process_id,
            "entityId": process.entity_id,
            "eventType": process.event_type,
            "description": process.description,
            "status": process.status,
            "createTimestamp": process.created_at.isoformat(),
            "links": [
                {
                    "rel": "self",
                    "href": f"https://api.bol.com/shared/process-status/{process.process_id}",
                    "method": "GET",
                }
            ],
        }
        return {**row, "errorMessage": process.error} if process.error else row


def _page(request: Request, name: str, rows: list[Json]) -> Response:
    page = int(request.arg("page", "1"))
    if page < 1:
        return _invalid("page", "must be greater than or equal to 1")
    found = rows[(page - 1) * PAGE : page * PAGE]
    return _answer({name: found} if found else {})


def _answer(body: Any, media_type: str = V10) -> Response:
    return Response(200, body, {"X-RateLimit-Limit": "25", "X-RateLimit-Remaining": "24"}, media_type)


def _problem(status: int, title: str, detail: str, media_type: str = V10) -> Response:
    body = {"type": "https://api.bol.com/problems", "title": title, "status": status, "detail": detail}
    # What the gate refuses comes as a general problem document, what the operation refuses in its own media type.
    general = status in {401, 406, 415, 429}
    return Response(
        status,
        {**body, "host": "Instance-001", "violations": []},
        media_type="application/problem+json" if general else media_type,
    )


def _invalid(name: str, reason: str, media_type: str = V10) -> Response:
    answer = _problem(400, "Bad Request", "The request is not valid.", media_type)
    answer.body["violations"] = [{"name": name, "reason": reason}]
    return answer
