"""A parcel's code or carrier that changes after it was reported: the marketplace has what the shop says in the end."""

from __future__ import annotations

from typing import Any

import pytest

from carriers.models import CarrierPlan
from engine.models import OutboxMessage
from marketplaces.bol.adapter import Bol
from orders.flows.choose_carrier import choose_carrier
from orders.models import Order, Shipment
from tests.races.hands import Worker
from tests.road import Road, named

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def made(road: Road) -> dict[str, Any]:
    """The shop's order, not shipped yet."""
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    [made] = road.shop.orders_with(named(order_id))
    return dict(made)


def shipped(road: Road, made: dict[str, Any]) -> None:
    road.shop.ship(made["id"], carrier="PostNL", tracking_code="3SOLD")
    road.read()


def told(road: Road) -> list[tuple[str, str]]:
    rows = road.bol.shipments_of(Order.objects.get().marketplace_order_id)
    return [(row["transport"]["transporterCode"], row["transport"].get("trackAndTrace", "")) for row in rows]


def codes() -> list[str]:
    wanted = ["shipment_confirmed", "tracking_corrected", "tracking_not_corrected", "further_parcel"]
    return list(Order.objects.get().events.filter(code__in=wanted).order_by("pk").values_list("code", flat=True))


@pytest.mark.parametrize("anew", [False, True])
def test_a_code_that_changes_after_it_was_confirmed_is_corrected(road: Road, made: dict[str, Any], anew: bool) -> None:
    shipped(road, made)
    road.go(rounds=4)
    assert told(road) == [("TNT", "3SOLD")]

    road.shop.correct_code(made["id"], "3SNEW", anew=anew)
    road.go(rounds=4)

    assert told(road) == [("TNT", "3SNEW")]
    assert codes() == ["shipment_confirmed", "tracking_corrected"]
    parcel = Shipment.objects.get()
    assert (parcel.state, parcel.tracking_code, parcel.version, parcel.acknowledged_version) == (
        "confirmed", "3SNEW", 2, 2,
    )  # fmt: skip
    requests = len(road.bol.requests)
    road.shop.correct_code(made["id"], "3SNEW", anew=False)  # the same once more
    road.deliver()
    assert len(road.bol.requests) == requests


def test_a_code_that_changes_while_the_report_is_in_hand_is_corrected(road: Road, made: dict[str, Any]) -> None:
    shipped(road, made)
    worker = Worker(road)
    worker.take()
    road.shop.correct_code(made["id"], "3SNEW")
    road.read()
    worker.settle()
    road.go(rounds=5)

    assert told(road) == [("TNT", "3SNEW")]
    assert Shipment.objects.get().state == "confirmed"


def test_a_code_that_changes_while_the_marketplace_decides_is_corrected_after_that(
    road: Road, made: dict[str, Any]
) -> None:
    shipped(road, made)
    road.deliver()
    assert OutboxMessage.objects.get(kind="confirm_shipment").state == "submitted"
    road.shop.correct_code(made["id"], "3SNEW")
    road.go(rounds=6)

    assert told(road) == [("TNT", "3SNEW")]
    assert codes() == ["shipment_confirmed", "tracking_corrected"]


@pytest.mark.parametrize("after_handling", [False, True])
def test_a_correction_whose_answer_is_lost_is_made_again(
    road: Road, made: dict[str, Any], after_handling: bool
) -> None:
    shipped(road, made)
    road.go(rounds=4)
    road.shop.correct_code(made["id"], "3SNEW")
    road.read()
    road.bol.fail_next("cut", after_handling=after_handling, method="PUT", path="/retailer/transports")
    road.go(rounds=6, minutes=3)

    assert told(road) == [("TNT", "3SNEW")]
    assert codes() == ["shipment_confirmed", "tracking_corrected"]


def test_another_carrier_is_told_too(road: Road, made: dict[str, Any]) -> None:
    shipped(road, made)
    road.go(rounds=4)
    parcels = next(row for row in road.shop.world.orders[made["id"]]["meta_data"] if "tracking_items" in row["key"])
    parcels["value"][0]["tracking_provider"] = "DPD"
    road.shop.correct_code(made["id"], "0912")
    road.go(rounds=4)
    assert told(road) == [("DPD-NL", "0912")]


def test_a_carrier_that_a_person_chose_stays_chosen(road: Road, made: dict[str, Any]) -> None:
    CarrierPlan.objects.update(default_carrier="")
    road.shop.ship(made["id"], carrier="Pigeon", tracking_code="P1")
    road.go(rounds=2)
    assert Shipment.objects.get().problem_code == "no_carrier"

    assert choose_carrier(shipment=Shipment.objects.get(), carrier="dpd", now=road.clock(), by=None)
    road.go(rounds=4)
    road.shop.correct_code(made["id"], "P2")
    road.go(rounds=4)

    assert told(road) == [("DPD-NL", "P2")]
    assert Order.objects.get().decisions.get().about == {"carrier": "dpd"}


def test_where_no_correction_is_taken_the_merchant_is_told_and_nothing_is_sent(
    road: Road, made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Bol, "correct_tracking")
    shipped(road, made)
    road.go(rounds=4)
    road.shop.correct_code(made["id"], "3SNEW")
    road.go(rounds=3)

    assert told(road) == [("TNT", "3SOLD")]
    assert codes() == ["shipment_confirmed", "tracking_not_corrected"]
    parcel = Shipment.objects.get()
    assert (parcel.state, parcel.tracking_code, parcel.reported_code) == ("confirmed", "3SNEW", "3SOLD")
    assert not OutboxMessage.objects.exclude(state__in=OutboxMessage.SETTLED).exists()


def test_a_further_code_is_kept_and_corrects_nothing(road: Road, made: dict[str, Any]) -> None:
    shipped(road, made)
    road.go(rounds=4)
    road.shop.ship(made["id"], carrier="PostNL", tracking_code="3SMORE")
    road.go(rounds=3)

    assert told(road) == [("TNT", "3SOLD")]
    assert codes() == ["shipment_confirmed", "further_parcel"]
