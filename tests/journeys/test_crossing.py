"""What crosses on its way: people, shops and marketplaces act while something of the order is under way or in doubt."""

from __future__ import annotations

from typing import Any

import pytest

from adapterkit.records import CancellationReason
from engine.models import OutboxMessage
from orders.copies import renew_wishes
from orders.flows.accept_shop_order import accept_shop_order, may_accept
from orders.flows.cancel_order import cancel_order
from orders.flows.cancel_test_order import cancel_test_order
from orders.flows.correct_address import correct_address
from orders.flows.handle_manually import handle_manually
from orders.flows.release_hold import release_hold
from orders.flows.resume_order import resume_order
from orders.models import Order, OrderAddress, Shipment, TestOrder
from stock.models import Product
from tests.api.custom import Platform, platform  # noqa: F401 - a fixture
from tests.journeys.magento2_road import MagentoRoad, magento_road, make_magento_road  # noqa: F401 - fixtures
from tests.journeys.test_test_orders import send
from tests.races.hands import Worker
from tests.road import Road, named

pytestmark = [pytest.mark.django_db, pytest.mark.either]


class Nobody:
    """A capability that no adapter has."""


def only() -> Order:
    return Order.objects.select_related("connection__account", "connection__project__shop", "company", "copy").get()


def item(kind: str = "shop_order") -> OutboxMessage:
    return OutboxMessage.objects.get(kind=kind)


def inert(road: Road) -> dict[str, Any]:
    """An order that stands in the shop, not activated yet, and will come to another total when it is."""
    road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.read()
    worker = Worker(road)
    worker.take()
    worker.settle()
    [made] = road.shop.world.orders.values()
    made["fee_lines"].append(road.shop._charge({"name": "Fee", "total": "10.00"}, "name"))
    return made


def differing(road: Road) -> int:
    """An order that came to another total in the shop when it was activated; return the shop's id."""
    made = inert(road)
    road.deliver()
    order = only()
    assert (order.place, order.problem_code) == ("needs_attention", "made_total_differs")
    return int(made["id"])


def mend(road: Road, made: int) -> None:
    """The merchant takes the fee out."""
    order = road.shop.world.orders[made]
    order["fee_lines"].clear()
    road.shop._total(order)


def test_a_parcel_that_nobody_can_look_for_is_not_reported_again_with_a_newer_code(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.sides.shipments.FindsShipments", Nobody)
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    [made] = road.shop.orders_with(named(order_id))
    road.shop.ship(made["id"], carrier="PostNL", tracking_code="3SOLD")
    road.read()
    road.bol.fail_next("cut", after_handling=True, method="POST", path="/retailer/shipments")
    road.deliver()
    road.shop.correct_code(made["id"], "3SNEW")
    road.go(rounds=6, minutes=3)

    assert len([seen for seen in road.bol.requests if seen.path.startswith("/retailer/shipments")
                and seen.method == "POST"]) == 1  # fmt: skip
    assert (item("confirm_shipment").state, Shipment.objects.get().problem_code) == (
        "needs_attention", "cannot_look_first",
    )  # fmt: skip


def test_an_order_that_may_be_there_is_looked_for_although_it_changed_while_its_shop_refused_the_look(
    road: Road,
) -> None:
    """The change asks for the next try at once; that try still knows that an earlier one may have arrived."""
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.read()
    road.shop.fail_next("cut", after_handling=True, method="POST", path="/wp-json/wc/v3/orders")
    road.deliver()
    assert item().look_first
    road.clock.forward(minutes=5)
    worker = Worker(road)
    road.shop.fail_next("status", status=403, method="GET", path="/wp-json/wc/v3/orders")
    worker.take()
    worker.call()
    road.bol.world.orders[order_id]["shipmentDetails"]["streetName"] = "Herengracht"
    road.bol.change_order(order_id)
    road.read()
    worker.settle()

    assert item().look_first


def test_an_order_handled_by_hand_while_it_was_made_differently_asks_for_nothing(road: Road) -> None:
    inert(road)
    worker = Worker(road)
    worker.take()
    worker.call()
    handle_manually(order=only(), now=road.clock(), by=None)
    worker.settle()
    road.go(rounds=3)

    order = only()
    assert (order.place, order.problem_code) == ("not_sent", "")
    assert order.events.filter(code="doubled_in_shop").exists()
    assert Product.objects.get(sku="TST-001").reserved == 0


def test_a_problem_of_an_order_that_is_cancelled_there_since_is_over(road: Road) -> None:
    made = inert(road)
    worker = Worker(road)
    worker.take()
    worker.call()
    road.bol.cancel_order(only().marketplace_order_id)
    road.read()
    worker.settle()
    road.go(rounds=4)

    order = only()
    assert made["status"] == "cancelled"
    assert (order.place, order.problem_code, item().state) == ("not_sent", "", "done")
    assert Product.objects.get(sku="TST-001").reserved == 0


def test_what_only_the_merchant_can_cancel_may_be_accepted_although_it_was_never_right(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.sides.shop_steps.CancelsOrders", Nobody)
    differing(road)
    road.bol.cancel_order(only().marketplace_order_id)
    road.go(rounds=3)
    assert (only().problem_code, item().state) == ("cancel_it_yourself", "needs_attention")

    assert may_accept(only())
    assert accept_shop_order(order=only(), now=road.clock(), by=None)
    road.go(rounds=3)
    assert (only().place, only().problem_code, item().state) == ("not_sent", "", "done")


@pytest.mark.parametrize("accepted", [False, True])
def test_an_address_corrected_while_the_shop_s_order_differs_is_told(road: Road, accepted: bool) -> None:
    made = differing(road)
    fields = {"street": "Herengracht", "house_number": "500"}
    role = OrderAddress.Role.DELIVERY
    assert correct_address(order=only(), role=role, fields=fields, now=road.clock(), by=None)
    road.go(rounds=2)
    assert only().problem_code == "made_total_differs"

    if accepted:
        assert accept_shop_order(order=only(), now=road.clock(), by=None)
    else:
        mend(road, made)
        assert resume_order(order=only(), now=road.clock(), by=None)
    road.go(rounds=3)

    order = only()
    assert (order.place, order.problem_code) == ("in_shop", "address_to_correct")
    assert road.shop.world.orders[made]["status"] == "on-hold"


def test_a_wrong_order_that_the_merchant_cancelled_in_the_shop_still_needs_them(road: Road) -> None:
    made = differing(road)
    road.shop.set_status(made, "cancelled")
    for _ in range(3):
        resume_order(order=only(), now=road.clock(), by=None)
        road.go(rounds=2)

    order = only()
    assert (order.place, bool(order.problem_code), item().state) == ("needs_attention", True, "needs_attention")


def test_a_wrong_order_that_the_merchant_removed_is_made_anew(road: Road) -> None:
    made = differing(road)
    del road.shop.world.orders[made]
    resume_order(order=only(), now=road.clock(), by=None)
    road.go(rounds=2)
    assert only().problem_code == "shop_order_gone"

    resume_order(order=only(), now=road.clock(), by=None)
    road.go(rounds=3)
    [new] = road.shop.world.orders.values()
    assert (only().place, new["status"]) == ("in_shop", "processing")


def test_a_wrong_order_is_held_while_its_buyer_asks_to_cancel(road: Road) -> None:
    made = differing(road)
    road.bol.request_cancellation(only().marketplace_order_id)
    road.go(rounds=3)
    assert road.shop.world.orders[made]["status"] == "on-hold"

    road.bol.change_order(only().marketplace_order_id, cancellationRequest=False)
    road.go(rounds=3)
    assert road.shop.world.orders[made]["status"] == "processing"
    assert only().problem_code == "made_total_differs"


def test_an_address_that_changes_after_everything_was_shipped_is_nobody_s_work(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    [made] = road.shop.orders_with(named(order_id))
    road.shop.ship(made["id"], carrier="PostNL", tracking_code="3SOLD")
    road.go(rounds=4)
    road.bol.world.orders[order_id]["shipmentDetails"]["streetName"] = "Herengracht"
    road.bol.change_order(order_id)
    road.go(rounds=3)

    assert (only().status, only().problem_code, item().state) == ("shipped", "", "done")


def test_a_double_that_is_in_use_by_now_is_left_to_the_merchant(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    copy = only().copy
    [made] = road.shop.orders_with(named(order_id))
    double: dict[str, Any] = {**made, "id": 9999, "number": "9999", "status": "processing"}
    road.shop.world.orders[9999] = double
    copy.doubles = ["9999"]
    copy.save()
    OutboxMessage.objects.filter(kind="shop_order").update(state="queued", next_attempt_at=road.clock())
    road.go(rounds=2)

    copy.refresh_from_db()
    assert (only().problem_code, item().state, copy.doubles) == ("", "done", [])
    assert not only().events.filter(code="double_removed").exists()
    assert double["status"] == "processing"


def test_what_became_of_a_report_is_not_asked_again_for_a_correction(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    [made] = road.shop.orders_with(named(order_id))
    road.shop.ship(made["id"], carrier="PostNL", tracking_code="3SOLD")
    road.go(rounds=4)
    assert item("confirm_shipment").state == "done"
    road.bol.requests.clear()
    road.shop.correct_code(made["id"], "3SNEW")
    road.read()
    Worker(road).take()
    worker = Worker(road)
    OutboxMessage.objects.filter(kind="confirm_shipment").update(state="queued", lease_token=None)
    worker.take()
    worker.settle()

    asked = [seen.path for seen in road.bol.requests if "process-status" in seen.path]
    assert asked == []


def test_a_cancelled_order_that_nobody_shipped_is_cancelled_once(road: Road) -> None:
    made = differing(road)
    reason = CancellationReason.OUT_OF_STOCK
    assert cancel_order(order=only(), reason=reason, now=road.clock(), by=None)
    road.go(rounds=5)

    assert road.shop.world.orders[made]["status"] == "cancelled"
    assert (only().problem_code, only().place, item().state) == ("", "not_sent", "done")
    assert Product.objects.get(sku="TST-001").reserved == 0


def test_a_test_order_that_the_merchant_cancelled_lends_no_stock_any_more(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.sides.shop_steps.CancelsOrders", Nobody)
    sent = send(road)
    road.go(rounds=2)
    assert TestOrder.objects.get().lent
    cancel_test_order(test_order=sent, now=road.clock(), by=None)
    road.go(rounds=2)
    assert only().problem_code == "cancel_it_yourself"

    assert accept_shop_order(order=only(), now=road.clock(), by=None)
    assert not TestOrder.objects.get().lent


def test_an_unpaid_order_of_magento_that_differs_is_cancelled_with_the_marketplace_s(magento_road: MagentoRoad) -> None:
    road = magento_road
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.read()
    road.shop.fail_next("cut", method="POST", path="/rest/default/V1/order/")
    original = road.shop.world.orders
    road.deliver()
    [made] = original.values()
    assert made["status"] == "pending"
    made["grand_total"] = 99.0
    road.clock.forward(minutes=5)
    road.deliver()
    assert (only().place, only().problem_code) == ("needs_attention", "shop_total_differs")

    road.bol.cancel_order(order_id)
    road.go(rounds=5, minutes=2)
    assert (only().place, only().problem_code, item().state) == ("not_sent", "", "done")
    assert made["status"] == "canceled"


def test_an_order_that_waits_again_keeps_its_stock_until_it_is_cancelled(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.read()
    Order.objects.update(pending=True)
    renew_wishes([only().pk], road.clock())
    road.deliver()
    assert (only().place, Product.objects.get(sku="TST-001").reserved) == ("waiting", 2)

    road.bol.cancel_order(order_id)
    road.go(rounds=2)
    assert (only().place, Product.objects.get(sku="TST-001").reserved) == ("not_sent", 0)


def test_what_the_merchant_cancelled_in_the_shop_before_we_knew_of_it_is_cancelled_at_the_marketplace(
    magento_road: MagentoRoad,
) -> None:
    road = magento_road
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.read()
    road.shop.fail_next("cut", method="POST", path="/rest/default/V1/order/")
    road.deliver()
    [made] = road.shop.world.orders.values()
    road.shop.cancel(made)
    road.go(rounds=8, minutes=2)

    assert (only().place, only().shop_order_state) == ("in_shop", "cancelled")
    assert road.bol.world.orders[order_id]["orderItems"][0]["quantityCancelled"] == 2


def test_an_order_that_may_have_arrived_is_held_there_when_its_buyer_asks_to_cancel(magento_road: MagentoRoad) -> None:
    road = magento_road
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.read()
    road.shop.fail_next("cut", method="POST", path="/rest/default/V1/order/")
    road.deliver()
    road.bol.request_cancellation(order_id)
    road.go(rounds=6, minutes=2)

    [made] = road.shop.world.orders.values()
    assert (only().place, only().hold, made["status"]) == ("in_shop", "cancellation_requested", "holded")


def test_one_that_did_not_arrive_is_not_made_while_its_buyer_s_request_is_decided(magento_road: MagentoRoad) -> None:
    road = magento_road
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.read()
    road.shop.fail_next("cut", after_handling=False, method="POST", path="/rest/default/V1/orders")
    road.deliver()
    road.bol.request_cancellation(order_id)
    road.go(rounds=6, minutes=2)
    assert (list(road.shop.world.orders), item().state, only().place) == ([], "held", "waiting")

    assert release_hold(order=only(), now=road.clock(), by=None)
    road.go(rounds=4, minutes=2)
    assert (len(road.shop.world.orders), only().place) == (1, "in_shop")


@pytest.mark.parametrize("platform", ["woocommerce", "magento2"])
def test_a_hold_whose_answer_is_lost_is_ended_when_it_was_released_meanwhile(
    request: pytest.FixtureRequest, platform: str
) -> None:
    road = request.getfixturevalue("road" if platform == "woocommerce" else "magento_road")
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.go(rounds=2)
    [made] = road.shop.world.orders.values()
    road.bol.request_cancellation(order_id)
    road.read()
    lose_next(road, platform)
    road.deliver()
    assert (item().state, made["status"]) == ("queued", "on-hold" if platform == "woocommerce" else "holded")

    assert release_hold(order=only(), now=road.clock(), by=None)
    road.go(rounds=4, minutes=2)
    assert (item().state, made["status"]) == ("done", "processing")


def test_a_release_whose_answer_is_lost_is_undone_when_the_buyer_asks_anew(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.go(rounds=2)
    [made] = road.shop.world.orders.values()
    road.bol.request_cancellation(order_id)
    road.go(rounds=2)
    road.bol.change_order(order_id, cancellationRequest=False)
    road.read()
    lose_next(road, "woocommerce")
    road.deliver()
    assert (item().state, made["status"]) == ("queued", "processing")

    road.bol.request_cancellation(order_id)
    road.go(rounds=4, minutes=2)
    assert (item().state, made["status"]) == ("done", "on-hold")


def lose_next(road: Road, platform: str) -> None:
    """The answer to the next change of the shop's order is lost."""
    method = "PUT" if platform == "woocommerce" else "POST"
    path = "/wp-json/wc/v3/orders/" if platform == "woocommerce" else "/rest/default/V1/orders/"
    road.shop.fail_next("cut", after_handling=True, method=method, path=path)


def test_a_cancellation_that_the_shop_refuses_may_be_accepted(road: Road) -> None:
    """It was shipped there before the marketplace cancelled it: nobody can change that any more."""
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    [made] = road.shop.world.orders.values()
    road.shop.ship(made["id"], carrier="PostNL", tracking_code="3SLATE")
    road.bol.cancel_order(order_id)
    road.go(rounds=3)
    assert (only().place, only().problem_code, item().state) == ("in_shop", "rejected", "needs_attention")

    assert may_accept(only())
    assert accept_shop_order(order=only(), now=road.clock(), by=None)
    road.go(rounds=3)
    assert (only().problem_code, item().state, made["status"]) == ("", "done", "completed")


def test_an_order_that_changes_is_acknowledged_all_the_same(platform: Platform) -> None:
    """Its program has it: to refuse that for a moment would have it make the order a second time, or never say so."""
    road = platform.road
    road.bol.add_offer("TST-001", stock=0)
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    (sold,) = platform.new()
    road.bol.world.orders[order_id]["shipmentDetails"]["streetName"] = "Herengracht"
    road.bol.change_order(order_id)
    road.read()
    assert item().state == "queued"

    assert platform.post(f"orders/{sold['id']}/acknowledgement", {"shop_order_id": "W-1"}).status_code == 200
    road.go(rounds=2)
    assert (only().place, only().shop_order_id, item().state) == ("in_shop", "W-1", "done")


def test_an_unpaid_order_that_the_shop_closed_by_itself_is_shown_and_made_anew(road: Road) -> None:
    """WooCommerce cancels what is unpaid for an hour, as an order is that waits for its buyer."""
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.read()
    worker = Worker(road)
    worker.take()
    worker.settle()
    [made] = road.shop.world.orders.values()
    road.shop.set_status(made["id"], "cancelled")
    road.go(rounds=3)
    assert (only().place, only().problem_code) == ("needs_attention", "shop_order_gone")
    assert road.bol.world.orders[order_id]["orderItems"][0]["quantityCancelled"] == 0

    assert resume_order(order=only(), now=road.clock(), by=None)
    road.go(rounds=3)
    assert [one["status"] for one in road.shop.orders_with(named(order_id))] == ["cancelled", "processing"]
    assert (only().place, only().problem_code, item().state) == ("in_shop", "", "done")
    assert Product.objects.get(sku="TST-001").reserved == 0
