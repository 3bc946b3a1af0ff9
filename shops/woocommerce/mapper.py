"""Between WooCommerce's payloads and canonical records; pure.

Line totals are sent without tax and tax is always computed by the shop, so the net of a gross amount depends on the
rate that the shop applies: `rates` reads it from a draft, `repriced` gives the totals that come out at the gross.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from adapterkit.addresses import written
from adapterkit.errors import Rejected
from adapterkit.notifications import Notification
from adapterkit.records import (
    Address,
    Fulfilment,
    LineQuantity,
    Order,
    OrderLine,
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
REFERENCE = "_ordersync_reference"
LINE = "_ordersync_line"
CENT, MICRO = Decimal("0.01"), Decimal("0.000001")
STATES = {
    "pending": ShopOrderState.INERT,
    "checkout-draft": ShopOrderState.INERT,
    "processing": ShopOrderState.OPEN,
    "on-hold": ShopOrderState.ON_HOLD,
    "completed": ShopOrderState.COMPLETED,
    "cancelled": ShopOrderState.CANCELLED,
    "failed": ShopOrderState.CANCELLED,
    "trash": ShopOrderState.CANCELLED,
    "refunded": ShopOrderState.REFUNDED,
}
EANS = ("_global_unique_id", "_ean", "_gtin", "_alg_ean", "_wpm_gtin_code", "_ts_gtin", "hwp_product_gtin")
ITEMS = "_wc_shipment_tracking_items"  # Shipment Tracking and Advanced Shipment Tracking
# (tracking code, carrier) as other extensions keep them on the order.
PAIRS = (
    ("_tracking_number", "_tracking_provider"),
    ("_aftership_tracking_number", "_aftership_tracking_provider_name"),
    ("ywot_tracking_code", "ywot_carrier_name"),
    ("_bst_tracking_number", "_bst_tracking_carrier"),
)
# What WordPress takes for an e-mail address (`is_email`); more than one @, or a letter with an accent, is none.
EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
SHORTEST_EMAIL = 6


def draft(order: Order, reference: str, products: Mapping[str, str]) -> dict[str, Any]:
    """Return the body that creates an inert order. Prices are provisional: see `repriced`."""
    billing = order.billing or order.delivery or Address()
    goods, shipping = paid(order)
    return {
        "status": "pending",
        "set_paid": False,
        "currency": order.currency,
        "payment_method": "ordersync",
        "payment_method_title": reference.split("-", 1)[0],
        "transaction_id": reference,
        "customer_note": _note(order, billing),
        "billing": _address(billing, contact=True),
        "shipping": _address(order.delivery or billing),
        "line_items": [_line(order, line, products[line.line_id], goods[line.line_id]) for line in order.lines],
        "shipping_lines": [
            {
                "method_id": "ordersync",
                "method_title": order.shipping_method or "Shipping",
                "total": _text(_net(shipping, order.shipping_tax_rate or Decimal(0))),
            }
        ],
        "meta_data": [
            {"key": REFERENCE, "value": reference},
            {"key": "_ordersync_marketplace_order_id", "value": order.order_id},
            *([{"key": "_ordersync_test", "value": "yes"}] if order.is_test else []),
        ],
    }


def paid(order: Order) -> tuple[dict[str, Decimal], Decimal]:
    """Return what is paid for each line, and for the shipping, once the order's own discounts are taken off.

    They go into the lines: a negative fee is taxed by the shop whatever it is told, and takes off more than it says.
    Each line takes its share of what is left, so that the last and largest one takes the odd cents; what is beyond all
    lines is taken off the shipping.
    """
    found = {line.line_id: line.total for line in order.lines}
    goods, discount = sum(found.values(), Decimal(0)), sum((row.amount for row in order.discounts), Decimal(0))
    left = min(discount, goods)
    shipping = order.shipping_cost - (discount - left)
    for line_id in sorted((line_id for line_id in found if found[line_id]), key=lambda line_id: found[line_id]):
        share = (left * found[line_id] / goods).quantize(CENT, ROUND_FLOOR)
        goods, left = goods - found[line_id], left - share
        found[line_id] -= share
    return found, shipping


def _line(order: Order, line: OrderLine, product_id: str, gross: Decimal) -> dict[str, Any]:
    parent, _, variation = product_id.partition(":")
    rate = line.tax_rate or Decimal(0)
    before, net = _text(_net(line.total, rate)), _text(_net(gross, rate))
    meta = [{"key": LINE, "value": line.line_id}]
    if order.fulfilment is Fulfilment.MARKETPLACE:
        # WooCommerce takes no stock of a line that says it was taken already.
        meta.append({"key": "_reduced_stock", "value": str(line.quantity)})
    row: dict[str, Any] = {"product_id": int(parent), "quantity": line.quantity, "subtotal": before, "total": net}
    return {**row, "meta_data": meta, **({"variation_id": int(variation)} if variation else {})}


def rates(made: Json) -> dict[int, Decimal]:
    """Return the tax rate, in per cent, that the shop applied to each line and shipping line of an order, by row id."""
    percent = {row["rate_id"]: Decimal(str(row.get("rate_percent", 0))) for row in made.get("tax_lines", ())}
    rows = [*made.get("line_items", ()), *made.get("shipping_lines", ())]
    return {
        row["id"]: sum((percent.get(tax["id"], Decimal(0)) for tax in row.get("taxes", ())), Decimal(0)) for row in rows
    }


def repriced(made: Json, order: Order, difference: Decimal = Decimal(0)) -> dict[str, Any]:
    """Return the body that gives a draft the marketplace's amounts, by the rates that the shop applied to it.

    `difference` (gross) is added to the largest line, for the cent that rounding may leave.
    """
    applied = rates(made)
    gross, charged = paid(order)
    before = {line.line_id: line.total for line in order.lines}
    if difference and order.lines:
        largest = max(gross, key=lambda line_id: gross[line_id])
        gross[largest], before[largest] = gross[largest] + difference, before[largest] + difference
    lines = []
    for row in made["line_items"]:
        line_id, rate = meta(row).get(LINE, ""), applied[row["id"]]
        nets = {"subtotal": before.get(line_id, Decimal(0)), "total": gross.get(line_id, Decimal(0))}
        lines.append({"id": row["id"], **{name: _text(_net(amount, rate)) for name, amount in nets.items()}})
    shipping = [
        {"id": row["id"], "total": _text(_net(charged, applied[row["id"]]))} for row in made["shipping_lines"][:1]
    ]
    return {"line_items": lines, "shipping_lines": shipping}


def shop_order(payload: Json, url: str = "") -> ShopOrder:
    state = STATES.get(str(payload["status"]), ShopOrderState.OPEN)
    if state is ShopOrderState.INERT and payload.get("date_paid_gmt"):
        state = ShopOrderState.OPEN
    return ShopOrder(
        shop_order_id=str(payload["id"]),
        number=str(payload.get("number") or payload["id"]),
        reference=meta(payload).get(REFERENCE, ""),
        state=state,
        total=Decimal(str(payload["total"])),
        tax=Decimal(str(payload.get("total_tax") or 0)),
        currency=str(payload["currency"]),
        lines=tuple(_shop_line(row) for row in payload.get("line_items", ())),
        created_at=gmt(payload.get("date_created_gmt")),
        changed_at=gmt(payload.get("date_modified_gmt")),
        url=f"{url}/wp-admin/admin.php?page=wc-orders&action=edit&id={payload['id']}" if url else "",
    )


def shop_update(payload: Json, url: str = "") -> ShopUpdate:
    order = shop_order(payload, url)
    return ShopUpdate(
        order=order,
        shipments=tuple(_shipments(payload, order)),
        refunds=tuple(
            Refund(
                refund_id=str(row["id"]),
                amount=abs(Decimal(str(row.get("total") or 0))),
                reason=str(row.get("reason") or ""),
            )
            for row in payload.get("refunds", ())
        ),
        fingerprint=fingerprint(payload),
    )


def product(payload: Json, parent: Json | None = None) -> Product:
    """Translate a product, or a variation of `parent`."""
    base = str((parent or payload)["id"])
    managed = payload.get("manage_stock")
    source = parent if managed == "parent" and parent else payload
    stock = source.get("stock_quantity") if source.get("manage_stock") is True or managed == "parent" else None
    values = meta(payload)
    ean = str(payload.get("global_unique_id") or "") or next((values[key] for key in EANS if values.get(key)), "")
    attributes = ", ".join(str(row.get("option")) for row in payload.get("attributes", ()) if row.get("option"))
    title = f"{parent['name']} ({attributes})" if parent else str(payload.get("name") or "")
    price = str(payload.get("price") or "")
    return Product(
        product_id=f"{base}:{payload['id']}" if parent else base,
        sku=str(payload.get("sku") or ""),
        ean=ean,
        title=title,
        price=Decimal(price) if price else None,
        stock=int(stock) if stock is not None else None,
        parent_id=base if parent else "",
    )


def notification(resource: str, body: bytes) -> Notification:
    """Translate a webhook's message: an order as it is now, or a product; raise `Rejected` where it is neither."""
    try:
        payload = json.loads(body)
        if resource == "order":
            return Notification(orders=True, product_ids=_products_of(payload))
        return Notification(product_ids=_with_variations(payload)) if resource == "product" else Notification()
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Rejected("The webhook's message is not one of WooCommerce's") from error


def _products_of(payload: Json) -> tuple[str, ...]:
    """Return what an order is about. One that was deleted is sent with its id alone."""
    rows = payload.get("line_items") or ()
    return tuple(dict.fromkeys(_sold(row) for row in rows if row.get("product_id")))


def _with_variations(payload: Json) -> tuple[str, ...]:
    product_id, parent = str(payload["id"]), payload.get("parent_id")
    if payload.get("type") == "variation" and parent:
        return (f"{parent}:{product_id}",)
    return (product_id, *(f"{product_id}:{variation}" for variation in payload.get("variations") or ()))


def _sold(row: Json) -> str:
    """Return the id of the product that a line of an order is about; empty where it is about none."""
    parent, variation = row.get("product_id") or 0, row.get("variation_id") or 0
    return (f"{parent}:{variation}" if variation else str(parent)) if parent else ""


def meta(payload: Json) -> dict[str, Any]:
    return {row["key"]: row["value"] for row in payload.get("meta_data") or () if isinstance(row, Mapping)}


def gmt(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if value else None


def _shop_line(row: Json) -> ShopOrderLine:
    gross = Decimal(str(row.get("total") or 0)) + Decimal(str(row.get("total_tax") or 0))
    return ShopOrderLine(
        line_id=str(row["id"]),
        product_id=_sold(row),
        sku=str(row.get("sku") or ""),
        quantity=int(row["quantity"]),
        total=gross.quantize(CENT, ROUND_HALF_UP),
        marketplace_line_id=str(meta(row).get(LINE, "")),
    )


def _shipments(payload: Json, order: ShopOrder) -> list[ShopShipment]:
    values = meta(payload)

    def parcel(  # noqa: PLR0917 - a parcel's columns
        shipment_id: str,
        code: Any,
        carrier: Any,
        url: Any = "",
        at: datetime | None = None,
        lines: tuple[LineQuantity, ...] = (),
    ) -> ShopShipment:
        return ShopShipment(
            shipment_id=shipment_id,
            shop_order_id=order.shop_order_id,
            reference=order.reference,
            lines=lines,
            carrier_name=str(carrier or ""),
            tracking_code=str(code or "").strip(),
            tracking_url=str(url or ""),
            shipped_at=at or gmt(payload.get("date_completed_gmt")),
        )

    tracked = [
        parcel(
            str(row.get("tracking_id") or row["tracking_number"]),
            row["tracking_number"],
            row.get("custom_tracking_provider") or row.get("tracking_provider"),
            row.get("custom_tracking_link") or "",
            _epoch(row.get("date_shipped")),
            _packed(row, order),
        )
        for row in _tracking_items(values)
    ] or [parcel(f"meta:{code}", values[code], values.get(carrier)) for code, carrier in PAIRS if values.get(code)]
    if tracked or order.state is not ShopOrderState.COMPLETED:
        return tracked
    return [parcel("completed", "", "")]


def _tracking_items(values: Mapping[str, Any]) -> Sequence[Json]:
    found = values.get(ITEMS) or ()
    rows = found.values() if isinstance(found, Mapping) else found
    return [row for row in rows if isinstance(row, Mapping) and row.get("tracking_number")]


def _packed(row: Json, order: ShopOrder) -> tuple[LineQuantity, ...]:
    """Return what is in a parcel, where Advanced Shipment Tracking tells it and all of it is of this order.

    None means all that is open, as for a parcel of which nothing is told.
    """
    told = row.get("products_list") or ()
    rows = [entry for entry in (told.values() if isinstance(told, Mapping) else told) if isinstance(entry, Mapping)]
    pieces: dict[str, int] = {}
    for entry in rows:
        line_id, quantity = str(entry.get("item_id") or ""), str(entry.get("qty") or "")
        if line_id not in {line.line_id for line in order.lines} or not quantity.isdecimal():
            return ()
        pieces[line_id] = pieces.get(line_id, 0) + int(quantity)
    return tuple(LineQuantity(line_id=line_id, quantity=count) for line_id, count in pieces.items() if count)


def _epoch(value: Any) -> datetime | None:
    return datetime.fromtimestamp(int(value), UTC) if str(value or "").isdecimal() else None


def _note(order: Order, billing: Address) -> str:
    pickup = f"Pick-up point: {order.pickup_point.name}" if order.pickup_point and order.pickup_point.name else ""
    test = "TEST ORDER - do not ship" if order.is_test else ""
    email = billing.email if billing.email and not _takes(billing.email) else ""
    return "\n".join(part for part in (test, pickup, order.remark, order.customer_reference, email) if part)


def _takes(email: str) -> bool:
    """Whether WooCommerce takes it for an e-mail address; it refuses the whole order for one that it does not."""
    return len(email) >= SHORTEST_EMAIL and EMAIL.fullmatch(email) is not None


def _address(address: Address, *, contact: bool = False) -> dict[str, str]:
    first, *rest = written(address) or ("",)
    body = {
        "first_name": address.first_name,
        "last_name": address.last_name,
        "company": address.company,
        "address_1": first,
        "address_2": ", ".join(rest),
        "postcode": address.postcode,
        "city": address.city,
        "state": address.region,
        "country": address.country,
        "phone": address.phone,
    }
    return {**body, "email": address.email} if contact and _takes(address.email) else body


def _net(gross: Decimal, rate: Decimal) -> Decimal:
    return (gross / (1 + rate / 100)).quantize(MICRO, ROUND_HALF_UP)


def _text(amount: Decimal) -> str:
    return f"{amount:f}"
