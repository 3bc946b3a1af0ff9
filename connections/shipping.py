"""The shipping methods of a shop, by its own names, for whoever chooses one."""

from __future__ import annotations

from django.core.cache import cache

from adapterkit.errors import AdapterError
from adapterkit.shop import ListsShippingMethods
from connections.adapters import open_shop
from connections.models import Shop

KEPT = 300  # seconds


def shipping_methods(shop: Shop) -> list[str]:
    """Return the names; none where the platform does not tell them, or the shop cannot be asked now."""
    key = f"shipping-methods:{shop.pk}:{shop.credentials_version}"
    known: list[str] | None = cache.get(key)
    if known is not None:
        return known
    adapter = open_shop(shop)
    try:
        found = adapter.fetch_shipping_methods() if isinstance(adapter, ListsShippingMethods) else []
    except AdapterError:
        return []
    cache.set(key, found, KEPT)
    return found
