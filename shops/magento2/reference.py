"""How our reference becomes an order's number (`increment_id`): the key that makes creating exactly once; pure.

The column holds 50 characters, is unique within a store view, and is compared without regard to case and accents. So
a reference that is longer, holds other characters, or has small letters that another could have as capitals, gets a
part of its own hash: two references never share a number.
"""

from __future__ import annotations

import hashlib
import re

LONGEST = 50
LONGEST_EXTERNAL_ID = 32  # `ext_order_id`
HASHED = 12
# A marketplace's code, the connection's token (in small letters always), and the number that the marketplace gave.
PLAIN = re.compile(r"[a-z0-9]+(-[a-z0-9]{5})?-[A-Z0-9._-]+")


def number_of(reference: str) -> str:
    """Return the order number for a reference: the reference itself wherever it can be."""
    if len(reference) <= LONGEST and PLAIN.fullmatch(reference):
        return reference
    return _shortened(reference, LONGEST)


def external_id_of(order_id: str) -> str:
    """Return the marketplace's number of an order as `ext_order_id`, for the merchant to search by."""
    return order_id if len(order_id) <= LONGEST_EXTERNAL_ID else _shortened(order_id, LONGEST_EXTERNAL_ID)


def _shortened(text: str, longest: int) -> str:
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", text)[: longest - HASHED - 1]
    return f"{readable}-{hashlib.sha256(text.encode()).hexdigest()[:HASHED]}"
