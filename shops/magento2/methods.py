"""The shop's own shipping methods, as its latest orders name them.

Magento's API has no list of them. What it has is an estimate for a cart, and the cart would have to be made in the shop
first, with a product that is in stock there, and stay behind.
"""

from __future__ import annotations

from shops.magento2 import spec
from shops.magento2.door import Door, Json, rows_of
from shops.magento2.search import Filter, criteria

LATEST = 100
FIELDS = "shipping_description,extension_attributes[shipping_assignments[shipping[method]]]"
NOT_OURS: Filter = ("ext_customer_id", "null", "1")


def read_methods(door: Door, store_id: str) -> dict[str, str]:
    """Return the codes of the methods in the latest orders of the shop's own customers, by name, the latest first."""
    view: Filter = ("store_id", "eq", store_id)
    query = criteria(NOT_OURS, view, sort="entity_id", latest=True, size=LATEST, fields=f"items[{FIELDS}]")
    found: dict[str, str] = {}
    for row in rows_of(door.call(spec.LIST_LATEST, query=query)):
        name, code = str(row.get("shipping_description") or "").strip(), _code(row)
        if name and code:
            found.setdefault(name, code)
    return found


def _code(row: Json) -> str:
    assignments = (row.get("extension_attributes") or {}).get("shipping_assignments") or ()
    codes = [str((one.get("shipping") or {}).get("method") or "") for one in assignments]
    return next(filter(None, codes), "")
