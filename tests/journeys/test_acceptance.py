"""A marketplace that waits for the merchant's word before it lets an order be shipped: a bol that does so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

import pytest

from adapterkit.records import Fulfilment, Known, Order, Page, Submission, SubmissionState, nothing_known
from adapterkit.simulator import Request, Response, route
from adapterkit.spec import replaces
from engine.models import OutboxMessage
from marketplaces import registry
from marketplaces.bol import spec
from marketplaces.bol.adapter import Bol
from marketplaces.bol.simulator import BolSimulator
from orders.flows.handle_manually import handle_manually
from orders.models import Order as Row
from orders.models import OrderLine
from stock.models import Product
from tests.road import Road, named, new_road

pytestmark = [pytest.mark.django_db, pytest.mark.either]
ACCEPT = replaces("/retailer/orders/{order_id}/acceptance", "orders")


class Waiting(BolSimulator):
    """Tells nothing of a buyer before every item of the order is accepted."""

    @route("PUT", "/retailer/orders/{order_id}/acceptance")
    def accept(self, request: Request, order_id: str) -> Response:
        for item in self.world.orders[order_id]["orderItems"]:
            if item["orderItemId"] in (request.json or {})["items"]:
                item.update(toAccept=False, latestChangedDateTime=self._stamp())
        return Response(200, {})


class WaitingBol(Bol):
    spec: ClassVar = spec.SPEC

    def fetch_orders(
        self, changed_since: datetime, fulfilment: Fulfilment | None, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[Order]]:
        for page in super().fetch_orders(changed_since, fulfilment, known, resume):
            yield replace(page, items=tuple(waiting(order) for order in page.items))

    def fetch_order(self, order_id: str) -> Order:
        return waiting(super().fetch_order(order_id))


class AcceptingBol(WaitingBol):
    def accept_lines(self, order_id: str, line_ids: Sequence[str]) -> Submission:
        self._call(ACCEPT, body={"items": list(line_ids)}, order_id=order_id)
        return Submission(state=SubmissionState.DONE)


def waiting(order: Order) -> Order:
    rows = {item["orderItemId"]: bool(item.get("toAccept")) for item in order.payload["orderItems"]}
    lines = tuple(replace(line, to_accept=rows[line.line_id]) for line in order.lines)
    if not any(rows.values()):
        return order
    return replace(order, lines=lines, pending=True, delivery=None, billing=None)


@pytest.fixture
def bol() -> BolSimulator:
    return Waiting()


@pytest.fixture
def road(make_road: Callable[..., Road], monkeypatch: pytest.MonkeyPatch) -> Road:
    speak_as(AcceptingBol, monkeypatch)
    return new_road(make_road)


def speak_as(adapter: type[Bol], monkeypatch: pytest.MonkeyPatch) -> None:
    original = registry.marketplace
    monkeypatch.setattr("connections.adapters.marketplace", lambda code: adapter if code == "bol" else original(code))


def placed(road: Road, *skus: str) -> str:
    order_id = road.bol.place_order(items=[{"sku": sku, "price": "12.10"} for sku in skus])
    road.bol.change_order(order_id, toAccept=True)
    return str(order_id)


def accepted(road: Road) -> list[list[str]]:
    calls = road.bol.requests_to("PUT", "/retailer/orders/")
    return [call.json["items"] for call in calls if call.path.endswith("/acceptance")]


def only() -> Row:
    return Row.objects.select_related("connection__account").get()


def step() -> OutboxMessage:
    return OutboxMessage.objects.get(kind="accept_lines")


def test_an_order_is_accepted_once_and_comes_into_the_shop_when_the_marketplace_lets_it(road: Road) -> None:
    order_id = placed(road, "TST-001", "TST-002")
    road.read()
    assert (only().status, only().place, only().problem_code) == ("pending", "waiting", "")
    road.clock.forward(seconds=1)
    road.deliver()
    road.deliver()
    assert accepted(road) == [sorted(road.bol.items_of(order_id))]
    assert only().events.get(code="lines_accepted").params["lines"] == ["TST-001", "TST-002"]

    road.go(rounds=3)
    assert accepted(road) == [sorted(road.bol.items_of(order_id))]
    assert len(road.shop.orders_with(named(order_id))) == 1
    assert (only().status, only().place) == ("open", "in_shop")


def test_what_the_shop_does_not_have_is_not_accepted_before_it_has(road: Road) -> None:
    order_id = placed(road, "TST-001", "NOBODY-KNOWS")
    road.go(rounds=2)
    known, unknown = only().lines.order_by("pk")
    assert accepted(road) == [[known.marketplace_line_id]]
    assert (only().place, only().problem_code) == ("needs_attention", "unknown_product")

    road.shop.add_product("NOBODY-KNOWS", price="12.10", stock=3)
    road.go(rounds=4)
    assert accepted(road) == [[known.marketplace_line_id], [unknown.marketplace_line_id]]
    assert len(road.shop.orders_with(named(order_id))) == 1


def test_an_acceptance_whose_answer_is_lost_is_told_again(road: Road) -> None:
    order_id = placed(road, "TST-001")
    road.read()
    road.bol.fail_next("cut", after_handling=False, method="PUT", path="/retailer/orders")
    road.go(rounds=6, minutes=2)
    assert len(road.shop.orders_with(named(order_id))) == 1
    assert OrderLine.objects.get().accepted_at is not None


def test_what_is_handled_by_hand_is_not_accepted(road: Road) -> None:
    placed(road, "TST-001")
    road.read()
    assert handle_manually(order=only(), now=road.clock(), by=None)
    road.go(rounds=2)
    assert accepted(road) == []
    assert (step().state, step().problem_code) == ("discarded", "no_longer_wanted")
    assert Product.objects.get(sku="TST-001").reserved == 0


def test_a_marketplace_that_does_not_let_us_says_so(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    speak_as(WaitingBol, monkeypatch)
    placed(road, "TST-001")
    road.go(rounds=2)
    assert (step().state, only().problem_code) == ("needs_attention", "accept_it_yourself")


def test_one_that_still_waits_after_a_while_is_told_again(road: Road) -> None:
    order_id = placed(road, "TST-001")
    road.go(rounds=2)
    road.clock.forward(hours=1)
    road.bol.change_order(order_id, toAccept=True)
    road.go(rounds=2)
    assert accepted(road) == [road.bol.items_of(order_id)] * 2
