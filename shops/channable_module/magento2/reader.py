"""Reads the module's orders through Magento's own API: lines, amounts, the pieces of parcels, credit memos."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from adapterkit.payload import page_of_updates
from adapterkit.records import Known, Page, ShopOrder, ShopOrderState, ShopUpdate, nothing_known
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer, Transport
from shops.channable_module import answers
from shops.channable_module.magento import MOST_DOUBLES, Numbers
from shops.channable_module.magento2.spec import LIST_CREDIT_MEMOS, LIST_ORDERS, LIST_SHIPMENTS
from shops.magento2 import mapper
from shops.magento2.catalogue import stamp
from shops.magento2.door import Door, Json, Rows
from shops.magento2.search import Filter, criteria

AT_ONCE = 100
METHOD = "channable"  # the module's own payment method
FIELDS = mapper.ORDER_FIELDS.replace("payment[", "payment[method,")


class Reader:
    """An order is called by its number here, as the module calls it. `numbers` says how those are made."""

    def __init__(self, transport: Transport, numbers: Numbers) -> None:
        self._door, self._numbers = Door(transport, bearer=False), numbers

    def check(self) -> None:
        for endpoint in (LIST_ORDERS, LIST_SHIPMENTS, LIST_CREDIT_MEMOS):
            self._door.call(endpoint, query=criteria(size=1, fields="total_count"))

    def find(self, reference: str) -> list[ShopOrder]:
        """Return the order that has the reference's number, and those that repeat it."""
        base = self._numbers.of(reference)
        rows = self._rows([base, *(f"{base}-{place}" for place in range(1, MOST_DOUBLES))])
        if any(not _ours(row) for row in rows):
            raise answers.refusal(f"Not a Channable order: {base}")
        return [replace(self._order(row), reference=reference) for row in rows]

    def order(self, number: str) -> ShopOrder:
        return self.update(number).order

    def update(self, number: str) -> ShopUpdate:
        """Read one order whole; raise `NotFound` when it is gone."""
        rows = self._rows([number])
        if not rows:
            raise answers.refusal(f"No order found: {number}")
        shipments, memos = self._details(rows)
        return self._update(rows[0], shipments, memos)

    def updates(self, numbers: Sequence[str], known: Known = nothing_known) -> Iterator[Page[ShopUpdate]]:
        """Read these orders whole, those that are gone left out."""
        for start in range(0, len(numbers), AT_ONCE):
            yield self._page(self._rows(numbers[start : start + AT_ONCE]), known)

    def changed(self, since: datetime, known: Known = nothing_known, resume: str = "") -> Iterator[Page[ShopUpdate]]:
        """Read the orders whose date moved, then those that new shipments belong to: these move no order's date."""
        changes = self._door.changes(
            stamp(since), self._prefixed, orders=LIST_ORDERS, shipments=LIST_SHIPMENTS, fields=FIELDS, resume=resume
        )
        for answer, moved, ids, following in changes:
            rows = moved or (self._search(("entity_id", "in", ",".join(ids)), self._prefixed) if ids else ())
            if answer or rows or following:
                yield replace(self._page(rows, known, answer), resume=following)

    @property
    def _prefixed(self) -> Filter:
        return ("increment_id", "like", f"{self._numbers.prefix}%")

    def _rows(self, numbers: Sequence[str]) -> list[Json]:
        """Return the orders of these numbers, the oldest first. A comma takes the values of a search apart."""
        return self._search(("increment_id", "in", ",".join(number for number in numbers if "," not in number)))

    def _search(self, *filters: Filter) -> list[Json]:
        return [row for _, rows in self._door.walk(LIST_ORDERS, *filters, fields=FIELDS) for row in rows]

    def _details(self, orders: Iterable[Json]) -> tuple[Rows, Rows]:
        """Read the shipments and credit memos of orders, for those that have any."""
        shipped = [str(row["entity_id"]) for row in orders if mapper.was_shipped(row)]
        refunded = [str(row["entity_id"]) for row in orders if mapper.was_refunded(row)]
        return (
            self._of_orders(LIST_SHIPMENTS, shipped, mapper.SHIPMENT_FIELDS),
            self._of_orders(LIST_CREDIT_MEMOS, refunded, mapper.MEMO_FIELDS),
        )

    def _of_orders(self, endpoint: Endpoint, ids: Sequence[str], fields: str) -> Rows:
        which: Filter = ("order_id", "in", ",".join(ids))
        return [row for _, rows in self._door.walk(endpoint, which, fields=fields) for row in rows] if ids else []

    def _page(self, orders: Rows, known: Known, answer: Answer | None = None) -> Page[ShopUpdate]:
        mine = [row for row in orders if _ours(row)]
        shipments, memos = self._details(mine)
        return page_of_updates(
            mine,
            lambda row: self._update(row, shipments, memos),
            known,
            id_field="increment_id",
            as_of=answer.at if answer else None,
        )

    def _order(self, row: Json) -> ShopOrder:
        """Translate an order. One without an invoice is whole all the same: the module takes it in one go."""
        found = mapper.shop_order(row)
        return replace(
            found,
            shop_order_id=found.number,
            reference=self._numbers.reference(found.number),
            double_of=self._numbers.original(found.number),
            state=ShopOrderState.OPEN if found.state is ShopOrderState.INERT else found.state,
        )

    def _update(self, row: Json, shipments: Rows, memos: Rows) -> ShopUpdate:
        order = self._order(row)
        whole = mapper.shop_update(row, _belonging(shipments, row), _belonging(memos, row))
        parcels = (
            replace(parcel, shop_order_id=order.shop_order_id, reference=order.reference) for parcel in whole.shipments
        )
        return replace(whole, order=order, shipments=tuple(parcels))


def _ours(row: Json) -> bool:
    payment: Any = row.get("payment") or {}
    return bool(payment.get("method") == METHOD)


def _belonging(rows: Rows, order: Json) -> list[Json]:
    return [row for row in rows if str(row.get("order_id")) == str(order["entity_id"])]
