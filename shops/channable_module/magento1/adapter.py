"""The verbs of Magento 1's module: what is its own, and what the shop's API tells beside it."""

from __future__ import annotations

from typing import ClassVar

from adapterkit.records import Order
from adapterkit.shop import Products, ShopReturn
from shops.channable_module.amounts import Amounts, with_shipping
from shops.channable_module.magento import Numbers
from shops.channable_module.magento1.spec import ENDPOINTS, SPEC
from shops.channable_module.through_api import ModuleWithApi
from shops.magento1.api import Api
from shops.magento1.reader import Reader

LARGEST = 2**31 - 1  # the module's column for it is a signed one
COLUMN = "channel_id"  # where the module keeps our reference


class Magento1Module(ModuleWithApi):
    """With an API user, orders are found by our reference, whatever their numbers, and read with lines and amounts."""

    spec: ClassVar = SPEC
    endpoints: ClassVar = ENDPOINTS

    @property
    def reader(self) -> Reader | None:
        return Reader(Api(self.transport), COLUMN) if self.settings.get("api_user") else None

    @property
    def numbers(self) -> Numbers:
        """The module always strips all that is neither letter nor digit."""
        return Numbers(prefix=self.settings.get("number_prefix") or "M-", alphanumeric=True)

    def amounts(self, order: Order, products: Products) -> Amounts:
        return with_shipping(order, products)

    def channable_id(self, order: Order, reference: str) -> int:
        return super().channable_id(order, reference) & LARGEST or 1

    def order_of_return(self, returned: ShopReturn) -> str | int:
        """This module looks the order up by the number that it was made under."""
        return self.channable_id(returned.order, returned.reference) if returned.order.attempt else 0
