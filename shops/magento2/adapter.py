"""Magento 2's verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from adapterkit.errors import AdapterError, AlreadyExists, MalformedResponse, NotFound, OutcomeUnknown, Rejected
from adapterkit.payload import page_of_updates
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
from adapterkit.transport import Answer, Transport
from shops.magento2 import body, mapper, spec
from shops.magento2.body import Terms
from shops.magento2.catalogue import Catalogue, stamp
from shops.magento2.door import PER_PAGE, Door, Json, Rows, rows_of
from shops.magento2.methods import read_methods
from shops.magento2.reference import number_of
from shops.magento2.search import Filter, criteria
from shops.magento2.stock import still_open
from shops.magento2.terms import preview_terms, read_terms

OURS: Filter = ("ext_customer_id", "eq", body.OURS)
NOBODY = "0"  # an id that no order has
DEFAULTS = {setting.name: setting.default for setting in spec.SPEC.settings}


class Magento2(Shop):
    spec: ClassVar = spec.SPEC

    def __init__(self, transport: Transport, settings: Mapping[str, str]) -> None:
        super().__init__(transport, settings)
        self._door = Door(transport, bearer=settings.get("auth") == "bearer")
        self._catalogue = Catalogue(
            self._door, website=self._setting("website"), ean_attribute=settings.get("ean_attribute", "")
        )

    @classmethod
    def base_url(cls, settings: Mapping[str, str]) -> str:
        return f"{settings['shop_url'].rstrip('/')}/rest/{settings.get('store_view') or 'default'}/V1"

    def verify_credentials(self) -> None:
        """Compare the settings with the shop; try what is read later, and two writes that cannot come to anything."""
        self.transport.forget()
        self._door.call(spec.LIST_ORDERS, query=criteria(size=1, fields="total_count"))
        self._verify_store(self._door.call(spec.LIST_STORES).body)
        # An order without payment, and an invoice of no order, are refused once the permission was looked at.
        self._refused(lambda: self._door.call(spec.CREATE_ORDER, body={"entity": {}}))
        self._refused(lambda: self._door.call(spec.INVOICE_ORDER, body={}, order_id=NOBODY))
        for endpoint in spec.READ_LATER:
            self._door.call(endpoint, query=criteria(size=1, fields="total_count"))
        self._verify_website()

    def find_orders(self, reference: str, placed_at: datetime) -> list[ShopOrder]:
        """Search by the number that the reference becomes; it may be another's, so each hit is compared."""
        which: Filter = ("increment_id", "eq", number_of(reference))
        rows = [row for _, page in self._door.walk(spec.LIST_ORDERS, which, fields=mapper.ORDER_FIELDS) for row in page]
        return [mapper.shop_order(row) for row in rows if mapper.reference(row) == reference]

    def fetch_order(self, shop_order_id: str) -> ShopUpdate:
        row = self._read(shop_order_id)
        shipments, memos = self._details([row])
        return mapper.shop_update(row, shipments, memos)

    def create_order(self, order: Order, reference: str, products: Products) -> ShopOrder:
        """Create the order and invoice it. Its number is made from our reference, and taken once."""
        terms = self._terms(order, products)
        try:
            made = self._door.call(spec.CREATE_ORDER, body={"entity": body.entity(order, reference, terms)}).body
        except AlreadyExists as taken:
            raise AlreadyExists(
                say(
                    "The shop has another order with the number %(number)s; rename that one",
                    number=number_of(reference),
                ),
                remote=taken.remote,
            ) from taken
        if not isinstance(made, Mapping) or not made.get("entity_id"):
            raise OutcomeUnknown("The shop answered without the order")
        try:
            return self.finish_order(str(made["entity_id"]), order)
        except AdapterError as error:
            # It is there, whatever went wrong since: it must be looked for, and never be taken for not sent.
            raise OutcomeUnknown(
                say("The order is made, but not finished: %(why)s", why=say(error.message)), remote=error.remote
            ) from error

    def finish_order(self, shop_order_id: str, order: Order) -> ShopOrder:
        """Invoice the order, which pays it and mails nobody, and read it back. A second invoice is refused."""
        refused: Rejected | None = None
        if order.fulfilment is Fulfilment.MERCHANT:
            try:
                paid = {"capture": True, "notify": False, "appendComment": False}
                self._door.call(spec.INVOICE_ORDER, body=paid, order_id=shop_order_id)
            except NotFound:
                raise
            except Rejected as error:
                refused = error
        made = mapper.shop_order(self._read(shop_order_id))
        if made.state is ShopOrderState.INERT:
            raise refused or Rejected(
                say("Order %(number)s was invoiced in the shop and is unpaid all the same", number=made.number)
            )
        return made

    def preview_order(self, order: Order, reference: str, products: Products) -> Mapping[str, Any]:
        """The order with the marketplace's own VAT, or none: what the shop adds is read when it is sent."""
        return {"entity": body.entity(order, reference, preview_terms(self._setting, order, products))}

    def cancel_order(self, shop_order_id: str, reason: str) -> None:
        """Cancel an order that is not invoiced; refund one that is, for Magento then cancels it no more.

        The pieces go "back to stock", which they never left: without that, Magento would take them off.
        """
        row = self._read(shop_order_id)
        made = mapper.shop_order(row)
        if made.state in {ShopOrderState.CANCELLED, ShopOrderState.REFUNDED}:
            return
        if made.state is ShopOrderState.ON_HOLD:
            self.release_order(shop_order_id, reason)
        pieces = [{"order_item_id": item["item_id"], "qty": float(still_open(item))} for item in _rows(row)]
        pieces = [piece for piece in pieces if piece["qty"]]
        if made.state is ShopOrderState.COMPLETED or not pieces:
            raise Rejected(say("Order %(number)s is shipped in the shop and is not cancelled", number=made.number))
        if any(mapper.amount(item, "qty_invoiced") for item in _rows(row)):
            self._door.call(spec.REFUND_ORDER, body=_refund(row, pieces, reason), order_id=shop_order_id)
        elif self._door.call(spec.CANCEL_ORDER, order_id=shop_order_id).body is not True:
            raise Rejected(say("The shop does not cancel order %(number)s", number=made.number))

    def hold_order(self, shop_order_id: str, reason: str) -> None:
        """Put an order that is being prepared on hold; one that was shipped or cancelled stays as it is."""
        if mapper.state(self._read(shop_order_id)) is ShopOrderState.OPEN:
            self._door.call(spec.HOLD_ORDER, order_id=shop_order_id)

    def release_order(self, shop_order_id: str, reason: str) -> None:
        if mapper.state(self._read(shop_order_id)) is ShopOrderState.ON_HOLD:
            self._door.call(spec.RELEASE_ORDER, order_id=shop_order_id)

    def add_note(self, shop_order_id: str, text: str, order: Order) -> None:
        note = {"comment": text, "is_customer_notified": 0, "is_visible_on_front": 0, "parent_id": int(shop_order_id)}
        self._door.call(spec.ADD_COMMENT, body={"statusHistory": note}, order_id=shop_order_id)

    def fetch_updates(
        self, changed_since: datetime, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[ShopUpdate]]:
        """Read what was placed, invoiced, completed, refunded or cancelled; then what new shipments belong to.

        An order's own date does not move when part of it is shipped. Tracking that comes later moves nothing at all:
        for that the open orders are read again (`reread_orders`).
        """
        changes = self._door.changes(
            stamp(changed_since),
            OURS,
            orders=spec.LIST_ORDERS,
            shipments=spec.LIST_SHIPMENTS,
            fields=mapper.ORDER_FIELDS,
            resume=resume,
        )
        for answer, moved, ids, following in changes:
            pages = [self._updates(answer, moved, known)] if answer else list(self.reread_orders(ids, known))
            for page in pages or ([Page(items=())] if following else []):
                yield replace(page, resume=following)

    def reread_orders(self, shop_order_ids: Sequence[str], known: Known = nothing_known) -> Iterator[Page[ShopUpdate]]:
        for start in range(0, len(shop_order_ids), PER_PAGE):
            ids: Filter = ("entity_id", "in", ",".join(shop_order_ids[start : start + PER_PAGE]))
            query = criteria(ids, OURS, size=PER_PAGE, fields=f"items[{mapper.ORDER_FIELDS}],total_count")
            answer = self._door.call(spec.LIST_ORDERS, query=query)
            yield self._updates(answer, rows_of(answer), known)

    def fetch_products(self, resume: str = "") -> Iterator[Page[Product]]:
        """Read the whole catalogue: a sale changes no product's date."""
        return self._catalogue.products(resume)

    def fetch_stock(self, product_ids: list[str]) -> dict[str, int | None]:
        return self._catalogue.stock(product_ids)

    def fetch_currency(self) -> str:
        code = self._setting("store_view")
        stores = self._door.call(spec.LIST_STORES).body
        return next((str(row["default_display_currency_code"]) for row in stores if row["code"] == code), "")

    def fetch_shipping_methods(self) -> list[str]:
        """The methods in the latest orders of the shop's own customers: its API lists none."""
        return list(read_methods(self._door, self._setting("store_id")))

    def _terms(self, order: Order, products: Products) -> Terms:
        try:
            return read_terms(self._door, self._setting, order, products)
        except Rejected:
            if not self.transport.forget():
                raise
            return read_terms(self._door, self._setting, order, products)  # it may be mended by now

    @staticmethod
    def _refused(call: Callable[[], object]) -> None:
        """Permissions are looked at before anything else: whatever else is wrong, this one is there."""
        try:
            call()
        except (Rejected, OutcomeUnknown):
            return

    def _setting(self, name: str) -> str:
        return self.settings.get(name) or DEFAULTS[name]

    def _verify_store(self, stores: Sequence[Json]) -> None:
        """Compare what was entered by hand with what the shop says."""
        code, store_id = self._setting("store_view"), self._setting("store_id")
        store = next((row for row in stores if str(row["id"]) == store_id and row["code"] == code), None)
        if store is None:
            there = ", ".join(f"{row['code']} (ID {row['id']})" for row in stores)
            raise Rejected(
                say(
                    "There is no store view %(code)s with ID %(id)s; there are: %(there)s",
                    code=code,
                    id=store_id,
                    there=there,
                )
            )
        base, shown = str(store["base_currency_code"]), str(store["default_display_currency_code"])
        if base != (self.settings.get("base_currency") or shown):
            raise Rejected(say("The base currency of the shop is %(currency)s: enter it", currency=base))

    def _verify_website(self) -> None:
        website = self._setting("website")
        try:
            self._door.call(spec.RESOLVE_STOCK, website=website)
        except NotFound as error:
            raise Rejected(
                say("The shop has no website %(website)s with a stock", website=website), remote=error.remote
            ) from error

    def _read(self, shop_order_id: str) -> Json:
        query = {"fields": mapper.ORDER_FIELDS}
        row = self._door.call(spec.READ_ORDER, query=query, order_id=shop_order_id).body
        if not isinstance(row, Mapping) or not row.get("entity_id"):
            raise MalformedResponse("The shop answered without the order")
        return row

    def _details(self, orders: Rows) -> tuple[Rows, Rows]:
        """Read the shipments and credit memos of orders, for those that have any."""
        shipped = [str(row["entity_id"]) for row in orders if mapper.was_shipped(row)]
        refunded = [str(row["entity_id"]) for row in orders if mapper.was_refunded(row)]
        return (
            self._of_orders(spec.LIST_SHIPMENTS, shipped, mapper.SHIPMENT_FIELDS),
            self._of_orders(spec.LIST_CREDIT_MEMOS, refunded, mapper.MEMO_FIELDS),
        )

    def _of_orders(self, endpoint: Any, ids: Sequence[str], fields: str) -> Rows:
        which: Filter = ("order_id", "in", ",".join(ids))
        return [row for _, rows in self._door.walk(endpoint, which, fields=fields) for row in rows] if ids else []

    def _updates(self, answer: Answer, rows: Rows, known: Known) -> Page[ShopUpdate]:
        shipments, memos = self._details(rows)

        def update(row: Json) -> ShopUpdate:
            mine = row.get("entity_id")
            return mapper.shop_update(row, _belonging(shipments, mine), _belonging(memos, mine))

        return page_of_updates(rows, update, known, id_field="entity_id", as_of=answer.at)


def _rows(order: Json) -> Rows:
    """The rows that carry quantities: those of variations repeat their configurable product's."""
    return [row for row in order.get("items") or () if not row.get("parent_item_id")]


def _belonging(rows: Rows, order_id: Any) -> Iterable[Json]:
    return [row for row in rows if str(row.get("order_id")) == str(order_id)]


def _refund(order: Json, pieces: Rows, reason: str) -> dict[str, Any]:
    """Return the credit memo for pieces that are not shipped; the shipping goes with the last of them."""
    arguments: dict[str, Any] = {
        "extension_attributes": {"return_to_stock_items": [piece["order_item_id"] for piece in pieces]}
    }
    if mapper.was_shipped(order):
        arguments["shipping_amount"] = 0
    return {
        "items": pieces,
        "notify": False,
        "appendComment": True,
        "comment": {"comment": reason, "is_visible_on_front": 0},
        "arguments": arguments,
    }
