"""The verbs of a module beside which the shop's own API is read, where the merchant lets us: lines, amounts, pieces."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from adapterkit.errors import AdapterError, OutcomeUnknown
from adapterkit.records import Known, Order, Page, ShopOrder, ShopUpdate, nothing_known
from adapterkit.sentences import say
from shops.channable_module.magento_adapter import MagentoModule


class OrderReader(Protocol):
    """Orders as the shop's own API tells them, called by the numbers that the module gives."""

    def check(self) -> None:
        """Raise unless all that is read here may be read."""

    def find(self, reference: str) -> list[ShopOrder]: ...

    def order(self, number: str) -> ShopOrder: ...

    def update(self, number: str) -> ShopUpdate: ...

    def updates(self, numbers: Sequence[str], known: Known) -> Iterator[Page[ShopUpdate]]: ...

    def changed(self, since: datetime, known: Known, resume: str) -> Iterator[Page[ShopUpdate]]: ...


class ModuleWithApi(MagentoModule):
    """Without a `reader`, what the module tells is all there is."""

    @property
    @abstractmethod
    def reader(self) -> OrderReader | None: ...

    def verify_credentials(self) -> None:
        super().verify_credentials()
        if self.reader:
            self.reader.check()

    def find_orders(self, reference: str, placed_at: datetime) -> list[ShopOrder]:
        return self.reader.find(reference) if self.reader else super().find_orders(reference, placed_at)

    def made(self, order_id: str, order: Order, reference: str) -> ShopOrder:
        """Read it back where that is possible; when it cannot be read now, it was made all the same."""
        made = super().made(order_id, order, reference)
        if not self.reader:
            return made
        try:
            return self.reader.order(order_id)
        except AdapterError as error:
            raise OutcomeUnknown(
                say("Order %(number)s was made, but cannot be read now", number=order_id), remote=error.remote
            ) from None

    def fetch_order(self, shop_order_id: str) -> ShopUpdate:
        return self.reader.update(shop_order_id) if self.reader else super().fetch_order(shop_order_id)

    def fetch_updates(
        self, changed_since: datetime, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[ShopUpdate]]:
        if self.reader:
            return self.reader.changed(changed_since, known, resume)
        return super().fetch_updates(changed_since, known, resume)

    def reread_orders(self, shop_order_ids: Sequence[str], known: Known = nothing_known) -> Iterator[Page[ShopUpdate]]:
        return (
            self.reader.updates(shop_order_ids, known) if self.reader else super().reread_orders(shop_order_ids, known)
        )
