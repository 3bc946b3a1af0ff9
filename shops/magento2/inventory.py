"""The inventory (MSI) of the simulated Magento: sources, reservations, and what is wrong with orders of its API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Reservation:
    """Pieces set aside (below nought) or freed, because of an order."""

    sku: str
    quantity: int
    order_id: int


@dataclass(slots=True)
class Inventory:
    """What lies where. Salable is what lies there with the reservations added, and those are never looked at again."""

    on_hand: dict[tuple[str, str], int] = field(default_factory=dict)  # by source and SKU
    reservations: list[Reservation] = field(default_factory=list)
    unmanaged: set[str] = field(default_factory=set)
    sources: dict[str, bool] = field(default_factory=lambda: {DEFAULT: True})  # enabled or not
    linked: list[str] = field(default_factory=lambda: [DEFAULT])  # to the website's stock

    def lying(self, sku: str) -> int:
        used = [source for source in self.linked if self.sources[source]]
        return sum(self.on_hand.get((source, sku), 0) for source in used)

    def salable(self, sku: str) -> int:
        return self.lying(sku) + sum(entry.quantity for entry in self.reservations if entry.sku == sku)

    def knows(self, sku: str) -> bool:
        return any(sku == known and source in self.linked for source, known in self.on_hand)

    def reserve(self, order_id: int, pieces: Mapping[str, int]) -> None:
        """What placing an order in the web shop does, and `POST /orders` does not."""
        self.reservations += [Reservation(sku, -quantity, order_id) for sku, quantity in pieces.items()]

    def free(self, order_id: int, pieces: Mapping[str, int]) -> None:
        """What cancelling does, whether or not anything was reserved."""
        self.reservations += [Reservation(sku, quantity, order_id) for sku, quantity in pieces.items() if quantity]

    def deduct(self, order_id: int, pieces: Mapping[str, int]) -> None:
        """What shipping does: off the first linked source, and the reservation freed, whether or not there was one."""
        for sku, quantity in pieces.items():
            self.on_hand[self.linked[0], sku] = self.on_hand.get((self.linked[0], sku), 0) - quantity
        self.free(order_id, pieces)

    def give_back(self, sku: str, quantity: int) -> None:
        """What refunding shipped pieces does that are returned to stock."""
        self.on_hand[self.linked[0], sku] = self.on_hand.get((self.linked[0], sku), 0) + quantity

    def repair(self, orders: Iterable[Json]) -> int:
        """Bring each order's reservations to what it still needs, as `inventory:reservation:create-compensations`."""
        mended = 0
        for order in orders:
            wanted = pieces_of(order["items"])
            ours = [entry for entry in self.reservations if entry.order_id == order["entity_id"]]
            open_order = order["state"] not in {"complete", "closed", "canceled"}
            for sku in {*wanted, *(entry.sku for entry in ours)}:
                now = sum(entry.quantity for entry in ours if entry.sku == sku)
                off = -(wanted.get(sku, 0) if open_order else 0) - now
                if off:
                    self.reservations.append(Reservation(sku, off, order["entity_id"]))
                    mended += 1
        return mended


def pieces_of(rows: Iterable[Json]) -> dict[str, int]:
    """The pieces that an order's rows still need, by SKU."""
    found: dict[str, int] = {}
    for row in rows:
        if not row.get("parent_item_id"):
            found[row["sku"]] = found.get(row["sku"], 0) + left_of(row)
    return found


def left_of(row: Json) -> int:
    """Pieces of a row that can still be shipped; refunded ones that were not shipped cannot."""
    gone = max(row.get("qty_shipped") or 0, row.get("qty_refunded") or 0) + (row.get("qty_canceled") or 0)
    return max(int(row["qty_ordered"] - gone), 0)
