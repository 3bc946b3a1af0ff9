"""A simulated Amazon and a simulated shop, joined by connections, without sockets; every published pace is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from connections.adapters import mounted
from connections.models import MarketplaceAccount, OrderConnection
from connections.starting import start
from engine.buckets import MemoryBuckets
from engine.delivery import Delivery
from engine.models import SyncCursor
from engine.pacing import AccountPacer
from engine.reading import read
from marketplaces.amazon.simulator import AmazonSimulator
from marketplaces.amazon.world import Json
from ordersync.demo import Demo, build_demo
from shops.woocommerce.simulator import WooCommerceSimulator
from tests.clock import Clock
from tests.road import SHOP, named

AMAZON, FILES = "https://amazon.test", "https://files.amazon.test"


@dataclass
class AmazonRoad:
    """The whole way from Amazon to the shop and back. `refused` counts the calls that Amazon found too many."""

    clock: Clock
    amazon: AmazonSimulator
    shop: WooCommerceSimulator
    demo: Demo
    account: MarketplaceAccount
    merchant: OrderConnection
    fba: OrderConnection
    counts: dict[str, int] = field(default_factory=dict)

    def read(self, *, all_of_them: bool = True) -> None:
        """Read what is due, or everything."""
        if all_of_them:
            SyncCursor.objects.filter(active=True).update(next_run_at=self.clock())
        read(clock=self.clock, threads=1)

    def deliver(self) -> None:
        Delivery(clock=self.clock, threads=1, seconds=60).run()

    def go(self, rounds: int = 3, **step: float) -> None:
        for _ in range(rounds):
            self.clock.forward(**(step or {"minutes": 3}))
            self.read()
            self.deliver()

    def made(self, order_id: str) -> list[Json]:
        return self.shop.orders_with(named(order_id, "amazon"))

    @property
    def refused(self) -> int:
        return sum(seen.status == 429 for seen in self.amazon.requests)


@pytest.fixture
def amazon(clock: Clock) -> AmazonSimulator:
    return AmazonSimulator(files_url=FILES)


@pytest.fixture
def amazon_road(
    db: None, clock: Clock, amazon: AmazonSimulator, shop: WooCommerceSimulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AmazonRoad]:
    """Both of an account's connections, active; products are read and offered."""
    buckets = MemoryBuckets()
    monkeypatch.setattr("engine.pacing.buckets_at", lambda _: buckets)
    pacer = partial(AccountPacer, wait=lambda seconds: clock.forward(seconds=seconds))
    monkeypatch.setattr("connections.adapters.AccountPacer", pacer)
    files = AmazonSimulator.mount(amazon)
    with mounted({AMAZON: amazon.mount(), FILES: files, SHOP: shop.mount()}):
        demo = build_demo(bol_url="https://bol.test", shop_url=SHOP, now=clock(), active=False)
        account = MarketplaceAccount.objects.create(
            company=demo.company,
            marketplace="amazon",
            name="Amazon",
            settings={
                "stores": "NL, DE",
                "seller_id": amazon.seller_id,
                "client_id": amazon.client[0],
                "base_url": AMAZON,
                "token_url": f"{AMAZON}/auth/o2/token",
            },
            credentials={"client_secret": amazon.client[1], "refresh_token": amazon.refresh_token},
        )
        connections = [
            OrderConnection.objects.create(
                company=demo.company, project=demo.shop.project, account=account, name=fulfilment, fulfilment=fulfilment
            )
            for fulfilment in ("merchant", "marketplace")
        ]
        for connection in connections:
            start(connection=connection, activated_from=None, now=clock(), by=None)
        for sku in ("TST-001", "TST-002"):
            amazon.add_listing(sku, stock=0, stores=("NL", "DE"))
        road = AmazonRoad(clock, amazon, shop, demo, account, *connections)
        road.go(rounds=2)
        yield road
