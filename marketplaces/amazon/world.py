"""The world of the simulated Amazon: its records, what people do in it, and how it goes on."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from adapterkit.simulator import Numbers, Simulator, utc_now
from adapterkit.trying_out import Sold, control
from adapterkit.wire import decoded_xml
from marketplaces.amazon import ordering
from marketplaces.amazon.mapper import written
from marketplaces.amazon.ordering import Json
from marketplaces.amazon.stores import BY_COUNTRY

LAG = timedelta(minutes=2)  # what is younger is in no list
FEED_TAKES, LISTING_TAKES = timedelta(seconds=90), timedelta(seconds=45)
URL_LASTS, CODE_LASTS = timedelta(minutes=5), timedelta(minutes=5)


@dataclass(slots=True)
class Document:
    """A file that is put on or taken from a host of its own, at an address that lasts five minutes."""

    document_id: str
    content_type: str
    until: datetime
    content: bytes | None = None


@dataclass(slots=True)
class Feed:
    feed_id: str
    feed_type: str
    marketplace_ids: list[str]
    document_id: str
    created_at: datetime
    status: str = "IN_QUEUE"
    report_id: str = ""


@dataclass(slots=True)
class Listing:
    """One SKU. `pending` is a number that was accepted and will show, unless it is `refused` then."""

    sku: str
    asin: str
    product_type: str
    stores: tuple[str, ...]
    channel: str = "DEFAULT"
    quantity: int = 0
    handling_days: int | None = 2
    pending: int | None = None
    pending_since: datetime | None = None
    refuses: bool = False
    issues: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Held:
    """What Amazon's warehouses hold of a SKU, for the buyers of one store."""

    sku: str
    marketplace_id: str
    available: int
    reserved: int
    coming: int


@dataclass(slots=True)
class World:
    """What the simulated Amazon knows. The last three lists are what must never happen."""

    orders: dict[str, Json] = field(default_factory=dict)
    unlisted: dict[str, datetime] = field(default_factory=dict)  # orders that the list tells late, and since when
    corruptions: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    codes: dict[str, datetime] = field(default_factory=dict)  # of consents, until when they may be traded
    cancellations: list[tuple[str, str]] = field(default_factory=list)  # item ids with Amazon's reason
    refunded_whole: list[str] = field(default_factory=list)  # orders cancelled although a part was shipped
    turned_merchant: list[str] = field(default_factory=list)  # SKUs that were Amazon's to ship until we wrote a number
    refused_shipments: int = 0


class AmazonWorld(Simulator):
    """The verbs."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        client: tuple[str, str] = ("amzn1.application-oa2-client.demo", "amzn1.oa2-cs.demo"),
        refresh_token: str = "Atzr|demo",  # noqa: S107 - of the simulated world
        seller_id: str = "A1DEMOSELLER",
        application_id: str = "amzn1.sp.solution.demo",
        files_url: str = "",
        first_id: int = 1,
    ) -> None:
        super().__init__(now=now)
        self.world = World()
        self.client, self.refresh_token, self.seller_id = client, refresh_token, seller_id
        self.application_id, self.files_url = application_id, files_url
        self.tokens: dict[str, datetime] = {}
        self.shows_buyers = True
        self._numbers = Numbers(first_id)

    def stock_up(self, product: Sold) -> None:
        self.add_listing(product.sku)

    def connect_with(self, url: str) -> dict[str, str]:
        client_id, secret = self.client
        application = {"application_id": self.application_id, "client_id": client_id, "client_secret": secret}
        seller = {"stores": "NL", "seller_id": self.seller_id, "refresh_token": self.refresh_token}
        return {**seller, **application, "base_url": url, "token_url": f"{url}/auth/o2/token"}

    @control
    def place_order(
        self,
        *,
        sku: str = "TST-001",
        title: str = "Test product",
        quantity: int = 1,
        price: str = "12.10",
        fulfilled_by: str = "MERCHANT",
        status: str = "UNSHIPPED",
        store: str = "NL",
        items: list[Json] | None = None,
        **overrides: Any,
    ) -> str:
        """Add an order with one item, or with `items`; return its id.

        An item has `sku` and `price` and may have `quantity`, `title`, `shipping`, `gift_wrap`, `discount`,
        `shipping_discount` and `tax`. `overrides` replace fields of the order. A pending order shows neither amounts
        nor people.
        """
        with self.lock:
            number = next(self._numbers)
            order_id = f"{100 + number % 900}-{number % 10**7:07d}-{number * 7 % 10**7:07d}"
            rows = items or [{"sku": sku, "price": price, "quantity": quantity, "title": title}]
            known = BY_COUNTRY[store]
            made = [ordering.item(row, known.currency, number * 100 + place) for place, row in enumerate(rows, start=1)]
            order = {
                "orderId": order_id,
                "createdTime": written(self.now()),
                "lastUpdatedTime": written(self.now()),
                "programs": [],
                "salesChannel": {
                    "channelName": "AMAZON",
                    "marketplaceId": known.marketplace_id,
                    "marketplaceName": f"Amazon.{store.lower()}",
                },
                "buyer": {
                    "buyerName": ordering.NAMES[number % 4],
                    "buyerEmail": f"buyer{number}@marketplace.amazon.test",
                },
                "recipient": {"deliveryAddress": ordering.address(number, store)},
                "proceeds": ordering.total(made, known.currency, taxed=known.taxed),
                "fulfillment": ordering.fulfillment(status, fulfilled_by, self.now()),
                "orderItems": made,
            }
            self.world.orders[order_id] = {**order, **overrides}
            return order_id

    @control
    def release_order(self, order_id: str) -> None:
        """The payment of a pending order is authorised."""
        self.change_order(order_id, status="UNSHIPPED")

    @control
    def cancel_order(self, order_id: str, by: str = "BUYER", reason: str = "Changed mind") -> None:
        with self.lock:
            for item in self.world.orders[order_id]["orderItems"]:
                item["fulfillment"]["quantityUnfulfilled"] = 0
                item["cancellation"] = {"cancellationExecution": {"cancelledBy": by, "cancelReason": reason}}
            self.change_order(order_id, status="CANCELLED")

    @control
    def request_cancellation(self, order_id: str, item_id: str = "") -> None:
        """The buyer asks to cancel an item, or all: the status stays as it is."""
        with self.lock:
            for item in self.world.orders[order_id]["orderItems"]:
                if item_id in {"", item["orderItemId"]}:
                    request = {"requester": "BUYER", "cancelReason": "Ordered by mistake"}
                    item["cancellation"] = {"cancellationRequest": request}
            self.change_order(order_id)

    def change_order(self, order_id: str, *, status: str = "", **fields: Any) -> None:
        """Replace fields of an order, its status among them; it is changed now."""
        with self.lock:
            order = self.world.orders[order_id]
            order.update({"lastUpdatedTime": written(self.now()), **fields})
            if status:
                order["fulfillment"]["fulfillmentStatus"] = status

    def list_late(self, order_id: str, *, by: timedelta) -> None:
        """The list tells an order only after so long; asked for by its id it is there at once."""
        self.world.unlisted[order_id] = self.now() + by

    def corrupt_order(self, order_id: str, field_name: str, value: Any) -> None:
        """Answer an order with something unreadable; `orderItems.0.quantityOrdered` names a field in an item."""
        self.world.corruptions.setdefault(order_id, []).append((field_name, value))

    def mend_order(self, order_id: str) -> None:
        self.world.corruptions.pop(order_id, None)

    def items_of(self, order_id: str) -> list[str]:
        return [item["orderItemId"] for item in self.world.orders[order_id]["orderItems"]]

    @control
    def status_of(self, order_id: str) -> str:
        return str(self.world.orders[order_id]["fulfillment"]["fulfillmentStatus"])

    @control
    def packages_of(self, order_id: str) -> list[Json]:
        return list(self.world.orders[order_id].get("packages", ()))

    @control
    def ship_by_amazon(self, order_id: str) -> None:
        """Amazon sends everything from its own warehouse."""
        with self.lock:
            for item in self.world.orders[order_id]["orderItems"]:
                item["fulfillment"] = {"quantityFulfilled": item["quantityOrdered"], "quantityUnfulfilled": 0}
            self.change_order(order_id, status="SHIPPED")

    @control
    def ship_by_hand(self, order_id: str) -> None:
        """The seller confirms everything in Seller Central, where packages have names of their own."""
        with self.lock:
            items = [
                {"orderItemId": item["orderItemId"], "quantity": item["fulfillment"]["quantityUnfulfilled"]}
                for item in self.world.orders[order_id]["orderItems"]
            ]
            self.add_package(order_id, {"packageReferenceId": "SC-1", "carrierCode": "DHL", "orderItems": items})

    def add_listing(
        self,
        sku: str,
        *,
        stock: int = 0,
        channel: str = "DEFAULT",
        product_type: str = "MUG",
        stores: tuple[str, ...] = ("NL",),
    ) -> Listing:
        with self.lock:
            ids = tuple(BY_COUNTRY[store].marketplace_id for store in stores)
            asin = "B0" + uuid.uuid5(uuid.NAMESPACE_URL, sku).hex[:8].upper()
            quantity = stock if channel == "DEFAULT" else 0
            listing = Listing(sku, asin, product_type, ids, channel, quantity)
            self.world.listings[sku] = listing
            return listing

    @control
    def stock_of(self, sku: str) -> int | None:
        """Return how many pieces of a SKU are offered, None when there is no such listing."""
        listing = self.world.listings.get(sku)
        return listing.quantity if listing else None

    @control
    def expire_access(self) -> None:
        """Every access token has run out."""
        self.tokens.clear()

    @control
    def revoke_access(self) -> None:
        """The seller took the authorisation back."""
        self.tokens.clear()
        self.refresh_token = uuid.uuid4().hex

    @control
    def settle(self) -> None:
        """Decide everything that was accepted, as if enough time had passed."""
        with self.lock:
            for feed in self.world.feeds.values():
                self._decide_feed(feed)
            for listing in self.world.listings.values():
                self._decide_listing(listing)

    # How the world goes on.

    def live_on(self) -> None:
        """Decide what is old enough."""
        for feed in self.world.feeds.values():
            age = self.now() - feed.created_at
            if age > FEED_TAKES:
                self._decide_feed(feed)
            elif age > FEED_TAKES / 3 and feed.status == "IN_QUEUE":
                feed.status = "IN_PROGRESS"
        for listing in self.world.listings.values():
            if listing.pending_since and self.now() - listing.pending_since > LISTING_TAKES:
                self._decide_listing(listing)

    def add_package(self, order_id: str, detail: Json) -> None:
        """Write a package down, with what follows from it for the order."""
        order = self.world.orders[order_id]
        by_id = {item["orderItemId"]: item for item in order["orderItems"]}
        for row in detail["orderItems"]:
            counts = by_id[row["orderItemId"]]["fulfillment"]
            counts["quantityFulfilled"] += row["quantity"]
            counts["quantityUnfulfilled"] -= row["quantity"]
        order.setdefault("packages", []).append(
            {
                "packageReferenceId": detail["packageReferenceId"],
                "createdTime": written(self.now()),
                "packageStatus": {"status": "SHIPPED"},
                "carrier": detail.get("carrierName") or detail["carrierCode"],
                "shipTime": detail.get("shipDate") or written(self.now()),
                "trackingNumber": detail.get("trackingNumber", ""),
                "packageItems": [dict(row) for row in detail["orderItems"]],
            }
        )
        left = sum(item["fulfillment"]["quantityUnfulfilled"] for item in order["orderItems"])
        self.change_order(order_id, status="PARTIALLY_SHIPPED" if left else "SHIPPED")

    def _decide_listing(self, listing: Listing) -> None:
        if listing.pending is None:
            return
        if listing.refuses:
            listing.issues = [_issue("99001", "The quantity was not taken.", "fulfillment_availability")]
        else:
            listing.quantity, listing.issues = listing.pending, []
        listing.pending = listing.pending_since = None

    def _decide_feed(self, feed: Feed) -> None:
        if feed.status not in {"IN_QUEUE", "IN_PROGRESS"}:
            return
        document = self.world.documents[feed.document_id]
        if document.content is None:
            feed.status = "FATAL"
            return
        results = [self._acknowledge(message) for message in _messages(document.content)]
        feed.status, feed.report_id = "DONE", f"report-{feed.feed_id}"
        self.world.documents[feed.report_id] = Document(
            feed.report_id, "text/xml; charset=UTF-8", self.now() + URL_LASTS, _report(feed, results)
        )

    def _acknowledge(self, message: Element) -> str:
        """Carry out one acknowledgement; return what was wrong with it."""
        order_id = message.findtext("OrderAcknowledgement/AmazonOrderID", "")
        order = self.world.orders.get(order_id)
        if order is None:
            return f"There is no order {order_id}."
        if message.findtext("OrderAcknowledgement/StatusCode") != "Failure":
            return ""
        if self.status_of(order_id) in {"CANCELLED", "SHIPPED"}:
            return f"Order {order_id} cannot be cancelled any more."
        if any(item["fulfillment"]["quantityFulfilled"] for item in order["orderItems"]):
            self.world.refunded_whole.append(order_id)
        reason = message.findtext("OrderAcknowledgement/Item/CancelReason", "")
        self.world.cancellations += [(item_id, reason) for item_id in self.items_of(order_id)]
        self.cancel_order(order_id, by="MERCHANT", reason=reason)
        return ""


def _issue(code: str, message: str, attribute: str) -> Json:
    return {
        "code": code,
        "message": message,
        "severity": "ERROR",
        "attributeNames": [attribute],
        "categories": ["INVALID_ATTRIBUTE"],
    }


def _messages(content: bytes) -> list[Element]:
    root = decoded_xml(content)
    return [] if root is None else root.findall("Message")


def _report(feed: Feed, results: list[str]) -> bytes:
    envelope = Element("AmazonEnvelope")
    SubElement(envelope, "MessageType").text = "ProcessingReport"
    report = SubElement(SubElement(envelope, "Message"), "ProcessingReport")
    SubElement(report, "DocumentTransactionID").text = feed.feed_id
    SubElement(report, "StatusCode").text = "Complete"
    summary, wrong = SubElement(report, "ProcessingSummary"), [result for result in results if result]
    SubElement(summary, "MessagesProcessed").text = str(len(results))
    SubElement(summary, "MessagesSuccessful").text = str(len(results) - len(wrong))
    SubElement(summary, "MessagesWithError").text = str(len(wrong))
    for place, words in enumerate(results, start=1):
        if words:
            result = SubElement(report, "Result")
            SubElement(result, "MessageID").text = str(place)
            SubElement(result, "ResultCode").text = "Error"
            SubElement(result, "ResultMessageCode").text = "18028"
            SubElement(result, "ResultDescription").text = words
    content: bytes = tostring(envelope, encoding="UTF-8", xml_declaration=True)
    return content
