"""What a merchant mends by hand, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapterkit.records import CancellationReason
from carriers.models import CarrierPlan
from connections.models import Project
from engine.flows.discard_message import discard_message
from engine.models import OutboxMessage
from marketplaces.bol.adapter import Bol as BolMarketplace
from orders.flows.accept_shop_order import accept_shop_order
from orders.flows.add_tracking import add_tracking
from orders.flows.cancel_order import OnlyWhole, cancel_order
from orders.flows.choose_carrier import choose_carrier
from orders.flows.correct_address import correct_address
from orders.flows.map_product import map_product
from orders.flows.resume_held import resume_held
from orders.models import Cancellation, Order, OrderAddress, Shipment
from orders.reading import linking
from orders.status import label_of
from stock.models import Product, ProductAlias
from tests.road import Road, named

pytestmark = [pytest.mark.django_db, pytest.mark.either]


def only() -> Order:
    return Order.objects.select_related("connection__account", "connection__project__shop").get()


def in_shop(road: Road, order_id: str) -> list[dict[str, Any]]:
    return road.shop.orders_with(named(order_id))


def codes() -> list[str]:
    return list(only().events.order_by("pk").values_list("code", flat=True))


def test_one_mapping_lets_every_waiting_order_go_on_and_later_ones_pass(road: Road) -> None:
    waiting = [road.bol.place_order(sku="MUG-OLD") for _ in range(3)]
    other = road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=2)
    assert Order.objects.filter(problem_code="unknown_product").count() == 4

    product = Product.objects.get(sku="TST-001")
    assert map_product(product=product, reference="MUG-OLD", now=road.clock(), by=None) == 3
    assert map_product(product=product, reference="MUG-OLD", now=road.clock(), by=None) == 0
    later = road.bol.place_order(sku="MUG-OLD")
    road.go(rounds=3)

    for order_id in [*waiting, later]:
        assert [line["sku"] for line in in_shop(road, order_id)[0]["line_items"]] == ["TST-001"]
    assert in_shop(road, other) == []
    assert ProductAlias.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "offer", "name"),
    [
        ("ean", {"sku": "MUG-OLD", "ean": "4006381333931"}, "MUG-OLD"),
        ("ean", {"sku": "", "ean": "4006381333931"}, "4006381333931"),
        ("sku", {"sku": "", "ean": "4006381333931"}, "4006381333931"),
        ("sku", {"sku": "", "ean": "", "title": "Mug, blue"}, "Mug, blue"),
        ("shop_product_id", {"sku": "MUG-OLD"}, "MUG-OLD"),
    ],
)
def test_whatever_names_an_unknown_product_can_be_mapped(
    road: Road, field: str, offer: dict[str, str], name: str
) -> None:
    Project.objects.update(product_id_field=field)
    waiting = [road.bol.place_order(**offer) for _ in range(2)]
    road.go(rounds=2)
    found = Order.objects.filter(problem_code="unknown_product")
    assert [order.problem for order in found] == [{"skus": [name]}] * 2

    product = Product.objects.get(sku="TST-001")
    assert map_product(product=product, reference=name, now=road.clock(), by=None) == 2
    waiting.append(road.bol.place_order(**offer))
    road.go(rounds=3)
    for order_id in waiting:
        assert [line["sku"] for line in in_shop(road, order_id)[0]["line_items"]] == ["TST-001"]


def test_lines_that_stay_unknown_keep_none_of_those_behind_them(road: Road, monkeypatch: Any) -> None:
    monkeypatch.setattr(linking, "AT_ONCE", 2)
    for _ in range(3):
        road.bol.place_order(sku="NOBODY-KNOWS")
    road.bol.place_order(sku="MUG-OLD")
    road.go(rounds=2)

    product = Product.objects.get(sku="TST-001")
    assert map_product(product=product, reference="MUG-OLD", now=road.clock(), by=None) == 1


def test_a_corrected_address_goes_to_the_shop_and_stays(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.bol.world.orders[order_id]["shipmentDetails"]["countryCode"] = "QQ"
    road.go(rounds=2)
    assert only().problem_code == "unknown_country"

    fixed = {"country": "NL", "city": "Delft"}
    role = OrderAddress.Role.DELIVERY
    assert correct_address(order=only(), role=role, fields=fixed, now=road.clock(), by=None)
    road.bol.change_order(order_id, unitPrice=12.1)
    road.go(rounds=3)

    [made] = in_shop(road, order_id)
    assert (made["shipping"]["country"], made["shipping"]["city"], made["status"]) == ("NL", "Delft", "processing")
    assert not correct_address(order=only(), role=role, fields={"city": "Gouda"}, now=road.clock(), by=None)
    assert only().addresses.get(role="delivery").city == "Delft"
    assert codes().count("address_corrected") == 1


def test_tracking_by_hand_is_reported_once_with_the_carrier_given(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.read()
    assert not add_tracking(order=only(), carrier="dpd", tracking_code="3SHAND1", now=road.clock(), by=None)
    road.go(rounds=2)

    assert add_tracking(order=only(), carrier="dpd", tracking_code="3SHAND1", now=road.clock(), by=None)
    assert not add_tracking(order=only(), carrier="dpd", tracking_code="3SHAND1", now=road.clock(), by=None)
    road.shop.ship(in_shop(road, order_id)[0]["id"], tracking_code="3SHAND1")
    road.go(rounds=4)

    [shipment] = road.bol.shipments_of(order_id)
    assert shipment["transport"]["trackAndTrace"] == "3SHAND1"
    assert Shipment.objects.get().carrier == "dpd"
    assert shipment["transport"]["transporterCode"] == Shipment.objects.get().carrier_code != "TNT"


def test_tracking_by_hand_completes_the_parcel_that_waits(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.complete(in_shop(road, order_id)[0]["id"])
    road.go(rounds=2)
    assert Shipment.objects.get().state == Shipment.State.WAITING_FOR_TRACKING

    assert add_tracking(order=only(), carrier="postnl", tracking_code="3SLATE", now=road.clock(), by=None)
    road.go(rounds=3)
    assert [shipment["transport"]["trackAndTrace"] for shipment in road.bol.shipments_of(order_id)] == ["3SLATE"]


def test_a_carrier_chosen_by_hand_frees_the_parcel_once(road: Road) -> None:
    CarrierPlan.objects.update(default_carrier="")
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.ship(in_shop(road, order_id)[0]["id"], carrier="Somebody", tracking_code="XYZ9")
    road.go(rounds=2)
    shipment = Shipment.objects.get()
    assert shipment.problem_code == "no_carrier"

    assert choose_carrier(shipment=shipment, carrier="dhl", now=road.clock(), by=None)
    assert not choose_carrier(shipment=shipment, carrier="gls", now=road.clock(), by=None)
    road.go(rounds=3)

    [reported] = road.bol.shipments_of(order_id)
    shipment.refresh_from_db()
    assert (shipment.carrier, shipment.state, shipment.problem_code) == ("dhl", Shipment.State.CONFIRMED, "")
    assert reported["transport"]["transporterCode"] == shipment.carrier_code


def test_all_that_is_held_is_tried_again_by_the_rules_as_they_are_now(road: Road) -> None:
    CarrierPlan.objects.update(default_carrier="")
    ids = [road.bol.place_order(sku="TST-001") for _ in range(3)]
    road.go(rounds=2)
    for order_id, code in zip(ids, ("XYZ1", "XYZ2", "QQ3"), strict=True):
        road.shop.ship(in_shop(road, order_id)[0]["id"], carrier="Somebody", tracking_code=code)
    road.go(rounds=2)
    held = Shipment.objects.filter(state=Shipment.State.NEEDS_ATTENTION)
    assert held.count() == 3
    assert resume_held(company=road.demo.company, now=road.clock(), by=None) == 0
    assert held.count() == 3

    plan = CarrierPlan.objects.get()
    plan.rules.create(position=2, operator="starts_with", value="XYZ", carrier="gls")
    assert resume_held(company=road.demo.company, now=road.clock(), by=None) == 2
    assert resume_held(company=road.demo.company, now=road.clock(), by=None) == 0
    road.go(rounds=3)
    assert [len(road.bol.shipments_of(order_id)) for order_id in ids] == [1, 1, 0]
    assert [parcel.tracking_code for parcel in held] == ["QQ3"]


@pytest.mark.parametrize("placed", [True, False])
def test_cancelling_here_tells_marketplace_and_shop_once(road: Road, placed: bool) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    if placed:
        road.go(rounds=2)
    else:
        road.read()
    reason = CancellationReason.OUT_OF_STOCK

    assert cancel_order(order=only(), reason=reason, now=road.clock(), by=None)
    assert not cancel_order(order=only(), reason=reason, now=road.clock(), by=None)
    road.go(rounds=6)

    assert len(road.bol.cancellations) == 1
    assert len(road.bol.requests_to("PUT", "/retailer/orders/cancellation")) == 1
    assert [made["status"] for made in in_shop(road, order_id)] == (["cancelled"] if placed else [])
    assert only().status == Order.Status.CANCELLED
    assert [found.state for found in Cancellation.objects.all()] == [Cancellation.State.SETTLED]
    assert not OutboxMessage.objects.filter(state__in=["needs_attention", "queued", "unknown"]).exists()
    assert road.shop.stock_of("TST-001") == 10


def test_a_line_is_cancelled_apart_and_the_rest_is_shipped(road: Road) -> None:
    """The marketplace is told of that line alone; the shop's order is held until it was taken out there, and its last
    line takes it along."""
    items = [{"sku": "TST-001", "price": "12.10", "quantity": 2}, {"sku": "TST-001", "price": "9.00"}]
    order_id = road.bol.place_order(items=items)
    road.go(rounds=2)
    first, second = only().lines.order_by("pk")
    reason = CancellationReason.OUT_OF_STOCK

    assert cancel_order(order=only(), reason=reason, now=road.clock(), by=None, lines=[first.pk])
    assert not cancel_order(order=only(), reason=reason, now=road.clock(), by=None, lines=[first.pk])
    road.go(rounds=6)

    assert [row["reasonCode"] for row in road.bol.cancellations] == ["OUT_OF_STOCK"]
    assert list(Cancellation.objects.values_list("order_line", "quantity", "state")) == [(first.pk, 2, "settled")]
    assert [made["status"] for made in in_shop(road, order_id)] == ["on-hold"]
    assert (only().status, only().place, only().problem_code) == ("open", "in_shop", "lines_to_take_out")
    assert label_of(only()) == "needs_attention"
    assert only().events.get(code="partly_cancelled_by_hand").params["lines"] == ["TST-001"]

    assert accept_shop_order(order=only(), now=road.clock(), by=None)
    road.go(rounds=2)
    assert [made["status"] for made in in_shop(road, order_id)] == ["processing"]
    assert (only().problem_code, label_of(only())) == ("", "in_shop")
    assert only().decisions.get().about["version"] == only().copy.version == only().copy.acknowledged_version

    assert cancel_order(order=only(), reason=reason, now=road.clock(), by=None, lines=[second.pk])
    road.go(rounds=6)
    assert [made["status"] for made in in_shop(road, order_id)] == ["cancelled"]
    assert (only().status, len(road.bol.cancellations)) == (Order.Status.CANCELLED, 2)


def test_a_line_of_an_order_on_its_way_to_the_shop_is_cancelled_apart_and_never_gets_there(road: Road) -> None:
    order_id = road.bol.place_order(
        items=[{"sku": "TST-001", "price": "12.10"}, {"sku": "TST-001", "price": "9.00", "quantity": 2}]
    )
    road.read()
    assert Product.objects.get(sku="TST-001").reserved == 3
    last = only().lines.latest("pk")

    assert cancel_order(
        order=only(), reason=CancellationReason.OUT_OF_STOCK, now=road.clock(), by=None, lines=[last.pk]
    )
    assert Product.objects.get(sku="TST-001").reserved == 1
    road.go(rounds=4)

    [made] = in_shop(road, order_id)
    assert (made["status"], [line["quantity"] for line in made["line_items"]]) == ("processing", [1])
    assert (made["total"], only().place, only().problem_code) == ("12.10", "in_shop", "")
    assert [row["reasonCode"] for row in road.bol.cancellations] == ["OUT_OF_STOCK"]
    assert Product.objects.get(sku="TST-001").reserved == 0


def test_where_only_whole_orders_are_cancelled_a_line_is_not(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    road.bol.place_order(items=[{"sku": "TST-001", "price": "12.10"}, {"sku": "TST-001", "price": "9.00"}])
    road.go(rounds=2)
    before = OutboxMessage.objects.values().get(kind="shop_order")
    monkeypatch.setattr(BolMarketplace, "spec", replace(BolMarketplace.spec, whole_order_cancellation=True))

    with pytest.raises(OnlyWhole):
        cancel_order(
            order=only(),
            reason=CancellationReason.OUT_OF_STOCK,
            now=road.clock(),
            by=None,
            lines=[only().lines.latest("pk").pk],
        )

    assert not Cancellation.objects.exists()
    assert (OutboxMessage.objects.values().get(kind="shop_order"), road.bol.cancellations) == (before, [])


def test_what_is_shipped_cannot_be_cancelled(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.ship(in_shop(road, order_id)[0]["id"])
    road.go(rounds=3)

    assert not cancel_order(order=only(), reason=CancellationReason.OUT_OF_STOCK, now=road.clock(), by=None)
    assert not Cancellation.objects.exists()


def test_a_step_that_support_gave_up_stays_so_until_something_else_is_wanted(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.read()
    item = OutboxMessage.objects.get(kind="shop_order")
    assert discard_message(message=item, reason="The merchant asked for it", now=road.clock(), by=None)

    road.bol.change_order(order_id)
    road.go(rounds=2)
    assert (in_shop(road, order_id), OutboxMessage.objects.get(kind="shop_order").state) == ([], "discarded")

    road.bol.change_order(order_id, quantityCancelled=1)
    road.go(rounds=2)
    assert [line["quantity"] for made in in_shop(road, order_id) for line in made["line_items"]] == [1]
