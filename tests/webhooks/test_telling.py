"""What happens is told: once, in its order, of the right things to the right endpoints, and never who the buyer is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import Company
from connections.flows.make_project import make_project
from engine.models import OutboxMessage
from orders import history
from orders.chores.number_changes import number_all_changes, number_changes
from orders.history import event
from orders.models import Order, OrderEvent
from orders.words import events
from tests.road import Road, named
from tests.webhooks.receiver import Listening, Receiver, listen
from webhooks.event_types import TYPE_OF, EventType, type_of
from webhooks.models import WebhookEndpoint, WebhookMessage

pytestmark = [pytest.mark.django_db, pytest.mark.either]


def test_every_event_of_an_order_is_mapped_or_named_as_silent() -> None:
    codes = {*events.EVENTS, *history.LEVELS, "problem", "shipment_problem"}

    assert set(TYPE_OF) == codes
    silent = {code for code, told in TYPE_OF.items() if told is None}
    assert silent == {
        "document_kept",
        "hold_sent_to_shop",
        "hold_ended_in_shop",
        "outcome_unknown",
        "double_removed",
        "waiting_for_tracking",
    }
    assert type_of("made_up_tomorrow") == EventType.ORDER_CHANGED
    assert {told for told in TYPE_OF.values() if told} == set(EventType) - {EventType.STOCK_CHANGED}


def test_an_order_is_told_from_its_arrival_to_its_confirmed_shipment(listening: Listening) -> None:
    road, receiver = listening.road, listening.receiver
    order_id = listening.order(quantity=2)
    (made,) = road.shop.orders_with(named(order_id))
    road.shop.ship(made["id"], tracking_code="3SABC1")
    road.go(rounds=4)

    order = Order.objects.get()
    told = [body for body in receiver.told() if "order" in body["data"]][:4]
    assert [(body["type"], body["data"]["event"]["code"]) for body in told] == [
        ("order.created", "imported"),
        ("order.changed", "sent_to_shop"),
        ("shipment.changed", "shipped_in_shop"),
        ("shipment.changed", "shipment_confirmed"),
    ]
    last = told[-1]["data"]
    assert last["order"] == {
        "id": order.pk,
        "reference": named(order_id),
        "number": order.number,
        "marketplace_order_id": order_id,
        "marketplace": "bol",
        "connection": order.connection_id,
        "project": order.connection.project_id,
        "state": "shipped",
        "status": "shipped",
        "place": "in_shop",
        "hold": "",
        "is_test": False,
        "url": f"http://localhost:8000/api/v1/orders/{order.pk}",
    }
    parcel = order.shipments.get()
    assert last["shipments"] == [{"id": parcel.pk, "reference": parcel.shop_shipment_id, "state": "confirmed"}]
    assert told[0]["timestamp"] == "2026-11-20T09:01:00Z"


def test_nothing_of_the_buyer_leaves_with_a_message(listening: Listening) -> None:
    listening.order()
    texts = {
        str(value)
        for address in Order.objects.get().addresses.values()
        for name, value in address.items()
        if name not in {"id", "order_id", "role", "country", "language"} and len(str(value)) > 3
    }
    bodies = " ".join(WebhookMessage.objects.values_list("body", flat=True))

    assert len(texts) > 5
    assert [text for text in texts if text in bodies] == []


def test_cancellations_and_returns_name_what_they_are_about(listening: Listening) -> None:
    road, receiver = listening.road, listening.receiver
    order_id = listening.order(quantity=2)
    road.bol.register_return(order_id, quantity=1)
    road.go(rounds=2)
    (returned,) = receiver.told("return.changed")

    line = Order.objects.get().lines.get().return_lines.get()
    assert returned["data"]["event"]["code"] == "return_registered"
    assert returned["data"]["returns"] == [
        {
            "id": line.pk,
            "return_id": line.registered_return.marketplace_return_id,
            "quantity": 1,
            "state": "new",
            "decision": "",
            "url": f"http://localhost:8000/api/v1/returns/{line.pk}",
        }
    ]
    (made,) = road.shop.orders_with(named(order_id))
    road.shop.set_status(made["id"], "cancelled")
    road.go(rounds=4)
    cancelled = receiver.told("cancellation.changed")
    assert [body["data"]["event"]["code"] for body in cancelled] == ["cancelled_in_shop", "cancellation_confirmed"]
    (one,) = cancelled[-1]["data"]["cancellations"]
    assert (one["quantity"], one["state"]) == (2, "settled")


def test_what_needs_a_person_is_told_as_that(listening: Listening) -> None:
    listening.order(sku="NOBODY-KNOWS")

    (told,) = listening.receiver.told("order.needs_attention")
    assert (told["data"]["order"]["state"], told["data"]["event"]["code"]) == ("needs_attention", "problem")


def test_an_endpoint_is_told_of_its_project_and_its_types_alone(listening: Listening) -> None:
    road = listening.road
    project = make_project(company=listening.company, name="Other", now=road.clock(), by=None)
    mine = listening.also("mine", project_id=road.demo.connection.project_id, types=["order.created"])
    other = listening.also("other", project_id=project.pk)
    stranger = Company.objects.create(name="Elsewhere")
    elsewhere = WebhookEndpoint.objects.create(
        company=stranger, url="https://erp.test/x", types=EventType.values, created_at=road.clock()
    )
    listening.order()

    assert [message.type for message in mine.messages.all()] == ["order.created"]
    assert not other.messages.exists()
    assert not elsewhere.messages.exists()
    assert listening.endpoint.messages.count() >= 2


@pytest.mark.parametrize("reader", ["program", "chore"])
def test_events_that_somebody_else_numbers_first_are_told_all_the_same(listening: Listening, reader: str) -> None:
    road = listening.road
    road.bol.place_order(sku="TST-001")
    road.read()
    if reader == "program":
        assert number_changes(company_id=listening.company.pk)
    else:
        assert number_all_changes(road.clock())["numbered"]
    assert [message.type for message in listening.owed()] == ["order.created"]
    road.deliver()

    assert [body["type"] for body in listening.receiver.told()][:1] == ["order.created"]
    assert OrderEvent.objects.count() == len(listening.owed())


def test_numbers_are_not_given_when_telling_fails(listening: Listening, monkeypatch: Any) -> None:
    road = listening.road
    road.bol.place_order(sku="TST-001")
    road.read()

    def failing(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr("webhooks.flows.tell_changes.post", failing)
        with pytest.raises(RuntimeError):
            number_changes(company_id=listening.company.pk)
    assert not OrderEvent.objects.exclude(number=None).exists()

    road.deliver()
    assert listening.receiver.told("order.created")


def test_what_happened_before_is_not_told_and_what_changes_twice_is_told_twice(road: Road, receiver: Receiver) -> None:
    road.bol.place_order(sku="TST-001")
    road.go(rounds=3)
    number_changes(company_id=road.demo.company.pk)
    endpoint, receiver.secrets["all"] = listen(road)
    order = Order.objects.get()
    for _ in range(2):
        event(order, "resumed", road.clock()).save()
    road.deliver()

    assert [body["data"]["event"]["code"] for body in receiver.told()] == ["resumed", "resumed"]
    assert len({message_id for message_id, _, _ in receiver.calls}) == 2
    assert endpoint.messages.count() == 2


def test_silent_events_make_no_message(listening: Listening) -> None:
    listening.order()
    before = len(listening.owed())
    event(Order.objects.get(), "double_removed", listening.road.clock()).save()
    listening.road.deliver()

    assert len(listening.owed()) == before
    assert not OrderEvent.objects.filter(number=None).exists()


def test_where_nobody_listens_nothing_is_made_and_events_wait_for_whoever_reads(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)

    assert OrderEvent.objects.filter(number=None).exists()
    assert not OutboxMessage.objects.filter(kind="deliver_webhook").exists()


def test_a_body_is_what_standard_webhooks_says(listening: Listening) -> None:
    listening.order()
    message = listening.owed()[0]

    assert list(json.loads(message.body)) == ["type", "timestamp", "data"]
    assert message.message_id.startswith("msg_")
    assert "." not in message.message_id
    assert len(message.body) < 20_000
