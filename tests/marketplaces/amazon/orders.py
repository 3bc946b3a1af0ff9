"""Orders as Amazon writes them, made for the tests of the mapper."""

from __future__ import annotations

import copy
from typing import Any

from adapterkit.simulator import replaced

Json = dict[str, Any]


def money(amount: str, currency: str = "EUR") -> Json:
    return {"amount": amount, "currencyCode": currency}


def item(*parts: Json, number: int = 1, quantity: int = 2, price: str = "10.00", currency: str = "EUR") -> Json:
    return {
        "orderItemId": f"4711000{number}",
        "quantityOrdered": quantity,
        "product": {
            "asin": f"B0TEST000{number}",
            "title": f"Kettle {number}",
            "sellerSku": f"KETTLE-{number}",
            "price": {"unitPrice": money(price, currency)},
        },
        "proceeds": {"breakdowns": list(parts)},
        "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": quantity},
    }


def part(kind: str, amount: str, currency: str = "EUR", **details: str) -> Json:
    found: Json = {"type": kind, "subtotal": money(amount, currency)}
    if details:
        found["detailedBreakdowns"] = [
            {"subtype": name.upper(), "value": money(value, currency)} for name, value in details.items()
        ]
    return found


def order(*items: Json, total: str = "20.00", currency: str = "EUR", **overrides: Any) -> Json:
    made: Json = {
        "orderId": "405-1112223-4445556",
        "createdTime": "2026-11-20T08:30:00Z",
        "lastUpdatedTime": "2026-11-20T08:45:00Z",
        "programs": [],
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1PA6795UKMFR9", "marketplaceName": "Amazon.de"},
        "buyer": {"buyerName": "Petra Vogel", "buyerEmail": "x1@marketplace.amazon.test"},
        "recipient": {
            "deliveryAddress": {
                "name": "Petra van der Vogel",
                "addressLine1": "Lindenallee 12",
                "addressLine2": "Hinterhaus",
                "city": "Köln",
                "stateOrRegion": "NRW",
                "postalCode": "50968",
                "countryCode": "DE",
                "phone": "+49 221 5550",
                "addressType": "RESIDENTIAL",
            }
        },
        "proceeds": {"grandTotal": money(total, currency)},
        "fulfillment": {
            "fulfillmentStatus": "UNSHIPPED",
            "fulfilledBy": "MERCHANT",
            "fulfillmentServiceLevel": "STANDARD",
            "shipByWindow": {"latestDateTime": "2026-11-21T22:59:59Z"},
            "deliverByWindow": {"latestDateTime": "2026-11-24T22:59:59Z"},
        },
        "orderItems": list(items) or [item(part("ITEM", "20.00"))],
    }
    return {**made, **overrides}


def changed(payload: Json, path: str, value: Any) -> Json:
    return replaced(payload, path, value)  # type: ignore[no-any-return]


def without(payload: Json, path: str) -> Json:
    """A copy without one field; `recipient.deliveryAddress` names one further in."""
    copied = copy.deepcopy(payload)
    place: Any = copied
    *way, last = path.split(".")
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    del place[last]
    return copied
