"""What both Magento modules tell of orders and parcels, as canonical records; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from adapterkit.records import ShopOrder, ShopOrderState, ShopShipment, ShopUpdate, fingerprint

Json = Mapping[str, Any]
MOST_DOUBLES = 20  # numbers of one order that are looked for
LONGEST = 50  # characters of an order number that Magento keeps
DOUBLE = re.compile(r"-(\d{1,2})$")  # what a module adds to a number that is taken
STATES = {
    "complete": ShopOrderState.COMPLETED,
    "closed": ShopOrderState.REFUNDED,
    "canceled": ShopOrderState.CANCELLED,
    "cancelled": ShopOrderState.CANCELLED,
    "holded": ShopOrderState.ON_HOLD,
}
OVER = {ShopOrderState.CANCELLED, ShopOrderState.REFUNDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How the module numbers an order after our reference: a prefix, and perhaps letters and digits only."""

    prefix: str
    alphanumeric: bool

    def of(self, reference: str) -> str:
        kept = re.sub(r"[^a-zA-Z0-9]+" if self.alphanumeric else r"\s+", "", reference)
        return (self.prefix + kept)[:LONGEST]

    def repeats(self, number: str, reference: str) -> bool:
        """Whether this is the number of a double: the one that is meant was taken."""
        return DOUBLE.sub("", number) == self.of(reference) != number

    def reference(self, number: str) -> str:
        """Return our reference as far as the number still shows it; empty when it was not made from one."""
        rest = number.removeprefix(self.prefix)
        return rest if rest != number and rest[:1].isalpha() else ""

    def original(self, number: str) -> str:
        """Return the number that this one repeats, if it does; empty otherwise."""
        found = DOUBLE.search(number)
        return number[: found.start()] if found and self.reference(number) else ""


def order_of(number: str, status: str, reference: str, double_of: str = "") -> ShopOrder:
    """Return an order of which the module tells number and status alone."""
    return ShopOrder(
        shop_order_id=number,
        number=number,
        reference=reference,
        state=STATES.get(status.lower(), ShopOrderState.OPEN),
        total=Decimal(0),
        currency="",
        priced=False,
        itemised=False,
        double_of=double_of,
        lines=(),
    )


def update_of(order: ShopOrder, rows: Iterable[Json], zone: tzinfo) -> ShopUpdate:
    """Bring together what one order's status and its rows among the shipments tell, each parcel once."""
    rows = list(rows)
    parcels: dict[str, ShopShipment] = {}
    for row in rows:
        for parcel in parcels_of(order, row, zone):
            parcels.setdefault(parcel.shipment_id, parcel)
    tracked = [parcel for parcel in parcels.values() if parcel.tracking_code]
    shipments = tracked or list(parcels.values())
    if not shipments and order.state is ShopOrderState.COMPLETED:
        shipments = [_parcel(order, "completed")]
    return ShopUpdate(order=order, shipments=tuple(shipments), fingerprint=fingerprint({"rows": rows}))


def parcels_of(order: ShopOrder, row: Json, zone: tzinfo) -> list[ShopShipment]:
    """Return the parcels of one row: one for each tracking code, one without a code for a shipment that has none.

    The modules tell no number of a shipment, so a parcel is called by its code.
    """
    at = moment(row.get("date"), zone)
    fulfilment = row.get("fulfillment") or {}
    codes = [str(code).strip() for code in fulfilment.get("tracking_code") or ()]
    titles, carriers = fulfilment.get("title") or (), fulfilment.get("carrier_code") or ()
    found = [
        _parcel(order, f"track:{code}", code, _at(titles, place) or _at(carriers, place), at)
        for place, code in enumerate(codes)
        if code
    ]
    if found or row.get("type", "shipment") != "shipment" or "date" not in row:
        return found
    return [_parcel(order, f"shipment:{row['date']}", at=at)]


def _parcel(
    order: ShopOrder, shipment_id: str, code: str = "", carrier: str = "", at: datetime | None = None
) -> ShopShipment:
    return ShopShipment(
        shipment_id=shipment_id,
        shop_order_id=order.shop_order_id,
        reference=order.reference,
        carrier_name=carrier,
        tracking_code=code,
        shipped_at=at,
    )


def _at(values: Sequence[Any], place: int) -> str:
    return str(values[place] or "").strip() if place < len(values) else ""


def moment(text: Any, zone: tzinfo) -> datetime | None:
    """Read a time of the shop's own zone."""
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None


def by_order(rows: Iterable[Json]) -> dict[str, list[Json]]:
    grouped: dict[str, list[Json]] = {}
    for row in rows:
        grouped.setdefault(str(row["id"]), []).append(row)
    return grouped
