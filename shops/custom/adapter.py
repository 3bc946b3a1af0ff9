"""The platform's own program calls us, so there is nothing to read there and nothing to send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar

from adapterkit.errors import NotFound
from adapterkit.records import Known, Page, Product, ShopOrder, ShopUpdate, nothing_known
from adapterkit.shop import Shop
from shops.custom import spec


class CustomShop(Shop):
    spec: ClassVar = spec.SPEC

    @classmethod
    def base_url(cls, settings: Mapping[str, str]) -> str:
        return settings.get("shop_url", "").rstrip("/")

    def verify_credentials(self) -> None:
        """There are none on this side: the platform's program shows its key when it calls."""

    def find_orders(self, reference: str, placed_at: datetime) -> list[ShopOrder]:
        return []

    def fetch_order(self, shop_order_id: str) -> ShopUpdate:
        raise NotFound("The platform tells us of its orders; they cannot be read there")

    def fetch_products(self, resume: str = "") -> Iterator[Page[Product]]:
        return iter(())

    def fetch_updates(
        self, changed_since: datetime, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[ShopUpdate]]:
        return iter(())
