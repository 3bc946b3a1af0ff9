"""WooCommerce's verbs."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any, ClassVar

from adapterkit.errors import MalformedResponse, NotFound, OutcomeUnknown, Rejected
from adapterkit.notifications import Message, Notification
from adapterkit.paging import numbered, place_in, placed
from adapterkit.payload import page_of_updates, translated
from adapterkit.records import (
    Fulfilment,
    Known,
    Order,
    Page,
    Product,
    ShopOrder,
    ShopOrderState,
    ShopUpdate,
    nothing_known,
)
from adapterkit.sentences import say
from adapterkit.shop import Products, Shop
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer
from shops.woocommerce import mapper, spec

PER_PAGE = 100
MOST_CORRECTIONS = 2
SECOND = timedelta(seconds=1)
MEANWHILE = timedelta(minutes=1)  # longer than any call takes
FROM_THE_END = -1  # the number of the last page is not known yet
ROUNDING = Decimal("0.05")
ORDER = frozenset({"id", "status", "total"})  # what no order is without
Json = Mapping[str, Any]


class WooCommerce(Shop):
    spec: ClassVar = spec.SPEC

    def verify_credentials(self) -> None:
        """Read an order, then write to one that does not exist: a read-only key is refused before it is looked up."""
        self._call(spec.LIST_ORDERS, query={"per_page": 1})
        try:
            self._call(spec.UPDATE_ORDER, body={}, order_id="0")
        except NotFound:
            return

    def find_orders(self, reference: str, placed_at: datetime) -> list[ShopOrder]:
        """Search by transaction id. WordPress posts are not searched by it: there all orders since then are read.

        Filters that WooCommerce does not know are ignored and answered with everything, so each hit is compared.
        """
        if self.settings.get("order_storage") == "legacy":
            query = {
                "after": _stamp(placed_at - timedelta(hours=1)),
                "dates_are_gmt": "true",
                "orderby": "id",
                "order": "asc",
            }
        else:
            query = {"search": reference, "orderby": "id", "order": "asc"}
        rows = [row for _, page, _ in self._pages(spec.LIST_ORDERS, query) for row in page]
        return [
            mapper.shop_order(row, self._url) for row in rows if mapper.meta(row).get(mapper.REFERENCE) == reference
        ]

    def fetch_order(self, shop_order_id: str) -> ShopUpdate:
        return mapper.shop_update(self._read(shop_order_id), self._url)

    def create_inert_order(self, order: Order, reference: str, products: Products) -> ShopOrder:
        """Create a pending order, then give it the amounts that come out at the marketplace's with the shop's taxes."""
        made = self._call(spec.CREATE_ORDER, body=mapper.draft(order, reference, products)).body
        if not isinstance(made, Mapping) or not made.keys() >= ORDER:
            raise OutcomeUnknown("The shop answered without the order")
        difference = Decimal(0)
        for _ in range(MOST_CORRECTIONS):
            if Decimal(str(made["total"])) == order.total:
                break
            body = mapper.repriced(made, order, difference)
            made = self._call(spec.UPDATE_ORDER, body=body, order_id=str(made["id"])).body
            left = order.total - Decimal(str(made["total"]))
            # What rounding leaves is made good; anything more is the shop's doing and for the merchant to see.
            difference += left if abs(left) <= ROUNDING else Decimal(0)
        return mapper.shop_order(made, self._url)

    def preview_order(self, order: Order, reference: str, products: Products) -> Mapping[str, Any]:
        return mapper.draft(order, reference, products)

    def activate_order(self, shop_order_id: str, order: Order) -> ShopOrder:
        """Mark the order as paid. WooCommerce does so only when it is unpaid, so one that went on stays as it is."""
        if order.fulfilment is Fulfilment.MARKETPLACE:
            made = self._read(shop_order_id)
            if mapper.shop_order(made).state is ShopOrderState.INERT:
                made = self._update(shop_order_id, {"status": "completed"})
            return mapper.shop_order(made, self._url)
        made = self._update(shop_order_id, {"set_paid": True})
        if mapper.shop_order(made).state is ShopOrderState.INERT:  # nothing to pay
            made = self._update(shop_order_id, {"status": "processing"})
        return mapper.shop_order(made, self._url)

    def discard_inert_order(self, shop_order_id: str) -> None:
        try:
            made = mapper.shop_order(self._read(shop_order_id))
        except NotFound:
            return
        if made.state is not ShopOrderState.INERT:
            raise Rejected("The order is in use in the shop and is not removed", remote=made.number)
        self._call(spec.DELETE_ORDER, query={"force": "true"}, order_id=shop_order_id)

    def cancel_order(self, shop_order_id: str, reason: str) -> None:
        """Cancel an order of which nothing is shipped: it gives its pieces back, even those that never were its own."""
        update = mapper.shop_update(self._read(shop_order_id))
        if update.shipments:
            number = update.order.number
            raise Rejected(say("Order %(number)s is shipped in the shop and is not cancelled", number=number))
        if update.order.state not in {ShopOrderState.CANCELLED, ShopOrderState.REFUNDED}:
            self._update(shop_order_id, {"status": "cancelled"})

    def hold_order(self, shop_order_id: str, reason: str) -> None:
        """Put an order that is being prepared on hold; one that was shipped or cancelled stays as it is."""
        self._switch(shop_order_id, ShopOrderState.OPEN, "on-hold")

    def release_order(self, shop_order_id: str, reason: str) -> None:
        self._switch(shop_order_id, ShopOrderState.ON_HOLD, "processing")

    def add_note(self, shop_order_id: str, text: str, order: Order) -> None:
        self._call(spec.ADD_NOTE, body={"note": text, "customer_note": False}, order_id=shop_order_id)

    def fetch_updates(
        self, changed_since: datetime, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[ShopUpdate]]:
        """Walk from the oldest change to the newest, each page from the second in which the last one ended.

        An order that changes meanwhile moves to the end and is read again there. WooCommerce sorts by the second alone:
        what shares one may come in another order on each page, so a second that fills a page is walked by ids.
        """
        begin, page, status = place_in(resume, str, int, str) if resume else (_stamp(changed_since - SECOND), 0, "any")
        if status == "any":
            yield from self._walked(begin, page, "any", known, then=placed(_stamp(changed_since - SECOND), 0, "trash"))
            begin, page = _stamp(changed_since - SECOND), 0
        # What was put into the bin is in no list but its own.
        yield from self._walked(begin, page, "trash", known, then="")

    def _walked(self, begin: str, page: int, status: str, known: Known, *, then: str) -> Iterator[Page[ShopUpdate]]:
        seen: set[tuple[str, str]] = set()
        while True:
            answer, following = self._in_second(begin, page, status) if page else self._changed(begin, status)
            marks = {(str(row.get("id")), str(row.get("date_modified_gmt"))): row for row in _rows(answer)}
            fresh = [row for mark, row in marks.items() if mark not in seen]
            yield _updates(answer, fresh, known, self._url, placed(*following, status) if following else then)
            if following is None:
                return
            begin, page = following
            # Only what may come again is remembered, however long the walk.
            seen = {mark for mark in seen | marks.keys() if mark[1] > begin}

    def _changed(self, begin: str, status: str) -> tuple[Answer, tuple[str, int] | None]:
        """Read a page of what changed after a second; return it with where to go on, None at the end."""
        answer = self._listed({"status": status, "modified_after": begin, "orderby": "modified"})
        rows = _rows(answer)
        told = [at for row in rows if (at := mapper.gmt(row.get("date_modified_gmt")))]
        if len(rows) < PER_PAGE or not told:
            return answer, None
        # The page's orders are chosen before each is read: one that changes in between is told with a date later than
        # the one it was chosen by, and those between the two are still to come.
        settled = (answer.at or max(told)) - MEANWHILE
        chosen_by = [at for at in told if at < settled]
        before = _stamp(max(chosen_by, default=min(told)) - SECOND)
        return answer, (before, 0) if before > begin else (begin, FROM_THE_END)

    def _in_second(self, begin: str, page: int, status: str) -> tuple[Answer, tuple[str, int] | None]:
        """Read a page of the second after `begin`, by ids, the last page first: what leaves it hides nothing so.

        An order that changes leaves the second, and those with higher ids move up: onto pages that are still to come.
        """
        second = _parsed(begin) + SECOND
        within = {"modified_after": begin, "modified_before": _stamp(second + SECOND), "orderby": "id"}
        answer = self._listed({**within, "status": status, "page": max(page, 1)})
        if page == FROM_THE_END:
            pages = answer.headers.get("X-WP-TotalPages", "")
            page = int(pages) + 1 if pages.isdecimal() else 2
        return answer, (begin, page - 1) if page > 1 else (_stamp(second), 0)

    def _listed(self, query: Mapping[str, Any]) -> Answer:
        fixed = {"dates_are_gmt": "true", "order": "asc", "per_page": PER_PAGE}
        return self._call(spec.LIST_ORDERS, query={**fixed, **query})

    def fetch_products(self, resume: str = "") -> Iterator[Page[Product]]:
        """Read all products and variations. Selling does not always change a product's date, so none is left out."""
        by_id = {"orderby": "id", "order": "asc"}
        for answer, rows, following in self._pages(spec.LIST_PRODUCTS, by_id, resume=resume):
            found, unreadable = translated(rows, self._with_variations)
            total = answer.headers.get("X-WP-Total", "")
            yield Page(
                items=tuple(chain.from_iterable(found)),
                unreadable=tuple(unreadable),
                as_of=answer.at,
                expected=int(total) if total.isdecimal() else None,
                resume=following,
            )

    def fetch_stock(self, product_ids: list[str]) -> dict[str, int | None]:
        """Read the stock of products now: one call for up to a hundred, one more for each with variations."""
        parents = sorted({product_id.partition(":")[0] for product_id in product_ids})
        found: dict[str, int | None] = {}
        for start in range(0, len(parents), PER_PAGE):
            include = ",".join(parents[start : start + PER_PAGE])
            rows = _rows(self._call(spec.LIST_PRODUCTS, query={"include": include, "per_page": PER_PAGE}))
            found |= {product.product_id: product.stock for row in rows for product in self._with_variations(row)}
        return {product_id: found[product_id] for product_id in product_ids if product_id in found}

    def fetch_currency(self) -> str:
        body = self._call(spec.READ_CURRENCY).body
        return str(body.get("code") or "") if isinstance(body, Mapping) else ""

    def fetch_shipping_methods(self) -> list[str]:
        """Each zone has methods of its own; zone 0 is the rest of the world."""
        zones = _rows(self._call(spec.LIST_ZONES))
        methods = [row for zone in zones for row in _rows(self._call(spec.LIST_METHODS, zone_id=str(zone["id"])))]
        names = (str(row.get("title") or row.get("method_title") or "") for row in methods if row.get("enabled"))
        return list(dict.fromkeys(filter(None, names)))

    def read_notification(self, message: Message) -> Notification:
        """WooCommerce greets a new webhook with a form that is not signed; it must be answered kindly."""
        body, headers = message.body, message.headers
        if body.startswith(b"webhook_id="):
            return Notification()
        secret = self.settings.get("webhook_secret", "")
        digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        if not secret or not hmac.compare_digest(digest, headers.get("X-WC-Webhook-Signature", "")):
            raise Rejected("The webhook's signature does not fit its secret")
        return mapper.notification(headers.get("X-WC-Webhook-Resource", ""), body)

    @property
    def _url(self) -> str:
        return self.settings.get("shop_url", "").rstrip("/")

    def _read(self, shop_order_id: str) -> Json:
        return _order(self._call(spec.READ_ORDER, order_id=shop_order_id))

    def _update(self, shop_order_id: str, body: Json) -> Json:
        return _order(self._call(spec.UPDATE_ORDER, body=body, order_id=shop_order_id))

    def _switch(self, shop_order_id: str, expected: ShopOrderState, status: str) -> None:
        if mapper.shop_order(self._read(shop_order_id)).state is expected:
            self._update(shop_order_id, {"status": status})

    def _with_variations(self, row: Json) -> list[Product]:
        if row.get("type") != "variable":
            return [mapper.product(row)]
        product_id = str(row["id"])
        pages = self._pages(spec.LIST_VARIATIONS, {"orderby": "id", "order": "asc"}, product_id=product_id)
        return [mapper.product(variation, row) for _, rows, _ in pages for variation in rows]

    def _pages(
        self, endpoint: Endpoint, query: Mapping[str, Any], *, resume: str = "", **path: str
    ) -> Iterator[tuple[Answer, Sequence[Json], str]]:
        def read(number: int) -> tuple[Answer, Sequence[Json]]:
            answer = self._call(endpoint, query={**query, "per_page": PER_PAGE, "page": number}, **path)
            return answer, _rows(answer)

        return numbered(read, full=PER_PAGE, resume=resume)

    def _call(
        self, endpoint: Endpoint, *, query: Mapping[str, Any] | None = None, body: Any = None, **path: str
    ) -> Answer:
        return self.transport.call(endpoint, query=query, body=body, path=path)


def _updates(answer: Answer, rows: Sequence[Json], known: Known, url: str, resume: str) -> Page[ShopUpdate]:
    ours = [row for row in rows if mapper.meta(row).get(mapper.REFERENCE)]
    return page_of_updates(ours, lambda row: mapper.shop_update(row, url), known, as_of=answer.at, resume=resume)


def _order(answer: Answer) -> Json:
    if not isinstance(answer.body, Mapping) or not answer.body.keys() >= ORDER:
        raise MalformedResponse("The shop answered without the order")
    return answer.body


def _rows(answer: Answer) -> Sequence[Json]:
    if not isinstance(answer.body, list):
        raise MalformedResponse("The shop's list is not a list")
    return answer.body


def _parsed(stamp: str) -> datetime:
    try:
        return datetime.fromisoformat(stamp)
    except ValueError:
        raise Rejected("This walk cannot be taken up") from None


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
