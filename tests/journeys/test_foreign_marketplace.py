"""The whole road with a marketplace whose adapter is no part of the product: acceptance, feeds, and XML that errs with 200."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from connections.adapters import mounted
from connections.flows.connect_account import connect_account
from connections.models import MarketplaceAccount
from connections.starting import start
from engine.models import Lane, OutboxMessage
from orders.models import Order, Shipment
from ordersync.demo import build_demo, demo_user
from shops.woocommerce.simulator import WooCommerceSimulator
from stock.models import Offer
from tests.clock import Clock
from tests.foreign.bazaar.simulator import BazaarSimulator, called
from tests.foreign.registered import foreign_marketplaces  # noqa: F401 - a fixture of these tests
from tests.road import SHOP, Road, named

pytestmark = [pytest.mark.django_db, pytest.mark.either, pytest.mark.usefixtures("foreign_marketplaces")]
BAZAAR = "https://bazaar.test"
SKUS = ("TST-001", "TST-002", "TST-003")


@dataclass
class BazaarRoad(Road):
    bol: BazaarSimulator  # type: ignore[assignment]
    code: str = "bazaar"

    @property
    def bazaar(self) -> BazaarSimulator:
        return self.bol

    def place(self, *skus: str) -> str:
        return self.bazaar.place_order(items=[{"sku": sku, "price": "12.10", "quantity": 2} for sku in skus])

    def calls(self, verb: str) -> list[Any]:
        """What was posted to one of the bazaar's verbs, in the order in which it took effect."""
        return [called(seen.body) for seen in self.bazaar.requests_to("POST", f"/xml/{verb}") if seen.handled]

    def cut(self, verb: str, *, after: bool = True) -> None:
        self.bazaar.fail_next("cut", after_handling=after, path=f"/xml/{verb}")

    def in_shop(self, order_id: str) -> Any:
        [made] = self.shop.orders_with(named(order_id, self.code))
        return made


@pytest.fixture
def road(clock: Clock, shop: WooCommerceSimulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[BazaarRoad]:
    monkeypatch.setattr("engine.pacing.AccountPacer.acquire", lambda *_: None)
    with to_bazaar(clock, shop, BazaarSimulator(), "bazaar") as made:
        yield made


@pytest.fixture
def old_road(clock: Clock, shop: WooCommerceSimulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[BazaarRoad]:
    """The road to the older version, its products read and their stock told."""
    monkeypatch.setattr("engine.pacing.AccountPacer.acquire", lambda *_: None)
    with to_bazaar(clock, shop, BazaarSimulator(version=2), "old_bazaar") as made:
        made.go(rounds=4)
        yield made


@contextmanager
def to_bazaar(clock: Clock, shop: WooCommerceSimulator, bazaar: BazaarSimulator, code: str) -> Iterator[BazaarRoad]:
    shop.add_product("TST-003", price="12.10", stock=10)
    with mounted({BAZAAR: bazaar.mount(), SHOP: shop.mount()}):
        demo = build_demo(bol_url=BAZAAR, shop_url=SHOP, now=clock(), active=False)
        fields = dict(bazaar.connect_with(BAZAAR))
        MarketplaceAccount.objects.filter(pk=demo.account.pk).update(marketplace=code)
        demo.account.refresh_from_db()
        demo.account.credentials = {"secret": fields.pop("secret")}
        demo.account.settings = fields
        demo.account.save()
        demo.connection.refresh_from_db()
        start(connection=demo.connection, activated_from=None, now=clock(), by=None)
        for sku in SKUS:
            bazaar.add_offer(sku)
        yield BazaarRoad(clock, bazaar, shop, demo, code=code)  # type: ignore[arg-type]


@pytest.fixture
def stocked(road: BazaarRoad) -> BazaarRoad:
    """The road, its products read and their stock told."""
    road.go(rounds=4)
    return road


def test_stock_goes_out_in_one_feed_and_each_offer_has_its_answer(road: BazaarRoad) -> None:
    road.shop.add_product("NOT-THERE", price="5.00", stock=5)

    road.go(rounds=5)

    [feed] = road.calls("updateStock")
    assert {row["sku"]: row["quantity"] for row in feed["offers"]} == {**dict.fromkeys(SKUS, "10"), "NOT-THERE": "5"}
    assert [road.bazaar.stock_of(sku) for sku in (*SKUS, "NOT-THERE")] == [10, 10, 10, None]
    told = {row.reference: (row.acknowledged_quantity, row.problem_code, row.offer_id) for row in Offer.objects.all()}
    ids = {sku: road.bazaar.offers[sku]["offer"] for sku in SKUS}
    assert told == {**{sku: (10, "", ids[sku]) for sku in SKUS}, "NOT-THERE": (None, "offer_not_found", "")}
    assert stock_messages() == {"done": 3, "discarded": 1}


@pytest.mark.parametrize("verb", ["updateStock", "getFeed"])
def test_a_feed_or_its_report_that_is_cut_off_ends_in_the_same(road: BazaarRoad, verb: str) -> None:
    road.shop.add_product("NOT-THERE", price="5.00", stock=5)
    road.cut(verb)

    road.go(rounds=8, minutes=1)

    assert {len(feed["offers"]) for feed in road.calls("updateStock")} == {4}
    assert len(road.calls("updateStock")) == (2 if verb == "updateStock" else 1)
    assert [road.bazaar.stock_of(sku) for sku in SKUS] == [10, 10, 10]
    assert stock_messages() == {"done": 3, "discarded": 1}


@pytest.mark.parametrize("fault", ["", "acceptLines", "listOrders", "shipParcel"])
def test_an_order_is_accepted_comes_into_the_shop_once_and_its_parcel_is_confirmed_once(
    stocked: BazaarRoad, fault: str
) -> None:
    road = stocked
    order_id = road.place("TST-001", "TST-002")
    if fault:
        road.cut(fault)
    road.go(rounds=6, minutes=6)
    made = road.in_shop(order_id)
    assert [line["accepted"] for line in road.bazaar.orders[order_id]["lines"]] == ["yes", "yes"]
    assert {tuple(line["id"] for line in call["lines"]) for call in road.calls("acceptLines")} == {
        tuple(road.bazaar.lines_of(order_id))
    }
    assert (made["status"], made["total"]) == ("processing", "48.40")
    address = made["shipping"]
    assert (address["first_name"], address["last_name"]) == ("Anna", "van der Berg")
    assert [road.shop.stock_of(sku) for sku in SKUS] == [8, 8, 10]

    road.shop.ship(made["id"], carrier="PostNL", tracking_code="3SBZ1")
    road.go(rounds=8, minutes=6)

    [parcel] = road.bazaar.parcels_of(order_id)
    assert (parcel["carrier"], parcel["code"]) == ("PNL", "3SBZ1")
    assert [line["quantity"] for line in parcel["lines"]] == ["2", "2"]
    assert len(road.calls("shipParcel")) == 1
    assert (Order.objects.get().status, Order.objects.get().problem_code) == ("shipped", "")
    assert [road.bazaar.stock_of(sku) for sku in SKUS] == [8, 8, 10]


def test_a_report_that_never_arrived_is_made_once_more(stocked: BazaarRoad) -> None:
    road = stocked
    order_id = road.place("TST-001")
    road.go(rounds=3, minutes=6)
    road.shop.ship(road.in_shop(order_id)["id"], carrier="PostNL", tracking_code="3SBZ1")
    road.cut("shipParcel", after=False)

    road.go(rounds=8, minutes=6)

    assert [parcel["code"] for parcel in road.bazaar.parcels_of(order_id)] == ["3SBZ1"]
    assert Shipment.objects.get().state == Shipment.State.CONFIRMED


@pytest.mark.parametrize("arrived", [None, True, False])
def test_an_order_that_is_accepted_whole_waits_for_a_person_while_one_line_cannot_be(
    old_road: BazaarRoad, arrived: bool | None
) -> None:
    road = old_road
    order_id = road.place("TST-001", "NOBODY-KNOWS")
    road.go(rounds=3, minutes=6)
    order = Order.objects.get()
    assert (order.place, order.problem_code, order.problem) == (
        "needs_attention", "unknown_product", {"skus": ["NOBODY-KNOWS"]},
    )  # fmt: skip
    assert road.bazaar.requests_to("POST", "/xml/acceptLines") == []
    assert road.shop.orders_with(named(order_id, road.code)) == []

    road.shop.add_product("NOBODY-KNOWS", price="12.10", stock=3)
    if arrived is not None:
        road.cut("acceptLines", after=arrived)
    road.go(rounds=6, minutes=6)

    told = [[line["id"] for line in call["lines"]] for call in road.calls("acceptLines")]
    assert told == [road.bazaar.lines_of(order_id)]
    assert len(road.bazaar.requests_to("POST", "/xml/acceptLines")) == (2 if arrived is False else 1)
    assert [line["accepted"] for line in road.bazaar.orders[order_id]["lines"]] == ["yes", "yes"]
    assert road.in_shop(order_id)["total"] == "48.40"
    assert (Order.objects.get().place, Order.objects.get().problem_code) == ("in_shop", "")


@pytest.mark.parametrize(("arrived", "times", "took_effect"), [(True, 1, 2), (False, 1, 1), (True, 3, 4)])
def test_a_report_that_nothing_lists_is_repeated_until_it_is_known_to_be_there(
    old_road: BazaarRoad, arrived: bool, times: int, took_effect: int
) -> None:
    """What is refused as known took effect, too: it is answered."""
    road = old_road
    order_id = road.place("TST-001")
    road.go(rounds=3, minutes=6)
    road.shop.ship(road.in_shop(order_id)["id"], carrier="PostNL", tracking_code="3SBZ1")
    road.bazaar.fail_next("cut", after_handling=arrived, times=times, path="/xml/shipParcel")

    road.go(rounds=10, minutes=6)

    assert [parcel["code"] for parcel in road.bazaar.parcels_of(order_id)] == ["3SBZ1"]
    assert len(road.bazaar.requests_to("POST", "/xml/shipParcel")) == times + 1
    assert len(road.calls("shipParcel")) == took_effect
    assert road.bazaar.requests_to("POST", "/xml/listParcels") == []
    shipment = Shipment.objects.get()
    assert (shipment.state, shipment.problem_code, shipment.order.status) == (Shipment.State.CONFIRMED, "", "shipped")
    assert OutboxMessage.objects.get(kind="confirm_shipment").state == "done"


def test_a_code_that_changes_while_its_report_is_in_doubt_is_not_taken_for_told(old_road: BazaarRoad) -> None:
    road = old_road
    order_id = road.place("TST-001")
    road.go(rounds=3, minutes=6)
    made = road.in_shop(order_id)["id"]
    road.shop.ship(made, carrier="PostNL", tracking_code="3SOLD")
    road.cut("shipParcel")
    road.read()
    road.deliver()
    road.shop.correct_code(made, "3SNEW")

    road.go(rounds=8, minutes=6)

    assert [call["code"] for call in road.calls("shipParcel")] == ["3SOLD", "3SNEW"]
    assert [parcel["code"] for parcel in road.bazaar.parcels_of(order_id)] == ["3SOLD"]
    told = Order.objects.get().events.filter(code__in=["shipment_confirmed", "tracking_not_corrected"]).order_by("pk")
    assert [event.code for event in told] == ["shipment_confirmed", "tracking_not_corrected"]


@pytest.mark.parametrize("fault", ["", "listOrders"])
def test_what_is_cancelled_at_the_bazaar_is_cancelled_in_the_shop(stocked: BazaarRoad, fault: str) -> None:
    road = stocked
    order_id = road.place("TST-001")
    road.go(rounds=3, minutes=6)
    assert road.in_shop(order_id)["status"] == "processing"
    road.bazaar.cancel_order(order_id)
    if fault:
        road.cut(fault)

    road.go(rounds=4, minutes=6)

    assert road.in_shop(order_id)["status"] == "cancelled"
    assert (Order.objects.get().status, road.shop.stock_of("TST-001")) == ("cancelled", 10)


def test_one_that_is_cancelled_before_it_is_accepted_never_comes_into_the_shop(stocked: BazaarRoad) -> None:
    road = stocked
    order_id = road.place("TST-001")
    road.read()
    assert Order.objects.get().status == "pending"
    road.bazaar.cancel_order(order_id)
    road.clock.forward(minutes=1)

    road.go(rounds=3, minutes=6)

    assert road.shop.orders_with(named(order_id, "bazaar")) == []
    assert road.calls("acceptLines") == []
    assert (Order.objects.get().status, Order.objects.get().problem_code) == ("cancelled", "")


@pytest.mark.parametrize("fault", ["", "cancelLines"])
def test_what_the_merchant_cancels_is_cancelled_at_the_bazaar_once(stocked: BazaarRoad, fault: str) -> None:
    road = stocked
    order_id = road.place("TST-001", "TST-002")
    road.go(rounds=3, minutes=6)
    if fault:
        road.cut(fault)
    road.shop.set_status(road.in_shop(order_id)["id"], "cancelled")

    road.go(rounds=8, minutes=6)

    assert sorted(road.bazaar.cancellations) == [(line, "SOLD_OUT") for line in road.bazaar.lines_of(order_id)]
    assert Order.objects.get().status == "cancelled"


def test_a_refusal_that_comes_with_200_stops_the_account_not_the_orders(stocked: BazaarRoad) -> None:
    road = stocked
    right, road.bazaar.secret = road.bazaar.secret, "renewed"
    order_id = road.place("TST-001")
    road.go(rounds=3, minutes=6)
    assert Order.objects.count() == 0
    assert Lane.objects.get(key=road.demo.account.lane).state == Lane.State.REFUSED

    road.bazaar.secret = right
    account = MarketplaceAccount.objects.get()
    connect_account(
        company=account.company,
        marketplace="bazaar",
        name="Bazaar",
        settings=account.settings,
        credentials={"secret": right},
        now=road.clock(),
        by=None,
        account=account,
    )
    road.go(rounds=4, minutes=6)
    assert road.in_shop(order_id)["status"] == "processing"


@pytest.mark.parametrize("secret", ["bazaar-secret", "mistyped"])
def test_a_merchant_connects_it_on_its_page(road: BazaarRoad, client: Client, secret: str) -> None:
    client.force_login(demo_user(road.demo.company))
    assert "My stall" in client.get("/accounts/new/bazaar").content.decode()
    filled = {"name": "Second", "seller": road.bazaar.seller, "secret": secret, "base_url": BAZAAR}

    answer = client.post("/accounts/new/bazaar", filled)

    made = list(MarketplaceAccount.objects.filter(name="Second").values_list("marketplace", "settings__seller"))
    refused = "The signature does not fit." in answer.content.decode()
    assert (made, refused) == (([], True) if secret == "mistyped" else ([("bazaar", "S-100")], False))


def stock_messages() -> Counter[str]:
    return Counter(OutboxMessage.objects.filter(kind="update_offer_stock").values_list("state", flat=True))
