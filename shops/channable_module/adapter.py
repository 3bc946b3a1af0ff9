"""The verbs that all the modules share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from adapterkit.errors import AuthenticationFailed, OutcomeUnknown, Rejected, TemporarilyUnavailable
from adapterkit.records import Order, ShopOrder
from adapterkit.shop import Products, Shop
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer
from shops.channable_module import answers, stock
from shops.channable_module.dialect import Words
from shops.channable_module.protocol import Endpoints

Json = Mapping[str, Any]
NO_NAMES: Mapping[str, str] = {}


class ChannableModule(Shop):
    """What is the same on every platform."""

    endpoints: ClassVar[Endpoints]

    @abstractmethod
    def order_for(self, order: Order, reference: str, products: Products) -> Json:
        """Return the body that creates the order."""

    def verify_credentials(self) -> None:
        """Post nothing to the order hook: it checks store view, token and its own switches first, then says so."""
        self._call(self.endpoints.check, body=b"")

    def preview_order(self, order: Order, reference: str, products: Products) -> Json:
        return self.order_for(order, reference, products)

    def create_order(self, order: Order, reference: str, products: Products) -> ShopOrder:
        """Post the order. A module may fail after the order was made, so a refusal is believed only when none is there.

        A module never repeats; the caller looks with `find_orders` first.
        """
        try:
            answer = self._call(self.endpoints.create, body=self.order_for(order, reference, products)).body
        except (AuthenticationFailed, Rejected, TemporarilyUnavailable) as refusal:
            # Its own word comes as a success; whatever else stopped the call says nothing of the order.
            own_word = refusal.status is not None and refusal.status < HTTPStatus.MULTIPLE_CHOICES
            there = self.find_orders(reference, order.placed_at) if own_word else ()
            if not there:
                raise
            return there[0]
        if not answer.get("order_id"):
            raise self.transport.telling(
                OutcomeUnknown("The module answered without the order", remote=answers.words_of(answer))
            )
        return self.made(str(answer["order_id"]), order, reference)

    @abstractmethod
    def made(self, order_id: str, order: Order, reference: str) -> ShopOrder:
        """Return the order that the module says it made."""

    def answer_stock(self, known: Mapping[str, bool]) -> Json:
        return stock.answer_for(known)

    def _read(self, endpoint: Endpoint, query: Json | None = None, **path: str) -> tuple[Answer, Any]:
        """Return an answer with what it holds; None when the module says nothing at all."""
        answer = self._call(endpoint, query=query, path=path)
        return answer, None if isinstance(answer.body, Words) else answer.body

    def _call(
        self,
        endpoint: Endpoint,
        *,
        query: Json | None = None,
        body: Any = None,
        path: Mapping[str, str] = NO_NAMES,
    ) -> Answer:
        names = {"store": self.settings.get("store_id", ""), **path}
        return self.transport.call(endpoint, query=query, body=body, path=names)
