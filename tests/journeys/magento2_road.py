"""The road with a simulated Magento at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connections.adapters import mounted
from marketplaces.bol.simulator import BolSimulator
from ordersync.demo import Demo, build_demo
from shops.magento2.simulator import Magento2Simulator
from tests.clock import Clock
from tests.laid import lay
from tests.road import BOL, SHOP, Road

SETTINGS = {"shop_url": SHOP, "auth": "oauth", "store_view": "default", "store_id": "1", "website": "base"}


class MagentoRoad(Road):
    shop: Magento2Simulator  # type: ignore[assignment]


@pytest.fixture
def make_magento_road(
    db: None, clock: Clock, bol: BolSimulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], MagentoRoad]]:
    monkeypatch.setattr("engine.pacing.AccountPacer.acquire", lambda *_: None)
    shop = Magento2Simulator()

    def make() -> Demo:
        demo = build_demo(bol_url=BOL, shop_url=SHOP, now=clock())
        demo.shop.platform, demo.shop.settings, demo.shop.credentials = "magento2", SETTINGS, dict(shop.keys)
        demo.shop.save()
        shop.add_product("TST-001", price="12.10", stock=10, ean="8710400000013")
        bol.add_offer("TST-001", stock=0)
        MagentoRoad(clock, bol, shop, demo).go(rounds=2)  # type: ignore[arg-type]
        return demo

    with mounted({BOL: bol.mount(), SHOP: shop.mount()}):
        yield lambda: MagentoRoad(clock, bol, shop, lay("magento2", make, (bol, shop), clock))  # type: ignore[arg-type]


@pytest.fixture
def magento_road(make_magento_road: Callable[[], MagentoRoad]) -> MagentoRoad:
    return make_magento_road()
