"""Every change there is happens once by its Idempotency-Key, and not at all when its thing was changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from connections.flows.pause_connection import pause_connection
from connections.models import OrderConnection
from engine.models import OutboxMessage
from orders.models import Order
from tests.api.custom import Platform, platform  # noqa: F401 - a fixture
from tests.api.operations import (
    BODIES,
    DIALECT,
    SCHEMA,
    V1,
    Operation,
    address_of,
    ask,
    body_of,
    everything,
    theirs,  # noqa: F401 - a fixture
)
from tests.effort import share
from tests.laid import lay
from webhooks.messages import KIND

pytestmark = pytest.mark.django_db
WRITES = [operation for operation in [*V1, *DIALECT] if operation.writes]
NEVER_ACTS = {"channable:new_return"}  # no marketplace takes returns that a merchant announces
# Which of the orders below a change is possible for; all others are possible for `theirs`.
ORDER_FOR = {
    "acknowledge_order": "new",
    "handle_order_manually": "new",
    "create_shipment": "open",
    "correct_shipment": "parcel",
    "cancel_order": "open",
    "resume_order": "troubled",
    "channable:shipment": "new",
    "channable:cancel": "open",
    "channable:manual": "new",
    "channable:test_return": "test",
}
# Changes below one thing that have no If-Match, and why two writers cannot undo each other by them.
WITHOUT_MARK = {
    "send_test_order": "makes a thing of its own",
    "test_webhook": "makes a thing of its own",
    "replay_webhook": "sends again, and changes nothing",
    "replay_webhook_delivery": "sends again, and changes nothing",
    "skip_webhook_delivery": "409 once the message is settled",
    "decide_return": "409 once it is decided",
}


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is changed within, so that the next operation finds all as it was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def things(theirs: dict[str, Any], platform: Platform) -> dict[str, Any]:
    """Besides `theirs` an order in each state that a change needs."""
    road = platform.road
    return lay("things", lambda: _things(theirs, platform), (road.bol, road.shop), road.clock, on="theirs")


def _things(theirs: dict[str, Any], platform: Platform) -> dict[str, Any]:
    road = platform.road
    for _ in range(3):
        road.bol.place_order(sku="TST-001")
    road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=2)
    new, opened, sent = sorted(order["id"] for order in platform.new())
    for order in (opened, sent):
        platform.post(f"orders/{order}/acknowledgement", {"shop_order_id": f"W-{order}"})
    waiting = {**BODIES["create_shipment"], "tracking_code": ""}  # for its code, so that it can be corrected
    parcel = platform.post(f"orders/{sent}/shipments", waiting).json()["id"]
    wish = {**BODIES["send_test_order"], "token": "0b7c1c1e-4b7b-4d5e-9a53-9f5fb4a52222"}
    tested = platform.post(f"connections/{theirs['connections']}/test-orders", wish).json()["id"]
    troubled = Order.objects.get(place=Order.Place.NEEDS_ATTENTION).pk
    orders = {"new": new, "open": opened, "parcel": sent, "troubled": troubled, "test": tested}
    return {**theirs, "by_state": orders, "parcel": parcel}


def ready_for(operation: Operation, things: dict[str, Any]) -> dict[str, Any]:
    """Return the things with an order that the operation is possible for; brings the others into the state for it."""
    state = ORDER_FOR.get(operation.name)
    order = things["by_state"][state] if state else things["orders"]
    if operation.name == "activate_connection":
        connection = OrderConnection.objects.get(pk=things["connections"])
        connection.test_order_passed_at = timezone.now()
        connection.save()
        assert pause_connection(connection=connection, now=timezone.now(), by=None)
    if operation.name == "skip_webhook_delivery":  # a test is tried once, and was
        tried = OutboxMessage.objects.filter(kind=KIND, record_id=things["delivery"])
        assert tried.update(state=OutboxMessage.State.QUEUED) == 1
    return {**things, "orders": order, "shipment": things["parcel"] if state == "parcel" else things["shipment"]}


def otherwise(body: Any) -> Any:
    """Return a body that is as valid, and says something else."""
    return [*body, {"id": "p2", "stock": 1}] if isinstance(body, list) else {**body, "enabled": False}


@pytest.mark.parametrize("part", share(range(2), of=2))
def test_each_change_happens_once_by_its_key(things: dict[str, Any], platform: Platform, part: int) -> None:
    client = platform.client
    for operation in WRITES[part::2]:
        with undone():
            ready = ready_for(operation, things)
            path, body = address_of(operation, ready), body_of(operation, ready)
            before = everything()

            first = ask(client, operation, path, body, **{"Idempotency-Key": "k"})

            if operation.name in NEVER_ACTS:
                assert (first.status_code, everything()) == (409, before), operation
                continue
            assert first.status_code < 300, (operation, first.content)
            after = everything()
            assert after != before, operation
            again = ask(client, operation, path, body, **{"Idempotency-Key": "k"})
            assert (again.status_code, again.content) == (first.status_code, first.content), operation
            assert (again.get("ETag"), again["Idempotency-Replayed"]) == (first.get("ETag"), "true"), operation
            other = ask(client, operation, path, otherwise(body), **{"Idempotency-Key": "k"})
            assert (other.status_code, other.json()["code"]) == (422, "key_reused"), operation
            assert everything() == after, operation


def test_a_change_of_what_was_changed_meanwhile_changes_nothing(things: dict[str, Any], platform: Platform) -> None:
    client = platform.client
    tried = set()
    for operation in V1:
        told = SCHEMA["paths"][operation.path][operation.method].get("parameters", [])
        if not operation.writes or not operation.names_a_thing:
            continue
        if operation.name in WITHOUT_MARK:
            assert "If-Match" not in {parameter["name"] for parameter in told}, operation
            continue
        assert "If-Match" in {parameter["name"] for parameter in told}, f"{operation} needs If-Match, or its reason"
        with undone():
            ready = ready_for(operation, things)
            path, body = address_of(operation, ready), body_of(operation, ready)
            mark = client.get("/".join(path.split("/")[:5]))["ETag"]
            before = everything()

            stale = ask(client, operation, path, body, **{"If-Match": '"0-0"'})

            assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile"), operation
            assert everything() == before, operation
            taken = ask(client, operation, path, body, **{"If-Match": f"W/{mark}"})
            assert taken.status_code < 300, (operation, taken.content)
            late = ask(client, operation, path, body, **{"If-Match": mark})
            gone = operation.name == "remove_webhook"
            assert late.status_code == (404 if gone else 412), (operation, late.content)
        tried.add(operation.name)
    assert len(tried) == 11
    assert set(WITHOUT_MARK) | tried == {one.name for one in V1 if one.writes and one.names_a_thing}
