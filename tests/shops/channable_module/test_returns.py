"""Returns and memos of the modules: told once, read back, and never a reason to stop the orders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapterkit.capabilities import has
from adapterkit.errors import AuthenticationFailed, MalformedResponse, NotFound, OutcomeUnknown, Rejected
from adapterkit.records import Product, ReturnDecision, ReturnLine
from adapterkit.shop import AddsNotes, CreatesReturns, ShopReturn
from shops.registry import all_shops
from tests.shops.channable_module.shops import adapter, line, order, simulator

M1, M2, PS = "magento1_module", "magento2_module", "prestashop_module"
BOTH = pytest.mark.parametrize("code", [M1, M2])
HOOK = {M1: "/channableapi/returns/index", M2: "/channable/returns/hook"}
STATUS = {M1: "/channableapi/returns/get", M2: "/channable/returns/status"}
ONE = order(line(1, "12.10", 2), attempt=7)
LINE = ReturnLine(
    return_line_id="R1-1", order_id="A1", ean="87", title="Mug", quantity=2, reason="Too big", comment="Sorry"
)


def placed(code: str) -> tuple[Any, Any, ShopReturn]:
    side = simulator(code)
    product = side.add_product("MUG", stock=50, ean="8710400000013")
    shop = adapter(code, side)
    made = shop.create_order(ONE, "bol-A1", {"L1": str(product)})
    returned = ShopReturn(
        number=41,
        return_id="R1",
        line=LINE,
        order=ONE,
        reference="bol-A1",
        shop_order_id=made.shop_order_id,
        product=Product(product_id=str(product), sku="MUG", ean="8710400000013", title="Mug"),
    )
    return side, shop, returned


def test_the_magento_pair_keeps_returns_and_prestashop_does_not() -> None:
    able = {code for code, found in all_shops().items() if has(found, CreatesReturns)}

    assert able == {M1, M2}
    assert has(all_shops()[M2], AddsNotes)
    assert not has(all_shops()[M1], AddsNotes)


@BOTH
def test_a_return_is_told_as_a_new_one_with_its_order_product_and_buyer(code: str) -> None:
    side, shop, returned = placed(code)

    assert shop.create_return(returned) == "1"

    [kept] = side.world.returns.values()
    assert (kept["status"], kept["order"]) == ("new", returned.shop_order_id)
    body = kept["body"]
    assert (body["channel_name"], body["channel_id"], body["channable_id"]) == ("bol", "bol-A1", 41)
    item = {name: value for name, value in body["item"].items() if name != "order_id"}
    assert item == {
        "id": "1", "gtin": "8710400000013", "title": "Mug", "quantity": 2, "reason": "Too big", "comment": "Sorry"
    }  # fmt: skip
    assert (body["customer"]["last_name"], body["address"]["address1"], body["address"]["zip_code"]) == (
        "de Vries", "Keizersgracht 12 B", "1015 CJ"
    )  # fmt: skip
    assert body["meta"] == {
        "channel_return_id": "R1", "channel_order_id": "A1", "channel_order_id_internal": "A1",
        "platform_order_id": returned.shop_order_id,
    }  # fmt: skip


@BOTH
def test_a_product_without_an_ean_is_named_by_its_sku_and_long_words_fit_the_columns(code: str) -> None:
    side, shop, returned = placed(code)
    wordy = replace(LINE, reason="r" * 300, comment="c" * 300)
    shop.create_return(replace(returned, line=wordy, product=replace(returned.product, ean="")))

    item = side.world.returns[1]["body"]["item"]
    assert (item["gtin"], len(item["reason"]), len(item["comment"])) == ("MUG", 255, 255)


@BOTH
def test_a_buyer_whose_name_is_gone_is_told_all_the_same(code: str) -> None:
    side, shop, returned = placed(code)
    shop.create_return(replace(returned, order=replace(ONE, delivery=None, billing=None)))

    assert side.world.returns[1]["body"]["customer"]["last_name"] == "-"


@BOTH
@pytest.mark.parametrize("decision", list(ReturnDecision))
def test_what_the_merchant_decides_is_read_back(code: str, decision: ReturnDecision) -> None:
    side, shop, returned = placed(code)
    return_id = shop.create_return(returned)
    assert shop.fetch_return(return_id) is None

    side.decide_return(int(return_id), decision.value)

    assert shop.fetch_return(return_id) is decision


@BOTH
def test_a_return_that_is_called_off_or_gone_waits_for_nothing(code: str) -> None:
    side, shop, returned = placed(code)
    first, second = shop.create_return(returned), shop.create_return(returned)
    side.decide_return(int(first), "cancelled")
    del side.world.returns[int(second)]

    for return_id in (first, second, "99"):
        with pytest.raises(NotFound):
            shop.fetch_return(return_id)


def test_magento_1_empties_the_status_of_a_return_that_is_deleted() -> None:
    side, shop, returned = placed(M1)
    side.decide_return(int(shop.create_return(returned)), "")

    with pytest.raises(NotFound):
        shop.fetch_return("1")


@BOTH
def test_a_state_that_nobody_knows_is_no_decision(code: str) -> None:
    side, shop, returned = placed(code)
    side.decide_return(int(shop.create_return(returned)), "melted")

    with pytest.raises(MalformedResponse, match="melted"):
        shop.fetch_return("1")


def test_a_credit_memo_accepts_the_return_where_the_module_matches_them() -> None:
    for matches, decision in ((True, ReturnDecision.ACCEPTED), (False, None)):
        side, shop, returned = placed(M2)
        side.world.matches_returns = matches
        return_id = shop.create_return(returned)
        side.refund(returned.shop_order_id)
        assert shop.fetch_return(return_id) is decision


@BOTH
@pytest.mark.parametrize("kind", ["cut", "slow", "html", "empty", "malformed"])
def test_a_return_whose_answer_is_lost_may_be_there(code: str, kind: str) -> None:
    side, shop, returned = placed(code)
    side.fail_next(kind, after_handling=True, method="POST", path=HOOK[code])

    with pytest.raises(OutcomeUnknown):
        shop.create_return(returned)

    assert len(side.world.returns) == 1
    assert len(side.requests_to("POST", HOOK[code])) == 1


@BOTH
@pytest.mark.parametrize("words", ["Returns not enabled", "Extension not enabled!"])
def test_returns_that_are_switched_off_do_not_stop_the_orders(code: str, words: str) -> None:
    side, shop, returned = placed(code)
    for path in (HOOK[code], STATUS[code]):
        side.fail_next("status", status=200, path=path, body={"validated": "false", "errors": words})

    for act in (lambda: shop.create_return(returned), lambda: shop.fetch_return("1")):
        with pytest.raises(Rejected, match="switch them on") as caught:
            act()
        assert caught.value.code == "returns_off"
    assert side.world.returns == {}


def test_magento_2_looks_up_decisions_only_where_returns_are_on_for_all_store_views() -> None:
    side, shop, returned = placed(M2)
    side.world.returns_enabled_everywhere = False
    return_id = shop.create_return(returned)

    with pytest.raises(Rejected, match="all store views"):
        shop.fetch_return(return_id)


@BOTH
def test_a_wrong_token_is_refused(code: str) -> None:
    side, shop, returned = placed(code)
    side.token = "another"

    for act in (lambda: shop.create_return(returned), lambda: shop.fetch_return("1")):
        with pytest.raises(AuthenticationFailed):
            act()


def test_magento_1_does_not_link_a_return_of_an_order_whose_number_there_is_not_known() -> None:
    side, shop, returned = placed(M1)
    shop.create_return(replace(returned, order=replace(ONE, attempt=0)))

    assert (side.world.returns[1]["order"], side.world.returns[1]["body"]["item"]["order_id"]) == ("", 0)


def test_a_note_is_added_to_magento_2_s_memo_of_the_order_that_this_try_made() -> None:
    side, shop, returned = placed(M2)

    shop.add_note(returned.shop_order_id, "Do not ship", ONE)
    shop.add_note(returned.shop_order_id, "Really", ONE)

    assert side.world.orders[returned.shop_order_id]["memo"] == "Do not ship\nReally"
    for unknown in (replace(ONE, attempt=0), replace(ONE, attempt=8)):
        with pytest.raises(NotFound):
            shop.add_note(returned.shop_order_id, "x", unknown)
    assert side.world.orders[returned.shop_order_id]["memo"] == "Do not ship\nReally"


def test_a_memo_that_an_older_module_does_not_know_is_an_error() -> None:
    side, shop, returned = placed(M2)
    side.fail_next("status", status=404, path="/channable/order/memo", body="<html>404 Not Found")

    with pytest.raises(NotFound):
        shop.add_note(returned.shop_order_id, "x", ONE)


@BOTH
def test_a_state_that_says_the_token_back_is_quoted_without_it(code: str) -> None:
    side, shop, returned = placed(code)
    side.decide_return(int(shop.create_return(returned)), f"melted by {side.token}")

    with pytest.raises(MalformedResponse, match=r"melted by \[hidden\]") as caught:
        shop.fetch_return("1")

    assert side.token not in f"{caught.value} {vars(caught.value)}"
