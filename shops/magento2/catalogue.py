"""Reads a Magento's products, and how many pieces of them may be sold; see `stock`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from adapterkit.errors import NotFound, Rejected
from adapterkit.paging import place_in, placed
from adapterkit.payload import translated
from adapterkit.records import Page, Product
from adapterkit.transport import Answer
from shops.magento2 import mapper, spec
from shops.magento2.door import Door, Json, Rows, rows_of
from shops.magento2.search import Filter, criteria, portions
from shops.magento2.stock import OPEN_STATES, OpenOrders, on_hand, sellable

PIECES = (
    "entity_id,items[item_id,parent_item_id,product_type,sku,is_virtual,qty_ordered,qty_canceled,qty_refunded,"
    "qty_shipped]"
)
SIMPLE: Filter = ("type_id", "eq", "simple")
STILL_OPEN: Filter = ("state", "in", ",".join(OPEN_STATES))


@dataclass(slots=True)
class Ground:
    """What all products' stock is reckoned from: the website's stock with its sources, and the open orders."""

    stock_id: str
    sources: frozenset[str]
    orders: OpenOrders = field(default_factory=OpenOrders)
    as_of: datetime | None = None


class Catalogue:
    def __init__(self, door: Door, *, website: str, ean_attribute: str) -> None:
        self._door, self._website, self._ean = door, website, ean_attribute

    def products(self, resume: str = "") -> Iterator[Page[Product]]:
        """Yield all simple products with their stock, variations of configurable products among them.

        The walk goes on after the product whose id `resume` holds.
        """
        after = str(place_in(resume, int)) if resume else ""
        ground, parents = self._ground(), self._parents()
        fields = "id,sku,name,price,updated_at" + (",custom_attributes" if self._ean else "")
        total: int | None = None
        for answer, rows, which, last in self._pages(SIMPLE, fields=fields, after=after):
            if total is None and not after:  # else only the rest is counted
                total = int(answer.body.get("total_count") or 0)
            self._count_new_orders(ground)
            stock = self._stock(rows, ground, which)

            def product(row: Json, stock: Mapping[str, int | None] = stock) -> Product:
                return mapper.product(row, stock.get(str(row["sku"])), parents.get(str(row["id"]), ""), self._ean)

            products, unreadable = translated(rows, product)
            yield Page(
                items=tuple(products),
                unreadable=tuple(unreadable),
                as_of=answer.at,
                expected=total,
                resume=placed(int(last)) if last else "",
            )

    def stock(self, product_ids: Sequence[str]) -> dict[str, int | None]:
        """Return the stock of these products now; an unknown one is left out."""
        ground = self._ground()
        found: dict[str, int | None] = {}
        for which in portions("entity_id", product_ids):
            for _, rows, page, _ in self._pages(which, fields="id,sku"):
                stock = self._stock(rows, ground, page)
                found |= {str(row["id"]): stock.get(str(row["sku"])) for row in rows}
        return found

    def _pages(
        self, which: Filter, *, fields: str, after: str = ""
    ) -> Iterator[tuple[Answer, Rows, tuple[Filter, ...], str]]:
        """Walk through products; with each page come the filters that give it again as a first one, and its last id."""
        for answer, rows, last in self._door.pages(spec.LIST_PRODUCTS, which, fields=fields, after=after):
            yield answer, rows, (which, ("entity_id", "gt", after)) if after else (which,), last
            after = last

    def _ground(self) -> Ground:
        """Read the open orders before what lies on hand: what is shipped in between counts too low, never too high."""
        orders, as_of = OpenOrders(), None
        for answer, rows in self._door.walk(spec.LIST_ORDERS, STILL_OPEN, fields=PIECES):
            orders.add(rows)
            as_of = as_of or answer.at
        stock_id = str(self._door.call(spec.RESOLVE_STOCK, website=self._website).body["stock_id"])
        links = self._door.all(spec.LIST_LINKS, ("stock_id", "eq", stock_id))
        enabled = {row["source_code"] for row in self._door.all(spec.LIST_SOURCES, ("enabled", "eq", "1"))}
        sources = frozenset(row["source_code"] for row in links) & enabled
        return Ground(stock_id, sources, orders, as_of)

    def _count_new_orders(self, ground: Ground) -> None:
        """Orders that came while the catalogue is read count at once."""
        if ground.as_of is None:
            return
        since: Filter = ("created_at", "gteq", stamp(ground.as_of))
        for _, rows in self._door.walk(spec.LIST_ORDERS, STILL_OPEN, since, fields=PIECES):
            ground.orders.add(rows)

    def _parents(self) -> dict[str, str]:
        """Return the configurable product of each variation, where Magento lists it."""
        fields = "id,extension_attributes[configurable_product_links]"
        configurable: Filter = ("type_id", "eq", "configurable")
        return {
            str(child): str(row["id"])
            for _, rows in self._door.walk(spec.LIST_PRODUCTS, configurable, fields=fields)
            for row in rows
            for child in (row.get("extension_attributes") or {}).get("configurable_product_links") or ()
        }

    def _stock(self, rows: Rows, ground: Ground, which: tuple[Filter, ...]) -> dict[str, int | None]:
        """Return the stock of one page of products by SKU. `which` are the filters that gave the page."""
        if not rows:
            return {}
        skus = [str(row["sku"]) for row in rows]
        salable = self._salable(skus, ground.stock_id, which)
        lying = self._on_hand(skus, ground.sources)
        return {sku: sellable(salable.get(sku), lying.get(sku, Decimal(0)), ground.orders.pieces[sku]) for sku in skus}

    def _salable(self, skus: Sequence[str], stock_id: str, which: tuple[Filter, ...]) -> dict[str, Json]:
        """Read Magento's salable quantities: a page of products in one call, or one by one where that is not known."""
        query = criteria(*which, sort="entity_id", size=len(skus))
        try:
            answer = self._door.call(spec.LIST_SALABLE, query=query, website=self._website)
        except Rejected as refused:
            if refused.status != 404:  # noqa: PLR2004 - the route came with a later Magento than the rest
                raise
            return self._salable_one_by_one(skus, stock_id)
        return {str(row["sku"]): row for row in rows_of(answer)}

    def _salable_one_by_one(self, skus: Sequence[str], stock_id: str) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for sku in skus:
            try:
                answer = self._door.call(spec.READ_SALABLE, sku=sku, stock_id=stock_id)
            except NotFound:
                continue
            found[sku] = {"sku": sku, "qty": answer.body, "is_salable": Decimal(str(answer.body)) > 0}
        return found

    def _on_hand(self, skus: Sequence[str], sources: frozenset[str]) -> Mapping[str, Decimal]:
        rows = [row for which in portions("sku", skus) for row in self._door.all(spec.LIST_SOURCE_ITEMS, which)]
        return on_hand(rows, sources)


def stamp(moment: datetime) -> str:
    """Magento's own way to write a moment, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
