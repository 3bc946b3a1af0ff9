"""Amazon's stock: what the merchant ships is written to the listings; what Amazon ships is only read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from adapterkit.errors import NotFound
from adapterkit.paging import place_in, placed
from adapterkit.payload import Json
from adapterkit.records import HeldStock, Page, StockLevel, Submission, SubmissionState
from adapterkit.sentences import say
from marketplaces.amazon import mapper, spec
from marketplaces.amazon.account import AmazonAccount, answered, submitted
from marketplaces.amazon.reading import found_in, held_page, readable

STOCK_TAKES = timedelta(minutes=15)  # by then buyers may have changed the number that was set
DONE, REJECTED = SubmissionState.DONE, SubmissionState.REJECTED


class AmazonStock(AmazonAccount):
    """Listings, and Amazon's own warehouses."""

    def update_stock(self, levels: Sequence[StockLevel]) -> list[Submission]:
        [level] = levels
        return [self._set_stock(level)]

    def _set_stock(self, level: StockLevel) -> Submission:
        """Set what may be sold of a SKU that the merchant ships, in each of the account's stores that lists it.

        The listing is read every time, for its product type and because one that Amazon ships must never be written: it
        would become the merchant's own. ACCEPTED is no success yet; see `check_submission`.
        """
        listing = self._listing(level.sku, self._store_ids)
        if mapper.shipped_by_amazon(listing):
            raise NotFound(say("Amazon itself ships %(sku)s; its stock is not ours to set", sku=level.sku))
        unread = partial(say, "The listing %(sku)s cannot be read: %(why)s", sku=level.sku)
        types = readable(lambda: mapper.product_types(listing), unread)
        if not types:
            raise NotFound(say("%(sku)s is listed in none of your stores", sku=level.sku))
        quantity, sent = max(0, level.quantity), 0.0
        for store, product_type in types.items():
            answer = self._call(
                spec.PATCH_LISTING,
                query={"marketplaceIds": store},
                body=mapper.stock_request(product_type, quantity),
                seller_id=self._seller_id,
                sku=level.sku,
            )
            body, sent = found_in(answer, "status", str), answer.at.timestamp() if answer.at else sent
            if body["status"] != "ACCEPTED":
                words = mapper.errors_of(body.get("issues") or ())
                return Submission(state=REJECTED, message=words or answered(body["status"]))
        reference = f"listing:{quantity}:{sent:.0f}:{level.sku}"
        return submitted(reference, entity_id=mapper.asin(listing))

    def fetch_held_stock(self, resume: str = "") -> Iterator[Page[HeldStock]]:
        """Read what Amazon's warehouses hold, store by store: of one pool each of them may tell the same pieces."""
        first, token = place_in(resume, int, str) if resume else (0, "")
        for number, store in enumerate(self._stores):
            while number >= first:
                answer = self._call(
                    spec.READ_INVENTORY,
                    query={
                        "details": "true",
                        "granularityType": "Marketplace",
                        "granularityId": store.marketplace_id,
                        "marketplaceIds": store.marketplace_id,
                        "nextToken": token or None,
                    },
                )
                token = str((found_in(answer, "payload", dict).get("pagination") or {}).get("nextToken") or "")
                place = (number, token) if token else (number + 1, "")
                yield replace(
                    held_page(answer, store.country), resume=placed(*place) if place[0] < len(self._stores) else ""
                )
                if not token:
                    break

    def _listing(self, sku: str, stores: str) -> Json:
        query = {"marketplaceIds": stores, "includedData": "summaries,issues,fulfillmentAvailability"}
        return found_in(self._call(spec.READ_LISTING, query=query, seller_id=self._seller_id, sku=sku), "sku", str)

    def check_listing(self, reference: str) -> Submission:
        """Look whether a listing took the number: it did, it names an error about it, or buyers changed it since."""
        _, quantity, sent, sku = reference.split(":", 3)
        answer = self._call(
            spec.READ_LISTING,
            query={"marketplaceIds": self._store_ids, "includedData": "issues,fulfillmentAvailability"},
            seller_id=self._seller_id,
            sku=sku,
        )
        listing = found_in(answer, "sku", str)
        if mapper.listing_quantity(listing) == int(quantity):
            return Submission(state=DONE, reference=reference)
        issues = listing.get("issues") or ()
        over = answer.at is not None and answer.at.timestamp() - int(sent) > STOCK_TAKES.total_seconds()
        if words := mapper.errors_of(issues, about_stock=not over):
            return Submission(state=REJECTED, reference=reference, message=words)
        return Submission(state=DONE, reference=reference) if over else submitted(reference)
