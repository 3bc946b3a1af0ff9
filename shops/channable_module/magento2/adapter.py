"""The verbs of Magento 2's module: what is its own."""

from __future__ import annotations

from typing import ClassVar

from adapterkit.errors import NotFound
from adapterkit.records import Order
from adapterkit.sentences import say
from adapterkit.shop import Products
from shops.channable_module.amounts import Amounts, with_discount
from shops.channable_module.magento import Numbers
from shops.channable_module.magento2.reader import Reader
from shops.channable_module.magento2.spec import ADD_MEMO, ENDPOINTS, SPEC
from shops.channable_module.through_api import ModuleWithApi


class Magento2Module(ModuleWithApi):
    spec: ClassVar = SPEC
    endpoints: ClassVar = ENDPOINTS

    @property
    def reader(self) -> Reader | None:
        return Reader(self.transport, self.numbers) if self.settings.get("api") == "yes" else None

    @property
    def numbers(self) -> Numbers:
        """The module strips spaces, or when it is set to all that is neither letter nor digit."""
        prefix = self.settings.get("number_prefix") or "M-"
        return Numbers(prefix=prefix, alphanumeric=self.settings.get("alphanumeric") == "yes")

    def amounts(self, order: Order, products: Products) -> Amounts:
        return with_discount(order, products)

    def add_note(self, shop_order_id: str, text: str, order: Order) -> None:
        """Add to the order's memo, which Magento shows with its payment; the try that made the order names it."""
        if not order.attempt:
            raise NotFound(
                say("It is not known under which number the module made order %(number)s", number=shop_order_id)
            )
        memo = {"channable_id": self.channable_id(order, ""), "memo": text}
        self._call(ADD_MEMO, body=memo)
