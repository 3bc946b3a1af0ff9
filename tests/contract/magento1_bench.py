"""The bench of a Magento 1 that is only read: another program makes the orders in it."""

from __future__ import annotations

from decimal import Decimal

from adapterkit.records import Order, ShopOrder
from adapterkit.shop import Products
from shops.magento1.simulator import Magento1Simulator
from tests.contract.shop_benches import ShopBench


class Magento1Bench(ShopBench):
    code = "magento1"
    creating_path = "/api/xmlrpc"
    tells_parents = False

    def __init__(self) -> None:
        super().__init__()
        self.simulator: Magento1Simulator = Magento1Simulator()
        self.world = self.simulator.world

    @property
    def settings(self) -> dict[str, str]:
        return {"shop_url": self.url, "api_user": "ordersync", "reference_column": "ext_order_id"}

    @property
    def credentials(self) -> dict[str, str]:
        return {"api_key": "api-key-of-ordersync"}

    def secrets(self) -> list[str]:
        return [*super().secrets(), *self.simulator.sessions]

    def create(self, order: Order, reference: str, products: Products) -> ShopOrder:
        items = [(int(products[line.line_id]), line.quantity, line.unit_price) for line in order.lines]
        columns = {"ext_order_id": reference}
        made = self.world.add_order(self.simulator.now(), items, shipping=order.shipping_cost, columns=columns)
        return self.adapter.fetch_order(made["number"]).order

    def add_product(self, sku: str, *, price: Decimal, stock: int) -> str:
        return str(self.world.add_product(sku, stock=stock))

    def add_variations(self, sku: str, variations: list[str], *, stock: int) -> None:
        self.world.add_product(sku, stock=0, kind="configurable")
        for variation in variations:
            self.world.add_product(variation, stock=stock)

    def stock_of(self, sku: str) -> int:
        return int(self.world.product(sku)["qty"])

    def address_of(self, shop_order_id: str) -> str:
        raise AssertionError("another program makes the orders")

    def ship(self, shop_order_id: str, *, carrier: str, tracking_code: str, complete: bool) -> None:
        self.world.ship(
            shop_order_id, self.simulator.now(), carrier=carrier, tracking_code=tracking_code, complete=complete
        )

    def revoke(self) -> None:
        self.simulator.api_key = "another-key"

    def forbid_writing(self) -> bool:
        return False
