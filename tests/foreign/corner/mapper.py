"""Between the corner shop's payloads and the canonical records; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from adapterkit.addresses import written
from adapterkit.records import (
    Fulfilment,
    LineQuantity,
    Order,
    Product,
    ShopOrder,
    ShopOrderLine,
    ShopOrderState,
    ShopShipment,
    ShopUpdate,
    fingerprint,
)
from adapterkit.shop import Products

Json = Mapping[str, Any]


def body(order: Order, reference: str, products: Products, *, remarks: bool) -> dict[str, Any]:
    """Return the order as the shop takes it; a shop without remarks keeps no line ids of ours."""
    assert order.delivery is not None
    buyer = order.delivery
    lines = [
        {
            "product": products[line.line_id],
            "quantity": line.quantity,
            "total": line.total,
            **({"remark": line.line_id} if remarks else {}),
        }
        for line in order.lines
    ]
    return {
        "reference": reference,
        "shipped": order.fulfilment is Fulfilment.MARKETPLACE,
        "currency": order.currency,
        "shipping": order.total - sum((line.total for line in order.lines), Decimal(0)),
        "to": [buyer.name, *written(buyer), buyer.postcode, buyer.city, buyer.country],
        "lines": lines,
    }


def shop_order(row: Json) -> ShopOrder:
    return ShopOrder(
        shop_order_id=row["id"],
        number=row["number"],
        reference=row["reference"],
        state=ShopOrderState(row["state"]),
        total=Decimal(row["total"]),
        currency=row["currency"],
        lines=tuple(
            ShopOrderLine(
                line_id=line["id"],
                product_id=line["product"],
                quantity=line["quantity"],
                total=Decimal(line["total"]),
                marketplace_line_id=line.get("remark", ""),
            )
            for line in row["lines"]
        ),
        changed_at=datetime.fromisoformat(row["changed_at"]),
    )


def shop_update(row: Json) -> ShopUpdate:
    order = shop_order(row)
    parcels = tuple(
        ShopShipment(
            shipment_id=parcel["id"],
            shop_order_id=order.shop_order_id,
            reference=order.reference,
            lines=tuple(LineQuantity(line_id=name, quantity=count) for name, count in parcel["lines"].items()),
            carrier_name=parcel["carrier"],
            tracking_code=parcel["code"],
        )
        for parcel in row["parcels"]
    )
    return ShopUpdate(order=order, shipments=parcels, fingerprint=fingerprint(row))


def product(row: Json) -> Product:
    return Product(
        product_id=row["id"],
        parent_id=row["variant_of"],
        sku=row["sku"],
        title=row["sku"],
        price=Decimal(row["price"]),
        stock=row["stock"],
    )
