"""From bol into Magento, shipped there, and back; what may be sold stays right all the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet

from engine.models import OutboxMessage
from orders.messages import LOOK_FOR_DOUBLES
from orders.models import Cancellation, Order, OrderEvent, Shipment
from stock.models import Product
from tests.effort import share
from tests.journeys.magento2_road import MagentoRoad, magento_road, make_magento_road  # noqa: F401 - fixtures
from tests.journeys.test_crashes import Killer, Stopped, lose_connection
from tests.road import named

pytestmark = [pytest.mark.django_db, pytest.mark.either]


def the_order(road: MagentoRoad, order_id: str) -> dict[str, Any]:
    [made] = road.shop.orders_with(named(order_id))
    return made


def unsettled() -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.exclude(state__in=OutboxMessage.SETTLED)


def told(road: MagentoRoad) -> list[int]:
    """The quantities that bol was told, in order, equal ones in a row once."""
    amounts = [seen.json["stock"]["amount"] for seen in road.bol.requests_to("PATCH", "/retailer/offers/") if seen.json]
    return [amount for place, amount in enumerate(amounts) if place == 0 or amounts[place - 1] != amount]


def test_an_order_reaches_magento_once_paid_and_its_tracking_gets_back(magento_road: MagentoRoad) -> None:
    order_id = magento_road.bol.place_order(sku="TST-001", quantity=2, price="12.10")

    magento_road.go()

    made = the_order(magento_road, order_id)
    order = Order.objects.get()
    assert (order.place, order.shop_order_id, order.shop_order_number) == (
        "in_shop", str(made["entity_id"]), named(order_id),
    )  # fmt: skip
    assert (made["status"], made["grand_total"], made["tax_amount"]) == ("processing", 24.2, 4.2)
    magento_road.shop.ship(made["entity_id"], carrier="PostNL", tracking_code="3SABC123")
    magento_road.go()
    [shipment] = magento_road.bol.shipments_of(order_id)
    assert shipment["transport"] == {**shipment["transport"], "transporterCode": "TNT", "trackAndTrace": "3SABC123"}
    assert Shipment.objects.get().state == Shipment.State.CONFIRMED
    assert len(magento_road.shop.world.orders) == 1


def test_the_codes_of_a_shipment_s_further_parcels_are_kept(magento_road: MagentoRoad) -> None:
    order_id = magento_road.bol.place_order(sku="TST-001", quantity=1, price="12.10")
    magento_road.go()
    made = the_order(magento_road, order_id)
    shipment_id = magento_road.shop.ship(made["entity_id"], tracking_code="3SONE")
    magento_road.shop.add_track(shipment_id, tracking_code="3STWO", carrier="DPD")
    magento_road.go(rounds=6)

    assert [sent["transport"]["trackAndTrace"] for sent in magento_road.bol.shipments_of(order_id)] == ["3SONE"]
    parcels = Shipment.objects.order_by("pk").values_list("tracking_code", "carrier_name", "state", "lines__quantity")
    assert list(parcels) == [("3SONE", "PostNL", "confirmed", 1), ("3STWO", "DPD", "not_reported", None)]
    assert OrderEvent.objects.filter(code="further_parcel").count() == 1


def test_two_parcels_of_which_one_gets_its_tracking_late_are_both_reported(magento_road: MagentoRoad) -> None:
    order_id = magento_road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    magento_road.go()
    made = the_order(magento_road, order_id)
    magento_road.shop.ship(made["entity_id"], complete=False, tracking_code="3SONE")
    magento_road.go(rounds=3)
    assert [row["transport"]["trackAndTrace"] for row in magento_road.bol.shipments_of(order_id)] == ["3SONE"]

    second = magento_road.shop.ship(made["entity_id"], tracking_code="")
    magento_road.go(rounds=3, minutes=20)
    waiting = Shipment.objects.get(tracking_code="")
    assert waiting.state == Shipment.State.WAITING_FOR_TRACKING
    magento_road.shop.add_track(second, tracking_code="3STWO")
    magento_road.go(rounds=3)

    codes = [row["transport"]["trackAndTrace"] for row in magento_road.bol.shipments_of(order_id)]
    assert codes == ["3SONE", "3STWO"]
    assert set(Shipment.objects.values_list("state", flat=True)) == {Shipment.State.CONFIRMED}


@pytest.mark.parametrize("repaired", share([False, True], of=2))
def test_what_bol_may_sell_is_right_over_create_ship_and_cancel(magento_road: MagentoRoad, repaired: bool) -> None:
    """Magento's own number would say ten from beginning to end, and twelve after the cancellation."""
    road = magento_road

    def go() -> None:
        for _ in range(4):
            if repaired:
                road.shop.repair_reservations()
            road.go(rounds=2)

    shipped = road.bol.place_order(sku="TST-001", quantity=3, price="12.10")
    go()
    assert road.bol.stock_of("TST-001") == 7
    road.shop.ship(the_order(road, shipped)["entity_id"])
    go()
    assert road.bol.stock_of("TST-001") == 7
    cancelled = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    go()
    assert road.bol.stock_of("TST-001") == 5
    road.bol.cancel_order(cancelled)
    go()

    assert the_order(road, cancelled)["state"] == "closed"
    assert road.bol.stock_of("TST-001") == 7 == road.shop.world.inventory.lying("TST-001")
    assert told(road) == [10, 7, 5, 7]
    assert Product.objects.get().reserved == 0
    salable = road.shop.world.inventory.salable("TST-001")
    assert salable == (7 if repaired else 12)


def test_orders_of_the_web_shop_are_taken_off_what_bol_may_sell(magento_road: MagentoRoad) -> None:
    magento_road.bol.place_order(sku="TST-001", quantity=3, price="12.10")
    magento_road.go(rounds=4)
    magento_road.shop.place_web_order("TST-001", 2)

    magento_road.go(rounds=3)

    assert magento_road.bol.stock_of("TST-001") == 5


def test_an_order_that_is_refunded_in_magento_is_cancelled_at_bol(magento_road: MagentoRoad) -> None:
    order_id = magento_road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    magento_road.go()
    made = the_order(magento_road, order_id)
    pieces = {row["item_id"]: row["qty_ordered"] for row in made["items"]}
    magento_road.shop.refund(made, pieces, shipping=None, returned=set(pieces))

    magento_road.go(rounds=8, minutes=2)

    assert Cancellation.objects.get().state == Cancellation.State.SETTLED
    assert Order.objects.get().status == Order.Status.CANCELLED
    assert magento_road.bol.stock_of("TST-001") == 10


def test_an_order_whose_invoice_failed_is_finished_by_itself_and_never_made_again(magento_road: MagentoRoad) -> None:
    magento_road.shop.fail_next(status=503, times=3, method="POST", path="/rest/default/V1/order/")
    order_id = magento_road.bol.place_order(sku="TST-001", quantity=1, price="12.10")

    magento_road.go(rounds=12, minutes=2)

    assert the_order(magento_road, order_id)["state"] == "processing"
    assert (len(magento_road.shop.world.orders), len(magento_road.shop.world.invoices)) == (1, 1)
    assert Order.objects.get().place == Order.Place.IN_SHOP


@pytest.mark.parametrize("refused", share([False, True], of=2))
def test_an_order_that_is_cancelled_between_creation_and_invoice_is_cancelled_in_magento(
    magento_road: MagentoRoad, refused: bool
) -> None:
    """Whether its invoice was only cut off, or refused for good so that the order waits for a person."""
    road = magento_road
    body = {"message": "Invoice Document Validation Error(s):\nLocked."} if refused else None
    road.shop.fail_next(
        status=400 if refused else 503, times=9, body=body, method="POST", path="/rest/default/V1/order/"
    )
    order_id = road.bol.place_order(sku="TST-001", quantity=1, price="12.10")
    road.read()
    road.deliver()
    if refused:
        road.go(rounds=3, minutes=2)
        assert Order.objects.get().place == Order.Place.NEEDS_ATTENTION
    assert the_order(road, order_id)["state"] == "new"
    road.bol.cancel_order(order_id)

    road.go(rounds=8, minutes=2)

    assert the_order(road, order_id)["state"] == "canceled"
    assert Order.objects.get().status == Order.Status.CANCELLED
    assert road.bol.stock_of("TST-001") == 10
    assert not unsettled().exists()


CHUNKS = 5  # each test stops before or after every fifth request, by turns


def stopped_at(road: MagentoRoad, step: int) -> bool:
    """Read and deliver, stopped before or after one request to the shop; return whether there was such a step."""
    killer = Killer(step)
    road.shop.on_request = lambda *_: killer.step()
    try:
        road.read()
        road.deliver()
    except Stopped:
        lose_connection()
    finally:
        road.shop.on_request = None
    road.clock.forward(minutes=4)  # leases of the stopped worker run out
    return killer.fired


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("chunk", share(range(CHUNKS), of=CHUNKS))
def test_creation_survives_a_stop_before_and_after_every_request(
    make_magento_road: Callable[[], MagentoRoad], chunk: int
) -> None:
    """Whatever the request: in the end one order, invoiced once, and nothing left to do but look for doubles later.

    What a stop between two statements of our own does is tried with WooCommerce.
    """
    road = make_magento_road()
    for placed in range(1, 100):
        order_id = road.bol.place_order(sku="TST-001", quantity=1, price="12.10")

        stopped = stopped_at(road, CHUNKS * placed - chunk)

        road.go(rounds=6, minutes=2)
        assert the_order(road, order_id)["state"] == "processing"
        assert (len(road.shop.world.orders), len(road.shop.world.invoices)) == (placed, placed)
        assert {message.kind for message in unsettled()} <= {LOOK_FOR_DOUBLES}
        road.shop.set_stock("TST-001", 10 + placed)
        if not stopped:
            break
    assert 30 / CHUNKS < placed < 120 / CHUNKS
    road.go(rounds=4, minutes=24 * 60)
    assert not unsettled().exists()
    assert not OrderEvent.objects.filter(code="doubled_in_shop").exists()
