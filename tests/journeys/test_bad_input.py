"""Bad input gets a clear answer, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from engine.models import Lane, OutboxMessage, Pause, SyncCursor, UnreadableRecord
from orders.flows.resume_order import resume_order
from orders.models import Cancellation, Order, OrderEvent, Shipment
from orders.words.problems import explain
from tests.effort import share
from tests.road import Road, named, reconnect_shop

pytestmark = [pytest.mark.django_db, pytest.mark.either]
ADDRESS = {
    "salutation": "FEMALE",
    "firstName": "Anouk",
    "surname": "de Vries",
    "streetName": "Keizersgracht",
    "houseNumber": "12",
    "zipCode": "1015CJ",
    "city": "Amsterdam",
    "countryCode": "NL",
}


def only_order() -> Order:
    return Order.objects.get()


def active(road: Road, order_id: str) -> list[dict[str, Any]]:
    return [order for order in road.shop.orders_with(named(order_id)) if order["status"] != "pending"]


def test_an_unknown_product_waits_and_goes_on_by_itself_once_the_shop_has_it(road: Road) -> None:
    order_id = road.bol.place_order(sku="NEW-1", price="5.00")
    road.go(rounds=2)

    order = only_order()
    assert (order.place, order.problem_code, order.problem) == (
        "needs_attention",
        "unknown_product",
        {"skus": ["NEW-1"]},
    )
    assert road.shop.orders_with(named(order_id)) == []
    assert explain(order.problem_code, order.problem).what == "The shop has no product for NEW-1."

    road.shop.add_product("NEW-1", price="5.00", stock=3)
    road.go(rounds=3)

    assert only_order().place == "in_shop"
    assert len(active(road, order_id)) == 1
    assert road.shop.stock_of("NEW-1") == 2


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("shipmentDetails", None, "no_delivery_address"),
        ("shipmentDetails", {**ADDRESS, "countryCode": "ZZ"}, "unknown_country"),
        ("shipmentDetails", {**ADDRESS, "countryCode": ""}, "unknown_country"),
        ("shipmentDetails", {**ADDRESS, "firstName": "", "surname": ""}, "no_delivery_address"),
    ],
)
def test_an_unusable_address_is_shown_and_nothing_is_sent(road: Road, field: str, value: Any, code: str) -> None:
    order_id = road.bol.place_order(sku="TST-001", **{field: value})

    road.go(rounds=2)

    assert (only_order().place, only_order().problem_code) == ("needs_attention", code)
    assert road.shop.orders_with(named(order_id)) == []
    assert explain(code, only_order().problem).mend


def test_an_unreadable_order_is_named_and_the_others_come_in(road: Road) -> None:
    broken = road.bol.place_order(sku="TST-001")
    fine = road.bol.place_order(sku="TST-001")
    road.bol.corrupt_order(broken, "orderPlacedDateTime", "yesterday")

    road.go(rounds=2)

    assert only_order().marketplace_order_id == fine
    record = UnreadableRecord.objects.get()
    assert record.record_id == broken
    assert "orderPlacedDateTime is 'yesterday'" in record.reason

    road.bol.corrupt_order(broken, "orderPlacedDateTime", "2026-11-20T09:00:00+01:00")
    road.go(rounds=2)

    assert Order.objects.count() == 2
    assert UnreadableRecord.objects.get().resolved_at is not None


@pytest.mark.parametrize(
    ("name", "street"),
    [
        ("李小龍", "Straße des 17. Juni"),
        ("O'Neill <b>", "x" * 300),
        ("محمد", "Rue de l’Église"),
        ("Ünal-Şahin", "ул. Ленина"),
    ],
)
def test_names_in_any_script_and_long_streets_arrive_whole(road: Road, name: str, street: str) -> None:
    order_id = road.bol.place_order(sku="TST-001", shipmentDetails={**ADDRESS, "surname": name, "streetName": street})

    road.go(rounds=2)

    [made] = active(road, order_id)
    assert made["shipping"]["last_name"] == name
    assert made["shipping"]["address_1"] == f"{street} 12"


@pytest.mark.once
def test_an_order_of_200_lines_arrives_whole(road: Road) -> None:
    items = [{"sku": ("TST-001", "TST-002")[n % 2], "price": f"{n % 7 + 1}.{n % 10}9"} for n in range(200)]
    order_id = road.bol.place_order(items=items)

    road.go(rounds=3)

    [made] = active(road, order_id)
    assert len(made["line_items"]) == 200
    assert only_order().shop_order_total == only_order().total


@pytest.mark.parametrize("kind", share(["html", "malformed", "huge", "endless", "slow", "cut", "refused"], of=2))
def test_a_page_that_cannot_be_read_stops_the_walk_and_loses_nothing(road: Road, kind: str) -> None:
    road.bol.place_order(sku="TST-001")
    before = SyncCursor.objects.get(feed="orders").position
    road.bol.fail_next(kind, times=20, method="GET", path="/retailer/orders")

    road.read()

    cursor = SyncCursor.objects.get(feed="orders")
    assert (Order.objects.count(), cursor.position, cursor.failures) == (0, before, 1)
    assert cursor.problem_code in {"unavailable", "malformed_response"}

    road.bol._faults.clear()
    road.go(rounds=3, minutes=1)
    assert only_order().place == "in_shop"


@pytest.mark.parametrize("retry_after", [None, 120, "Fri, 20 Nov 2026 09:10:00 GMT"])
def test_429_is_waited_out(road: Road, retry_after: Any) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.read()
    road.shop.fail_next(status=429, times=4, retry_after=retry_after)
    road.deliver()

    assert active(road, order_id) == []
    assert not Lane.objects.exclude(reason="").exists()
    assert [(pause.lane, pause.kind) for pause in Pause.objects.all()] == [(road.demo.shop.lane, "shop_order")]

    road.shop._faults.clear()
    road.go(rounds=4, minutes=5)
    assert len(active(road, order_id)) == 1


def test_wrong_credentials_hold_everything_until_new_ones_are_saved(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.read()
    road.shop.revoke_keys()
    road.deliver()
    lane = Lane.objects.get(key=road.demo.shop.lane)
    assert (lane.state, len(lane.refused_by)) == (Lane.State.OPEN, 1)

    road.clock.forward(minutes=6)
    road.read()

    lane.refresh_from_db()
    assert (lane.state, len(lane.refused_by)) == (Lane.State.REFUSED, 2)
    assert OutboxMessage.objects.get(kind="shop_order").state == OutboxMessage.State.QUEUED

    reconnect_shop(road, consumer_key="ck_revoked")
    road.go(rounds=3)

    assert len(active(road, order_id)) == 1
    assert Lane.objects.get(key=road.demo.shop.lane).state == Lane.State.OPEN


def test_a_token_server_that_is_down_blames_nobody_s_credentials(road: Road) -> None:
    from django.core.cache import cache

    road.bol.place_order(sku="TST-001")
    cache.clear()
    road.bol.fail_next(status=503, times=50, path="/token")

    road.read()

    assert Lane.objects.get(key=road.demo.account.lane).state != Lane.State.REFUSED
    assert SyncCursor.objects.get(feed="orders").problem_code == "unavailable"


def test_an_order_cancelled_between_fetch_and_push_is_never_made(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.read()
    road.bol.cancel_order(order_id)
    road.clock.forward(minutes=10)
    road.deliver()
    road.go(rounds=2)

    assert road.shop.orders_with(named(order_id)) == []
    assert (only_order().status, only_order().place) == ("cancelled", "not_sent")
    assert road.shop.stock_of("TST-001") == 10
    assert road.bol.stock_of("TST-001") == 10


def test_an_order_changed_between_fetch_and_push_arrives_as_it_is_now(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=3)
    road.read()
    road.bol.change_order(order_id, quantityCancelled=1)
    road.clock.forward(minutes=10)
    road.deliver()
    road.go(rounds=2)

    [made] = active(road, order_id)
    assert [line["quantity"] for line in made["line_items"]] == [2]
    assert made["total"] == "24.20"


def test_a_buyer_who_asks_to_cancel_holds_the_order_in_the_shop(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.bol.request_cancellation(order_id)
    road.go(rounds=2)

    assert only_order().hold == "cancellation_requested"
    assert active(road, order_id)[0]["status"] == "on-hold"

    road.shop.set_status(active(road, order_id)[0]["id"], "cancelled")
    road.go(rounds=4)

    assert only_order().status == "cancelled"
    assert road.bol.world.orders[order_id]["orderItems"][0]["quantityCancelled"] == 1


def test_another_total_in_the_shop_keeps_the_order_inert_until_it_is_mended(road: Road, monkeypatch: Any) -> None:
    original = road.shop._total

    def surcharge(order: dict[str, Any]) -> None:
        original(order)
        order["total"] = f"{float(order['total']) + 5:.2f}"

    monkeypatch.setattr(road.shop, "_total", surcharge)
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)

    order = only_order()
    assert (order.place, order.problem_code) == ("needs_attention", "shop_total_differs")
    assert active(road, order_id) == []
    assert road.shop.stock_of("TST-001") == 10

    monkeypatch.undo()
    monkeypatch.setattr("engine.pacing.AccountPacer.acquire", lambda *_: None)
    assert resume_order(order=order, now=road.clock(), by=None)
    road.go(rounds=2)

    assert [made["total"] for made in road.shop.orders_with(named(order_id))] == ["12.10"]
    assert only_order().place == "in_shop"


def test_a_product_the_shop_forgot_is_noticed_although_it_answers_201(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-002", price="10.90")
    road.shop.remove_product("TST-002")
    road.go(rounds=2)

    assert (only_order().place, only_order().problem_code) == ("needs_attention", "shop_product_missing")
    assert active(road, order_id) == []


@pytest.mark.parametrize("kind", share(["status", "cut", "slow", "html", "malformed", "empty", "endless"], of=2))
def test_an_unknown_outcome_of_a_creation_never_doubles(road: Road, kind: str) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.read()
    road.shop.fail_next(
        kind, status=500, after_handling=True, method="POST", path="/wp-json/wc/v3/orders", body={"x": 1}
    )
    road.deliver()
    road.go(rounds=5, minutes=3)

    assert len(active(road, order_id)) == 1
    # Its draft, with provisional prices, was found and replaced before anything else was made.
    assert not OrderEvent.objects.filter(code="double_removed").exists()
    assert OrderEvent.objects.filter(code="outcome_unknown").count() == 1


@pytest.mark.parametrize("kind", share(["status", "cut", "slow", "html", "malformed", "empty"], of=2))
def test_an_unknown_outcome_of_a_report_is_looked_up_and_never_repeated(road: Road, kind: str) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.ship(active(road, order_id)[0]["id"])
    road.bol.fail_next(kind, status=500, after_handling=True, method="POST", path="/retailer/shipments")
    road.go(rounds=8, minutes=2)

    assert len(road.bol.shipments_of(order_id)) == 1
    assert len(road.bol.requests_to("POST", "/retailer/shipments")) == 1


def report_once(road: Road) -> str:
    """Bring one parcel so far that bol has taken its report and not decided on it; return the order's id."""
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.ship(active(road, order_id)[0]["id"])
    road.bol.polls_until_decided = 1000
    road.go(rounds=2)
    assert len(road.bol.requests_to("POST", "/retailer/shipments")) == 1
    assert road.bol.shipments_of(order_id) == []
    return order_id


def test_a_forgotten_submission_that_arrived_is_found_and_not_repeated(road: Road) -> None:
    order_id = report_once(road)
    road.bol.settle_processes()
    road.bol.forget_processes()
    road.go(rounds=8, minutes=10)

    assert len(road.bol.shipments_of(order_id)) == 1
    assert len(road.bol.requests_to("POST", "/retailer/shipments")) == 1
    assert Shipment.objects.get().state == Shipment.State.CONFIRMED


@pytest.mark.parametrize("lost", ["forgotten", "timed out"])
def test_a_submission_that_came_to_nothing_is_sent_again_after_looking(road: Road, lost: str) -> None:
    order_id = report_once(road)
    if lost == "forgotten":
        road.bol.forget_processes()
    else:
        road.bol.settle_processes("TIMEOUT")
    road.bol.polls_until_decided = 1
    road.go(rounds=8, minutes=10)

    assert len(road.bol.shipments_of(order_id)) == 1
    assert len(road.bol.requests_to("POST", "/retailer/shipments")) == 2
    assert road.bol.requests_to("GET", "/retailer/shipments")
    assert Shipment.objects.get().state == Shipment.State.CONFIRMED


def test_a_parcel_that_was_reported_by_hand_is_told_and_does_not_hang(road: Road) -> None:
    order_id = report_once(road)
    road.bol.ship_by_hand(order_id)
    road.bol.forget_processes()
    road.bol.polls_until_decided = 1
    road.go(rounds=8, minutes=10)

    assert len(road.bol.shipments_of(order_id)) == 1
    shipment = Shipment.objects.get()
    assert shipment.state == Shipment.State.NEEDS_ATTENTION
    assert "already handled" in shipment.problem["remote"]


def test_a_cancellation_whose_outcome_bol_forgot_is_settled_by_its_own_record(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.bol.polls_until_decided = 1000
    road.shop.set_status(active(road, order_id)[0]["id"], "cancelled")
    road.go(rounds=2)
    road.bol.settle_processes()
    road.bol.forget_processes()
    road.go(rounds=6, minutes=10)

    assert len(road.bol.cancellations) == 1
    assert len(road.bol.requests_to("PUT", "/retailer/orders/cancellation")) == 1
    assert [found.state for found in Cancellation.objects.all()] == [Cancellation.State.SETTLED]


def test_no_carrier_is_held_and_shouted_about_then_goes_on(road: Road) -> None:
    from carriers.models import CarrierPlan

    CarrierPlan.objects.update(default_carrier="")
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.ship(active(road, order_id)[0]["id"], carrier="Somebody", tracking_code="XYZ9")
    road.go(rounds=2)

    shipment = only_order().shipments.get()
    assert (shipment.state, shipment.problem_code) == ("needs_attention", "no_carrier")
    assert road.bol.requests_to("POST", "/retailer/shipments") == []

    CarrierPlan.objects.update(default_carrier="dhl")
    resume_order(order=only_order(), now=road.clock(), by=None)
    road.go(rounds=3)

    [reported] = road.bol.shipments_of(order_id)
    assert reported["transport"]["transporterCode"] == "DHLFORYOU"


def test_an_order_without_a_code_is_reported_after_the_wait_or_when_the_code_arrives(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    made = active(road, order_id)[0]["id"]
    road.shop.complete(made)
    road.go(rounds=2)
    assert road.bol.requests_to("POST", "/retailer/shipments") == []

    road.shop.ship(made, tracking_code="3SLATE")
    road.go(rounds=3)

    [reported] = road.bol.shipments_of(order_id)
    assert reported["transport"]["trackAndTrace"] == "3SLATE"
    assert only_order().shipments.count() == 1
