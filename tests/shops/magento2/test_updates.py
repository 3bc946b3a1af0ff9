"""What becomes of orders in Magento is noticed, though its dates do not always move; cancelling, holding, refunding."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapterkit.errors import NotFound, OutcomeUnknown, Rejected
from adapterkit.records import LineQuantity, ShopOrderState, ShopUpdate
from shops.magento2.world import Json
from tests.clock import Clock
from tests.contract.magento2_bench import Magento2Bench
from tests.contract.shop_benches import NOW
from tests.contract.test_shops import created, order, stocked

LATER = NOW + timedelta(hours=1)
SHIPMENTS = "/rest/default/V1/shipments"


@pytest.fixture
def placed(bench: Magento2Bench, clock: Clock) -> tuple[Magento2Bench, Json]:
    """Two pieces, in the shop for an hour."""
    _, made = created(bench, quantity=2)
    clock.move_to(LATER)
    return bench, bench.simulator.world.orders[int(made.shop_order_id)]


def updates(bench: Magento2Bench, known: Any = None) -> list[ShopUpdate]:
    return [item for page in bench.adapter.fetch_updates(LATER, *([known] if known else [])) for item in page.items]


def reread(bench: Magento2Bench, *ids: int) -> list[ShopUpdate]:
    adapter: Any = bench.adapter
    return [item for page in adapter.reread_orders([str(one) for one in ids]) for item in page.items]


def test_a_parcel_of_part_of_an_order_is_noticed_though_the_order_s_date_stands_still(
    placed: tuple[Magento2Bench, Json],
) -> None:
    bench, stored = placed
    before = stored["updated_at"]

    bench.simulator.ship(stored["entity_id"], complete=False, tracking_code="3S1")

    assert stored["updated_at"] == before
    [update] = updates(bench)
    [parcel] = update.shipments
    line = LineQuantity(line_id=str(stored["items"][0]["item_id"]), quantity=1)
    assert (parcel.tracking_code, parcel.carrier_name, parcel.lines) == ("3S1", "PostNL", (line,))
    assert parcel.shipped_at == LATER


def test_the_parcel_that_completes_an_order_is_read_once(placed: tuple[Magento2Bench, Json]) -> None:
    bench, stored = placed
    bench.simulator.ship(stored["entity_id"])

    [update] = updates(bench)

    assert (update.order.state, len(update.shipments)) == (ShopOrderState.COMPLETED, 1)


def test_tracking_that_comes_later_is_found_only_by_reading_the_order_again(
    placed: tuple[Magento2Bench, Json], clock: Clock
) -> None:
    bench, stored = placed
    shipment_id = bench.simulator.ship(stored["entity_id"], tracking_code="")
    [before] = updates(bench)
    assert [parcel.tracking_code for parcel in before.shipments] == [""]
    clock.forward(hours=1)
    bench.simulator.add_track(shipment_id, tracking_code="3SLATE")
    assert [item for page in bench.adapter.fetch_updates(clock()) for item in page.items] == []

    [after] = reread(bench, stored["entity_id"])

    assert [(p.shipment_id, p.tracking_code) for p in after.shipments] == [(before.shipments[0].shipment_id, "3SLATE")]
    assert after.fingerprint != before.fingerprint
    assert after.fingerprint == bench.adapter.fetch_order(str(stored["entity_id"])).fingerprint


def test_every_track_of_a_shipment_is_a_parcel_and_the_first_has_the_pieces(placed: tuple[Magento2Bench, Json]) -> None:
    bench, stored = placed
    shipment_id = bench.simulator.ship(stored["entity_id"], tracking_code="3SONE")
    bench.simulator.add_track(shipment_id, tracking_code="3STWO", carrier="DPD")
    before = [parcel.shipment_id for parcel in bench.adapter.fetch_order(str(stored["entity_id"])).shipments]
    bench.simulator.add_track(shipment_id, tracking_code="3STHREE")

    first, *further = bench.adapter.fetch_order(str(stored["entity_id"])).shipments

    assert (first.shipment_id, first.tracking_code, [line.quantity for line in first.lines]) == (
        str(shipment_id), "3SONE", [2],
    )  # fmt: skip
    assert [(parcel.carrier_name, parcel.tracking_code) for parcel in further] == [
        ("DPD", "3STWO"),
        ("PostNL", "3STHREE"),
    ]
    assert {line.quantity for parcel in further for line in parcel.lines} == {0}
    assert [first.shipment_id, further[0].shipment_id] == before


def test_rereading_a_hundred_orders_costs_two_calls_and_leaves_out_what_is_gone_or_not_ours(
    bench: Magento2Bench,
) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted)
    ids = [int(bench.place(wanted, f"bol-A{n}", products).shop_order_id) for n in range(100)]
    theirs = bench.simulator.place_web_order("S0")
    bench.simulator.ship(ids[0])
    bench.simulator.requests.clear()

    found = reread(bench, *ids)

    assert [update.order.shop_order_id for update in found] == [str(one) for one in ids]
    assert len(bench.simulator.requests) == 2
    assert reread(bench, theirs, 987654) == []
    adapter: Any = bench.adapter
    assert [page.items for page in adapter.reread_orders([str(ids[0])], set)] == [()]


def test_shipments_of_the_web_shop_s_own_orders_bring_nothing(placed: tuple[Magento2Bench, Json]) -> None:
    bench, _ = placed
    order_id = bench.simulator.place_web_order("S0")
    bench.simulator.invoice(bench.simulator.world.orders[order_id])
    bench.simulator.ship(order_id)

    assert updates(bench) == []


def test_an_idle_look_costs_two_calls(placed: tuple[Magento2Bench, Json]) -> None:
    bench, _ = placed
    bench.simulator.requests.clear()

    assert updates(bench) == []
    assert len(bench.simulator.requests) == 2


def test_more_than_a_page_of_shipments_within_one_second_is_read_whole(bench: Magento2Bench, clock: Clock) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted)
    ids = [int(bench.place(replace(wanted, order_id=f"A{n}"), f"bol-A{n}", products).shop_order_id) for n in range(230)]
    clock.move_to(LATER)
    for order_id in ids:
        bench.simulator.ship(order_id, complete=False)

    found = updates(bench)

    assert sorted(update.order.shop_order_id for update in found) == sorted(map(str, ids))


def test_a_record_that_cannot_be_read_stops_no_other(placed: tuple[Magento2Bench, Json]) -> None:
    bench, stored = placed
    _, other = created(bench, reference="bol-A2")
    stored["updated_at"] = bench.simulator.stamp()
    stored["grand_total"] = "a lot"

    [page, *_] = bench.adapter.fetch_updates(LATER)

    assert [update.order.shop_order_id for update in page.items] == [other.shop_order_id]
    assert [(bad.record_id, "InvalidOperation" in bad.reason) for bad in page.unreadable] == [
        (str(stored["entity_id"]), True)
    ]


def test_refunds_of_shipped_pieces_are_read_with_what_was_said(placed: tuple[Magento2Bench, Json]) -> None:
    bench, stored = placed
    bench.simulator.ship(stored["entity_id"])
    row = stored["items"][0]["item_id"]
    memo = bench.simulator.refund(stored, {row: 1}, shipping=Decimal(0), returned={row})
    memo["comments"].append({"comment": "broken", "is_visible_on_front": 0})

    [update] = updates(bench)

    [refund] = update.refunds
    assert (refund.amount, refund.reason) == (Decimal("12.1"), "broken")
    assert refund.lines == (LineQuantity(line_id=str(row), quantity=1),)
    assert update.order.state is ShopOrderState.COMPLETED
    bench.simulator.refund(stored, {row: 1}, shipping=None, returned=set())
    assert [update.order.state for update in updates(bench)] == [ShopOrderState.REFUNDED]


def test_cancelling_a_paid_order_refunds_it_and_takes_nothing_off_the_stock(placed: tuple[Magento2Bench, Json]) -> None:
    bench, stored = placed
    adapter: Any = bench.adapter

    for _ in range(2):
        adapter.cancel_order(str(stored["entity_id"]), "bol-A1")

    assert (stored["state"], stored["total_refunded"], len(bench.simulator.world.memos)) == ("closed", 24.2, 1)
    assert bench.simulator.world.inventory.lying("S0") == 100
    assert bench.adapter.fetch_order(str(stored["entity_id"])).order.state is ShopOrderState.CANCELLED
    [seen] = [seen for seen in bench.simulator.requests_to("POST", "/rest/default/V1/order/") if "refund" in seen.path]
    assert (seen.json["notify"], seen.json["comment"]["comment"]) == (False, "bol-A1")


def test_cancelling_what_is_left_of_an_order_keeps_its_shipping(placed: tuple[Magento2Bench, Json]) -> None:
    bench, stored = placed
    stored["shipping_incl_tax"] = 4.95
    bench.simulator.ship(stored["entity_id"], complete=False)
    adapter: Any = bench.adapter

    adapter.cancel_order(str(stored["entity_id"]), "bol-A1")

    assert (stored["state"], stored["total_refunded"]) == ("complete", 12.1)
    with pytest.raises(Rejected, match="is shipped in the shop"):
        adapter.cancel_order(str(stored["entity_id"]), "bol-A1")


def test_an_unfinished_order_is_cancelled_and_an_impossible_cancel_is_not_taken_for_one(bench: Magento2Bench) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted)
    bench.simulator.fail_next(status=503, method="POST", path="/rest/default/V1/order/")
    with pytest.raises(OutcomeUnknown, match="not finished"):
        bench.create(wanted, "bol-A1", products)
    [stored] = bench.simulator.world.orders.values()
    adapter: Any = bench.adapter

    bench.simulator.fail_next("status", status=200, body=b"false", method="POST", path="/rest/default/V1/orders/")
    with pytest.raises(Rejected, match="does not cancel order bol-A1"):
        adapter.cancel_order(str(stored["entity_id"]), "bol-A1")
    assert stored["state"] == "new"
    adapter.cancel_order(str(stored["entity_id"]), "bol-A1")

    assert (stored["state"], len(bench.simulator.world.memos)) == ("canceled", 0)


def test_an_order_on_hold_is_released_to_be_cancelled(placed: tuple[Magento2Bench, Json]) -> None:
    bench, stored = placed
    adapter: Any = bench.adapter
    adapter.hold_order(str(stored["entity_id"]), "bol-A1")
    assert stored["state"] == "holded"

    adapter.cancel_order(str(stored["entity_id"]), "bol-A1")

    assert stored["state"] == "closed"


def test_a_note_is_for_the_merchant_alone(placed: tuple[Magento2Bench, Json]) -> None:
    bench, stored = placed
    adapter: Any = bench.adapter

    adapter.add_note(str(stored["entity_id"]), "Buyer asks to cancel", order("12.10"))

    [note] = stored["status_histories"]
    assert (note["comment"], note["is_customer_notified"], note["is_visible_on_front"]) == (
        "Buyer asks to cancel",
        0,
        0,
    )


def test_an_order_that_is_gone_is_said_to_be(placed: tuple[Magento2Bench, Json]) -> None:
    bench, stored = placed
    bench.simulator.world.orders.clear()
    adapter: Any = bench.adapter

    for act in (adapter.cancel_order, adapter.hold_order):
        with pytest.raises(NotFound, match="doesn't exist"):
            act(str(stored["entity_id"]), "bol-A1")
