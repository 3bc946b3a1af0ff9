"""From bol into a PrestaShop without a module, shipped there, and back; stopped at every request on the way.

Whatever is cut off and whenever: one order in the shop, or an alarm.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import reverse

from connections.adapters import mounted
from connections.models import Shop
from engine.delivery import Delivery
from engine.models import Attempt, OutboxMessage, SyncCursor
from engine.reading import read
from marketplaces.bol.simulator import BolSimulator
from orders.flows.resume_order import resume_order
from orders.models import Order, Shipment
from orders.words.problems import explain
from ordersync.demo import build_demo
from shops.prestashop.simulator import PrestaShopSimulator
from tests.api.calls import program
from tests.clock import Clock
from tests.effort import share
from tests.laid import lay
from tests.road import BOL, SHOP, named
from tests.web.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.either]
KEY = "DEMODEMODEMODEMODEMODEMODEMODEMO"


class Stopped(BaseException):
    """The worker is gone: nothing of it may catch this."""


@dataclass
class Way:
    """From bol to PrestaShop and back."""

    clock: Clock
    bol: BolSimulator
    shop: PrestaShopSimulator

    def read(self) -> None:
        SyncCursor.objects.filter(active=True).update(next_run_at=self.clock())
        read(clock=self.clock, threads=1)

    def deliver(self) -> None:
        Delivery(clock=self.clock, threads=1).run()

    def go(self, rounds: int = 6, **step: float) -> None:
        for _ in range(rounds):
            self.read()
            self.deliver()
            self.clock.forward(**(step or {"seconds": 30}))

    def open_messages(self) -> list[str]:
        return list(
            OutboxMessage.objects.exclude(state__in=OutboxMessage.SETTLED).values_list("problem_code", flat=True)
        )


@pytest.fixture
def make_way(db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Way]]:
    monkeypatch.setattr("engine.pacing.AccountPacer.acquire", lambda *_: None)
    made: list[Any] = []

    def make() -> Way:
        bol, shop = BolSimulator(), PrestaShopSimulator()
        mounts = mounted({BOL: bol.mount(), SHOP: shop.mount()})
        mounts.__enter__()
        made.append(mounts)
        way = Way(clock, bol, shop)
        lay("prestashop", lambda: stock_up(way), (bol, shop), clock)
        return way

    yield make
    for mounts in made:
        mounts.__exit__(None, None, None)


def stock_up(way: Way) -> None:
    way.shop.add_product("TST-001", price="12.10", stock=10)
    way.bol.add_offer("TST-001", stock=0)
    demo = build_demo(bol_url=BOL, shop_url=SHOP, now=way.clock())
    record = Shop.objects.get(pk=demo.shop.pk)
    record.platform, record.settings = "prestashop", {"shop_url": SHOP, "carrier_id": "1"}
    record.credentials = {"api_key": KEY}
    record.save()
    way.go(rounds=2)


@pytest.fixture
def way(make_way: Callable[[], Way]) -> Way:
    return make_way()


def test_an_order_reaches_the_shop_once_and_its_tracking_gets_back(way: Way) -> None:
    order_id = way.bol.place_order(sku="TST-001", quantity=3, price="9.99")

    way.go()

    order = Order.objects.get()
    [made] = way.shop.orders_with(named(order_id))
    assert (order.place, order.shop_order_id, order.shop_order_number) == (
        "in_shop",
        str(made["id"]),
        made["reference"],
    )
    assert (str(order.shop_order_total), made["current_state"], made["note"]) == ("29.9700", "11", note_of(order_id))
    assert (way.shop.stock_of("TST-001"), way.bol.stock_of("TST-001")) == (7, 7)

    way.shop.ship(made["id"], carrier="PostNL", tracking_code="3SABC123")
    way.go()

    [shipment] = way.bol.shipments_of(order_id)
    assert (shipment["transport"]["transporterCode"], shipment["transport"]["trackAndTrace"]) == ("TNT", "3SABC123")
    assert Shipment.objects.get().state == Shipment.State.CONFIRMED
    assert way.open_messages() == []


def test_what_the_merchant_cancels_in_the_shop_is_cancelled_at_bol(way: Way) -> None:
    order_id = way.bol.place_order(sku="TST-001", quantity=1, price="12.10")
    way.go()
    [made] = way.shop.orders_with(named(order_id))

    way.shop.set_state(made["id"], "6")
    way.go()

    assert Order.objects.get().status == Order.Status.CANCELLED
    assert way.shop.stock_of("TST-001") == 10


def note_of(order_id: str) -> str:
    """Our reference, and the method that bol promised: none of the shop's carriers bears its name."""
    return f"{named(order_id)}\nShipping method: PostNL standard"


def assert_one_order(way: Way, order_id: str) -> None:
    [made] = way.shop.orders_with(named(order_id))
    order = Order.objects.get()
    assert (made["current_state"], made["note"]) == ("11", note_of(order_id))
    assert (order.place, order.shop_order_id) == (Order.Place.IN_SHOP, str(made["id"]))
    assert [row["id"] for row in way.shop.world.tables["carts"].values()] == [int(made["id_cart"])]
    assert (way.shop.stock_of("TST-001"), way.bol.stock_of("TST-001")) == (9, 9)
    assert way.open_messages() == []


REQUESTS = 17  # of the shop's, for the first order of a worker, of one line; the spec counts one with two


@pytest.mark.parametrize(
    ("at", "moment"), share([(at, moment) for moment in ("before", "after") for at in range(1, REQUESTS + 1)], of=4)
)
def test_a_worker_that_is_stopped_at_any_request_leaves_one_order(way: Way, at: int, moment: str) -> None:
    order_id = way.bol.place_order(sku="TST-001", quantity=1, price="12.10")
    way.read()
    count = 0

    def stop(request: object, when: str) -> None:
        nonlocal count
        count += when == moment
        if count == at and when == moment:
            way.shop.on_request = None
            raise Stopped

    way.shop.on_request = stop
    with pytest.raises(Stopped):
        way.deliver()
    way.clock.forward(minutes=4)  # the stopped worker's leases run out
    way.go(rounds=9, minutes=2)

    assert_one_order(way, order_id)


@pytest.mark.parametrize(
    ("at", "kind", "after_handling"),
    share(
        [(at, *lost) for lost in (("cut", False), ("cut", True), ("html", True)) for at in range(1, REQUESTS + 1)],
        of=6,
    ),
)
def test_an_answer_that_is_lost_at_any_request_leaves_one_order(
    way: Way, at: int, after_handling: bool, kind: str
) -> None:
    order_id = way.bol.place_order(sku="TST-001", quantity=1, price="12.10")
    way.read()
    count = 0

    def lose(request: Any, when: str) -> None:
        nonlocal count
        count += when == "after"
        if count == at - 1 and when == "after":
            way.shop.fail_next(kind, after_handling=after_handling, times=3 if request.method == "GET" else 1)

    if at == 1:
        way.shop.fail_next(kind, after_handling=after_handling)
    way.shop.on_request = lose
    way.deliver()
    assert count >= at
    way.shop.on_request = None
    way.shop._faults.clear()
    way.go(rounds=9, minutes=2)

    assert_one_order(way, order_id)


def test_a_request_that_the_shop_finishes_while_we_wait_is_found_and_not_repeated(way: Way) -> None:
    order_id = way.bol.place_order(sku="TST-001", quantity=1, price="12.10")
    way.shop.fail_next("cut", method="POST", path="/api/orders")
    way.go(rounds=2)
    assert way.shop.orders_with(named(order_id)) == []
    [cart] = way.shop.world.tables["carts"]

    way.clock.forward(minutes=3)
    way.deliver()
    assert len(way.shop.requests_to("POST", "/api/orders")) == 1  # it waits for the first request to settle
    way.shop.finish_late(cart, "12.10")
    way.go(rounds=9, minutes=1)

    assert len(way.shop.requests_to("POST", "/api/orders")) == 1
    [made] = way.shop.orders_with(named(order_id))
    assert (Order.objects.get().shop_order_id, made["note"]) == (str(made["id"]), note_of(order_id))


def test_a_request_that_the_shop_finishes_after_all_waiting_is_shouted_about(way: Way) -> None:
    order_id = way.bol.place_order(sku="TST-001", quantity=1, price="12.10")
    way.shop.fail_next("cut", method="POST", path="/api/orders")
    way.go(rounds=9, minutes=1)
    [made] = way.shop.orders_with(named(order_id))

    double = way.shop.finish_late(int(made["id_cart"]), "12.10")
    way.go(rounds=3)

    [told] = Order.objects.get().events.filter(code="doubled_in_shop")
    assert told.params["id"] == str(double["id"])


def test_a_total_that_the_shop_makes_otherwise_is_told_and_never_made_again(way: Way) -> None:
    way.shop.world.automatic_discount = "1.00"
    order_id = way.bol.place_order(sku="TST-001", quantity=1, price="12.10")

    way.go()

    order = Order.objects.get()
    [made] = way.shop.orders_with(named(order_id))
    assert (order.place, order.shop_order_id) == (Order.Place.NEEDS_ATTENTION, str(made["id"]))
    assert order.problem["shop"] == "11.10"
    assert (made["current_state"], way.shop.stock_of("TST-001")) == ("8", 10)

    made |= {"total_paid_tax_incl": "12.100000", "total_paid": "12.100000"}  # the merchant corrects the price there
    way.shop.set_state(made["id"], "2")
    resume_order(order=order, now=way.clock(), by=None)
    way.go()

    assert Order.objects.get().place == Order.Place.IN_SHOP
    assert len(way.shop.orders_with(named(order_id))) == 1
    assert way.shop.stock_of("TST-001") == 9


def test_a_country_that_is_not_active_is_told_and_the_order_goes_once_it_is(way: Way) -> None:
    order_id = way.bol.place_order(sku="TST-001", quantity=1, price="12.10")
    way.bol.world.orders[order_id]["shipmentDetails"]["countryCode"] = "BE"
    way.go()
    order = Order.objects.get()
    assert order.place == Order.Place.NEEDS_ATTENTION
    assert "country BE is not active" in explain(order.problem_code, order.problem).what

    way.shop.activate_country("BE")
    resume_order(order=order, now=way.clock(), by=None)
    way.go()

    assert [row["current_state"] for row in way.shop.orders_with(named(order_id))] == ["11"]


def test_a_refusal_with_values_is_told_in_the_reader_s_language_on_the_page_and_by_the_api(way: Way) -> None:
    order_id = way.bol.place_order(sku="TST-001", quantity=1, price="12.10")
    way.bol.world.orders[order_id]["shipmentDetails"]["countryCode"] = "BE"
    way.go()
    order = Order.objects.select_related("connection__project__company").get()
    company = order.connection.project.company
    url = reverse("v1:order", args=[order.pk])

    type(company).objects.update(language="fr")
    page = html.unescape(signed_in(company).get(reverse("web:order", args=[order.pk])).content.decode())
    told = program(company, **{"Accept-Language": "nl"}).get(url).json()["problem"]

    french = "Le pays BE n'est pas actif dans la boutique, qui ne crée alors pas de commande"
    assert page.count(french) >= 2  # beside the button that mends it, and in the history
    assert "is not active" not in page
    assert "Het land BE is niet actief in de winkel" in told["what"]
    assert "is not active" not in told["what"]
    assert "The country BE is not active" in Attempt.objects.filter(outcome="rejected").get().detail
