"""From bol into shops with a Channable module and back; what a merchant decides where the module cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from adapterkit.records import CancellationReason, ReturnDecision
from adapterkit.simulator import Response
from connections.flows.announce_stock_address import announce_stock_address
from connections.flows.pause_direction import pause_direction
from connections.models import Direction, OrderConnection, Shop
from engine.models import OutboxMessage, SyncCursor
from marketplaces.bol.simulator import BolSimulator
from orders.flows.accept_shop_order import accept_shop_order
from orders.flows.cancel_order import cancel_order
from orders.flows.resume_order import resume_order
from orders.models import Order, OrderEvent, ReturnLine, Shipment
from orders.reading.backlogs import backlog
from orders.setup_list import Step, StepState, setup_list
from orders.sides.returns import decide_return
from orders.words.events import event_text
from orders.words.problems import explain
from stock.models import Offer, Product, StockMovement
from tests.clock import Clock
from tests.effort import share
from tests.journeys.module_road import stocked
from tests.journeys.test_test_orders import send
from tests.road import Road, named
from tests.web.test_pages import signed_in
from web.connections.words import step_words

pytestmark = [pytest.mark.django_db, pytest.mark.either]
M1, M2, PS = "magento1_module", "magento2_module", "prestashop_module"
ALL = pytest.mark.parametrize("code", share([M1, M2, PS], of=2))
BOTH = pytest.mark.parametrize("code", share([M1, M2], of=2))
HOOK = {M1: "/channableapi/order/index", M2: "/channable/order/hook", PS: "/index.php"}


@pytest.fixture
def make(clock: Clock, bol: BolSimulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Road]]:
    monkeypatch.setattr("engine.pacing.AccountPacer.acquire", lambda *_: None)
    with ExitStack() as mounts:
        yield lambda code, **options: stocked(code, clock, bol, mounts, **options)


def only() -> Order:
    return Order.objects.select_related("connection__account", "connection__project__shop", "company").get()


def key_of(road: Road, order: Order) -> Any:
    return int(order.shop_order_id) if isinstance(next(iter(road.shop.world.orders)), int) else order.shop_order_id


def codes() -> list[str]:
    return list(only().events.order_by("pk").values_list("code", flat=True))


@BOTH
def test_an_order_reaches_the_shop_once_and_its_tracking_gets_back(make: Callable[..., Road], code: str) -> None:
    road = make(code)
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.go(rounds=3)

    [made] = road.shop.orders_with(named(order_id))
    order = only()
    assert (order.place, order.shop_order_id, order.shop_order_total) == ("in_shop", made["number"], None)
    assert (str(made["total"]), road.shop.stock_of("TST-001"), road.bol.stock_of("TST-001")) == ("24.20", 8, 8)
    assert "sent_to_shop_untold" in codes()

    road.shop.ship(made["number"], carrier="PostNL", tracking_code="3SABC123")
    road.go(rounds=4)

    [shipment] = road.bol.shipments_of(order_id)
    assert (shipment["transport"]["transporterCode"], shipment["transport"]["trackAndTrace"]) == ("TNT", "3SABC123")
    assert Shipment.objects.get().state == Shipment.State.CONFIRMED


@ALL
def test_the_set_up_list_and_the_order_say_that_the_shop_tells_no_total(make: Callable[..., Road], code: str) -> None:
    road = make(code)
    road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.go(rounds=4)
    connection = OrderConnection.objects.select_related("project__shop").get()
    [platform] = [check for check in setup_list(connection) if check.step == Step.PLATFORM]

    assert platform.state == StepState.DONE
    assert "does not tell what an order came to" in step_words(platform, connection).what
    page = signed_in(road.demo.company).get(reverse("web:order", args=[only().pk])).content.decode()
    assert "not told by the shop" in page


@BOTH
def test_the_code_of_a_second_parcel_is_kept_where_the_marketplace_takes_one_only(
    make: Callable[..., Road], code: str
) -> None:
    road = make(code)
    order_id = road.bol.place_order(sku="TST-001", quantity=1, price="12.10")
    road.go(rounds=3)
    [made] = road.shop.orders_with(named(order_id))
    road.shop.ship(made["number"], tracking_code="3SFIRST")
    road.shop.add_track(made["number"], "3SSECOND", carrier="DPD")
    road.go(rounds=6)

    assert [sent["transport"]["trackAndTrace"] for sent in road.bol.shipments_of(order_id)] == ["3SFIRST"]
    parcels = Shipment.objects.order_by("pk").values_list("tracking_code", "carrier_name", "state", "lines__quantity")
    assert list(parcels) == [("3SFIRST", "PostNL", "confirmed", 1), ("3SSECOND", "DPD", "not_reported", None)]
    assert codes().count("further_parcel") == 1


def test_an_order_reaches_prestashop_once(make: Callable[..., Road]) -> None:
    road = make(PS)
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.go(rounds=4)

    [made] = road.shop.orders_with(named(order_id))
    assert (only().place, only().shop_order_id, only().shop_order_number) == ("in_shop", "1", made["reference"])
    assert (str(made["total"]), road.shop.stock_of("TST-001"), road.bol.stock_of("TST-001")) == ("24.2", 8, 8)


def test_what_prestashop_does_not_list_is_found_when_its_open_orders_are_read_again(make: Callable[..., Road]) -> None:
    road = make(PS)
    first, second = (road.bol.place_order(sku="TST-001") for _ in range(2))
    road.go(rounds=4)
    [sent], [gone] = (road.shop.orders_with(named(one)) for one in (first, second))
    road.shop.ship(sent["id"], tracking_code="", complete=True)
    road.go(rounds=2)
    road.shop.ship(sent["id"], tracking_code="3SLATE", complete=True)
    road.shop.cancel(gone["id"])
    road.go(rounds=6)

    assert [one["transport"]["trackAndTrace"] for one in road.bol.shipments_of(first)] == ["3SLATE"]
    assert [item["quantityCancelled"] for item in road.bol.world.orders[second]["orderItems"]] == [1]


@BOTH
def test_a_code_that_is_added_later_changes_no_date_and_gets_back(make: Callable[..., Road], code: str) -> None:
    road = make(code)
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=3)
    [made] = road.shop.orders_with(named(order_id))
    road.shop.ship(made["number"], tracking_code="")
    road.go(rounds=2)
    road.clock.forward(hours=3)
    road.shop.add_track(made["number"], "3SLATE")
    road.go(rounds=6)

    assert [one["transport"]["trackAndTrace"] for one in road.bol.shipments_of(order_id)] == ["3SLATE"]


def abroad(road: Road) -> str:
    details = {"firstName": "Lena", "surname": "Fischer", "streetName": "Lindenstr.", "houseNumber": "4"}
    order_id: str = road.bol.place_order(
        sku="TST-001",
        price="17.50",
        shipmentDetails={**details, "zipCode": "10969", "city": "Berlin", "countryCode": "DE"},
    )
    return order_id


def test_a_total_that_foreign_tax_changed_is_told_where_it_can_be_read(make: Callable[..., Road]) -> None:
    road = make(M1, api_user="ordersync")
    order_id = abroad(road)
    road.go(rounds=4)
    order = only()
    [made] = road.shop.orders_with(named(order_id))
    assert (order.place, order.problem_code, str(made["total"])) == ("needs_attention", "made_total_differs", "17.21")
    assert "comes to 17.21, the marketplace says 17.50" in explain(order.problem_code, order.problem).what

    assert accept_shop_order(order=only(), now=road.clock(), by=None)
    road.go(rounds=2)
    road.shop.ship(made["number"], tracking_code="3SFAR")
    road.go(rounds=4)
    assert (only().place, only().shop_order_total) == ("in_shop", made["total"])
    assert [one["transport"]["trackAndTrace"] for one in road.bol.shipments_of(order_id)] == ["3SFAR"]
    assert len(road.shop.orders_with(named(order_id))) == 1


def test_a_parcel_of_part_of_an_order_is_reported_with_its_pieces_where_magento_tells_them(
    make: Callable[..., Road],
) -> None:
    road = make(M2, api="yes")
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.go(rounds=3)
    [made] = road.shop.orders_with(named(order_id))
    assert (only().place, only().shop_order_total, "sent_to_shop" in codes()) == ("in_shop", made["total"], True)

    road.shop.ship(made["number"], tracking_code="3SONE", complete=False)
    road.go(rounds=4)
    [first] = road.bol.shipments_of(order_id)
    assert (first["transport"]["trackAndTrace"], [item["quantity"] for item in first["shipmentItems"]]) == (
        "3SONE",
        [1],
    )

    road.shop.ship(made["number"], tracking_code="3STWO")
    road.go(rounds=4)
    sent = {
        one["transport"]["trackAndTrace"]: one["shipmentItems"][0]["quantity"]
        for one in road.bol.shipments_of(order_id)
    }
    assert sent == {"3SONE": 1, "3STWO": 1}


@pytest.mark.parametrize("kind", ["cut", "html", "malformed"])
def test_with_an_api_user_an_order_is_found_whatever_its_number_is(make: Callable[..., Road], kind: str) -> None:
    road = make(M1, api_user="ordersync")
    road.shop.world.use_channel_number = False
    order_id = road.bol.place_order(sku="TST-001")
    road.read()
    road.shop.fail_next(kind, after_handling=True, method="POST", path=HOOK[M1])
    road.deliver()
    road.go(rounds=5, minutes=3)

    [made] = road.shop.orders_with(named(order_id))
    assert (only().place, only().shop_order_id, made["number"]) == ("in_shop", "000000001", "000000001")
    assert (only().shop_order_total, only().problem_code) == (made["total"], "")
    assert {line.shop_line_id for line in only().lines.all()} == {"100"}


def test_an_order_that_was_made_but_cannot_be_read_back_now_is_not_made_again(make: Callable[..., Road]) -> None:
    road = make(M1, api_user="ordersync")
    order_id = road.bol.place_order(sku="TST-001")
    road.read()
    road.shop.on_request = lambda request, when: (
        road.shop.fail_next(status=500, times=3, path="/api/xmlrpc")
        if when == "after" and request.path.startswith(HOOK[M1]) and request.body
        else None
    )
    road.deliver()
    assert (only().place, len(road.shop.orders_with(named(order_id)))) == ("waiting", 1)
    road.go(rounds=5, minutes=3)

    assert (only().place, len(road.shop.orders_with(named(order_id)))) == ("in_shop", 1)


@ALL
@pytest.mark.parametrize("kind", share(["cut", "slow", "html", "empty", "malformed"], of=2))
def test_an_unknown_outcome_is_looked_up_and_never_doubles(make: Callable[..., Road], code: str, kind: str) -> None:
    road = make(code)
    order_id = road.bol.place_order(sku="TST-001")
    road.read()
    road.shop.fail_next(kind, after_handling=True, method="POST", path=HOOK[code])
    road.deliver()
    road.go(rounds=5, minutes=3)

    assert len(road.shop.orders_with(named(order_id))) == 1
    assert only().place == "in_shop"
    assert len([seen for seen in road.shop.requests_to("POST", HOOK[code]) if seen.body]) == 1


@ALL
def test_a_request_that_never_arrived_is_sent_again_once_it_has_settled(make: Callable[..., Road], code: str) -> None:
    road = make(code)
    order_id = road.bol.place_order(sku="TST-001")
    road.read()
    road.shop.fail_next("cut", method="POST", path=HOOK[code])
    road.deliver()
    road.go(rounds=2, minutes=1)
    assert (road.shop.orders_with(named(order_id)), only().place) == ([], "waiting")

    road.go(rounds=6, minutes=2)

    assert len(road.shop.orders_with(named(order_id))) == 1
    assert only().place == "in_shop"


@BOTH
def test_a_shop_that_finishes_after_we_looked_is_told_at_once(
    make: Callable[..., Road], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window that remains: the first request is finished between our last look and the second request."""
    road = make(code)
    order_id = road.bol.place_order(sku="TST-001")
    road.read()
    late: list[Any] = []
    original = type(road.shop)._handle

    def busy(self: Any, request: Any) -> Response:
        if request.method == "POST" and request.path.startswith(HOOK[code]):
            if not late:
                late.append(request)
                return Response(504, b"<html>Gateway Time-out</html>", media_type="text/html")
            original(self, late[0])
        return original(self, request)

    monkeypatch.setattr(type(road.shop), "_handle", busy)
    road.deliver()
    road.go(rounds=9, minutes=2)

    made = road.shop.orders_with(named(order_id))
    assert [one["number"].rsplit("-", 1)[-1] for one in made][1] == "1"
    order = only()
    assert (order.place, order.shop_order_id) == ("in_shop", made[0]["number"])
    doubled = OrderEvent.objects.get(code="doubled_in_shop")
    assert (doubled.params["number"], doubled.level) == (made[1]["number"], "problem")

    road.shop.ship(made[1]["number"], tracking_code="3SDOUBLE")
    road.go(rounds=3)
    assert OrderEvent.objects.filter(code="doubled_in_shop").count() == 1
    assert Shipment.objects.count() == 0


@ALL
def test_what_the_shop_refuses_is_explained_and_goes_on_once_it_is_mended(make: Callable[..., Road], code: str) -> None:
    road = make(code)
    road.shop.product("TST-001")["stock"] = 1
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    assert (only().place, only().problem_code) == ("needs_attention", "rejected")
    assert "too few" in only().problem["message"]
    assert road.shop.orders_with(named(order_id)) == []

    road.shop.product("TST-001")["stock"] = 9
    assert resume_order(order=only(), now=road.clock(), by=None)
    road.go(rounds=2)

    assert [sum(item["qty"] for item in made["items"]) for made in road.shop.orders_with(named(order_id))] == [2]
    assert only().place == "in_shop"


@BOTH
def test_a_test_order_finds_out_whether_orders_get_our_number(make: Callable[..., Road], code: str) -> None:
    road = make(code, active=False)
    road.shop.world.use_channel_number = False
    Product.objects.get_or_create(
        project=road.demo.shop.project, shop_product_id="1", defaults={"sku": "TST-001", "stock": 10, "seen_at": road.clock()}
    )  # fmt: skip
    send(road)
    road.go(rounds=2)
    order = only()
    assert (order.place, order.problem_code, order.shop_order_number) == (
        "needs_attention", "shop_reference_missing", "000000001"
    )  # fmt: skip
    assert not accept_shop_order(order=order, now=road.clock(), by=None)
    connection = OrderConnection.objects.get()
    assert {c.step: c.state for c in setup_list(connection)}[Step.TEST_ORDER] == StepState.TO_DO

    road.shop.world.use_channel_number = True
    send(road, token=uuid4())
    road.go(rounds=2)

    connection.refresh_from_db()
    assert {c.step: c.state for c in setup_list(connection)}[Step.TEST_ORDER] == StepState.DONE


@BOTH
def test_an_order_with_the_shop_s_own_number_goes_on_when_the_merchant_accepts_it(
    make: Callable[..., Road], code: str
) -> None:
    road = make(code)
    road.shop.world.use_channel_number = False
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=3)
    order = only()
    assert (order.place, order.problem_code) == ("needs_attention", "shop_reference_missing")
    assert len(road.shop.orders_with(named(order_id))) == 1

    assert resume_order(order=order, now=road.clock(), by=None)
    road.go(rounds=2)
    assert (only().place, len(road.shop.orders_with(named(order_id)))) == ("needs_attention", 1)

    assert accept_shop_order(order=only(), now=road.clock(), by=None)
    assert not accept_shop_order(order=only(), now=road.clock(), by=None)
    road.go(rounds=2)
    assert (only().place, only().problem_code) == ("in_shop", "")
    accepted = OrderEvent.objects.get(code="accepted_as_in_shop")
    assert "does not carry our reference" in event_text(accepted)
    assert AuditEntry.objects.filter(action="order_accepted").count() == 1
    assert not OutboxMessage.objects.filter(state="needs_attention").exists()

    road.shop.ship("000000001", tracking_code="3SOWN")
    road.go(rounds=4)
    assert [one["transport"]["trackAndTrace"] for one in road.bol.shipments_of(order_id)] == ["3SOWN"]
    assert road.bol.stock_of("TST-001") == 9


@pytest.fixture
def posts() -> Callable[[Road], Callable[..., tuple[int, bytes]]]:
    """Tell the shop our address; return what its module posts with."""

    def told(road: Road) -> Callable[..., tuple[int, bytes]]:
        shop = Shop.objects.select_related("project__company").get()
        address = reverse("api:shop_notification", args=[shop.notification_token])
        assert announce_stock_address(shop=shop, url=f"https://hub.test{address}", now=road.clock(), by=None)

        def post(headers: Any, body: bytes) -> tuple[int, bytes]:
            given = {key: value for key, value in headers.items() if key != "Content-Type"}
            answer = Client().post(address, body, content_type="application/json", headers=given)
            return answer.status_code, answer.content

        return post

    return told


@BOTH
def test_stock_that_the_shop_posts_reaches_the_marketplace_without_reading_the_feed(
    make: Callable[..., Road], posts: Any, code: str
) -> None:
    road = make(code)
    post = posts(road)
    road.shop.run_cron(post)  # what the module has not told yet
    road.shop.set_stock("TST-001", 3)
    road.shop.add_product("NEW", stock=5)
    [(status, content)] = road.shop.run_cron(post)

    assert status == 200
    assert b'"id":"1","status":"success"' in content.replace(b'": "', b'":"').replace(b", ", b",")
    assert b"Unknown product" in content
    assert Product.objects.get(sku="TST-001").stock == 3
    assert StockMovement.objects.filter(cause="shop").order_by("-pk").first().change == -7
    assert Offer.objects.get(product__sku="TST-001").desired_quantity == 3
    road.deliver()
    assert road.bol.stock_of("TST-001") == 3


@BOTH
def test_stock_without_the_shop_s_token_changes_nothing(make: Callable[..., Road], posts: Any, code: str) -> None:
    road = make(code)
    post = posts(road)
    road.shop.token = "another"
    road.shop.set_stock("TST-001", 3)
    before = (StockMovement.objects.count(), Product.objects.get(sku="TST-001").stock)

    [(status, content)] = road.shop.run_cron(post)

    assert (status, b"not the shop's" in content, b"module-token" in content) == (401, True, False)
    assert (StockMovement.objects.count(), Product.objects.get(sku="TST-001").stock) == before


def test_prestashop_posts_one_product_to_the_secret_address(make: Callable[..., Road], posts: Any) -> None:
    road = make(PS)
    post = posts(road)

    [(status, _)] = road.shop.sell("TST-001", 4, post)

    assert (status, Product.objects.get(sku="TST-001").stock) == (200, 6)
    road.deliver()
    assert road.bol.stock_of("TST-001") == 6


@ALL
@pytest.mark.parametrize("body", share([b"", b"{", b"null", b'"x"', b"[1]", b"[{}]" * 2], of=2))
def test_a_message_that_cannot_be_read_is_refused_whole(
    make: Callable[..., Road], posts: Any, code: str, body: bytes
) -> None:
    road = make(code)
    headers = {"X-MAGMODULES-TOKEN": "module-token"}
    before = StockMovement.objects.count()

    assert posts(road)(headers, body)[0] == 400
    assert StockMovement.objects.count() == before


def announced(road: Road) -> tuple[str, ReturnLine]:
    """A buyer got two pieces and announces that both come back."""
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.go(rounds=3)
    [made] = road.shop.orders_with(named(order_id))
    road.shop.ship(made["number"], tracking_code="3SABC")
    road.go(rounds=4)
    road.bol.register_return(order_id, quantity=2)
    road.clock.forward(hours=1)
    road.go(rounds=2)
    return made["number"], ReturnLine.objects.get()


def handled(road: Road) -> list[tuple[str, int]]:
    return [
        (result["handlingResult"], result["quantity"])
        for found in road.bol.world.returns.values()
        for item in found.row["returnItems"]
        for result in item.get("processingResults", ())
    ]


@BOTH
def test_a_return_is_told_to_the_shop_once_and_the_decision_there_reaches_the_marketplace(
    make: Callable[..., Road], code: str
) -> None:
    road = make(code)
    number, line = announced(road)
    [(return_id, kept)] = road.shop.world.returns.items()
    assert (kept["status"], kept["order"], kept["body"]["item"]["quantity"]) == ("new", number, 2)
    assert (line.shop_return_id, line.state, line.decision) == (str(return_id), "new", "")

    road.clock.forward(hours=2)
    road.go(rounds=2)
    assert (handled(road), len(road.shop.world.returns)) == ([], 1)

    road.shop.decide_return(return_id, "accepted")
    road.clock.forward(minutes=20)
    road.go(rounds=4)

    assert handled(road) == [("RETURN_RECEIVED", 2)]
    line.refresh_from_db()
    assert (line.state, line.decision, line.decided_quantity) == ("accepted", "accepted", 2)
    assert [one for one in codes() if "return" in one] == [
        "return_registered", "return_in_shop", "return_decided_in_shop", "return_answered"
    ]  # fmt: skip
    asked = len(road.shop.requests_to("GET", "/channable"))
    road.clock.forward(hours=1)
    road.go(rounds=1)
    assert not [seen for seen in road.shop.requests_to("GET", "/channable")[asked:] if "return" in seen.path]


def test_a_credit_memo_in_magento_2_answers_the_return_at_the_marketplace(make: Callable[..., Road]) -> None:
    road = make(M2)
    road.shop.world.matches_returns = True
    number, _ = announced(road)

    road.shop.refund(number)
    road.clock.forward(minutes=20)
    road.go(rounds=5)

    assert handled(road) == [("RETURN_RECEIVED", 2)]
    assert codes().count("cancelled_in_shop") == 1


@BOTH
@pytest.mark.parametrize("kind", ["cut", "html"])
def test_a_return_that_may_be_in_the_shop_is_not_told_twice(make: Callable[..., Road], code: str, kind: str) -> None:
    road = make(code)
    hook = {M1: "/channableapi/returns/index", M2: "/channable/returns/hook"}[code]
    road.shop.fail_next(kind, after_handling=True, method="POST", path=hook)
    _, line = announced(road)
    road.clock.forward(hours=2)
    road.go(rounds=4)

    assert (len(road.shop.world.returns), len(road.shop.requests_to("POST", hook)), line.shop_return_id) == (1, 1, "")
    assert codes().count("return_maybe_in_shop") == 1
    assert OutboxMessage.objects.get(kind="create_shop_return").state == "discarded"
    assert decide_return(line=line, decision=ReturnDecision.ACCEPTED, quantity=2, now=road.clock(), by=None)


def test_a_shop_whose_returns_are_switched_off_says_so_and_the_orders_go_on(make: Callable[..., Road]) -> None:
    road = make(M2)
    road.shop.world.returns_enabled = False
    _, line = announced(road)

    told = OrderEvent.objects.get(code="return_not_in_shop")
    assert "switch them on" in event_text(told)
    assert (told.level, road.shop.world.returns, line.shop_return_id) == ("warning", {}, "")
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=3)
    assert len(road.shop.orders_with(named(order_id))) == 1


@BOTH
def test_a_return_that_is_called_off_in_the_shop_is_answered_here(make: Callable[..., Road], code: str) -> None:
    road = make(code)
    _, line = announced(road)
    road.shop.decide_return(int(line.shop_return_id), "cancelled")
    road.clock.forward(minutes=20)
    road.go(rounds=3)

    line.refresh_from_db()
    assert (line.shop_return_id, line.state, handled(road)) == ("", "new", [])
    assert codes().count("return_gone_in_shop") == 1
    assert decide_return(line=line, decision=ReturnDecision.KEEPS, quantity=0, now=road.clock(), by=None)
    road.go(rounds=4)
    assert handled(road) == [("CUSTOMER_KEEPS_PRODUCT_PAID", 0)]


@BOTH
def test_what_was_decided_here_first_stands_whatever_the_shop_says_later(make: Callable[..., Road], code: str) -> None:
    road = make(code)
    _, line = announced(road)
    decide_return(line=line, decision=ReturnDecision.REJECTED, quantity=2, now=road.clock(), by=None)
    road.shop.decide_return(int(line.shop_return_id), "accepted")
    road.clock.forward(minutes=20)
    road.go(rounds=4)

    assert handled(road) == [("RETURN_DOES_NOT_MEET_CONDITIONS", 2)]


def test_a_return_waits_while_nothing_is_sent_to_the_shop(make: Callable[..., Road]) -> None:
    road = make(M2)
    pause = {"connection": OrderConnection.objects.get(), "direction": Direction.PUSH, "by": None}
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.go(rounds=3)
    road.shop.ship(road.shop.orders_with(named(order_id))[0]["number"], tracking_code="3SABC")
    road.go(rounds=4)
    pause_direction(**pause, paused=True, now=road.clock())
    road.bol.register_return(order_id, quantity=2)
    road.clock.forward(hours=1)
    road.go(rounds=2)
    assert (road.shop.world.returns, backlog(pause["connection"], Direction.PUSH, road.clock())) == ({}, 1)

    pause_direction(**pause, paused=False, now=road.clock())
    road.go(rounds=2)
    assert (len(road.shop.world.returns), backlog(pause["connection"], Direction.PUSH, road.clock())) == (1, 0)


def test_a_return_is_not_told_to_a_shop_that_keeps_none(make: Callable[..., Road]) -> None:
    road = make(PS)
    order_id = road.bol.place_order(sku="TST-001", quantity=2, price="12.10")
    road.go(rounds=4)
    [made] = road.shop.orders_with(named(order_id))
    road.shop.ship(made["id"], tracking_code="3SABC", complete=True)
    road.go(rounds=4)
    road.bol.register_return(order_id, quantity=1)
    road.clock.forward(hours=1)
    road.go(rounds=2)

    assert ReturnLine.objects.count() == 1
    assert not OutboxMessage.objects.filter(kind="create_shop_return").exists()
    assert not SyncCursor.objects.filter(feed="shop_returns").exists()


@pytest.mark.parametrize("kind", ["", "cut"])
def test_those_who_pack_in_magento_2_read_that_an_order_is_cancelled(make: Callable[..., Road], kind: str) -> None:
    road = make(M2)
    type(road.demo.company).objects.update(language="nl")
    order_id = road.bol.place_order(sku="TST-001")
    road.read()
    if kind:
        road.shop.fail_next(kind, after_handling=True, method="POST", path=HOOK[M2])
    road.deliver()
    road.go(rounds=5, minutes=3)
    assert cancel_order(order=only(), reason=CancellationReason.OUT_OF_STOCK, now=road.clock(), by=None)
    road.go(rounds=3)

    [made] = road.shop.orders_with(named(order_id))
    assert made["memo"].count("Op de marktplaats geannuleerd. Niet verzenden.") == 1
    message = OutboxMessage.objects.get(kind="shop_order")
    assert (message.state, message.problem_code) == ("needs_attention", "cancel_it_yourself")
