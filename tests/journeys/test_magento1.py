"""A Magento 1 that is only read: no order is ever made in it, and a merchant is told so before anything happens."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from connections.models import OrderConnection
from marketplaces.bol.simulator import BolSimulator
from orders.flows.activate_connection import NotReady, activate_connection
from orders.flows.send_test_order import TestRefused
from orders.models import Order
from orders.setup_list import Step, StepState, setup_list
from orders.words.problems import explain
from shops.magento1.simulator import Magento1Simulator
from tests.clock import Clock
from tests.journeys.module_road import lay, mount
from tests.journeys.test_test_orders import send
from tests.road import Road

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def road(clock: Clock, bol: BolSimulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Road]:
    monkeypatch.setattr("engine.pacing.AccountPacer.acquire", lambda *_: None)
    road = lay("magento1", clock, bol, active=False, api_user="ordersync")
    with mount(road):
        yield road


def test_orders_are_refused_in_plain_words_before_anything_is_made(road: Road) -> None:
    side: Magento1Simulator = road.shop  # type: ignore[assignment]
    side.world.add_product("TST-001", stock=7)
    road.go(rounds=2)
    connection = OrderConnection.objects.select_related("project__shop").get()

    [platform] = [check for check in setup_list(connection) if check.step == Step.PLATFORM]
    assert (platform.state, platform.code) == (StepState.FAILING, "platform_takes_no_orders")
    assert "can be read, but takes no orders" in explain(platform.code, platform.params).what
    with pytest.raises(NotReady):
        activate_connection(connection=connection, now=road.clock(), by=None)
    with pytest.raises(TestRefused) as refused:
        send(road)
    assert refused.value.code == "platform_takes_no_orders"

    road.bol.place_order(sku="TST-001")
    road.go(rounds=3)
    assert (Order.objects.count(), side.world.orders, side.world.product("TST-001")["qty"]) == (0, {}, Decimal(7))
