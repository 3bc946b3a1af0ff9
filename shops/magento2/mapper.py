"""From Magento's payloads to canonical records; pure. The way back is `body`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
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
from shops.magento2.body import OURS, REFERENCE

Json = Mapping[str, Any]
STATES = {
    "pending_payment": ShopOrderState.OPEN,
    "payment_review": ShopOrderState.OPEN,
    "processing": ShopOrderState.OPEN,
    "holded": ShopOrderState.ON_HOLD,
    "complete": ShopOrderState.COMPLETED,
    "canceled": ShopOrderState.CANCELLED,
}
# What is read of a list's orders; the rest is large, and addresses are nobody's business there.
ORDER_FIELDS = (
    "entity_id,increment_id,ext_customer_id,state,status,grand_total,tax_amount,order_currency_code,created_at,"
    "updated_at,total_refunded,payment[additional_information],items[item_id,parent_item_id,product_id,product_type,"
    "sku,ext_order_item_id,qty_ordered,qty_canceled,qty_invoiced,qty_refunded,qty_shipped,row_total_incl_tax,"
    "discount_amount]"
)

SHIPMENT_FIELDS = (
    "entity_id,order_id,created_at,items[order_item_id,qty],tracks[entity_id,track_number,title,carrier_code]"
)
MEMO_FIELDS = "entity_id,order_id,grand_total,items[order_item_id,qty],comments[comment]"


def shop_order(payload: Json) -> ShopOrder:
    rows = [row for row in payload.get("items") or () if not row.get("parent_item_id")]
    return ShopOrder(
        shop_order_id=str(payload["entity_id"]),
        number=str(payload["increment_id"]),
        reference=reference(payload),
        state=state(payload),
        total=amount(payload, "grand_total"),
        tax=amount(payload, "tax_amount"),
        currency=str(payload["order_currency_code"]),
        lines=tuple(_line(row) for row in rows),
        created_at=moment(payload.get("created_at")),
        changed_at=moment(payload.get("updated_at")),
    )


def shop_update(payload: Json, shipments: Iterable[Json], memos: Iterable[Json]) -> ShopUpdate:
    """Join an order with its shipments and credit memos: Magento's order tells of neither's details."""
    order = shop_order(payload)
    sent = sorted(shipments, key=lambda row: int(row["entity_id"]))
    refunded = sorted(memos, key=lambda row: int(row["entity_id"]))
    parcels = [parcel for row in sent for parcel in _parcels(row, order)]
    if order.state is ShopOrderState.COMPLETED and not parcels:
        parcels = [ShopShipment(shipment_id="completed", shop_order_id=order.shop_order_id, reference=order.reference)]
    refunds = tuple(_refund(row) for row in refunded)
    whole = {"order": payload, "shipments": sent, "memos": [row["entity_id"] for row in refunded]}
    return ShopUpdate(order=order, shipments=tuple(parcels), refunds=refunds, fingerprint=fingerprint(whole))


def state(payload: Json) -> ShopOrderState:
    """A new order without an invoice is one of which the creation is not finished.

    A closed one is refunded; where nothing of it was shipped before, it was cancelled by that.
    """
    rows = payload.get("items") or ()
    match payload.get("state"):
        case "new" if not any(amount(row, "qty_invoiced") for row in rows):
            return ShopOrderState.INERT
        case "closed":
            shipped = any(amount(row, "qty_shipped") for row in rows)
            return ShopOrderState.REFUNDED if shipped else ShopOrderState.CANCELLED
        case other:
            return STATES.get(str(other), ShopOrderState.OPEN)


def reference(payload: Json) -> str:
    """Our reference of an order of ours, empty for any other. Its number is it too, unless it had to be shortened."""
    if payload.get("ext_customer_id") != OURS:
        return ""
    lines = (payload.get("payment") or {}).get("additional_information") or ()
    kept = (str(line).removeprefix(REFERENCE) for line in lines if str(line).startswith(REFERENCE))
    return next(kept, str(payload["increment_id"]))


def was_shipped(payload: Json) -> bool:
    return any(amount(row, "qty_shipped") for row in payload.get("items") or ())


def was_refunded(payload: Json) -> bool:
    return bool(amount(payload, "total_refunded"))


def product(payload: Json, stock: int | None, parent_id: str = "", ean_attribute: str = "") -> Product:
    price = payload.get("price")
    return Product(
        product_id=str(payload["id"]),
        parent_id=parent_id,
        sku=str(payload["sku"]),
        ean=str(attributes(payload).get(ean_attribute) or "") if ean_attribute else "",
        title=str(payload.get("name") or ""),
        price=Decimal(str(price)) if price is not None else None,
        stock=stock,
        changed_at=moment(payload.get("updated_at")),
    )


def attributes(payload: Json) -> Mapping[str, Any]:
    return {row["attribute_code"]: row.get("value") for row in payload.get("custom_attributes") or ()}


def words(body: Any) -> str:
    """Return an error's sentence, its gaps (`%1`, `%fieldName`) filled in: Magento sends template and values apart."""
    if not isinstance(body, Mapping):
        return ""
    text, values = str(body.get("message") or ""), body.get("parameters") or {}
    named = values if isinstance(values, Mapping) else {str(number): v for number, v in enumerate(values, start=1)}
    # The longest first, so that %10 is not taken for %1.
    for name in sorted(named, key=lambda name: -len(str(name))):
        text = text.replace(f"%{name}", str(named[name]))
    inner: Sequence[Any] = body.get("errors") or ()
    return "; ".join(part for part in (text, *(words(row) for row in inner)) if part)


def resources(body: Any) -> str:
    """Return which of Magento's permissions a refusal names, empty when it is about something else."""
    values = body.get("parameters") if isinstance(body, Mapping) else None
    return str(values.get("resources") or "") if isinstance(values, Mapping) else ""


def moment(value: Any) -> datetime | None:
    """Magento's times are UTC without saying so."""
    return datetime.fromisoformat(str(value)).replace(tzinfo=UTC) if value else None


def amount(payload: Json, name: str) -> Decimal:
    return Decimal(str(payload.get(name) or 0))


def _line(row: Json) -> ShopOrderLine:
    return ShopOrderLine(
        line_id=str(row["item_id"]),
        product_id=str(row.get("product_id") or ""),
        sku=str(row.get("sku") or ""),
        quantity=int(amount(row, "qty_ordered")),
        total=amount(row, "row_total_incl_tax") - amount(row, "discount_amount"),
        marketplace_line_id=str(row.get("ext_order_item_id") or ""),
    )


def _parcels(row: Json, order: ShopOrder) -> list[ShopShipment]:
    """Return the parcels of one shipment: its first track leads and has the pieces, further tracks have none."""
    shipment_id = str(row["entity_id"])
    tracks: Sequence[Json] = row.get("tracks") or ({},)
    held = tuple(
        LineQuantity(line_id=str(item["order_item_id"]), quantity=int(amount(item, "qty")))
        for item in row.get("items") or ()
    )
    return [
        ShopShipment(
            shipment_id=f"{shipment_id}:{track['entity_id']}" if place else shipment_id,
            shop_order_id=order.shop_order_id,
            reference=order.reference,
            lines=tuple(LineQuantity(line_id=line.line_id, quantity=0) for line in held) if place else held,
            carrier_name=str(track.get("title") or "") or str(track.get("carrier_code") or ""),
            tracking_code=str(track.get("track_number") or "").strip(),
            shipped_at=moment(row.get("created_at")),
        )
        for place, track in enumerate(tracks)
    ]


def _refund(row: Json) -> Refund:
    comments = row.get("comments") or ()
    return Refund(
        refund_id=str(row["entity_id"]),
        amount=amount(row, "grand_total"),
        reason="; ".join(str(comment.get("comment") or "") for comment in comments),
        lines=tuple(
            LineQuantity(line_id=str(item["order_item_id"]), quantity=int(amount(item, "qty")))
            for item in row.get("items") or ()
            if amount(item, "qty")
        ),
    )
