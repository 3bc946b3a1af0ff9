"""From an order to the body that all the modules take, in the shape of Channable's own; pure."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from adapterkit.records import Address, Fulfilment, Order
from shops.channable_module.amounts import Amounts, Row

Body = dict[str, Any]
MALE = frozenset({"male", "mr", "mr.", "m", "m.", "herr", "hr", "dhr", "dhr.", "de heer", "monsieur"})
FEMALE = frozenset({"female", "mrs", "mrs.", "ms", "ms.", "frau", "mevr", "mevr.", "mevrouw", "madame", "mme"})
NOBODY = "-"  # for a name that the marketplace does not tell: an empty one is refused
BUCKET = timedelta(days=28)
FIRST_BUCKET = datetime(2020, 1, 6, tzinfo=UTC)
NUMBERS_OF_A_BUCKET = 2**24


def order_body(order: Order, reference: str, amounts: Amounts, *, channable_id: int | str, email: str = "") -> Body:
    """Return the body for one order. `email` stands in where the marketplace tells none.

    Every key that a module reads is there, empty where nothing is known: a missing one comes back as a PHP warning.
    """
    delivery = order.delivery or order.billing or Address()
    billing = order.billing or delivery
    contact = billing.email or delivery.email or email
    label = reference.partition("-")[0]
    memo = memo_of(order)
    return {
        "channable_id": channable_id,
        "channable_channel_label": label,
        "channel_id": reference,
        "channel_name": label,
        "is_test": order.is_test,
        "order_status": "shipped" if order.fulfilment is Fulfilment.MARKETPLACE else "not_shipped",
        "shipment_method": order.shipping_method,
        "channel_customer_number": order.customer_reference,
        "customer": {
            **person(billing, contact),
            "gender": gender_of(billing),
            "phone": billing.phone or delivery.phone,
            "mobile": delivery.phone if delivery.phone != billing.phone else "",
            "business_order": order.business,
        },
        "billing": {**_address(billing, contact), "vat_number": billing.vat_number, "vat_id": billing.vat_number},
        "shipping": {
            **_address(delivery, contact),
            "pickup_point_name": order.pickup_point.name if order.pickup_point else None,
        },
        "price": _price(order, amounts, label),
        "products": [_product(row) for row in amounts.rows],
        "memo": memo,
        "extra": {"memo": memo, "comment": ""},
    }


def channable_id_of(order: Order, reference: str) -> int:
    """Return the number that the module files this try under, within 32 bits.

    Magento 2's module uses the first body of a number for every later one, so no number may come twice: not for another
    order, and not for a corrected body of the same one. The number of our try does that within a hub; the month of the
    order keeps hubs apart that come after each other, and keeps clear of the numbers that Channable itself has given.
    """
    bucket = (order.placed_at - FIRST_BUCKET) // BUCKET % 256
    low = order.attempt % NUMBERS_OF_A_BUCKET or _hash(f"{reference} {order}")
    return int(bucket * NUMBERS_OF_A_BUCKET + low)


def memo_of(order: Order) -> str:
    test = "TEST ORDER - do not ship" if order.is_test else ""
    pickup = f"Pick-up point: {order.pickup_point.name}" if order.pickup_point and order.pickup_point.name else ""
    return "\n".join(part for part in (test, pickup, order.remark) if part)


def gender_of(address: Address) -> str:
    said = address.salutation.strip().lower()
    return "male" if said in MALE else "female" if said in FEMALE else "unknown"


def street_lines(address: Address) -> tuple[str, str]:
    """Return street with number, and the rest; without parts, the lines as they came."""
    street = " ".join(p for p in (address.street, address.house_number, address.house_number_addition) if p)
    lines = [street, address.supplement] if address.street else list(address.lines)
    first, *rest = [line for line in lines if line] or [""]
    return first, ", ".join(rest)


def person(address: Address, email: str) -> Body:
    """Return the keys of a person; a module wants each of them, and refuses an empty name."""
    return {
        "email": email,
        "first_name": address.first_name or address.company or NOBODY,
        "middle_name": "",
        "last_name": address.last_name or NOBODY,
        "company": address.company,
    }


def _address(address: Address, email: str) -> Body:
    """Give lines and parts: which of them a module reads depends on its settings. Neither may lose a word."""
    first, second = street_lines(address)
    parts = (
        (address.street, address.house_number, " ".join(filter(None, (address.house_number_addition, second))))
        if address.street
        else (first, "", second)
    )
    return {
        **person(address, email),
        "address_line_1": first,
        "address_line_2": second,
        "address_supplement": second,
        "street": parts[0],
        "house_number": parts[1],
        "house_number_ext": parts[2],
        "zip_code": address.postcode,
        "city": address.city,
        "country_code": address.country,
        "state": address.region,
        "state_code": address.region,
        "region": address.region,
        "region_code": address.region,
        "phone": address.phone,
    }


def _price(order: Order, amounts: Amounts, label: str) -> Body:
    commission = sum((line.commission for line in order.lines if line.commission is not None), Decimal(0))
    return {
        "payment_method": label,
        "currency": order.currency,
        "subtotal": number(amounts.goods),
        "payment": 0,
        "shipping": number(amounts.shipping),
        "discount": number(amounts.discount),
        "total": number(order.total),
        "transaction_id": order.order_id,
        "transaction_fee": 0,
        "commission": number(commission),
    }


def _product(row: Row) -> Body:
    first = row.lines[0]
    commission = sum((line.commission for line in row.lines if line.commission is not None), Decimal(0))
    return {
        "id": int(row.product_id) if row.product_id.isdecimal() else row.product_id,
        "quantity": row.quantity,
        "price": number(row.unit),
        "ean": first.ean,
        "gtin": first.ean,
        "reference_code": first.sku,
        "article_number": first.sku,
        "title": first.title or first.sku,
        "delivery_period": "",
        "shipping": 0,
        "commission": number(commission),
    }


def number(amount: Decimal) -> float:
    """Return an amount as the modules want it; a float holds every cent of it."""
    return float(amount)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:3], "big") or 1
