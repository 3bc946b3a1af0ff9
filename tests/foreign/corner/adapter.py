"""The corner shop's verbs, of each kind of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from adapterkit.errors import MalformedResponse, OutcomeUnknown
from adapterkit.paging import place_in, placed
from adapterkit.records import Known, Order, Page, Product, ShopOrder, ShopUpdate, nothing_known
from adapterkit.shop import Products, Shop
from adapterkit.spec import Effect, Endpoint
from tests.foreign.corner import mapper, spec


class Corner(Shop):
    spec: ClassVar = spec.UNIQUE
    remarks: ClassVar = True

    def verify_credentials(self) -> None:
        self._call(spec.READ_SHOP)
        self._call(spec.CHANGE_ORDER, order_id="none", verb="nothing")

    def find_orders(self, reference: str, placed_at: datetime) -> list[ShopOrder]:
        return [mapper.shop_order(row) for row in self._call(spec.LIST_ORDERS, query={"reference": reference})["rows"]]

    def fetch_order(self, shop_order_id: str) -> ShopUpdate:
        return mapper.shop_update(self._call(spec.READ_ORDER, order_id=shop_order_id))

    def create_order(self, order: Order, reference: str, products: Products) -> ShopOrder:
        body = mapper.body(order, reference, products, remarks=self.remarks)
        return mapper.shop_order(self._call(spec.CREATE_ORDER, body=body))

    def cancel_order(self, shop_order_id: str, reason: str) -> None:
        self._call(spec.CHANGE_ORDER, order_id=shop_order_id, verb="cancel")

    def hold_order(self, shop_order_id: str, reason: str) -> None:
        self._call(spec.CHANGE_ORDER, order_id=shop_order_id, verb="hold")

    def release_order(self, shop_order_id: str, reason: str) -> None:
        self._call(spec.CHANGE_ORDER, order_id=shop_order_id, verb="release")

    def fetch_stock(self, product_ids: list[str]) -> dict[str, int | None]:
        found: dict[str, int | None] = self._call(spec.LIST_STOCK, query={"ids": ",".join(product_ids)})["stock"]
        return found

    def fetch_currency(self) -> str:
        return str(self._call(spec.READ_SHOP)["currency"])

    def fetch_products(self, resume: str = "") -> Iterator[Page[Product]]:
        after = place_in(resume, int) if resume else 0
        while True:
            answer = self._call(spec.LIST_PRODUCTS, query={"after": after})
            after = answer["next"]
            items = tuple(map(mapper.product, answer["rows"]))
            yield Page(items=items, as_of=_at(answer), resume=placed(after) if after else "")
            if not after:
                return

    def fetch_updates(
        self, changed_since: datetime, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[ShopUpdate]]:
        since, after = place_in(resume, str, int) if resume else (changed_since.astimezone(UTC).isoformat(), 0)
        while True:
            answer = self._call(spec.LIST_ORDERS, query={"since": since, "after": after})
            updates = [mapper.shop_update(row) for row in answer["rows"] if row["reference"]]
            stored = known({update.order.shop_order_id: update.fingerprint for update in updates})
            items = tuple(update for update in updates if update.order.shop_order_id not in stored)
            since, after = answer["next"] or ("", 0)
            yield Page(items=items, as_of=_at(answer), resume=placed(since, after) if since else "")
            if not since:
                return

    def _call(
        self, endpoint: Endpoint, *, query: Any = None, body: Any = None, headers: Any = None, **path: str
    ) -> Any:
        answer = self.transport.call(endpoint, query=query, body=body, headers=headers or {}, path=path).body
        if (
            not isinstance(answer, Mapping)
            or not spec.HOLDS.get((endpoint.method, endpoint.path), set()) <= answer.keys()
        ):
            other = OutcomeUnknown if endpoint.effect is Effect.CREATES else MalformedResponse
            raise other("The shop answered with something else")
        return answer


class KeyedCorner(Corner):
    """Knows a repeat by the key that goes with it."""

    spec: ClassVar = spec.KEYED

    def create_order(self, order: Order, reference: str, products: Products) -> ShopOrder:
        body = mapper.body(order, reference, products, remarks=self.remarks)
        return mapper.shop_order(self._call(spec.CREATE_ORDER, body=body, headers={"Idempotency-Key": reference}))


class OwnIdCorner(Corner):
    """Takes the id that we choose."""

    spec: ClassVar = spec.OWN_ID

    def create_order(self, order: Order, reference: str, products: Products) -> ShopOrder:
        body = mapper.body(order, reference, products, remarks=self.remarks)
        return mapper.shop_order(self._call(spec.PUT_ORDER, body=body, order_id=reference))


class SearchedCorner(Corner):
    """Takes every order for a new one, and keeps nothing of ours but the reference."""

    spec: ClassVar = spec.SEARCHED
    remarks: ClassVar = False


def _at(answer: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(answer["at"])
