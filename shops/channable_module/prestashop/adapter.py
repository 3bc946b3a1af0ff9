"""The verbs of PrestaShop's module: what is its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, ClassVar

from adapterkit.errors import MalformedResponse, NotFound, Rejected
from adapterkit.paging import place_in, placed
from adapterkit.payload import new_updates, translated
from adapterkit.records import (
    Known,
    Order,
    Page,
    Product,
    ShopOrder,
    ShopUpdate,
    nothing_known,
)
from adapterkit.sentences import say
from adapterkit.shop import Products
from shops.channable_module import stock
from shops.channable_module.adapter import ChannableModule
from shops.channable_module.prestashop import mapper
from shops.channable_module.prestashop.spec import ENDPOINTS, SPEC

PER_PAGE = 100  # products; each comes with its combinations
Json = Mapping[str, Any]


class PrestaShopModule(ChannableModule):
    spec: ClassVar = SPEC
    endpoints: ClassVar = ENDPOINTS

    def order_for(self, order: Order, reference: str, products: Products) -> Json:
        return mapper.body_of(order, reference, products, email=self.settings.get("fallback_email", ""))

    def find_orders(self, reference: str, placed_at: datetime) -> list[ShopOrder]:
        """Ask by the reference that stands for ours; the module says nothing at all when there is no such order."""
        found = self._order(mapper.reference_of(reference))
        if found is None or str(found["reference"]) != mapper.reference_of(reference):
            return []
        return [mapper.shop_order(found, reference)]

    def fetch_order(self, shop_order_id: str) -> ShopUpdate:
        found = self._order(shop_order_id)
        if found is None or str(found["id"]) != shop_order_id:
            raise NotFound(say("The shop has no order %(number)s", number=shop_order_id))
        return mapper.shop_update(found)

    def reread_orders(self, shop_order_ids: Sequence[str], known: Known = nothing_known) -> Iterator[Page[ShopUpdate]]:
        """Read one order after the other: the module has no list of them."""
        found = [(shop_order_id, self._order(shop_order_id)) for shop_order_id in shop_order_ids]
        updates = [mapper.shop_update(row) for key, row in found if row is not None and str(row["id"]) == key]
        yield Page(items=new_updates(known, updates))

    def fetch_updates(
        self, changed_since: datetime, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[ShopUpdate]]:
        """Yield nothing: the module has no list of orders. The open ones are read again by turns."""
        yield from ()

    def fetch_products(self, resume: str = "") -> Iterator[Page[Product]]:
        for start in count(place_in(resume, int) if resume else 0, PER_PAGE):
            answer, rows = self._read(self.endpoints.feed, {"limit": f"{start},{PER_PAGE}"})
            if not isinstance(rows, list):
                raise self.transport.telling(MalformedResponse("The product feed is no list", remote=str(rows)[:200]))
            products, unreadable = translated(rows, mapper.product_of)
            following = placed(start + PER_PAGE) if rows else ""
            yield Page(items=tuple(products), unreadable=tuple(unreadable), as_of=answer.at, resume=following)
            if not rows:
                return

    def receive_stock(self, headers: Mapping[str, str], body: bytes) -> dict[str, int]:
        """Take what is posted to our address: the module signs nothing, so the address itself is the secret."""
        return stock.levels_in(body)

    def set_stock_address(self, url: str) -> None:
        """Registering the same address again changes nothing."""
        sent = {"address": url, "action": "stock", "active": "1"}
        answer = self._call(self.endpoints.stock_address, body=sent).body
        if not isinstance(answer, Mapping) or str(answer.get("status")) != "OK":
            raise self.transport.telling(
                Rejected("The module does not take the address for its stock", remote=str(answer or "")[:200])
            )

    def made(self, order_id: str, order: Order, reference: str) -> ShopOrder:
        number = mapper.reference_of(reference)
        return mapper.shop_order({"id": order_id, "reference": number, "is_shipped": "not_shipped"}, reference)

    def _order(self, key: str) -> Json | None:
        _, found = self._read(self.endpoints.status, {"order": key})
        if isinstance(found, Mapping) and not {"id", "reference"} <= found.keys():
            raise self.transport.telling(
                MalformedResponse("The module answered without the order", remote=str(found)[:200])
            )
        return found if isinstance(found, Mapping) else None
