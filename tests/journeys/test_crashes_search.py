"""A worker stopped at every step on the way into a shop that has no inert orders; then another one goes on.

Whatever the step: one order in the shop, no message left open. Where the shop itself finishes a request only after it
was looked for twice, there are two, and that is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from adapterkit.simulator import Broken, Response
from engine.models import OutboxMessage
from marketplaces.bol.simulator import BolSimulator
from orders.models import Order, OrderEvent
from tests.clock import Clock
from tests.effort import share
from tests.journeys.module_road import stocked
from tests.journeys.test_crashes import MOST_STEPS, survive
from tests.laid import begin_again
from tests.road import Road, named

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.either]
CHUNKS = 24
M1, M2, PS = "magento1_module", "magento2_module", "prestashop_module"
HOOK = {M1: "/channableapi/order/index", M2: "/channable/order/hook", PS: "/index.php"}


@pytest.fixture
def fresh(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Road]]:
    """A new world each time: rows removed, other simulators."""
    monkeypatch.setattr("engine.pacing.AccountPacer.acquire", lambda *_: None)
    with ExitStack() as mounted:

        def make(code: str) -> Road:
            begin_again((), (), clock)
            platform, _, user = code.partition(" by ")
            return stocked(platform, clock, BolSimulator(), mounted, ("TST-001",), api_user=user)

        yield make


def assert_one_order(road: Road, order_id: str) -> None:
    assert len(road.shop.orders_with(named(order_id))) == 1
    assert road.shop.stock_of("TST-001") == 9
    assert Order.objects.get().place == Order.Place.IN_SHOP
    assert road.bol.stock_of("TST-001") == 9
    left = OutboxMessage.objects.exclude(state__in=OutboxMessage.SETTLED)
    assert set(left.values_list("kind", flat=True)) <= {"look_for_doubles"}


@pytest.mark.parametrize("code", [M1, M2, PS])
@pytest.mark.parametrize("chunk", share(range(CHUNKS), of=24))
def test_creation_survives_a_stop_at_every_step(fresh: Callable[[str], Road], code: str, chunk: int) -> None:
    at, tried = chunk + 1, 0
    while True:
        road = fresh(code)
        order_id = road.bol.place_order(sku="TST-001", quantity=1, price="12.10")

        def work(road: Road = road) -> None:
            road.read()
            road.deliver()

        stopped = survive(road, work, at)
        road.settle(rounds=8, minutes=2)
        assert_one_order(road, order_id)
        if not stopped:
            break
        tried += 1
        at += CHUNKS
        assert at < MOST_STEPS
    assert tried > 1


@pytest.mark.parametrize(
    ("code", "minutes"),
    share([(code, minutes) for code in (M1, f"{M1} by ordersync", M2, PS) for minutes in (30, 1, 4)], of=4),
)
def test_a_shop_that_finishes_later_makes_one_or_it_is_told(
    fresh: Callable[[str], Road], code: str, minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is cut, and the shop works on for so long before the order is there."""
    road, hook = fresh(code), HOOK[code.partition(" by ")[0]]
    order_id = road.bol.place_order(sku="TST-001", quantity=1, price="12.10")
    road.read()
    began = road.clock()
    working: list[Any] = []
    original = type(road.shop)._handle

    def slowly(self: Any, request: Any) -> Response:
        if working and (self.now() - began).total_seconds() >= minutes * 60:
            original(self, working.pop())
        if request.method == "POST" and request.path.startswith(hook) and request.body and not seen:
            seen.append(request)
            working.append(request)
            raise Broken("cut")
        return original(self, request)

    seen: list[Any] = []
    monkeypatch.setattr(type(road.shop), "_handle", slowly)
    road.deliver()
    road.go(rounds=20, minutes=2)

    made = road.shop.orders_with(named(order_id))
    assert Order.objects.get().place == Order.Place.IN_SHOP
    if minutes < 5 or code == PS:
        # It settles in time, or the shop itself refuses the second one.
        assert len(made) == 1
        assert not OrderEvent.objects.filter(code="doubled_in_shop").exists()
        return
    assert len(made) == 2
    road.clock.forward(hours=1)
    road.go(rounds=1)
    double = next(one for one in made if one["number"] != Order.objects.get().shop_order_id)
    assert OrderEvent.objects.get(code="doubled_in_shop").params["number"] == double["number"]
    road.clock.forward(days=1)
    road.go(rounds=1)
    assert OrderEvent.objects.filter(code="doubled_in_shop").count() == 1
    assert not OutboxMessage.objects.exclude(state__in=OutboxMessage.SETTLED).exists()
