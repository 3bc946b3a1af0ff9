"""What Magento 1 tells of orders, shipments, credit memos, products and stock, as canonical records; pure.

All numbers come as texts (`"57.3500"`), what is not set as None or an empty text, times in UTC without a zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from adapterkit.records import (
    LineQuantity,
    Product,
    Refund,
    ShopOrder,
    ShopOrderLine,
    ShopOrderState,
    ShopShipment,
    ShopUpdate,
    fingerprint,
)

Json = Mapping[str, Any]
CENT = Decimal("0.01")
STATES = {
    "complete": ShopOrderState.COMPLETED,
    "closed": ShopOrderState.REFUNDED,
    "canceled": ShopOrderState.CANCELLED,
    "holded": ShopOrderState.ON_HOLD,
}
COMPOSED = {"configurable", "grouped", "bundle"}  # these are sold by their parts, which are products of their own
OF_ORDER = ("increment_id", "state", "status", "grand_total", "total_refunded")


def order_of(told: Json, column: str) -> ShopOrder:
    """Translate `sales_order.info`. `column` is where our reference stands."""
    rows = [row for row in told["items"] if not row.get("parent_item_id")]
    parts = {str(row["parent_item_id"]): row for row in told["items"] if row.get("parent_item_id")}
    return ShopOrder(
        shop_order_id=str(told["increment_id"]),
        number=str(told["increment_id"]),
        reference=str(told.get(column) or ""),
        state=STATES.get(str(told.get("state")), ShopOrderState.OPEN),
        total=cents(told["grand_total"]),
        tax=cents(told.get("tax_amount")),
        currency=str(told.get("order_currency_code") or ""),
        lines=tuple(_line(row, parts.get(str(row["item_id"]), row)) for row in rows),
        created_at=moment(told.get("created_at")),
        changed_at=moment(told.get("updated_at")),
    )


def _line(row: Json, sold: Json) -> ShopOrderLine:
    """A configurable product's row has quantity and amounts, the row below it says which variation was sold."""
    return ShopOrderLine(
        line_id=str(row["item_id"]),
        product_id=str((sold if row.get("product_type") == "configurable" else row).get("product_id") or ""),
        sku=str(row.get("sku") or ""),
        quantity=pieces(row["qty_ordered"]) or 0,
        total=cents(
            number(row.get("row_total"))
            - number(row.get("discount_amount"))
            + number(row.get("tax_amount"))
            + number(row.get("hidden_tax_amount"))
        ),
    )


def update_of(told: Json, column: str, shipments: Sequence[Json], memos: Sequence[Json]) -> ShopUpdate:
    """Bring together what one order, its shipments and its credit memos tell, each read whole."""
    order = order_of(told, column)
    parcels = [parcel for shipment in shipments for parcel in parcels_of(order, shipment)]
    if not parcels and order.state is ShopOrderState.COMPLETED:
        parcels = [ShopShipment(shipment_id="completed", shop_order_id=order.number, reference=order.reference)]
    refunds = tuple(_refund(memo) for memo in memos)
    seen = {**{name: told.get(name) for name in OF_ORDER}, "parcels": parcels, "refunds": refunds}
    return ShopUpdate(order=order, shipments=tuple(parcels), refunds=refunds, fingerprint=fingerprint(seen))


def parcels_of(order: ShopOrder, shipment: Json) -> list[ShopShipment]:
    """Return the parcels of one shipment: its first track leads and has the pieces, further tracks have none."""
    number, lines = str(shipment["increment_id"]), {line.line_id for line in order.lines}
    held = tuple(
        LineQuantity(line_id=str(row["order_item_id"]), quantity=pieces(row["qty"]) or 0)
        for row in shipment.get("items") or ()
        if str(row["order_item_id"]) in lines
    )
    tracks: Sequence[Json] = shipment.get("tracks") or ({},)
    return [
        ShopShipment(
            shipment_id=f"{number}:{track['track_id']}" if place else number,
            shop_order_id=order.shop_order_id,
            reference=order.reference,
            lines=tuple(LineQuantity(line_id=line.line_id, quantity=0) for line in held) if place else held,
            carrier_name=_carrier(track),
            tracking_code=str(track.get("number") or track.get("track_number") or "").strip(),
            shipped_at=moment(shipment.get("created_at")),
        )
        for place, track in enumerate(tracks)
    ]


def _carrier(track: Json) -> str:
    """The title is what the merchant typed; `custom` is what Magento calls a carrier that it does not know."""
    title, code = str(track.get("title") or "").strip(), str(track.get("carrier_code") or "")
    return title or ("" if code == "custom" else code)


def refunded(order: Json) -> bool:
    return number(order.get("total_refunded")) > 0


def _refund(memo: Json) -> Refund:
    rows = [(str(row["order_item_id"]), pieces(row["qty"]) or 0) for row in memo.get("items") or ()]
    return Refund(
        refund_id=str(memo["increment_id"]),
        amount=cents(memo["grand_total"]),
        lines=tuple(LineQuantity(line_id=line, quantity=quantity) for line, quantity in rows if quantity),
    )


def products_of(rows: Iterable[Json], levels: Mapping[str, int | None]) -> tuple[Product, ...]:
    """Translate `catalog_product.list`, which tells neither price nor parent; what is composed is left out."""
    return tuple(
        Product(
            product_id=str(row["product_id"]),
            sku=str(row.get("sku") or ""),
            title=str(row.get("name") or ""),
            stock=levels.get(str(row["product_id"])),
        )
        for row in rows
        if row.get("type") not in COMPOSED
    )


def level_of(row: Json) -> int | None:
    """Return the stock of a row of the stock list; what is marked as out of stock has none, whatever its quantity."""
    quantity = pieces(row.get("qty"))
    if quantity is not None and str(row.get("is_in_stock")) in {"0", "False", ""}:
        return min(quantity, 0)
    return quantity


def number(value: Any) -> Decimal:
    """Read a number of Magento's; nothing is zero. Raises ValueError for what is none."""
    try:
        found = Decimal(str(value).strip() or "0") if value is not None else Decimal(0)
    except InvalidOperation:
        raise ValueError(f"“{value}” is no number") from None
    if not found.is_finite():
        raise ValueError(f"“{value}” is no number")
    return found


def cents(value: Any) -> Decimal:
    return number(value).quantize(CENT, ROUND_HALF_UP)


def pieces(value: Any) -> int | None:
    """Read a quantity; parts of a piece do not count."""
    return None if value in {None, ""} else int(number(value))


def moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
    except ValueError:
        return None
