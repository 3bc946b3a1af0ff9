"""Between PrestaShop's module and canonical records; pure."""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from adapterkit.records import Order, Product, ShopOrder, ShopOrderState, ShopShipment, ShopUpdate, fingerprint
from shops.channable_module.amounts import with_fractions
from shops.channable_module.body import Body, order_body

Json = Mapping[str, Any]
DIGITS = string.digits + string.ascii_uppercase
STATES = {
    "shipped": ShopOrderState.COMPLETED,
    "cancelled": ShopOrderState.CANCELLED,
    "not_shipped": ShopOrderState.OPEN,
}
# What PrestaShop refuses in each kind of field; one such character, and no order is made.
IN_NAMES = re.compile(r"""[0-9!<>,;?=+()/\\@#"°*`{}_^$%:¤\[\]|]""")
IN_ADDRESSES = re.compile(r"[!<>?=+@{}_$%]")
IN_CITIES = re.compile(r'[!<>;?=+@#"°{}_$%]')
IN_POSTCODES = re.compile(r"[^a-zA-Z0-9 -]")
FIELDS: Mapping[str, re.Pattern[str]] = {
    "first_name": IN_NAMES,
    "last_name": IN_NAMES,
    "address_line_1": IN_ADDRESSES,
    "address_line_2": IN_ADDRESSES,
    "city": IN_CITIES,
    "zip_code": IN_POSTCODES,
}


def reference_of(reference: str) -> str:
    """Return the nine characters that stand for our reference: PrestaShop keeps no more of one.

    The first is a letter, because the module looks an order up by its id first when the text begins with a digit.
    """
    number = int.from_bytes(hashlib.sha256(reference.encode()).digest()[:16], "big")
    number, first = divmod(number, len(string.ascii_uppercase))
    rest = ""
    for _ in range(8):
        number, digit = divmod(number, len(DIGITS))
        rest += DIGITS[digit]
    return string.ascii_uppercase[first] + rest


def body_of(order: Order, reference: str, products: Mapping[str, str], *, email: str) -> Body:
    """Return the body that creates the order, in characters that PrestaShop takes; what was changed is in the memo."""
    amounts = with_fractions(order, products)
    body = order_body(order, reference, amounts, channable_id=reference_of(reference), email=email)
    changed: list[str] = []
    for part in ("customer", "billing", "shipping"):
        for name, forbidden in FIELDS.items():
            if name in body[part]:
                body[part][name] = _fitting(str(body[part][name]), forbidden, changed.append)
    if changed:
        body["memo"] = "\n".join(filter(None, (body["memo"], f"As given: {'; '.join(dict.fromkeys(changed))}")))
    return body


def _fitting(text: str, forbidden: re.Pattern[str], note: Callable[[str], object]) -> str:
    kept = " ".join(forbidden.sub(" ", text).split())
    if forbidden is IN_NAMES:
        kept = re.sub(r"\.(?=\S)", ". ", kept) or "-"
    if kept.replace(" ", "") != text.replace(" ", ""):
        note(text)
    return kept


def shop_order(payload: Json, reference: str = "") -> ShopOrder:
    """Translate what the module tells of an order; our reference is known only to who asked by it."""
    own = str(payload["reference"])
    return ShopOrder(
        shop_order_id=str(payload["id"]),
        number=own,
        reference=reference or own,
        state=STATES.get(str(payload.get("is_shipped")), ShopOrderState.OPEN),
        total=Decimal(0),
        currency="",
        priced=False,
        itemised=False,
        lines=(),
    )


def shop_update(payload: Json) -> ShopUpdate:
    """Translate an order with its parcel: the module tells one tracking code, and no carrier."""
    order = shop_order(payload)
    code = str((payload.get("fulfillment") or {}).get("tracking_code") or "").strip()
    shipped = code or order.state is ShopOrderState.COMPLETED
    parcel = ShopShipment(
        shipment_id=f"track:{code}" if code else "completed",
        shop_order_id=order.shop_order_id,
        reference=order.reference,
        tracking_code=code,
    )
    return ShopUpdate(order=order, shipments=(parcel,) if shipped else (), fingerprint=fingerprint(payload))


def product_of(row: Json) -> Product:
    product_id, parent = str(row["id"]), str(row.get("parent_id") or "")
    price = str(row.get("sale_price_incl_vat") or row.get("price_incl_vat") or "")
    stock = row.get("stock")
    return Product(
        product_id=product_id,
        parent_id=parent if "_" in product_id else "",
        sku=str(row.get("reference") or ""),
        ean=str(row.get("ean13") or ""),
        title=str(row.get("title") or ""),
        price=Decimal(price) if price else None,
        stock=int(stock) if stock not in {None, ""} else None,
    )
