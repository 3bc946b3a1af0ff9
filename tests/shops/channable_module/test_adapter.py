"""What the adapters make of the modules: found again, never doubled in silence, every parcel, the shop's own times."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapterkit.errors import (
    AuthenticationFailed,
    MalformedResponse,
    NotFound,
    OutcomeUnknown,
    Rejected,
    TemporarilyUnavailable,
)
from adapterkit.records import Fulfilment, ShopOrderState
from adapterkit.simulator import Response
from tests.shops.channable_module.shops import NOW, adapter, line, order, simulator

M1, M2, PS = "magento1_module", "magento2_module", "prestashop_module"
HOOK = {M1: "/channableapi/order/index", M2: "/channable/order/hook", PS: "/index.php"}
SHIPMENTS = {M1: "/channableapi/order/shipments", M2: "/channable/order/shipments"}
ALL = pytest.mark.parametrize("code", [M1, M2, PS])
BOTH = pytest.mark.parametrize("code", [M1, M2])
ONE = order(line(1, "12.10"))


def stocked(code: str) -> tuple[Any, dict[str, str]]:
    side = simulator(code)
    return side, {"L1": str(side.add_product("MUG", stock=50))}


def spoil(monkeypatch: pytest.MonkeyPatch, side: Any, change: Callable[[Response], Response], path: str) -> None:
    """Let `change` alter the answers to posts on a path."""
    original = type(side)._handle

    def handle(self: Any, request: Any) -> Response:
        answer = original(self, request)
        return change(answer) if request.method == "POST" and request.path.startswith(path) else answer

    monkeypatch.setattr(type(side), "_handle", handle)


@ALL
def test_an_order_is_found_by_our_reference_and_no_other_is(code: str) -> None:
    side, products = stocked(code)
    shop = adapter(code, side)
    assert shop.find_orders("bol-A1", NOW) == []

    made = shop.create_order(ONE, "bol-A1", products)

    [found] = shop.find_orders("bol-A1", NOW)
    assert (found.shop_order_id, found.reference, found.state) == (made.shop_order_id, "bol-A1", ShopOrderState.OPEN)
    assert shop.find_orders("bol-A11", NOW) == []


@BOTH
def test_a_double_is_not_returned_as_the_order_but_looked_for_again(code: str) -> None:
    side, products = stocked(code)
    shop = adapter(code, side)
    first = shop.create_order(replace(ONE, attempt=1), "bol-A1", products)

    with pytest.raises(OutcomeUnknown, match="-1 beside it"):
        shop.create_order(replace(ONE, attempt=2), "bol-A1", products)

    found = [one.number for one in shop.find_orders("bol-A1", NOW)]
    assert found == [first.number, f"{first.number}-1"]


def test_prestashop_s_refusal_of_a_second_one_leads_to_the_first() -> None:
    side, products = stocked(PS)
    shop = adapter(PS, side)

    made = [shop.create_order(ONE, "bol-A1", products).shop_order_id for _ in range(2)]

    assert made == ["1", "1"]
    assert len(side.world.orders) == 1


@ALL
def test_an_order_that_was_made_although_it_is_refused_is_found(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    side, products = stocked(code)
    refusal = Response(200, {"validated": "false", "errors": "Could not send the order's mail"})
    spoil(monkeypatch, side, lambda answer: refusal, HOOK[code])

    made = adapter(code, side).create_order(ONE, "bol-A1", products)

    assert (made.reference, len(side.orders_with("bol-A1"))) == ("bol-A1", 1)


@ALL
def test_words_of_php_before_the_answer_do_no_harm(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    side, products = stocked(code)
    noise = b"<br />\n<b>Deprecated</b>: x[1] in <b>a.php</b> on line <b>3</b><br />\n"
    spoil(monkeypatch, side, lambda answer: Response(200, noise + answer.content), HOOK[code])

    assert adapter(code, side).create_order(ONE, "bol-A1", products).reference == "bol-A1"


@ALL
@pytest.mark.parametrize("kind", ["cut", "slow", "html", "empty", "malformed", "endless", "huge"])
def test_an_answer_that_is_lost_leaves_it_open_whether_the_order_is_there(code: str, kind: str) -> None:
    side, products = stocked(code)
    shop = adapter(code, side)
    side.fail_next(kind, after_handling=True, method="POST", path=HOOK[code])

    with pytest.raises(OutcomeUnknown):
        shop.create_order(ONE, "bol-A1", products)

    assert len(shop.find_orders("bol-A1", NOW)) == 1


@ALL
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_gateway_that_gives_up_leaves_it_open_too(code: str, status: int) -> None:
    side, products = stocked(code)
    side.fail_next(
        status=status, after_handling=True, method="POST", path=HOOK[code], body="<html>Backend fetch failed"
    )

    with pytest.raises(OutcomeUnknown):
        adapter(code, side).create_order(ONE, "bol-A1", products)


@ALL
@pytest.mark.parametrize("kind", ["html", "malformed"])
def test_a_look_that_cannot_be_read_finds_nothing_out(code: str, kind: str) -> None:
    side, _ = stocked(code)
    side.fail_next(kind, times=3, method="GET")

    with pytest.raises((TemporarilyUnavailable, MalformedResponse)):
        adapter(code, side).find_orders("bol-A1", NOW)


@BOTH
def test_a_shop_that_numbers_orders_its_own_way_is_noticed(code: str) -> None:
    side, products = stocked(code)
    side.world.use_channel_number = False
    shop = adapter(code, side)

    made = shop.create_order(ONE, "bol-A1", products)

    assert (made.number, made.reference) == ("000000001", "")
    assert shop.fetch_order("000000001").order.reference == ""


@BOTH
def test_another_prefix_is_noticed(code: str) -> None:
    side, products = stocked(code)
    side.world.prefix = "X-"

    assert adapter(code, side).create_order(ONE, "bol-A1", products).reference == ""


@BOTH
def test_an_order_of_our_number_that_the_module_did_not_make_is_told(code: str) -> None:
    side, products = stocked(code)
    shop = adapter(code, side)
    number = shop.create_order(ONE, "bol-A1", products).number
    side.world.orders[number]["method"] = "checkmo"

    with pytest.raises(Rejected, match="choose another prefix"):
        shop.find_orders("bol-A1", NOW)


def test_magento_2_with_letters_and_digits_only_is_found_by_them() -> None:
    side, products = stocked(M2)
    side.world.alphanumeric = True
    shop = adapter(M2, side, alphanumeric="yes")

    made = shop.create_order(ONE, "bol-A1", products)

    assert (made.number, made.reference) == ("M-bolA1", "bol-A1")
    assert [one.number for one in shop.find_orders("bol-A1", NOW)] == ["M-bolA1"]


def test_a_corrected_body_is_not_answered_with_the_first_one() -> None:
    side, products = stocked(M2)
    shop = adapter(M2, side)
    with pytest.raises(Rejected, match="too few"):
        shop.create_order(order(line(1, "12.10", 60), attempt=1), "bol-A1", products)
    side.set_stock("MUG", 100)

    assert shop.create_order(order(line(1, "12.10", 60), attempt=2), "bol-A1", products).reference == "bol-A1"
    assert [made["items"][0]["qty"] for made in side.orders_with("bol-A1")] == [60]


@BOTH
def test_what_the_marketplace_ships_is_complete_only_where_the_module_ships_it(code: str) -> None:
    for ships, state in ((True, ShopOrderState.COMPLETED), (False, ShopOrderState.OPEN)):
        side, products = stocked(code)
        side.world.ships_shipped = ships
        wanted = replace(ONE, fulfilment=Fulfilment.MARKETPLACE)
        assert adapter(code, side).create_order(wanted, "bol-A1", products).state is state


@BOTH
def test_times_are_those_of_the_shop_s_zone(code: str) -> None:
    side, products = stocked(code)
    shop = adapter(code, side)
    number = shop.create_order(ONE, "bol-A1", products).number
    side.ship(number, tracking_code="3S1")

    [page] = shop.fetch_updates(NOW)
    assert page.items[0].shipments[0].shipped_at == NOW
    [elsewhere] = adapter(code, side, time_zone="UTC").fetch_updates(NOW)
    assert elsewhere.items[0].shipments[0].shipped_at == NOW + timedelta(hours=1)
    with pytest.raises(Rejected, match="time zone"):
        list(adapter(code, side, time_zone="Mars/Olympus").fetch_updates(NOW))


@BOTH
def test_the_shop_s_clock_says_how_many_hours_lie_between(code: str) -> None:
    side, _ = stocked(code)
    for ago, asked in (({"minutes": 20}, ["1"]), ({"hours": 30}, ["1", "30"]), ({"days": 60}, ["1", "336"])):
        side.requests.clear()
        list(adapter(code, side).fetch_updates(NOW - timedelta(**ago)))
        assert [seen.path.rsplit("/", 1)[1] for seen in side.requests] == asked


@BOTH
def test_a_list_of_shipments_that_is_refused_with_200_is_no_empty_list(code: str) -> None:
    side, _ = stocked(code)
    answers = (({"validated": "false", "errors": "Unknown Token"}, AuthenticationFailed), ({}, MalformedResponse))
    for body, error in answers:
        path = SHIPMENTS[code]
        side.fail_next("status", status=200, path=path, body=body)
        with pytest.raises(error):
            list(adapter(code, side).fetch_updates(NOW))


def test_every_parcel_of_magento_2_is_read_though_the_status_tells_of_one() -> None:
    side, products = stocked(M2)
    shop = adapter(M2, side)
    number = shop.create_order(ONE, "bol-A1", products).number
    side.ship(number, carrier="PostNL", tracking_code="3S1", complete=False)
    side.ship(number, carrier="DPD", tracking_code="0512")

    codes = [(parcel.carrier_name, parcel.tracking_code) for parcel in shop.fetch_order(number).shipments]
    [page] = shop.reread_orders([number, "M-bol-A9"])

    assert codes == [("PostNL", "3S1"), ("DPD", "0512")]
    assert [parcel.tracking_code for parcel in page.items[0].shipments] == ["3S1", "0512"]
    assert len(page.items) == 1


@BOTH
def test_a_track_that_comes_late_is_read_when_the_order_is_read_again(code: str) -> None:
    side, products = stocked(code)
    shop = adapter(code, side)
    number = shop.create_order(ONE, "bol-A1", products).number
    side.ship(number, tracking_code="")
    [first] = shop.fetch_order(number).shipments
    side.add_track(number, "3SLATE")

    [page] = shop.reread_orders([number])

    assert (first.tracking_code, [p.tracking_code for p in page.items[0].shipments]) == ("", ["3SLATE"])


def test_an_order_that_was_complete_long_before_is_looked_up_for_its_parcels() -> None:
    side, products = stocked(M2)
    shop = adapter(M2, side)
    number = shop.create_order(ONE, "bol-A1", products).number
    side.ship(number, tracking_code="3SOLD")
    side.world.orders[number]["shipments"][0]["created_at"] = NOW - timedelta(hours=5)

    [page] = shop.fetch_updates(NOW)

    assert [parcel.tracking_code for parcel in page.items[0].shipments] == ["3SOLD"]


def test_what_magento_2_cancelled_is_told_and_what_doubles_is_marked() -> None:
    side, products = stocked(M2)
    shop = adapter(M2, side)
    number = shop.create_order(replace(ONE, attempt=1), "bol-A1", products).number
    with pytest.raises(OutcomeUnknown):
        shop.create_order(replace(ONE, attempt=2), "bol-A1", products)
    side.cancel(number)
    side.ship(f"{number}-1")

    [page] = shop.fetch_updates(NOW)

    told = {update.order.number: (update.order.state, update.order.double_of) for update in page.items}
    assert told == {
        number: (ShopOrderState.CANCELLED, ""),
        f"{number}-1": (ShopOrderState.COMPLETED, number),
    }


@BOTH
def test_the_feed_is_read_to_its_last_page(code: str) -> None:
    for count, limit in ((0, 50), (50, 50), (120, 50)):
        side = simulator(code)
        side.world.feed_limit = limit
        for number in range(count):
            side.add_product(f"P{number}", stock=number, price="9.95", ean=f"87{number}")
        pages = list(adapter(code, side).fetch_products())

        products = [product for page in pages for product in page.items]
        assert [product.sku for product in products] == [f"P{number}" for number in range(count)]
        assert pages[0].expected == count
        assert len(side.requests) == max(-(-count // limit), 1)
        if count:
            last = products[-1]
            assert (last.stock, str(last.price), last.ean) == (count - 1, "9.95", f"87{count - 1}")


def test_a_feed_without_numbers_of_stock_tells_only_what_is_sold_out() -> None:
    side = simulator(M2)
    side.add_product("A", stock=3)
    side.add_product("B", stock=0)
    shop = adapter(M2, side)
    for row in ({"qty": ""}, {}):
        answer = [
            {"id": "1", "sku": "A", "availability": "in stock", **row},
            {"id": "2", "availability": "out of stock", **row},
        ]
        side.fail_next("status", status=200, path="/channable/feed", body={"config": {}, "products": answer})
        [page] = shop.fetch_products()
        assert [product.stock for product in page.items] == [None, 0]


def test_one_product_that_cannot_be_read_stops_no_other() -> None:
    side = simulator(M2)
    rows = [{"sku": "no id"}, {"id": "2", "qty": "many"}, "text", {"id": "4", "sku": "OK", "qty": "5.00"}]
    side.fail_next("status", status=200, path="/channable/feed", body={"config": {}, "products": rows})

    [page] = adapter(M2, side).fetch_products()

    assert [product.sku for product in page.items] == ["OK"]
    assert [record.record_id for record in page.unreadable] == ["", "2", ""]


def test_a_feed_that_is_switched_off_is_explained() -> None:
    side = simulator(M1)
    side.world.feed_enabled = False

    with pytest.raises(Rejected, match="no product feed"):
        list(adapter(M1, side).fetch_products())


@BOTH
def test_a_module_that_takes_no_orders_is_refused_at_once(code: str) -> None:
    side, _ = stocked(code)
    side.world.orders_enabled = False

    with pytest.raises(AuthenticationFailed, match="switch it on"):
        adapter(code, side).verify_credentials()
    assert len(side.requests) == 1


@pytest.mark.parametrize("status", [200, 401])
def test_prestashop_s_wrong_key_is_refused_whatever_the_status(status: int) -> None:
    side, products = stocked(PS)
    side.world.refuses_with, side.key = status, "CHANNABLEother"
    shop = adapter(PS, side)

    for act in (
        shop.verify_credentials,
        lambda: shop.find_orders("bol-A1", NOW),
        lambda: shop.create_order(ONE, "bol-A1", products),
    ):
        with pytest.raises(AuthenticationFailed, match="refuses the key"):
            act()
    assert side.world.orders == {}


def test_prestashop_is_asked_by_a_text_that_is_no_id() -> None:
    side, products = stocked(PS)
    shop = adapter(PS, side)
    for number in range(30):
        shop.create_order(replace(ONE, order_id=f"B{number}"), f"bol-B{number}", products)

    assert shop.find_orders("bol-A1", NOW) == []
    with pytest.raises(NotFound):
        shop.fetch_order("9999")


def test_prestashop_s_order_of_another_reference_is_not_ours() -> None:
    side, _ = stocked(PS)
    other = {"id": 1, "reference": "OTHER", "is_shipped": "shipped"}
    side.fail_next("status", status=200, method="GET", path="/index.php", body=other)

    assert adapter(PS, side).find_orders("bol-A1", NOW) == []


@ALL
def test_the_secret_is_in_no_error_and_no_exchange(code: str) -> None:
    side, products = stocked(code)
    kept: list[Any] = []
    shop = adapter(code, side)
    shop.transport._recorder = type("Recorder", (), {"record": lambda self, exchange: kept.append(exchange)})()
    side.fail_next(status=500, method="POST", body={"said": f"{'module-token'} {'CHANNABLEkey'}"})
    with pytest.raises(OutcomeUnknown) as caught:
        shop.create_order(ONE, "bol-A1", products)
    shop.find_orders("bol-A1", NOW)

    told = f"{caught.value} {kept}"
    assert len(kept) == 2
    assert ("module-token" if code != PS else "CHANNABLEkey") not in told


@ALL
def test_the_address_for_stock_is_told_and_a_refusal_is_explained(code: str) -> None:
    side, _ = stocked(code)
    shop = adapter(code, side)
    for _ in range(2):
        shop.set_stock_address("https://hub.test/x")

    if code == PS:
        assert [hook["address"] for hook in side.world.webhooks.values()] == ["https://hub.test/x"]
        return
    assert side.world.stock_url == "https://hub.test/x"
    side.world.items_enabled = False
    with pytest.raises(Rejected, match="switch its item updates on"):
        shop.set_stock_address("https://hub.test/x")


@BOTH
def test_posted_stock_is_taken_with_the_shop_s_token_only(code: str) -> None:
    side, _ = stocked(code)
    shop = adapter(code, side)
    side.add_product("CUP", stock=0)
    side.world.stock_url = "set"
    posts: list[Any] = []
    side.run_cron(lambda headers, body: posts.append((headers, body)) or (200, b""))  # type: ignore[func-returns-value]
    [(headers, body)] = posts

    assert shop.receive_stock(headers, body) == {"1": 50, "2": 0}
    for wrong in ({}, {"X-MAGMODULES-TOKEN": ""}, {"X-MAGMODULES-TOKEN": "module-toke"}, {"X-MAGMODULES-TOKEN": "é"}):
        with pytest.raises(Rejected, match="token"):
            shop.receive_stock(wrong, body)


@BOTH
def test_a_shop_whose_token_is_not_known_posts_nothing_that_is_taken(code: str) -> None:
    shop = adapter(code, simulator(code))
    shop.settings = {**shop.settings, "token": ""}

    for headers in ({}, {"X-MAGMODULES-TOKEN": ""}):
        with pytest.raises(Rejected, match="token"):
            shop.receive_stock(headers, b"[]")


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        (
            b'[{"id":"1","stock":25.0},{"id":2,"stock":"3"},{"id":"3","stock":""},{"id":"4"},{"stock":9}]',
            {"1": 25, "2": 3},
        ),
        (b'{"id":"12_5","stock":7,"gtin":"X"}', {"12_5": 7}),
        (b'[{"id":"1","stock":-3},{"id":"2","stock":"1e9999"},{"id":"3","stock":NaN}]', None),
        (b"[]", {}),
        (b"{", None),
        (b"", None),
        (b'"text"', None),
        (b'["text"]', None),
        (json.dumps([{"id": str(n), "stock": n} for n in range(50)]).encode(), {str(n): n for n in range(50)}),
        (json.dumps([{"id": str(n), "stock": n} for n in range(51)]).encode(), None),
    ],
)
def test_what_is_posted_is_read_or_refused_whole(body: bytes, taken: dict[str, int] | None) -> None:
    shop = adapter(PS, simulator(PS))
    if taken is None:
        with pytest.raises(Rejected):
            shop.receive_stock({}, body)
    else:
        assert shop.receive_stock({}, body) == taken


def test_the_answer_names_each_item() -> None:
    answer = adapter(M2, simulator(M2)).answer_stock({"1": True, "2": False})

    assert answer["status"] == "success"
    assert [(item["id"], item["status"]) for item in answer["content"]] == [("1", "success"), ("2", "error")]
