"""The bench of the corner shops, which are no part of the product: the suite judges any adapter."""

from __future__ import annotations

from decimal import Decimal

from tests.contract.shop_benches import ShopBench
from tests.foreign.corner.simulator import CornerSimulator


class CornerBench(ShopBench):
    creating_path = "/v1/orders"

    def __init__(self, rung: str) -> None:
        super().__init__()
        self.code = f"corner_{rung}"  # type: ignore[misc]
        self.simulator: CornerSimulator = CornerSimulator(rung)
        self.creating_method = "PUT" if rung == "own_id" else "POST"

    @property
    def settings(self) -> dict[str, str]:
        return {"shop_url": self.url}

    @property
    def credentials(self) -> dict[str, str]:
        return {"key": "corner-key"}

    def add_product(self, sku: str, *, price: Decimal, stock: int) -> str:
        return self.simulator.add_product(sku, price=str(price), stock=stock)

    def add_variations(self, sku: str, variations: list[str], *, stock: int) -> None:
        self.simulator.add_product(sku, variations=variations, stock=stock)

    def stock_of(self, sku: str) -> int:
        return self.simulator.stock_of(sku)

    def address_of(self, shop_order_id: str) -> str:
        return " ".join(self.simulator.orders[shop_order_id]["to"])

    def ship(self, shop_order_id: str, *, carrier: str, tracking_code: str, complete: bool) -> None:
        self.simulator.ship(shop_order_id, carrier=carrier, tracking_code=tracking_code, complete=complete)

    def revoke(self) -> None:
        self.simulator.key = "another-key"

    def forbid_writing(self) -> bool:
        self.simulator.may_write = False
        return True
