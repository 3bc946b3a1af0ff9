"""Amazon's verbs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from adapterkit.errors import OutcomeUnknown, RateLimited, Rejected
from adapterkit.paging import place_in, placed
from adapterkit.payload import Json
from adapterkit.records import (
    Cancellation,
    Fulfilment,
    Known,
    Order,
    Page,
    Shipment,
    Submission,
    SubmissionState,
    nothing_known,
)
from adapterkit.sentences import say
from marketplaces.amazon import feeds, mapper, spec
from marketplaces.amazon.account import answered, submitted
from marketplaces.amazon.reading import found_in, named, page_of, readable
from marketplaces.amazon.stock import AmazonStock

INCLUDED = "BUYER,RECIPIENT,PROCEEDS,PROMOTION,CANCELLATION,FULFILLMENT,TAX"
TO_SHIP = ("UNSHIPPED", "PARTIALLY_SHIPPED")
STATUSES = {
    Fulfilment.MERCHANT: ("PENDING_AVAILABILITY", "PENDING", *TO_SHIP, "CANCELLED"),
    Fulfilment.MARKETPLACE: (*TO_SHIP, "SHIPPED", "CANCELLED", "UNFULFILLABLE"),
}
YOUNGEST = timedelta(minutes=3)  # Amazon lists nothing of the last two minutes, and refuses to begin in them
LONG_WALK, SHIPPED_SINCE = timedelta(hours=6), timedelta(days=1)
DONE, REJECTED = SubmissionState.DONE, SubmissionState.REJECTED


class Amazon(AmazonStock):
    """Orders, shipments and cancellations; the rest is inherited."""

    def fetch_orders(
        self, changed_since: datetime, fulfilment: Fulfilment | None, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[Order]]:
        """Read what changed, whole orders in pages of 100; Amazon gives about twenty pages an hour.

        Orders that the merchant shipped are left out, except in a walk that goes back for hours, as the daily one does:
        then those of the last day follow, as far as there are calls left. What was shipped through us is known anyway.
        Amazon keeps the place of a walk for 24 hours, as long as the question stays the same.
        """
        if resume:
            query, token = place_in(resume, dict, str)
            return self._walk(query, token, fulfilment, known)
        asked = (fulfilment,) if fulfilment else tuple(STATUSES)
        query = {
            "lastUpdatedAfter": mapper.written(changed_since - YOUNGEST),
            "marketplaceIds": self._store_ids,
            "fulfilledBy": ",".join(mapper.FULFILLED_BY[one] for one in asked),
            "fulfillmentStatuses": ",".join(dict.fromkeys(status for one in asked for status in STATUSES[one])),
        }
        return self._walk(query, "", fulfilment, known)

    def _walk(
        self, query: Mapping[str, str], token: str, fulfilment: Fulfilment | None, known: Known
    ) -> Iterator[Page[Order]]:
        given: dict[str, str] = {}
        as_of: datetime | None = None
        for page in self._pages(query, token, given, known):
            as_of = page.as_of
            yield page
        since = mapper.moment(query["lastUpdatedAfter"])
        if fulfilment is Fulfilment.MERCHANT and as_of is not None and as_of - since > LONG_WALK:
            start = mapper.written(max(since, as_of - SHIPPED_SINCE))
            shipped = {**query, "lastUpdatedAfter": start, "fulfillmentStatuses": "SHIPPED"}
            try:
                yield from (_unmarked(page) for page in self._pages(shipped, "", given, known))
            except RateLimited:
                return

    def _pages(
        self, query: Mapping[str, str], token: str, given: dict[str, str], known: Known
    ) -> Iterator[Page[Order]]:
        while True:
            asked = {**query, "includedData": INCLUDED, "maxResultsPerPage": 100, "paginationToken": token or None}
            answer = self._call(spec.SEARCH_ORDERS, query=asked)
            token = str((found_in(answer, "orders").get("pagination") or {}).get("nextToken") or "")
            resume = placed(dict(query), token) if token else ""
            yield page_of(answer, given, known, resume)
            if not token:
                return

    def fetch_order(self, order_id: str) -> Order:
        unread = partial(say, "Order %(number)s cannot be read: %(why)s", number=order_id)
        return readable(lambda: mapper.order(self._order(order_id)), unread)

    def _order(self, order_id: str, included: str = INCLUDED) -> Json:
        answer = self._call(spec.READ_ORDER, query={"includedData": included}, order_id=order_id)
        found: Json = found_in(answer, "order", dict)["order"]
        return found

    def confirm_shipment(self, shipment: Shipment) -> Submission:
        if not shipment.tracking_code:
            raise Rejected("Amazon takes no shipment without a tracking code; confirm it in Seller Central by hand")
        if shipment.shipped_at is None or shipment.number <= 0:
            raise Rejected("A parcel needs a number and the moment at which it was shipped")
        store = shipment.sales_channel or self._store_of(shipment.order_id)
        body = mapper.shipment_request(shipment, store, shipment.shipped_at)
        answer = self._call(spec.CONFIRM_SHIPMENT, body=body, order_id=shipment.order_id)
        if answer.status != 204:  # noqa: PLR2004 - the one success that the model knows
            raise OutcomeUnknown("Amazon answered in another way than it says it does", status=answer.status)
        return Submission(state=DONE, entity_id=str(shipment.number))

    def _store_of(self, order_id: str) -> str:
        """Return the store of an order that was stored without it."""
        return self.fetch_order(order_id).sales_channel or self._stores[0].marketplace_id

    def find_shipments(self, order_id: str, line_ids: Sequence[str]) -> list[Shipment]:
        payload, wanted = self._order(order_id, "FULFILLMENT,PACKAGES"), set(line_ids)
        unread = partial(say, "A package of order %(number)s cannot be read: %(why)s", number=order_id)
        packages = [
            readable(lambda row=row: mapper.package(row, order_id), unread)  # type: ignore[misc]
            for row in payload.get("packages") or ()
        ]
        return [found for found in packages if wanted & {line.line_id for line in found.lines}]

    def cancel_lines(self, cancellation: Cancellation) -> list[Submission]:
        """Cancel an order of which nothing is shipped, with a feed that cancels it whole."""
        order_id, order = cancellation.order_id, self.fetch_order(cancellation.order_id)
        left = {line.line_id: line.quantity_open for line in order.lines if line.quantity_open}
        if not left and not any(line.quantity_shipped for line in order.lines):
            return [Submission(state=DONE)]
        told = {line.line_id: line.quantity for line in cancellation.lines}
        if left != {line_id: told.get(line_id, 0) for line_id in left} or any(
            line.quantity_shipped for line in order.lines
        ):
            raise Rejected(
                "Amazon cancels whole orders only, and only while nothing of them is shipped. Refund what you do not "
                "send in Seller Central, under Orders > Manage orders"
            )
        feed = feeds.acknowledgement(self._seller_id, order_id, left, cancellation.reason)
        document = self._call(spec.CREATE_DOCUMENT, body={"contentType": spec.XML}).body
        url, document_id = named(document, "url"), named(document, "feedDocumentId")
        self.transport.call(spec.UPLOAD_DOCUMENT, at=url, body=feed)
        store = cancellation.sales_channel or order.sales_channel
        made = {"feedType": feeds.FEED_TYPE, "marketplaceIds": [store], "inputFeedDocumentId": document_id}
        feed_id = named(self._call(spec.CREATE_FEED, body=made).body, "feedId")
        return [submitted(f"feed:{feed_id}:{order_id}")]

    def check_submission(self, reference: str) -> Submission:
        kind, _, rest = reference.partition(":")
        return self._check_feed(reference, *rest.split(":", 1)) if kind == "feed" else self.check_listing(reference)

    def _check_feed(self, reference: str, feed_id: str, order_id: str) -> Submission:
        feed = found_in(self._call(spec.READ_FEED, feed_id=feed_id), "processingStatus", str)
        status = feed["processingStatus"]
        if status in {"IN_QUEUE", "IN_PROGRESS"}:
            return submitted(reference)
        # The order says more than the report, and may be asked forty times as often.
        if not any(line.quantity_open for line in self.fetch_order(order_id).lines):
            return Submission(state=DONE, reference=reference)
        words = self._report(feed.get("resultFeedDocumentId"))
        if status == "DONE" and not words:
            return Submission(state=DONE, reference=reference)
        return Submission(state=REJECTED, reference=reference, message=words or answered(status))

    def _report(self, document_id: str | None) -> str:
        if not document_id:
            return ""
        document = self._call(spec.READ_DOCUMENT, document_id=document_id).body
        report = self.transport.call(spec.DOWNLOAD_DOCUMENT, at=named(document, "url"))
        return feeds.refusals(report.body, packed=document.get("compressionAlgorithm") == "GZIP")


def _unmarked(page: Page[Order]) -> Page[Order]:
    return replace(page, resume="")
