"""A simulated bol and a simulated shop, joined by a connection, without sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from connections.adapters import mounted
from connections.flows.connect_shop import connect_shop
from connections.models import OrderConnection, Shop
from engine.delivery import Delivery
from engine.models import OutboxMessage, SyncCursor
from engine.reading import read
from marketplaces.bol.simulator import BolSimulator
from orders.models import Order
from orders.records import reference_of
from ordersync.demo import Demo, build_demo
from shops.woocommerce.simulator import WooCommerceSimulator
from tests.clock import Clock
from tests.laid import lay

BOL, SHOP = "https://bol.test", "https://shop.test"


@dataclass
class Road:
    """The whole way from bol to the shop and back."""

    clock: Clock
    bol: BolSimulator
    shop: WooCommerceSimulator
    demo: Demo
    threads: int = 1
    counts: dict[str, int] = field(default_factory=dict)

    def read(self) -> dict[str, int]:
        SyncCursor.objects.filter(active=True).update(next_run_at=self.clock())
        return dict(read(clock=self.clock, threads=self.threads))

    def deliver(self) -> dict[str, int]:
        return dict(Delivery(clock=self.clock, threads=self.threads).run())

    def settle(self, rounds: int, **step: float) -> None:
        """Read and deliver until a round finds nothing to do, at most so often."""
        for _ in range(rounds):
            found = sum(count for name, count in self.read().items() if name != "walks")
            sent = sum(self.deliver().values())
            self.clock.forward(**step)
            waiting = OutboxMessage.objects.exclude(state__in=OutboxMessage.SETTLED).exists()
            if not (found or sent or waiting):
                return

    def go(self, rounds: int = 6, **step: float) -> None:
        """Read and deliver, again and again, some time between."""
        for _ in range(rounds):
            self.read()
            self.deliver()
            self.clock.forward(**(step or {"seconds": 30}))


def named(order_id: str, marketplace: str = "bol") -> str:
    """How the shop's order names an order of the marketplace, which need not be here yet."""
    if order := Order.objects.filter(marketplace_order_id=order_id).first():
        return order.reference
    connection = OrderConnection.objects.filter(account__marketplace=marketplace).earliest("pk")
    return reference_of(marketplace, connection.token, order_id)


def reconnect_shop(road: Road, **credentials: str) -> None:
    """The merchant enters new credentials of the shop."""
    shop = Shop.objects.select_related("project__company").get(pk=road.demo.shop.pk)
    connect_shop(
        project=shop.project,
        platform=shop.platform,
        name=shop.name,
        settings=shop.settings,
        credentials=credentials,
        now=road.clock(),
        by=None,
    )


@pytest.fixture
def bol(clock: Clock) -> BolSimulator:
    return BolSimulator()


@pytest.fixture
def shop(clock: Clock) -> WooCommerceSimulator:
    simulator = WooCommerceSimulator()
    simulator.add_product("TST-001", price="12.10", stock=10, ean="8710400000013")
    simulator.add_product("TST-002", price="10.90", stock=10, tax_class="reduced-rate")
    return simulator


@pytest.fixture
def mounts(bol: BolSimulator, shop: WooCommerceSimulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # The pace is kept by the wall clock, which stands still here.
    monkeypatch.setattr("engine.pacing.AccountPacer.acquire", lambda *_: None)
    with mounted({BOL: bol.mount(), SHOP: shop.mount()}):
        yield


@pytest.fixture
def make_road(
    db: None, mounts: None, clock: Clock, bol: BolSimulator, shop: WooCommerceSimulator
) -> Callable[..., Road]:
    def make(**options: object) -> Road:
        demo = build_demo(bol_url=BOL, shop_url=SHOP, now=clock())
        return Road(clock, bol, shop, demo, **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def road(make_road: Callable[..., Road], clock: Clock, bol: BolSimulator, shop: WooCommerceSimulator) -> Road:
    """The road, its products read once."""
    return lay_road(make_road, clock, bol, shop)


def lay_road(make_road: Callable[..., Road], clock: Clock, bol: BolSimulator, shop: WooCommerceSimulator) -> Road:
    return Road(clock, bol, shop, lay("road", lambda: new_road(make_road).demo, (bol, shop), clock))


def new_road(make_road: Callable[..., Road]) -> Road:
    """A road that is made here and now, for those who look at how."""
    road = make_road()
    for sku in ("TST-001", "TST-002"):
        road.bol.add_offer(sku, stock=0)
    road.go(rounds=2)
    return road
