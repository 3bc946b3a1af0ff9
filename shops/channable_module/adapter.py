"""The verbs that all the modules share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from adapterkit.errors import AdapterError, OutcomeUnknown
from adapterkit.records import Order, ShopOrder
from adapterkit.shop import Products, Shop
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer
from shops.channable_module import answers, stock
from shops.channable_module.protocol import Endpoints

Json = Mapping[str, Any]
NO_NAMES: Mapping[str, str] = {}
GATEWAY_GAVE_UP = 503  # a cache in front of the shop says so while the shop works on


class ChannableModule(Shop):
    """What is the same on every platform."""

    endpoints: ClassVar[Endpoints]

    @abstractmethod
    def order_for(self, order: Order, reference: str, products: Products) -> Json:
        """Return the body that creates the order."""

    def verify_credentials(self) -> None:
        """Post nothing to the order hook: it checks store view, token and its own switches first, then says so."""
        text = str(self._call(self.endpoints.check, content=b"").body)
        if not text.strip():
            return
        answer = answers.object_in(text)
        if answer is None:
            raise answers.no_json(text, creating=False)
        error = answers.refusal_of(answer)
        if error is not None and "post data empty" not in error.remote.lower():
            raise error

    def preview_order(self, order: Order, reference: str, products: Products) -> Json:
        return self.order_for(order, reference, products)

    def create_order(self, order: Order, reference: str, products: Products) -> ShopOrder:
        """Post the order. A module may fail after the order was made, so a refusal is believed only when none is there.

        A module never repeats; the caller looks with `find_orders` first.
        """
        answer = self._write(self.endpoints.create, self.order_for(order, reference, products))
        error = answers.refusal_of(answer)
        if error is not None:
            there = self.find_orders(reference, order.placed_at)
            if not there:
                raise error
            return there[0]
        if not answer.get("order_id"):
            raise OutcomeUnknown("The module answered without the order", remote=answers.words_of(answer))
        return self.made(str(answer["order_id"]), order, reference)

    @abstractmethod
    def made(self, order_id: str, order: Order, reference: str) -> ShopOrder:
        """Return the order that the module says it made."""

    def answer_stock(self, known: Mapping[str, bool]) -> Json:
        return stock.answer_for(known)

    def _write(self, endpoint: Endpoint, sent: Json) -> Json:
        """Send what makes something; return the answer, a refusal too. One that cannot be read leaves it open."""
        text = str(self._call(endpoint, json=sent).body)
        answer = answers.object_in(text)
        if answer is None:
            raise answers.no_json(text, creating=True)
        return answer

    def _read(self, endpoint: Endpoint, query: Json | None = None, **path: str) -> tuple[Answer, Any]:
        """Read JSON, wherever in the answer it stands; None when the module says nothing at all."""
        answer = self._call(endpoint, query=query, path=path)
        text = str(answer.body)
        found = answers.json_in(text)
        if found is None and text.strip():
            raise answers.no_json(text, creating=False)
        return answer, found

    def _call(
        self,
        endpoint: Endpoint,
        *,
        query: Json | None = None,
        json: Any = None,
        content: bytes | None = None,
        path: Mapping[str, str] = NO_NAMES,
    ) -> Answer:
        names = {"store": self.settings.get("store_id", ""), **path}
        return self.transport.call(
            endpoint, query=query, json=json, content=content, explain=self._explain(endpoint), **names
        )

    def _explain(self, endpoint: Endpoint) -> Any:
        def explain(answer: Answer) -> AdapterError | None:
            text = str(answer.body or "")
            if "not authenticated" in text.lower():
                return answers.no_json(text, creating=False)
            if answer.status == GATEWAY_GAVE_UP and endpoint is self.endpoints.create:
                return OutcomeUnknown("The shop did not answer in time", remote=answers.words_of(text), status=503)
            return None

        return explain
