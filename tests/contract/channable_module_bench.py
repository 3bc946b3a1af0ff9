"""The benches of the Channable modules: no total, no lines and no stock-only calls; PrestaShop's has no list either.

With access to the shop's own API, Magento's have lines and totals.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from adapterkit.auth import MemoryTokens
from shops.channable_module.magento1.simulator import Magento1ModuleSimulator
from shops.channable_module.magento2.simulator import Magento2ModuleSimulator
from shops.channable_module.prestashop.simulator import PrestaShopModuleSimulator
from shops.channable_module.world import ModuleSimulator
from tests.contract.shop_benches import ShopBench, words

TOKEN = "module-token"


class MagentoModuleBench(ShopBench):
    simulator_class: ClassVar[type[ModuleSimulator]]
    lists_unchanged = False

    def __init__(self) -> None:
        super().__init__()
        self.simulator: ModuleSimulator = self.simulator_class(token=TOKEN)

    @property
    def settings(self) -> dict[str, str]:
        return {"shop_url": self.url, "store_id": "1", "number_prefix": "M-", "time_zone": "Europe/Amsterdam"}

    @property
    def credentials(self) -> dict[str, str]:
        return {"token": TOKEN}

    def add_product(self, sku: str, *, price: Decimal, stock: int) -> str:
        return str(self.simulator.add_product(sku, price=str(price), stock=stock))

    def add_variations(self, sku: str, variations: list[str], *, stock: int) -> None:
        self.simulator.add_configurable(sku, variations, stock=stock)

    def stock_of(self, sku: str) -> int:
        return self.simulator.stock_of(sku)

    def address_of(self, shop_order_id: str) -> str:
        return words(self.simulator.world.orders[shop_order_id]["body"]["shipping"])

    def ship(self, shop_order_id: str, *, carrier: str, tracking_code: str, complete: bool) -> None:
        self.simulator.ship(shop_order_id, carrier=carrier, tracking_code=tracking_code, complete=complete)

    def revoke(self) -> None:
        self.simulator.token = "another-token"

    def forbid_writing(self) -> bool:
        self.simulator.world.orders_enabled = False
        return True


class Magento2ModuleBench(MagentoModuleBench):
    code = "magento2_module"
    simulator_class = Magento2ModuleSimulator
    creating_path = "/channable/order/hook"


class Magento2ModuleWithApiBench(Magento2ModuleBench):
    """Lines, amounts and pieces are read through Magento's own API, in one request more."""

    exact = False  # the module changes the shipping of what goes abroad
    lists_unchanged = True
    more_calls = 1

    @property
    def settings(self) -> dict[str, str]:
        return {**super().settings, "api": "yes"}

    @property
    def credentials(self) -> dict[str, str]:
        return {**super().credentials, **Magento2ModuleSimulator.keys}


class Magento1ModuleBench(MagentoModuleBench):
    code = "magento1_module"
    simulator_class = Magento1ModuleSimulator
    keeps_reference = False  # its letters and digits alone
    creating_path = "/channableapi/order/index"


class Magento1ModuleWithUserBench(Magento1ModuleBench):
    """Lines, amounts and our reference are read over XML-RPC, in one request more."""

    keeps_reference = True
    exact = False  # the module changes prices that go abroad
    lists_unchanged = True
    more_calls = 1

    def __init__(self) -> None:
        super().__init__()
        self.tokens = MemoryTokens()
        self.adapter.find_orders("bol-A0", self.simulator.now())  # signs in

    @property
    def settings(self) -> dict[str, str]:
        return {**super().settings, "api_user": "ordersync"}

    @property
    def credentials(self) -> dict[str, str]:
        return {**super().credentials, "api_key": "api-key-of-ordersync"}


class PrestaShopModuleBench(ShopBench):
    code = "prestashop_module"
    creating_path = "/index.php"
    lists_changes = False
    keeps_reference = False
    tells_every_parcel = False

    def __init__(self) -> None:
        super().__init__()
        self.simulator: PrestaShopModuleSimulator = PrestaShopModuleSimulator()

    @property
    def settings(self) -> dict[str, str]:
        return {"shop_url": self.url}

    @property
    def credentials(self) -> dict[str, str]:
        return {"key": "CHANNABLEkey"}

    def add_product(self, sku: str, *, price: Decimal, stock: int) -> str:
        return self.simulator.add_product(sku, price=str(price), stock=stock)

    def add_variations(self, sku: str, variations: list[str], *, stock: int) -> None:
        self.simulator.add_combinations(variations, stock=stock)

    def stock_of(self, sku: str) -> int:
        return self.simulator.stock_of(sku)

    def address_of(self, shop_order_id: str) -> str:
        return words(self.simulator.world.orders[int(shop_order_id)]["body"]["shipping"])

    def ship(self, shop_order_id: str, *, carrier: str, tracking_code: str, complete: bool) -> None:
        self.simulator.ship(int(shop_order_id), tracking_code=tracking_code, complete=complete)

    def revoke(self) -> None:
        self.simulator.key = "CHANNABLEother"

    def forbid_writing(self) -> bool:
        return False
