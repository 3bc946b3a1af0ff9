"""How many pieces of a product may be sold; pure.

Magento's own salable quantity is right only until an order is made through its API: such an order reserves nothing,
but what is reserved for it is freed all the same when it is shipped or cancelled. So the quantity on hand less all
open orders is reckoned beside it, and the smaller one counts. That holds whether or not the shop corrects its
reservations by a cron job.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any

Json = Mapping[str, Any]
OPEN_STATES = ("new", "pending_payment", "processing", "holded", "payment_review")
IN_STOCK = 1


@dataclass(slots=True)
class OpenOrders:
    """The pieces that orders which are not closed still need, by SKU. An order is counted once."""

    seen: set[str] = field(default_factory=set)
    pieces: Counter[str] = field(default_factory=Counter)

    def add(self, orders: Iterable[Json]) -> None:
        for order in orders:
            if str(order["entity_id"]) not in self.seen:
                self.seen.add(str(order["entity_id"]))
                self.pieces.update(_open_pieces(order.get("items") or ()))


def _open_pieces(rows: Iterable[Json]) -> Counter[str]:
    """The row of a configurable product carries the quantities and its variation's SKU; the variation's row repeats it.

    A bundle's pieces are those of the rows below it.
    """
    rows = list(rows)
    kinds = {row.get("item_id"): row.get("product_type") for row in rows}
    found: Counter[str] = Counter()
    for row in rows:
        below = kinds.get(row.get("parent_item_id"))
        if row.get("product_type") != "bundle" and below in {None, "bundle"} and not row.get("is_virtual"):
            found[str(row["sku"])] += int(still_open(row))  # halves of pieces are not sold at marketplaces
    return found


def still_open(row: Json) -> Decimal:
    """Return how many pieces of an order's row are still to be shipped."""
    gone = max(_number(row, "qty_shipped"), _number(row, "qty_refunded")) + _number(row, "qty_canceled")
    return max(_number(row, "qty_ordered") - gone, Decimal(0))


def on_hand(rows: Iterable[Json], sources: Iterable[str]) -> dict[str, Decimal]:
    """Add up what lies at the given sources, by SKU; a source where a product is out of stock counts nothing."""
    kept, found = set(sources), dict[str, Decimal]()
    for row in rows:
        if row.get("source_code") in kept:
            counts = int(row.get("status", IN_STOCK)) == IN_STOCK
            found[row["sku"]] = found.get(row["sku"], Decimal(0)) + (_number(row, "quantity") if counts else 0)
    return found


def sellable(salable: Json | None, on_hand: Decimal | None, open_pieces: int) -> int | None:
    """Return the number of pieces that may be sold; None where the shop sells without counting.

    `salable` is the product's row of Magento's export: {sku, qty, is_salable}, None when it is in no source of the
    website. A product that is not managed, or may be ordered back, is salable with nothing left.
    """
    if salable is None:
        return 0
    quantity = _number(salable, "qty")
    if quantity <= 0:
        return None if salable.get("is_salable") else 0
    if not salable.get("is_salable"):
        return 0
    least = quantity if on_hand is None else min(quantity, on_hand - open_pieces)
    return max(int(least.to_integral_value(ROUND_FLOOR)), 0)


def _number(row: Json, name: str) -> Decimal:
    return Decimal(str(row.get(name) or 0))
