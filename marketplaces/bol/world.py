"""The world of the simulated bol: its records, what people do in it, and how it goes on."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from adapterkit.simulator import Numbers, Simulator, replaced, utc_now
from adapterkit.trying_out import Sold, control
from marketplaces.bol.mapper import AMSTERDAM

Json = dict[str, Any]
UNMET = "RETURN_DOES_NOT_MEET_CONDITIONS"
HANDLING_RESULTS = {
    "RETURN_RECEIVED",
    "EXCHANGE_PRODUCT",
    "RETURN_DOES_NOT_MEET_CONDITIONS",
    "REPAIR_PRODUCT",
    "CUSTOMER_KEEPS_PRODUCT_PAID",
    "STILL_APPROVED",
}


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
    corruptions: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)
    cancellations: list[Json] = field(default_factory=list)  # of items, with bol's reason codes
    refused_shipments: int = 0  # reports of what was shipped, cancelled or never ordered


class BolWorld(Simulator):
    """The verbs. `polls_until_decided` is how often a process is asked after until it is decided."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        client_id: str = "demo-client",
        client_secret: str = "demo-secret",  # noqa: S107 - of the simulated world
        polls_until_decided: int = 1,
        first_id: int = 1,
    ) -> None:
        super().__init__(now=now)
        self.world = World()
        self.client = (client_id, client_secret)
        self.polls_until_decided = polls_until_decided
        self.tokens: dict[str, datetime] = {}
        self._numbers = Numbers(first_id)
        self._limit: tuple[int, float] | None = None
        self._calls: dict[str, list[datetime]] = {}

    def stock_up(self, product: Sold) -> None:
        self.add_offer(product.sku, ean=product.ean)

    def connect_with(self, url: str) -> dict[str, str]:
        client_id, secret = self.client
        return {"client_id": client_id, "client_secret": secret, "base_url": url, "token_url": f"{url}/token"}

    @control
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

    @control
    def request_cancellation(self, order_id: str, item_id: str = "") -> None:
        """The buyer asks to cancel an item, or all of them: they stay open."""
        self.change_order(order_id, item_id=item_id, cancellationRequest=True)

    @control
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
        """Answer an order's details with something unreadable; `orderItems.0.unitPrice` names a field in an item."""
        with self.lock:
            self.world.corruptions.setdefault(order_id, []).append((field_name, value))

    def mend_order(self, order_id: str) -> None:
        """Answer an order's details as they are again."""
        with self.lock:
            self.world.corruptions.pop(order_id, None)

    def details_of(self, order_id: str) -> Json | None:
        """Return what is answered as an order's details, None when there is no such order."""
        order = self.world.orders.get(order_id)
        if order is None or order_id not in self.world.corruptions:
            return order
        for field_name, value in self.world.corruptions[order_id]:
            order = replaced(order, field_name, value)
        return order

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

    @control
    def stock_of(self, reference: str) -> int | None:
        """Return what may be sold of an offer, None when there is no such offer."""
        rows = [
            offer
            for offer in self.world.offers.values()
            if offer["reference"] == reference and offer["fulfilment"]["method"] == "FBR"
        ]
        return int(rows[0]["stock"]["amount"]) if rows else None

    @control
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

    @control
    def shipments_of(self, order_id: str) -> list[Json]:
        return [row for row in self.world.shipments if row["order"]["orderId"] == order_id]

    @property
    def cancellations(self) -> list[Json]:
        """The items that the seller cancelled, with the reason codes."""
        return self.world.cancellations

    @control
    def limit_calls(self, calls: int, per: float) -> None:
        """Answer 429 after so many calls in so many seconds, counted for each operation apart."""
        self._limit = (calls, per)

    @control
    def expire_access(self) -> None:
        """Every token has run out."""
        self.tokens.clear()

    @control
    def revoke_access(self) -> None:
        """The merchant deleted the credentials at bol."""
        self.tokens.clear()
        self.client = ("revoked", uuid.uuid4().hex)

    @control
    def ship_by_hand(self, order_id: str) -> None:
        """The seller reports every open item in bol's own pages, where a shipment has no reference."""
        with self.lock:
            items = [{"orderItemId": item_id} for item_id in self.items_of(order_id)]
            self._ship({"orderItems": items, "transport": {"transporterCode": "TNT"}})

    @control
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

    def _decide(self, process: Process) -> None:
        if process.status == "PENDING":
            process.error = process.effect()
            process.status = "FAILURE" if process.error else "SUCCESS"

    def _find_item(self, item_id: str) -> tuple[Json, Json] | None:
        for order in self.world.orders.values():
            for item in order["orderItems"]:
                if item["orderItemId"] == item_id:
                    return order, item
        return None

    def _cancel(self, item_id: str, reason: str) -> str:
        found = self._find_item(item_id)
        if found is None or not open_pieces(found[1]):
            return f"Order item with id {item_id} not found or already handled."
        found[1]["quantityCancelled"] = found[1]["quantity"] - found[1]["quantityShipped"]
        found[1]["latestChangedDateTime"] = self._stamp()
        self.world.cancellations.append({"orderItemId": item_id, "reasonCode": reason})
        return ""

    def _ship(self, body: Json) -> str:
        pieces = []
        for row in body["orderItems"]:
            found = self._find_item(str(row.get("orderItemId")))
            if found is None or not open_pieces(found[1]) or found[1]["fulfilment"]["method"] != "FBR":
                self.world.refused_shipments += 1
                return f"Order item with id {row.get('orderItemId')} not found or already handled."
            wanted = row.get("quantity") or open_pieces(found[1])
            if wanted > open_pieces(found[1]):
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

    def _change_transport(self, transport_id: str, body: Json) -> str:
        for row in self.world.shipments:
            if row["transport"]["transportId"] == transport_id:
                row["transport"].update({name: value for name, value in body.items() if value})
                return ""
        return f"Transport {transport_id} not found."

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
                            "processingResult": "REJECTED" if body["handlingResult"] == UNMET else "ACCEPTED",
                            "handlingResult": body.get("handlingResult"),
                            "processingDateTime": self._stamp(),
                        }
                    ]
                    return ""
        return f"Return {rma_id} not found."


def open_pieces(item: Json) -> int:
    return int(item["quantity"] - item["quantityShipped"] - item["quantityCancelled"])


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
