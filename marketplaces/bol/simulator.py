"""A simulated bol: token server, orders, shipments, cancellations, returns, offers and process statuses.

Speaks the wire formats of Retailer API v10 and Offers API v11, with their habits: lists newest first in pages of 50
without a total, neither price nor address in the list, writes answered 202 and decided later, media types insisted on,
tokens that run out, no idempotency.
"""

from __future__ import annotations

import base64
import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from adapterkit.simulator import Request, Response, Simulator, route, utc_now
from marketplaces.bol.mapper import AMSTERDAM

V10 = "application/vnd.retailer.v10+json"
V11 = "application/vnd.retailer.v11+json"
PAGE = 50
DECIDED_AFTER = timedelta(seconds=60)  # whether or not anybody asks
Json = dict[str, Any]
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
HANDLING_RESULTS = {
    "RETURN_RECEIVED",
    "EXCHANGE_PRODUCT",
    "RETURN_DOES_NOT_MEET_CONDITIONS",
    "REPAIR_PRODUCT",
    "CUSTOMER_KEEPS_PRODUCT_PAID",
    "STILL_APPROVED",
}
EVENTS = {"CREATE_SHIPMENT", "CANCEL_ORDER", "HANDLE_RETURN_ITEM"}


@dataclass(slots=True)
class Process:
    """A write that bol decides later. `effect` returns an error message, or nothing when it worked."""

    process_id: str
    event_type: str
    entity_id: str
    description: str
    effect: Callable[[], str]
    created_at: datetime
    polls_left: int
    status: str = "PENDING"
    error: str = ""


@dataclass(slots=True)
class Return:
    return_id: str
    row: Json
    handled: bool = False


@dataclass(slots=True)
class World:
    """What the simulated bol knows."""

    orders: dict[str, Json] = field(default_factory=dict)
    shipments: list[Json] = field(default_factory=list)
    processes: dict[str, Process] = field(default_factory=dict)
    offers: dict[str, Json] = field(default_factory=dict)
    returns: dict[str, Return] = field(default_factory=dict)
    cancellations: list[Json] = field(default_factory=list)  # of items, with bol's reason codes
    refused_shipments: int = 0  # reports of what was shipped, cancelled or never ordered


class BolSimulator(Simulator):
    """See the module. `polls_until_decided` is how often a process is asked after before it is decided."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        client_id: str = "demo-client",
        client_secret: str = "demo-secret",  # noqa: S107 - of the simulated world
        polls_until_decided: int = 1,
        first_number: int = 1,
    ) -> None:
        super().__init__(now=now)
        self.world = World()
        self.client = (client_id, client_secret)
        self.polls_until_decided = polls_until_decided
        self.tokens: dict[str, datetime] = {}
        self._numbers = itertools.count(first_number)
        self._limit: tuple[int, float] | None = None
        self._calls: dict[str, list[datetime]] = {}

    # The world's verbs.

    def place_order(
        self,
        *,
        sku: str = "TST-001",
        ean: str = "8710400000013",
        title: str = "Test product",
        quantity: int = 1,
        price: str = "12.10",
        fulfilment: str = "FBR",
        items: list[Json] | None = None,
        order_id: str = "",
        **overrides: Any,
    ) -> str:
        """Add an order with one item, or with `items`; return its id.

        An item has `sku` and `price`, and may have `ean`, `title`, `quantity`, `discount` and a `method` of its own.

        `overrides` replace fields of the order, for example `shipmentDetails`.
        """
        with self.lock:
            number = next(self._numbers)
            order_id = order_id or f"A{number:09d}"
            rows = items or [{"sku": sku, "ean": ean, "quantity": quantity, "price": price, "title": title}]
            self.world.orders[order_id] = {
                "orderId": order_id,
                "pickupPoint": False,
                "orderPlacedDateTime": self._stamp(),
                "shipmentDetails": _address(number),
                "billingDetails": {**_address(number), "email": f"buyer{number}@verkopen.test"},
                "orderItems": [self._item(row, fulfilment) for row in rows],
                **overrides,
            }
            return order_id

    def request_cancellation(self, order_id: str, item_id: str = "") -> None:
        """The buyer asks to cancel an item, or all of them: they stay open."""
        self.change_order(order_id, item_id=item_id, cancellationRequest=True)

    def cancel_order(self, order_id: str) -> None:
        """bol or the buyer cancels every item."""
        with self.lock:
            for item in self.world.orders[order_id]["orderItems"]:
                item["quantityCancelled"] = item["quantity"] - item["quantityShipped"]
                item["latestChangedDateTime"] = self._stamp()

    def change_order(self, order_id: str, *, item_id: str = "", **fields: Any) -> None:
        """Replace fields of one item of an order, or of every item."""
        with self.lock:
            for item in self.world.orders[order_id]["orderItems"]:
                if item_id in {"", item["orderItemId"]}:
                    item.update({"latestChangedDateTime": self._stamp(), **fields})

    def items_of(self, order_id: str) -> list[str]:
        """Return the ids of an order's items."""
        return [item["orderItemId"] for item in self.world.orders[order_id]["orderItems"]]

    def corrupt_order(self, order_id: str, field_name: str = "orderPlacedDateTime", value: Any = "yesterday") -> None:
        """Put something unreadable into an order's details."""
        with self.lock:
            self.world.orders[order_id][field_name] = value

    def add_offer(self, reference: str, *, ean: str = "", stock: int = 0, method: str = "FBR") -> str:
        with self.lock:
            kind = "offer" if method == "FBR" else f"offer-{method}"
            offer_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}:{reference}"))
            self.world.offers[offer_id] = {
                "offerId": offer_id,
                "ean": ean or "8710400000013",
                "reference": reference,
                "stock": {"amount": stock, "managedByRetailer": True},
                "lastModifiedDateTime": self._stamp(),
                "onHoldByRetailer": False,
                "condition": {"category": "NEW"},
                "pricing": {"bundlePrices": [{"quantity": 1, "unitPrice": 12.10}]},
                "fulfilment": {"method": method, "schedule": "BOL_DELIVERY_PROMISE"},
            }
            return offer_id

    def stock_of(self, reference: str) -> int | None:
        """Return what may be sold of an offer, None when there is no such offer."""
        rows = [
            offer
            for offer in self.world.offers.values()
            if offer["reference"] == reference and offer["fulfilment"]["method"] == "FBR"
        ]
        return int(rows[0]["stock"]["amount"]) if rows else None

    def register_return(self, order_id: str, *, quantity: int = 1, reason: str = "Niet naar verwachting") -> str:
        with self.lock:
            number = next(self._numbers)
            order = self.world.orders[order_id]
            item = order["orderItems"][0]
            row = {
                "returnId": str(7_000_000 + number),
                "registrationDateTime": self._stamp(),
                "fulfilmentMethod": item["fulfilment"]["method"],
                "returnItems": [
                    {
                        "rmaId": str(86_000_000 + number),
                        "orderId": order_id,
                        "ean": item["product"]["ean"],
                        "title": item["product"]["title"],
                        "expectedQuantity": quantity,
                        "returnReason": {"mainReason": reason, "detailedReason": "", "customerComments": ""},
                        "trackAndTrace": "",
                        "transporterName": "",
                        "handled": False,
                        "processingResults": [],
                        "customerDetails": None,
                    }
                ],
            }
            self.world.returns[row["returnId"]] = Return(row["returnId"], row)
            return str(row["returnId"])

    def shipments_of(self, order_id: str) -> list[Json]:
        return [row for row in self.world.shipments if row["order"]["orderId"] == order_id]

    @property
    def cancellations(self) -> list[Json]:
        """The items that the seller cancelled, with the reason codes."""
        return self.world.cancellations

    def limit_calls(self, calls: int, per: float) -> None:
        """Answer 429 after so many calls in so many seconds, counted for each operation apart."""
        self._limit = (calls, per)

    def expire_access(self) -> None:
        """Every token has run out."""
        self.tokens.clear()

    def revoke_access(self) -> None:
        """The merchant deleted the credentials at bol."""
        self.tokens.clear()
        self.client = ("revoked", uuid.uuid4().hex)

    def settle_processes(self, outcome: str = "") -> None:
        """Decide everything that is pending: as bol would, or as FAILURE or TIMEOUT without an effect."""
        with self.lock:
            for process in self.world.processes.values():
                if outcome and process.status == "PENDING":
                    process.status = outcome
                    process.error = "It could not be carried out." if outcome == "FAILURE" else ""
                self._decide(process)

    def forget_processes(self) -> None:
        """The time is over for which bol keeps the outcomes."""
        with self.lock:
            self.world.processes.clear()

    # What arrives.

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
        order = self.world.orders.get(order_id)
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
        return self._accept("CANCEL_ORDER", item_id, lambda: self._cancel(item_id, reason))

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
        return self._accept("CREATE_SHIPMENT", str(rows[0].get("orderItemId")), lambda: self._ship(body))

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
        return self._accept("HANDLE_RETURN_ITEM", rma_id, lambda: self._handle_return(rma_id, body))

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

    # How the world goes on.

    def _stamp(self) -> str:
        return self.now().astimezone(AMSTERDAM).isoformat(timespec="seconds")

    def _item(self, row: Json, method: str) -> Json:
        price, quantity = Decimal(str(row["price"])), int(row.get("quantity", 1))
        discount = Decimal(str(row.get("discount", 0)))
        day = (self.now() + timedelta(days=2)).date().isoformat()
        return {
            "orderItemId": str(2_012_345_678 + next(self._numbers)),
            "cancellationRequest": False,
            "fulfilment": {
                "method": row.get("method", method),
                "distributionParty": "RETAILER" if row.get("method", method) == "FBR" else "BOL",
                "latestDeliveryDate": day,
                "timeFrameType": "REGULAR",
            },
            "offer": {
                "offerId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"offer:{row['sku']}")),
                "reference": row["sku"],
            },
            "product": {"ean": row.get("ean", "8710400000013"), "title": row.get("title", "Test product")},
            "quantity": quantity,
            "quantityShipped": 0,
            "quantityCancelled": 0,
            "unitPrice": float(price),
            "totalPrice": float(price * quantity - discount),
            "discounts": [{"title": "Promotion", "amount": float(discount)}] if discount else [],
            "commission": float((price * quantity * Decimal("0.12")).quantize(Decimal("0.01"))),
            "additionalServices": [],
            "latestChangedDateTime": self._stamp(),
        }

    def _reduced(self, order: Json, method: str) -> Json:
        return {
            "orderId": order["orderId"],
            "orderPlacedDateTime": order["orderPlacedDateTime"],
            "orderItems": [
                {
                    "orderItemId": item["orderItemId"],
                    "ean": item["product"]["ean"],
                    "fulfilmentMethod": item["fulfilment"]["method"],
                    "fulfilmentStatus": "OPEN" if _open(item) else "HANDLED",
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

    def _decide(self, process: Process) -> None:
        if process.status == "PENDING":
            process.error = process.effect()
            process.status = "FAILURE" if process.error else "SUCCESS"

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

    def _find_item(self, item_id: str) -> tuple[Json, Json] | None:
        for order in self.world.orders.values():
            for item in order["orderItems"]:
                if item["orderItemId"] == item_id:
                    return order, item
        return None

    def _cancel(self, item_id: str, reason: str) -> str:
        found = self._find_item(item_id)
        if found is None or not _open(found[1]):
            return f"Order item with id {item_id} not found or already handled."
        found[1]["quantityCancelled"] = found[1]["quantity"] - found[1]["quantityShipped"]
        found[1]["latestChangedDateTime"] = self._stamp()
        self.world.cancellations.append({"orderItemId": item_id, "reasonCode": reason})
        return ""

    def _ship(self, body: Json) -> str:
        pieces = []
        for row in body["orderItems"]:
            found = self._find_item(str(row.get("orderItemId")))
            if found is None or not _open(found[1]) or found[1]["fulfilment"]["method"] != "FBR":
                self.world.refused_shipments += 1
                return f"Order item with id {row.get('orderItemId')} not found or already handled."
            wanted = row.get("quantity") or _open(found[1])
            if wanted > _open(found[1]):
                self.world.refused_shipments += 1
                return f"Quantity {wanted} of order item {row.get('orderItemId')} is more than is open."
            pieces.append((found[0], found[1], wanted))
        for _, item, wanted in pieces:
            item["quantityShipped"] += wanted
            item["latestChangedDateTime"] = self._stamp()
        number = len(self.world.shipments) + 1
        self.world.shipments.append(
            {
                "shipmentId": str(541_757_635 + number),
                "shipmentDateTime": self._stamp(),
                "shipmentReference": body.get("shipmentReference") or "",
                "order": {key: pieces[0][0][key] for key in ("orderId", "orderPlacedDateTime")},
                "shipmentItems": [
                    {"orderItemId": item["orderItemId"], "ean": item["product"]["ean"], "quantity": wanted}
                    for _, item, wanted in pieces
                ],
                "transport": {"transportId": str(358_612_589 + number), **body["transport"]},
            }
        )
        return ""

    def _handle_return(self, rma_id: str, body: Json) -> str:
        for found in self.world.returns.values():
            for item in found.row["returnItems"]:
                if item["rmaId"] == rma_id:
                    if body.get("handlingResult") not in HANDLING_RESULTS:
                        return f"{body.get('handlingResult')} is no handling result."
                    if item["handled"]:
                        return f"Return {rma_id} is handled already."
                    item["handled"] = found.handled = True
                    item["processingResults"] = [
                        {
                            "quantity": body.get("quantityReturned"),
                            "processingResult": "ACCEPTED",
                            "handlingResult": body.get("handlingResult"),
                            "processingDateTime": self._stamp(),
                        }
                    ]
                    return ""
        return f"Return {rma_id} not found."


def _open(item: Json) -> int:
    return int(item["quantity"] - item["quantityShipped"] - item["quantityCancelled"])


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


def _address(number: int) -> Json:
    return {
        "salutation": "FEMALE" if number % 2 else "MALE",
        "firstName": ("Anouk", "Daan", "Fleur", "Bram")[number % 4],
        "surname": ("de Vries", "Peeters", "van 't Hoff", "Jansen")[number % 4],
        "streetName": "Keizersgracht",
        "houseNumber": str(10 + number % 180),
        "houseNumberExtension": "A" if number % 3 == 0 else None,
        "extraAddressInformation": None,
        "zipCode": "1015CJ",
        "city": "Amsterdam",
        "countryCode": "NL",
        "email": f"relay{number}@verkopen.test",
        "company": None,
        "language": "nl",
    }
