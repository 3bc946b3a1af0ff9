"""Reads orders with their parcels, products and stock of a Magento 1; also where something else makes the orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from adapterkit.errors import AdapterError, MalformedResponse, NotFound, Rejected, TemporarilyUnavailable
from adapterkit.paging import place_in, placed
from adapterkit.payload import new_updates, why_unread
from adapterkit.records import Known, Page, Product, ShopOrder, ShopUpdate, Unreadable, nothing_known
from adapterkit.transport import Answer
from shops.magento1 import mapper
from shops.magento1.api import AT_ONCE, Api, Call

Json = Mapping[str, Any]
LAST_ID = 2**31  # of a product
WIDTH = 250  # ids of products that are listed at once
GROWTH = 8  # how much wider it is looked after nothing was found
SPAN = timedelta(hours=6)  # whose changed orders are listed at once
SECOND = timedelta(seconds=1)
UNREADABLE = (KeyError, ValueError, TypeError, AttributeError)
# Nothing is found by these: they only show whether the API user may ask.
HARMLESS: Sequence[Call] = (
    ("sales_order.list", [{"increment_id": {"eq": "-"}}]),
    ("sales_order_shipment.list", [{"increment_id": {"eq": "-"}}]),
    ("sales_order_creditmemo.list", [{"increment_id": {"eq": "-"}}]),
    ("catalog_product.list", [{"sku": {"eq": "-"}}]),
    ("cataloginventory_stock_item.list", [["-"]]),
)


class Reader:
    """`column` is where our reference stands in the shop's orders. Lists come without pages, so they are cut here."""

    def __init__(self, api: Api, column: str) -> None:
        self._api, self._column = api, column

    def check(self) -> None:
        """Raise unless the API user may read all that is read here."""
        for told in self._api.many(HARMLESS):
            if isinstance(told, AdapterError):
                raise told

    def find(self, reference: str) -> list[ShopOrder]:
        """Return the orders that carry the reference exactly; the shop itself compares without case."""
        told, _ = self._api.call("sales_order.list", {self._column: {"eq": reference}})
        rows = [row for row in self._rows(told) if row.get(self._column) == reference]
        numbers = [str(row["increment_id"]) for row in sorted(rows, key=lambda row: int(row["order_id"]))]
        return [self._order(order) for order in self._orders(numbers)]

    def order(self, number: str) -> ShopOrder:
        told, _ = self._api.call("sales_order.info", number)
        return self._order(told)

    def update(self, number: str) -> ShopUpdate:
        """Read one order whole; raise `NotFound` when it is gone."""
        told, _ = self._api.call("sales_order.info", number)
        try:
            [update] = self._whole([told])
        except UNREADABLE as error:
            raise self._unread(why_unread(error)) from None
        if isinstance(update, Unreadable):
            raise self._unread(update.reason)
        return update

    def updates(self, numbers: Sequence[str], known: Known = nothing_known) -> Iterator[Page[ShopUpdate]]:
        """Read these orders whole, those that are gone left out."""
        for start in range(0, len(numbers), AT_ONCE):
            yield self._page(self._orders(numbers[start : start + AT_ONCE]), known)

    def changed(self, since: datetime, known: Known = nothing_known, resume: str = "") -> Iterator[Page[ShopUpdate]]:
        """Read the orders with a reference that changed since then, a few hours at a time. Ours begin with a letter.

        A tracking code that is added to a shipment later changes no order's date.
        """
        since = _moment(place_in(resume, str)) if resume else since
        now: datetime | None = None
        while now is None or since <= now:
            until = since + SPAN - SECOND
            told, answer = self._api.call(
                "sales_order.list", {"updated_at": {"from": _text(since), "to": _text(until)}}
            )
            now = answer.at or now or datetime.now(UTC)
            ours = [
                str(row["increment_id"]) for row in self._rows(told) if str(row.get(self._column) or "")[:1].isalpha()
            ]
            for start in range(0, len(ours), AT_ONCE):
                yield self._page(self._orders(ours[start : start + AT_ONCE]), known, now)
            since = until + SECOND
            if since <= now:
                yield Page(items=(), as_of=now, resume=placed(_text(since)))
        yield Page(items=(), as_of=now)

    def products(self, resume: str = "") -> Iterator[Page[Product]]:
        """Read all products with their stock by windows of ids, wider ones where nothing is found."""
        first, width = place_in(resume, int) if resume else 1, WIDTH
        while first <= LAST_ID:
            window = {"product_id": {"from": str(first), "to": str(first + width - 1)}}
            try:
                told, answer = self._api.call("catalog_product.list", window)
            except TemporarilyUnavailable:
                if width == WIDTH:
                    raise
                width //= GROWTH  # there may be too many at once
                continue
            rows = self._rows(told)
            first, width = first + width, WIDTH if rows else width * GROWTH
            if rows:
                yield replace(self._products(rows, answer), resume=placed(first))

    def stock(self, product_ids: Sequence[str]) -> dict[str, int | None]:
        """Return the stock of products by their ids, unknown ones left out.

        The shop takes an id for a SKU where a product has such a SKU: what is missing is asked for by its own SKU.
        """
        levels = self._levels(product_ids, product_ids)
        missing = [product_id for product_id in product_ids if product_id not in levels]
        if missing:
            told, _ = self._api.call("catalog_product.list", {"product_id": {"in": missing}})
            skus = [str(row["sku"]) for row in self._rows(told) if row.get("sku")]
            levels |= self._levels(skus, missing) if skus else {}
        return levels

    def _products(self, rows: list[Json], answer: Answer) -> Page[Product]:
        sold = [row for row in rows if row.get("type") not in mapper.COMPOSED]
        ids = [str(row["product_id"]) for row in sold]
        levels = self._levels([str(row.get("sku") or row["product_id"]) for row in sold], ids) if sold else {}
        return Page(items=mapper.products_of(rows, levels), as_of=answer.at)

    def _levels(self, asked: Sequence[str], wanted: Sequence[str]) -> dict[str, int | None]:
        told, _ = self._api.call("cataloginventory_stock_item.list", list(asked))
        ids = set(wanted)
        return {
            str(row["product_id"]): mapper.level_of(row) for row in self._rows(told) if str(row["product_id"]) in ids
        }

    def _order(self, told: Json) -> ShopOrder:
        try:
            return mapper.order_of(told, self._column)
        except UNREADABLE as error:
            raise self._unread(why_unread(error)) from None

    def _unread(self, why: str) -> AdapterError:
        return self._api.telling(MalformedResponse("An order of the shop cannot be read", remote=why))

    def _orders(self, numbers: Sequence[str]) -> list[Json]:
        return self._infos("sales_order", numbers)

    def _infos(self, resource: str, numbers: Sequence[str]) -> list[Json]:
        """Read records by their numbers, those that are gone left out. Any other fault is raised."""
        told = self._api.many([(f"{resource}.info", [number]) for number in numbers])
        for record in told:
            if isinstance(record, AdapterError) and not isinstance(record, NotFound):
                raise record
        return self._rows([record for record in told if not isinstance(record, NotFound)])

    def _rows(self, told: Any) -> list[Json]:
        if not isinstance(told, list) or not all(isinstance(row, Mapping) for row in told):
            raise self._api.telling(
                MalformedResponse("A list of the shop is no list of records", remote=str(told)[:200])
            )
        return told

    def _page(self, orders: list[Json], known: Known, as_of: datetime | None = None) -> Page[ShopUpdate]:
        read = self._whole(orders)
        updates = [update for update in read if isinstance(update, ShopUpdate)]
        return Page(
            items=new_updates(known, updates),
            unreadable=tuple(one for one in read if isinstance(one, Unreadable)),
            as_of=as_of,
        )

    def _whole(self, orders: list[Json]) -> list[ShopUpdate | Unreadable]:
        """Read the shipments of these orders, and the credit memos of those that were refunded."""
        shipments = self._of("sales_order_shipment", orders)
        memos = self._of("sales_order_creditmemo", [order for order in orders if mapper.refunded(order)])
        read: list[ShopUpdate | Unreadable] = []
        for order in orders:
            mine = str(order["order_id"])
            read.append(_update(order, self._column, shipments.get(mine, []), memos.get(mine, [])))
        return read

    def _of(self, resource: str, orders: list[Json]) -> dict[str, list[Json]]:
        """Return what these orders have of a resource, by order id. Its list tells nothing but the numbers."""
        if not orders:
            return {}
        ids = [str(order["order_id"]) for order in orders]
        told, _ = self._api.call(f"{resource}.list", {"order_id": {"in": ids}})
        numbers = sorted(str(row["increment_id"]) for row in self._rows(told))
        found: dict[str, list[Json]] = {}
        for record in self._infos(resource, numbers):
            found.setdefault(str(record["order_id"]), []).append(record)
        return found


def _update(order: Json, column: str, shipments: list[Json], memos: list[Json]) -> ShopUpdate | Unreadable:
    try:
        return mapper.update_of(order, column, shipments, memos)
    except UNREADABLE as error:
        payload = {"order": order, "shipments": shipments, "credit_memos": memos}
        return Unreadable(record_id=str(order.get("increment_id") or ""), reason=why_unread(error), payload=payload)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise Rejected("This walk cannot be taken up") from None
