"""A worker stopped at every step, before and after each statement and each request; then resumed by another.

Whatever the step: in the end one active order in the shop, one shipment at bol, no message left open.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from engine.models import OutboxMessage
from marketplaces.bol.simulator import BolSimulator
from orders.models import Order, Shipment
from shops.woocommerce.simulator import WooCommerceSimulator
from tests.clock import Clock
from tests.effort import share
from tests.laid import begin_again
from tests.road import Road, lay_road, named

pytestmark = pytest.mark.django_db(transaction=True)
MOST_STEPS = 400


class Stopped(BaseException):
    """The worker is gone: nothing of it may catch this."""


class Killer:
    """Stops the worker at its n-th step.

    A step is the moment after a statement, before and after a request, and before the first statement that follows a
    commit or a request. Before any other statement the world is as it was after the one that went before.
    """

    def __init__(self, at: int) -> None:
        self.at = at
        self.steps = 0
        self.fired = False
        self.moved = True  # the world, since the last step

    def step(self) -> None:
        if self.fired:
            return
        self.steps += 1
        self.moved = False
        if self.steps == self.at:
            self.fired = True
            raise Stopped

    def statement(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        if self.moved:
            self.step()
        result = execute(*arguments)
        self.step()
        return result

    def request(self, *_: Any) -> None:
        self.step()
        self.moved = True

    def commit(self, commit: Callable[[], None]) -> Callable[[], None]:
        def told() -> None:
            commit()
            self.moved = True

        return told


@contextmanager
def killed(road: Road, at: int) -> Iterator[Killer]:
    killer = Killer(at)
    for simulator in (road.bol, road.shop):
        simulator.on_request = killer.request
    try:
        told = patch.object(connection, "commit", killer.commit(connection.commit))
        with told, connection.execute_wrapper(killer.statement):
            yield killer
    except Stopped:
        lose_connection()
    finally:
        for simulator in (road.bol, road.shop):
            simulator.on_request = None


def lose_connection() -> None:
    """Undo what the stopped worker had begun, as the database does when its connection ends.

    Django keeps a database in memory open, so its connection is brought to where a new one would be.
    """
    if connection.connection is not None:
        connection.connection.rollback()
    connection.in_atomic_block = connection.needs_rollback = connection.closed_in_transaction = False
    connection.savepoint_ids, connection.atomic_blocks, connection.run_on_commit = [], [], []
    connection.autocommit = True
    connection.close()


def survive(road: Road, work: Callable[[], Any], at: int) -> bool:
    """Do the work, stopped at step `at`; return whether there was such a step."""
    with killed(road, at) as killer:
        work()
    road.clock.forward(minutes=4)  # leases of the stopped worker run out
    return killer.fired


def assert_one_order(road: Road, order_id: str) -> None:
    made = road.shop.orders_with(named(order_id))
    assert [order["status"] for order in made] == ["processing"]
    assert road.shop.stock_of("TST-001") == 9
    assert Order.objects.get().place == Order.Place.IN_SHOP
    assert road.bol.stock_of("TST-001") == 9
    assert not OutboxMessage.objects.exclude(state__in=OutboxMessage.SETTLED).exists()


# Each test takes every twenty-fourth step, so that several workers share them.
CHUNKS = 24


@pytest.fixture
def fresh_road(
    make_road: Callable[..., Road], clock: Clock, bol: BolSimulator, shop: WooCommerceSimulator
) -> Callable[[], Road]:
    """The same new world each time."""
    sides = (bol, shop)
    pristine = [pickle.dumps(side) for side in sides]

    def make() -> Road:
        begin_again(sides, pristine, clock)
        return lay_road(make_road, clock, bol, shop)

    return make


@pytest.mark.parametrize("chunk", share(range(CHUNKS), of=CHUNKS))
def test_import_and_creation_survive_a_stop_at_every_step(fresh_road: Callable[[], Road], chunk: int) -> None:
    at = chunk + 1
    tried = 0
    while True:
        road = fresh_road()
        order_id = road.bol.place_order(sku="TST-001", quantity=1, price="12.10")

        def work(road: Road = road) -> None:
            road.read()
            road.deliver()

        stopped = survive(road, work, at)
        road.settle(rounds=7, minutes=2)
        assert_one_order(road, order_id)
        if not stopped:
            break
        tried += 1
        at += CHUNKS
        assert at < MOST_STEPS
    assert tried > 3


@pytest.mark.parametrize("chunk", share(range(CHUNKS), of=CHUNKS))
def test_shipment_survives_a_stop_at_every_step(fresh_road: Callable[[], Road], chunk: int) -> None:
    at = chunk + 1
    tried = 0
    while True:
        road = fresh_road()
        order_id = road.bol.place_order(sku="TST-001", quantity=1, price="12.10")
        road.go(rounds=3)
        [made] = road.shop.orders_with(named(order_id))
        road.shop.ship(made["id"], carrier="PostNL", tracking_code="3SX1")

        def work(road: Road = road) -> None:
            road.read()
            road.deliver()

        stopped = survive(road, work, at)
        road.settle(rounds=9, minutes=3)
        assert [row["transport"]["trackAndTrace"] for row in road.bol.shipments_of(order_id)] == ["3SX1"]
        assert Shipment.objects.get().state == Shipment.State.CONFIRMED
        if not stopped:
            break
        tried += 1
        at += CHUNKS
        assert at < MOST_STEPS
    assert tried > 3


@pytest.mark.parametrize("chunk", share(range(CHUNKS), of=CHUNKS))
@pytest.mark.parametrize("what", ["asked", "cancelled", "corrected"])
def test_a_change_survives_a_stop_at_every_step(fresh_road: Callable[[], Road], what: str, chunk: int) -> None:
    """The buyer asks to cancel, the marketplace cancels, or the shop corrects the code of a parcel."""
    at = chunk + 1
    tried = 0
    while True:
        road = fresh_road()
        order_id = road.bol.place_order(sku="TST-001", quantity=1, price="12.10")
        road.go(rounds=3)
        [made] = road.shop.orders_with(named(order_id))
        if what == "asked":
            road.bol.request_cancellation(order_id)
        elif what == "cancelled":
            road.bol.cancel_order(order_id)
        else:
            road.shop.ship(made["id"], carrier="PostNL", tracking_code="3SX1")
            road.go(rounds=5)
            road.shop.correct_code(made["id"], "3SX2")

        def work(road: Road = road) -> None:
            road.read()
            road.deliver()

        stopped = survive(road, work, at)
        road.settle(rounds=9, minutes=3)
        [made] = road.shop.orders_with(named(order_id))
        assert made["status"] == {"asked": "on-hold", "cancelled": "cancelled", "corrected": "completed"}[what]
        if what == "corrected":
            assert [row["transport"]["trackAndTrace"] for row in road.bol.shipments_of(order_id)] == ["3SX2"]
        assert not OutboxMessage.objects.exclude(state__in=OutboxMessage.SETTLED).exists()
        if not stopped:
            break
        tried += 1
        at += CHUNKS
        assert at < MOST_STEPS
    assert tried > 1
