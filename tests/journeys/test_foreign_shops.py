"""The whole road with shops of every rung of creation, whose adapters are no part of the product."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connections.adapters import mounted
from connections.models import Shop
from marketplaces.bol.simulator import BolSimulator
from orders.models import Order
from ordersync.demo import build_demo
from tests.clock import Clock
from tests.foreign.corner.simulator import CornerSimulator
from tests.foreign.registered import foreign_shops  # noqa: F401 - a fixture of these tests
from tests.road import BOL, SHOP, Road, named

pytestmark = [pytest.mark.django_db, pytest.mark.either, pytest.mark.usefixtures("foreign_shops")]
RUNGS = ("unique", "keyed", "own_id", "searched")


class CornerRoad(Road):
    shop: CornerSimulator  # type: ignore[assignment]

    def place(self, quantity: int = 2) -> str:
        return str(self.bol.place_order(items=[{"sku": "TST-001", "price": "12.10", "quantity": quantity}]))

    def rows_of(self, order_id: str) -> list[tuple[str, str]]:
        return [(row["state"], row["total"]) for row in self.shop.orders_with(named(order_id))]


@pytest.fixture(params=RUNGS)
def road(
    request: pytest.FixtureRequest, clock: Clock, bol: BolSimulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CornerRoad]:
    monkeypatch.setattr("engine.pacing.AccountPacer.acquire", lambda *_: None)
    shop = CornerSimulator(request.param)
    with mounted({BOL: bol.mount(), SHOP: shop.mount()}):
        demo = build_demo(bol_url=BOL, shop_url=SHOP, now=clock())
        Shop.objects.filter(pk=demo.shop.pk).update(platform=f"corner_{request.param}", settings={"shop_url": SHOP})
        demo.shop.refresh_from_db()
        demo.shop.credentials = {"key": shop.key}
        demo.shop.save()
        shop.add_product("TST-001", price="12.10", stock=10)
        bol.add_offer("TST-001", stock=0)
        made = CornerRoad(clock, bol, shop, demo)  # type: ignore[arg-type]
        made.go(rounds=2)
        yield made


def test_an_order_goes_there_and_its_parcels_come_back(road: CornerRoad) -> None:
    order_id = road.place()
    road.go(rounds=2)
    assert road.rows_of(order_id) == [("open", "24.20")]
    assert road.shop.stock_of("TST-001") == 8

    made = road.shop.orders_with(named(order_id))[0]
    road.shop.ship(made["id"], carrier="PostNL", tracking_code="3S1", complete=False)
    road.go(rounds=3, minutes=6)
    road.shop.ship(made["id"], carrier="PostNL", tracking_code="3S2")
    road.go(rounds=5, minutes=6)

    confirmed = [
        (one["transport"]["trackAndTrace"], len(one["shipmentItems"])) for one in road.bol.shipments_of(order_id)
    ]
    assert confirmed == [("3S1", 1), ("3S2", 1)]
    assert Order.objects.get().status == "shipped"


@pytest.mark.parametrize("fault", ["cut", "status"])
@pytest.mark.parametrize("after", [True, False])
def test_whatever_becomes_of_the_request_that_makes_it_there_is_one(road: CornerRoad, fault: str, after: bool) -> None:
    order_id = road.place()
    road.shop.fail_next(fault, status=503, after_handling=after, method=_method(road), path="/v1/orders", times=2)

    road.go(rounds=8, minutes=2)

    assert road.rows_of(order_id) == [("open", "24.20")]
    assert (Order.objects.get().place, Order.objects.get().problem_code) == ("in_shop", "")
    assert road.shop.stock_of("TST-001") == 8


def test_what_is_cancelled_there_is_cancelled_here(road: CornerRoad) -> None:
    order_id = road.place()
    road.go(rounds=2)
    road.bol.cancel_order(order_id)

    road.go(rounds=4, minutes=6)

    assert road.rows_of(order_id) == [("cancelled", "24.20")]
    assert road.shop.stock_of("TST-001") == 10


def _method(road: CornerRoad) -> str:
    return "PUT" if road.shop.rung == "own_id" else "POST"
