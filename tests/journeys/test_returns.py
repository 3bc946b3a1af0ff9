"""A buyer sends something back: registered at bol, decided here, answered there once."""

from __future__ import annotations

import pytest

from adapterkit.records import ReturnDecision
from engine.models import OutboxMessage
from orders.models import Order, OrderEvent, ReturnLine
from orders.sides.returns import decide_return
from tests.road import Road, named

pytestmark = [pytest.mark.django_db, pytest.mark.either]


def announced(road: Road, *, quantity: int = 2) -> ReturnLine:
    order_id = road.bol.place_order(sku="TST-001", quantity=3)
    road.go(rounds=2)
    road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"])
    road.go(rounds=3)
    road.bol.register_return(order_id, quantity=quantity)
    road.go(rounds=1)
    return ReturnLine.objects.get()


def handled(road: Road) -> list[dict[str, object]]:
    return [
        result
        for found in road.bol.world.returns.values()
        for item in found.row["returnItems"]
        for result in item.get("processingResults", ())
    ]


def codes() -> list[str]:
    return [code for code in OrderEvent.objects.order_by("pk").values_list("code", flat=True) if "return" in code]


@pytest.mark.parametrize(
    ("decision", "word"),
    [(ReturnDecision.ACCEPTED, "RETURN_RECEIVED"), (ReturnDecision.REJECTED, "RETURN_DOES_NOT_MEET_CONDITIONS")],
)
def test_a_decision_reaches_the_marketplace_once(road: Road, decision: ReturnDecision, word: str) -> None:
    line = announced(road)
    assert line.state == ReturnLine.State.NEW

    assert decide_return(line=line, decision=decision, quantity=1, now=road.clock(), by=None)
    road.go(rounds=4)

    assert [(row["handlingResult"], row["quantity"]) for row in handled(road)] == [(word, 1)]
    assert len(road.bol.requests_to("PUT", f"/retailer/returns/{line.marketplace_line_id}")) == 1
    line.refresh_from_db()
    assert (line.state, line.problem_code) == (decision.value, "")
    assert codes() == ["return_registered", "return_decided", "return_answered"]


def test_an_answered_return_is_not_answered_again(road: Road) -> None:
    line = announced(road)
    decide_return(line=line, decision=ReturnDecision.KEEPS, quantity=0, now=road.clock(), by=None)
    road.go(rounds=4)

    assert not decide_return(line=line, decision=ReturnDecision.ACCEPTED, quantity=2, now=road.clock(), by=None)
    road.go(rounds=3)

    assert [row["handlingResult"] for row in handled(road)] == ["CUSTOMER_KEEPS_PRODUCT_PAID"]
    line.refresh_from_db()
    assert (line.state, line.decision, line.decided_quantity) == ("keeps", "keeps", 0)
    assert OutboxMessage.objects.filter(kind="answer_return").count() == 1


@pytest.mark.parametrize("quantity", [-1, 3])
def test_more_pieces_than_announced_are_refused_and_nothing_changes(road: Road, quantity: int) -> None:
    line = announced(road)
    with pytest.raises(ValueError, match="2 were announced"):
        decide_return(line=line, decision=ReturnDecision.ACCEPTED, quantity=quantity, now=road.clock(), by=None)

    line.refresh_from_db()
    assert (line.decision, line.decided_quantity) == ("", None)
    assert not OutboxMessage.objects.filter(kind="answer_return").exists()


def test_a_refusal_is_told_and_another_decision_may_follow(road: Road) -> None:
    line = announced(road)
    road.bol.polls_until_decided = 1000
    decide_return(line=line, decision=ReturnDecision.REPAIRED, quantity=2, now=road.clock(), by=None)
    road.go(rounds=1)
    road.bol.settle_processes("FAILURE")
    road.go(rounds=3)
    line.refresh_from_db()
    assert (line.state, line.problem_code) == ("new", "rejected")
    assert line.problem["remote"] == "It could not be carried out."

    road.bol.polls_until_decided = 1
    assert decide_return(line=line, decision=ReturnDecision.ACCEPTED, quantity=2, now=road.clock(), by=None)
    road.go(rounds=4)

    line.refresh_from_db()
    assert (line.state, line.problem_code) == ("accepted", "")
    assert codes()[1:] == ["return_decided", "return_problem", "return_decided", "return_answered"]


def test_what_was_answered_at_bol_itself_is_taken_over(road: Road) -> None:
    line = announced(road)
    road.bol._handle_return(line.marketplace_line_id, {"handlingResult": "RETURN_RECEIVED", "quantityReturned": 2})
    road.go(rounds=1)

    line.refresh_from_db()
    assert (line.state, line.result) == ("accepted", "RETURN_RECEIVED")
    assert not decide_return(line=line, decision=ReturnDecision.REJECTED, quantity=0, now=road.clock(), by=None)


def test_a_return_of_an_order_from_before_is_answered_too(road: Road) -> None:
    line = announced(road)
    ReturnLine.objects.update(order_line=None)
    events = Order.objects.get().events.count()
    line.refresh_from_db()
    decide_return(line=line, decision=ReturnDecision.ACCEPTED, quantity=2, now=road.clock(), by=None)
    road.go(rounds=4)

    assert len(handled(road)) == 1
    assert Order.objects.get().events.count() == events


@pytest.mark.parametrize(
    ("word", "state", "came_back"),
    [
        ("RETURN_RECEIVED", "accepted", 2),
        ("RETURN_DOES_NOT_MEET_CONDITIONS", "rejected", 0),
        ("EXCHANGE_PRODUCT", "exchanged", 0),
        ("STILL_APPROVED", "accepted", 0),  # bol's word alone: what came back is not told by it
    ],
)
def test_what_was_decided_at_bol_itself_is_shown_as_it_was(road: Road, word: str, state: str, came_back: int) -> None:
    line = announced(road)
    road.bol._handle_return(line.marketplace_line_id, {"handlingResult": word, "quantityReturned": 2})
    road.clock.forward(hours=1)
    road.go(rounds=2)

    line.refresh_from_db()
    assert (line.state, line.accepted, line.result) == (state, came_back, word)
    assert line.order_line is not None
    assert line.order_line.quantity_returned == came_back
    assert line.problem_code == ""


def test_pieces_that_were_taken_back_are_counted_on_the_order(road: Road) -> None:
    line = announced(road)
    decide_return(line=line, decision=ReturnDecision.ACCEPTED, quantity=1, now=road.clock(), by=None)
    assert line.order_line is not None
    road.go(rounds=4)

    for _ in range(2):  # bol's own record of it, read again, changes nothing
        line.order_line.refresh_from_db()
        line.refresh_from_db()
        assert (line.state, line.accepted, line.order_line.quantity_returned) == ("accepted", 1, 1)
        road.clock.forward(hours=1)
        road.go(rounds=2)
