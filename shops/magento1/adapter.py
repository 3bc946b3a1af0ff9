"""The verbs of a Magento 1 that is only read: it takes no orders, because its API takes no prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from adapterkit.records import Known, Page, Product, ShopOrder, ShopUpdate, nothing_known
from adapterkit.shop import Shop
from shops.magento1.api import Api
from shops.magento1.reader import Reader
from shops.magento1.spec import SPEC


class Magento1(Shop):
    spec: ClassVar = SPEC

    @property
    def reader(self) -> Reader:
        return Reader(Api(self.transport), self.settings.get("reference_column") or "ext_order_id")

    def verify_credentials(self) -> None:
        self.reader.check()

    def find_orders(self, reference: str, placed_at: datetime) -> list[ShopOrder]:
        return self.reader.find(reference)

    def fetch_order(self, shop_order_id: str) -> ShopUpdate:
        return self.reader.update(shop_order_id)

    def fetch_updates(
        self, changed_since: datetime, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[ShopUpdate]]:
        return self.reader.changed(changed_since, known, resume)

    def reread_orders(self, shop_order_ids: Sequence[str], known: Known = nothing_known) -> Iterator[Page[ShopUpdate]]:
        return self.reader.updates(shop_order_ids, known)

    def fetch_products(self, resume: str = "") -> Iterator[Page[Product]]:
        return self.reader.products(resume)

    def fetch_stock(self, product_ids: list[str]) -> dict[str, int | None]:
        return self.reader.stock(product_ids)
