"""The bench of Magento 2."""

from __future__ import annotations

from decimal import Decimal

from shops.magento2.simulator import Magento2Simulator
from shops.magento2.world import REDUCED, STANDARD
from tests.contract.shop_benches import ShopBench, words


class Magento2Bench(ShopBench):
    code = "magento2"
    creating_path = "/rest/default/V1/orders"

    def __init__(self, *, auth: str = "oauth") -> None:
        super().__init__()
        self.auth = auth
        self.extra: dict[str, str] = {}  # settings of a test
        self.simulator: Magento2Simulator = Magento2Simulator()
        self.simulator.world.bearer_allowed = auth == "bearer"

    @property
    def settings(self) -> dict[str, str]:
        return {"shop_url": self.url, "auth": self.auth, "ean_attribute": "ean", **self.extra}

    @property
    def credentials(self) -> dict[str, str]:
        return {
            "consumer_key": "ck-demo",
            "consumer_secret": "cs-demo",
            "access_token": "at-demo",
            "access_token_secret": "as-demo",
        }

    def add_product(self, sku: str, *, price: Decimal, stock: int) -> str:
        # Every other one at the reduced rate, so that no test passes by the standard one alone.
        tax_class = REDUCED if sku.endswith("1") else STANDARD
        return str(self.simulator.add_product(sku, price=str(price), stock=stock, tax_class=tax_class))

    def add_variations(self, sku: str, variations: list[str], *, stock: int) -> None:
        self.simulator.add_product(sku, variations=variations, stock=stock)

    def stock_of(self, sku: str) -> int:
        return self.simulator.stock_of(sku)

    def address_of(self, shop_order_id: str) -> str:
        assigned = self.simulator.world.orders[int(shop_order_id)]["extension_attributes"]["shipping_assignments"]
        return words(assigned[0]["shipping"]["address"])

    def ship(self, shop_order_id: str, *, carrier: str, tracking_code: str, complete: bool) -> None:
        self.simulator.ship(int(shop_order_id), carrier=carrier, tracking_code=tracking_code, complete=complete)

    def show_methods(self) -> tuple[str, ...]:
        self.add_product("MUG", price=Decimal("12.50"), stock=9)
        self.simulator.place_web_order("MUG", method=("PostNL - Pick-up", "postnl_pickup"))
        for _ in range(2):
            self.simulator.place_web_order("MUG")
        return ("Flat Rate - Fixed", "PostNL - Pick-up")

    def revoke(self) -> None:
        self.simulator.revoke_keys()

    def forbid_writing(self) -> bool:
        self.simulator.world.may = {
            "Magento_Sales::actions_view",
            "Magento_Backend::store",
            "Magento_Catalog::products",
        }
        return True
