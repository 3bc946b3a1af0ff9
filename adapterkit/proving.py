"""What a proof against a real shop needs beyond the contract of an adapter. The product itself never uses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from adapterkit.shop import Shop


class Proving(Protocol):
    """The module `proving` of a platform's folder, where there is one; either function may be missing."""

    def ship(self, shop: Shop, shop_order_id: str, *, carrier: str, tracking_code: str) -> None:
        """Ship all of an order, as the merchant does."""

    def versions(self, shop: Shop) -> Mapping[str, str]:
        """Return what the shop tells of its own software, by name; empty where it tells nothing."""
