"""A simulated PrestaShop with the adapter in front of it, and the orders that these tests place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from adapterkit.auth import MemoryTokens
from adapterkit.keeping import MemoryAnswers
from adapterkit.opening import open_adapter
from adapterkit.records import Order, ShopOrder
from adapterkit.simulator import Seen
from shops.prestashop.adapter import PrestaShop
from shops.prestashop.simulator import PrestaShopSimulator
from tests.clock import START
from tests.contract.test_shops import order

NOW = START
KEY = "DEMODEMODEMODEMODEMODEMODEMODEMO"


class DemoShop:
    """The simulated shop; `adapter` opens it anew each time, as every message does."""

    def __init__(self, **settings: str) -> None:
        self.answers: MemoryAnswers | None = None  # kept from one adapter to the next; else each asks anew
        self.simulator = PrestaShopSimulator()
        self.settings = {"shop_url": "https://shop.test", "carrier_id": "1", **settings}
        self.product = str(self.simulator.add_product("TST-001", price="12.10", stock=10))

    @property
    def adapter(self) -> PrestaShop:
        return open_adapter(
            PrestaShop,
            settings=self.settings,
            credentials={"api_key": KEY},
            tokens=MemoryTokens(),
            answers=self.answers,
            mounts={"https://shop.test": self.simulator.mount()},
            wait=lambda _: None,
        )

    def cart(self, wanted: Order, products: Mapping[str, str] | None = None, reference: str = "bol-A1") -> ShopOrder:
        return self.adapter.create_inert_order(wanted, reference, products or {"L0": self.product})

    def place(self, wanted: Order, products: Mapping[str, str] | None = None, reference: str = "bol-A1") -> ShopOrder:
        return self.adapter.activate_order(self.cart(wanted, products, reference).shop_order_id, wanted)

    def rows(self, resource: str) -> list[dict[str, Any]]:
        return list(self.simulator.world.tables[resource].values())

    def sent(self, method: str, path: str) -> list[Seen]:
        return self.simulator.requests_to(method, path)


def body_of(seen: Seen) -> Element:
    return fromstring(seen.body)[0]


def one(price: str = "12.10", **more: Any) -> Order:
    return order(price, **more)


@pytest.fixture
def shop() -> DemoShop:
    return DemoShop()
