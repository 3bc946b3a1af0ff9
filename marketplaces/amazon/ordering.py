"""What a simulated buyer's order holds; pure."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplaces.amazon.mapper import written

Json = dict[str, Any]
NAMES = ("Anouk de Vries", "Daan Peeters", "Fleur van 't Hoff", "Bram Jansen")
CITIES = {
    "NL": ("Keizersgracht {}", "1015CJ", "Amsterdam", "NL"),
    "DE": ("Lindenallee {}", "50968", "Köln", "DE"),
    "FR": ("{} rue des Lilas", "75011", "Paris", "FR"),
    "GB": ("{} Church Lane", "LS1 4AP", "Leeds", "GB"),
    "US": ("{} Maple Avenue", "98101", "Seattle", "US"),
}


def fulfillment(status: str, fulfilled_by: str, now: datetime) -> Json:
    day = timedelta(days=1)
    return {
        "fulfillmentStatus": status,
        "fulfilledBy": fulfilled_by,
        "fulfillmentServiceLevel": "STANDARD",
        "shipByWindow": {
            "earliestDateTime": written(now),
            "latestDateTime": written(now + 2 * day),
        },
        "deliverByWindow": {
            "earliestDateTime": written(now + 2 * day),
            "latestDateTime": written(now + 4 * day),
        },
    }


def item(row: Json, currency: str, number: int) -> Json:
    quantity, price = int(row.get("quantity", 1)), Decimal(str(row["price"]))
    asin = "B0" + uuid.uuid5(uuid.NAMESPACE_URL, str(row["sku"])).hex[:8].upper()
    return {
        "orderItemId": f"{10**13 + number}",
        "quantityOrdered": quantity,
        "product": {
            "asin": asin,
            "title": row.get("title", "Test product"),
            "sellerSku": row["sku"],
            "price": {"unitPrice": _money(price, currency)},
        },
        "proceeds": _proceeds(row, price * quantity, currency),
        "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": quantity},
    }


def _money(value: Decimal, currency: str) -> Json:
    return {"amount": str(value), "currencyCode": currency}


def _proceeds(row: Json, goods: Decimal, currency: str) -> Json:
    kinds = (("SHIPPING", "shipping"), ("GIFT_WRAP", "gift_wrap"))
    parts: list[Json] = [{"type": "ITEM", "subtotal": _money(goods, currency)}]
    parts += [{"type": kind, "subtotal": _money(Decimal(row[name]), currency)} for kind, name in kinds if name in row]
    for kind, names in (("DISCOUNT", ("discount", "shipping_discount")), ("TAX", ("tax", "shipping_tax"))):
        found = {
            subtype: Decimal(row[name])
            for subtype, name in zip(("ITEM", "SHIPPING"), names, strict=True)
            if name in row
        }
        if found:
            details = [{"subtype": name, "value": _money(value, currency)} for name, value in found.items()]
            whole = _money(sum(found.values(), Decimal(0)), currency)
            parts.append({"type": kind, "subtotal": whole, "detailedBreakdowns": details})
    return {"breakdowns": parts}


def total(items: list[Json], currency: str, *, taxed: bool) -> Json:
    """Sum the items up; where prices hold no tax, it comes on top."""
    sums: dict[str, Decimal] = {}
    for item in items:
        for part in item["proceeds"]["breakdowns"]:
            sums[part["type"]] = sums.get(part["type"], Decimal(0)) + Decimal(part["subtotal"]["amount"])
    signs = {"DISCOUNT": -1, "TAX": 0 if taxed else 1}
    grand = sum((signs.get(kind, 1) * amount for kind, amount in sums.items()), Decimal(0))
    parts = [{"type": kind, "subtotal": _money(amount, currency)} for kind, amount in sums.items()]
    return {"grandTotal": _money(grand, currency), "breakdowns": parts}


def address(number: int, store: str) -> Json:
    street, postcode, city, country = CITIES.get(store, CITIES["NL"])
    return {
        "name": NAMES[number % 4],
        "addressLine1": street.format(10 + number % 180),
        "city": city,
        "postalCode": postcode,
        "countryCode": country,
        "phone": f"+31 20 555 {number % 10**4:04d}",
        "addressType": "RESIDENTIAL",
    }
