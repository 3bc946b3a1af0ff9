"""The road from bol to a shop with a Channable module, in place of the one to WooCommerce."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from connections.adapters import mounted
from connections.models import OrderConnection, Shop
from connections.starting import start
from marketplaces.bol.simulator import BolSimulator
from ordersync.demo import Demo, build_demo
from tests import laid
from tests.clock import Clock
from tests.road import BOL, SHOP, Road
from tests.shops.channable_module.shops import SECRETS, SETTINGS, simulator

PRODUCTS = ("TST-001", "TST-002")


def stocked(
    code: str, clock: Clock, bol: BolSimulator, until: ExitStack, skus: tuple[str, ...] = PRODUCTS, **options: Any
) -> Road:
    """Return a road whose shop has this platform, its products read; its simulators are mounted until then."""
    side = simulator(code)
    until.enter_context(mounted({BOL: bol.mount(), SHOP: side.mount()}))

    def make() -> Demo:
        road = lay(code, clock, bol, side, **options)
        stock_up(road, skus)
        return road.demo

    return Road(clock, bol, side, laid.lay(f"{code} {options} {skus}", make, (bol, side), clock))


def lay(code: str, clock: Clock, bol: BolSimulator, side: Any = None, *, active: bool = True, **settings: str) -> Road:
    """Return a road whose shop has this platform; its simulators are to be mounted."""
    side = side or simulator(code)
    demo = build_demo(bol_url=BOL, shop_url=SHOP, now=clock(), active=False)
    Shop.objects.filter(pk=demo.shop.pk).update(platform=code, settings={**SETTINGS, "shop_url": SHOP, **settings})
    shop = Shop.objects.get(pk=demo.shop.pk)
    shop.credentials = SECRETS[code]
    shop.save()
    connection = OrderConnection.objects.select_related("project__shop", "account", "company").get()
    if active:
        start(connection=connection, activated_from=None, now=clock(), by=None)
    demo.shop.refresh_from_db()
    return Road(clock, bol, side, demo)


def mount(road: Road) -> Any:
    return mounted({BOL: road.bol.mount(), SHOP: road.shop.mount()})


def stock_up(road: Road, skus: tuple[str, ...] = PRODUCTS) -> None:
    for sku in skus:
        road.shop.add_product(sku, price="12.10", stock=10)
        road.bol.add_offer(sku, stock=0)
    road.go(rounds=2)
