"""The bench of PrestaShop, in the versions whose web services differ."""

from __future__ import annotations

from decimal import Decimal

from shops.prestashop.simulator import PrestaShopSimulator
from tests.contract.shop_benches import ShopBench, words


class PrestaShopBench(ShopBench):
    code = "prestashop"
    tells_pieces = False
    creating_path = "/api/carts"

    def __init__(self, *, version: str = "8.2.1", rounding: str = "2") -> None:
        super().__init__()
        self.simulator: PrestaShopSimulator = PrestaShopSimulator()
        self.simulator.world.version = version
        # Before 8 the note is written with the whole order, read once more for it; before 1.7.8 there is none.
        self.more_calls = {"1.7.8": 1, "1.7.6": -1}.get(version, 0)
        self.simulator.configure("PS_ROUND_TYPE", rounding)
        for country in ("BE", "FR"):
            self.simulator.activate_country(country)

    @property
    def settings(self) -> dict[str, str]:
        return {"shop_url": self.url, "carrier_id": "1", "payment_module": "ps_wirepayment"}

    @property
    def credentials(self) -> dict[str, str]:
        return {"api_key": "DEMODEMODEMODEMODEMODEMODEMODEMO"}

    def add_product(self, sku: str, *, price: Decimal, stock: int) -> str:
        # Every other one at the reduced rate, so that no test passes by the standard one alone.
        tax_class = "reduced-rate" if sku.endswith("1") else "standard"
        return str(self.simulator.add_product(sku, price=str(price), stock=stock, tax_class=tax_class))

    def add_variations(self, sku: str, variations: list[str], *, stock: int) -> None:
        self.simulator.add_product(sku, variations=variations, stock=stock)

    def show_methods(self) -> tuple[str, ...]:
        return ("Click and collect", "My carrier")

    def stock_of(self, sku: str) -> int:
        return self.simulator.stock_of(sku)

    def address_of(self, shop_order_id: str) -> str:
        world = self.simulator.world
        return words(world.tables["addresses"][int(world.orders[int(shop_order_id)]["id_address_delivery"])])

    def ship(self, shop_order_id: str, *, carrier: str, tracking_code: str, complete: bool) -> None:
        self.simulator.ship(int(shop_order_id), carrier=carrier, tracking_code=tracking_code, complete=complete)

    def revoke(self) -> None:
        self.simulator.revoke_keys()

    def forbid_writing(self) -> bool:
        for resource in list(self.simulator.world.rights):
            self.simulator.forbid(resource, "post", "put", "patch", "delete")
        return True
