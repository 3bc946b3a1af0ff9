"""What is read of a Magento 1 with the habits that were observed, and what its faults mean."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xmlrpc import client

import pytest

import shops
from adapterkit.auth import MemoryTokens
from adapterkit.errors import (
    AdapterError,
    AuthenticationFailed,
    MalformedResponse,
    NotFound,
    Rejected,
    TemporarilyUnavailable,
)
from adapterkit.records import LineQuantity, ShopOrderState, ShopUpdate
from shops.magento1 import rpc
from shops.magento1.api import meaning
from shops.magento1.simulator import Magento1Simulator
from tests.clock import Clock
from tests.shops.magento1.shop import KEY, NOW, adapter, methods, simulated


@pytest.fixture
def side() -> Magento1Simulator:
    return simulated()


def ordered(side: Magento1Simulator, *prices: str, quantity: int = 1, reference: str = "bol-A1", **columns: str) -> str:
    world = side.world
    items = [(world.add_product(f"S{reference}{n}"), quantity, Decimal(price)) for n, price in enumerate(prices)]
    made = world.add_order(side.now(), items, shipping=Decimal("3.95"), columns={"ext_order_id": reference, **columns})
    return str(made["number"])


def updates(side: Magento1Simulator, since: datetime = NOW) -> list[ShopUpdate]:
    return [update for page in adapter(side).fetch_updates(since) for update in page.items]


def test_an_order_is_read_with_its_lines_its_tax_and_its_total(side: Magento1Simulator) -> None:
    number = ordered(side, "19.95", "12.50", quantity=2)

    order = adapter(side).fetch_order(number).order

    assert (order.reference, order.state, order.currency) == ("bol-A1", ShopOrderState.OPEN, "EUR")
    assert (order.total, order.tax) == (Decimal("68.85"), Decimal("11.95"))
    assert [(line.quantity, line.total) for line in order.lines] == [(2, Decimal("39.90")), (2, Decimal("25.00"))]
    assert (order.created_at, order.changed_at) == (NOW, NOW)


def test_the_variation_that_was_sold_stands_below_the_configurable_product(side: Magento1Simulator) -> None:
    world = side.world
    shirt, medium = world.add_product("SHIRT", kind="configurable"), world.add_product("SHIRT-M")
    order = world.add_order(NOW, [(shirt, 2, Decimal(20)), (medium, 2, Decimal(0))], shipping=Decimal(0), columns={})
    parent, part = order["items"]
    part["parent"], parent["sku"] = parent["id"], "SHIRT-M"
    world.ship(order["number"], NOW, tracking_code="3S1")

    update = adapter(side).fetch_order(order["number"])

    [line] = update.order.lines
    assert (line.line_id, line.product_id, line.quantity, line.total) == (
        str(parent["id"]), str(medium), 2, Decimal("40.00")
    )  # fmt: skip
    assert update.shipments[0].lines == (LineQuantity(line_id=line.line_id, quantity=2),)


def test_parcels_have_their_pieces_and_further_tracks_have_none(side: Magento1Simulator) -> None:
    number = ordered(side, "10", quantity=3)
    first = side.world.ship(number, NOW, complete=False)
    assert [(p.shipment_id, p.tracking_code) for p in adapter(side).fetch_order(number).shipments] == [
        (first["number"], "")
    ]

    side.world.add_track(first, "3S1")
    side.world.add_track(first, "3S1B", carrier="")
    second = side.world.ship(number, NOW, carrier="DPD", tracking_code="0512")
    update = adapter(side).fetch_order(number)

    parcels = [(p.shipment_id, p.carrier_name, p.tracking_code, p.lines[0].quantity) for p in update.shipments]
    track = first["tracks"][1]["id"]
    assert parcels == [
        (first["number"], "PostNL", "3S1", 1),
        (f"{first['number']}:{track}", "", "3S1B", 0),
        (second["number"], "DPD", "0512", 2),
    ]
    assert update.order.state is ShopOrderState.COMPLETED


def test_an_order_completed_without_a_shipment_has_gone(side: Magento1Simulator) -> None:
    number = ordered(side, "10")
    side.world.orders[number]["state"] = "complete"

    [parcel] = adapter(side).fetch_order(number).shipments

    assert (parcel.shipment_id, parcel.lines, parcel.tracking_code) == ("completed", (), "")


def test_credit_memos_are_read_only_where_something_was_refunded(side: Magento1Simulator) -> None:
    number = ordered(side, "10")
    adapter(side).fetch_order(number)
    assert "sales_order_creditmemo.list" not in side.calls

    side.world.refund(number, NOW, Decimal("4.00"))
    update = adapter(side).fetch_order(number)
    assert [(refund.amount, update.order.state) for refund in update.refunds] == [
        (Decimal("4.00"), ShopOrderState.OPEN)
    ]
    side.world.refund(number, NOW, Decimal("9.95"))
    assert adapter(side).fetch_order(number).order.state is ShopOrderState.REFUNDED


def test_a_late_track_moves_no_date_and_is_found_when_the_order_is_read_again(
    side: Magento1Simulator, clock: Clock
) -> None:
    number = ordered(side, "10")
    shipment = side.world.ship(number, NOW)
    [before] = updates(side)
    clock.move_to(NOW + timedelta(hours=1))
    side.world.add_track(shipment, "3SLATE")

    assert updates(side, NOW + timedelta(minutes=30)) == []
    known = {before.order.shop_order_id: before.fingerprint}
    [again] = [
        update
        for page in adapter(side).reread_orders(
            [number, "999"], lambda marks: {one for one in marks if known.get(one) == marks[one]}
        )
        for update in page.items
    ]
    assert [parcel.tracking_code for parcel in again.shipments] == ["3SLATE"]


def test_orders_are_found_by_the_whole_reference_in_its_own_case(side: Magento1Simulator) -> None:
    for reference in ("bol-A1", "BOL-A1", "bol-A10"):
        ordered(side, "10", reference=reference)
    second = ordered(side, "11", reference="bol-A1")

    found = adapter(side).find_orders("bol-A1", NOW)

    assert [(one.reference, one.number == second) for one in found] == [("bol-A1", False), ("bol-A1", True)]
    assert adapter(side).find_orders("bol-A2", NOW) == []


def test_a_column_that_the_shop_does_not_have_is_told(side: Magento1Simulator) -> None:
    ordered(side, "10")
    with pytest.raises(TemporarilyUnavailable) as caught:
        adapter(side, reference_column="channel_id").find_orders("bol-A1", NOW)

    assert "Unknown column 'channel_id'" in caught.value.remote


def test_days_are_walked_in_windows_whose_seconds_meet_without_a_gap(side: Magento1Simulator, clock: Clock) -> None:
    placed = []
    for seconds in (0, 21599, 21600, 43200, 86400):
        clock.move_to(NOW + timedelta(seconds=seconds))
        placed.append(ordered(side, "10", reference=f"bol-A{seconds}"))
    ordered(side, "10", reference="1234567890")  # of some other program
    ordered(side, "10", reference="")

    pages = list(adapter(side).fetch_updates(NOW))

    assert [update.order.shop_order_id for page in pages for update in page.items] == placed
    assert {page.as_of for page in pages} == {NOW + timedelta(days=1)}
    assert side.calls.count("sales_order.list") == 5


def test_one_unreadable_order_never_stops_the_others(side: Magento1Simulator) -> None:
    good, bad = ordered(side, "10", reference="bol-A1"), ordered(side, "10", reference="bol-A2")
    side.world.orders[bad]["columns"]["grand_total"] = "12,5"

    pages = list(adapter(side).fetch_updates(NOW))

    assert [update.order.shop_order_id for page in pages for update in page.items] == [good]
    [unreadable] = [one for page in pages for one in page.unreadable]
    assert (unreadable.record_id, "12,5" in unreadable.reason) == (bad, True)
    with pytest.raises(MalformedResponse):
        adapter(side).find_orders("bol-A2", NOW)
    with pytest.raises(MalformedResponse):
        adapter(side).fetch_order(bad)


def test_an_order_that_goes_while_it_is_read_is_left_out(side: Magento1Simulator) -> None:
    ordered(side, "10", reference="bol-A1")
    gone = ordered(side, "10", reference="bol-A2")
    side.on_request = lambda request, when: (
        side.world.orders.pop(gone, None) if when == "before" and b"multiCall" in request.body else None
    )

    assert [update.order.reference for update in updates(side)] == ["bol-A1"]


def test_forty_one_orders_cost_one_list_and_batches_of_twenty(side: Magento1Simulator) -> None:
    for number in range(41):
        side.world.ship(ordered(side, "10", reference=f"bol-A{number}"), NOW, tracking_code=f"3S{number}")

    assert len(updates(side)) == 41
    # The login, the list, and for each twenty orders: themselves, the list of their shipments, and these.
    assert methods(side) == ["login", "call", *["multiCall", "call", "multiCall"] * 3]


def test_products_far_apart_are_found_and_what_is_composed_is_left_out(side: Magento1Simulator) -> None:
    world = side.world
    for kind in ("configurable", "bundle", "grouped", "virtual"):
        world.add_product(f"K-{kind}", kind=kind)
    for product_id in (250, 251, 9000, 40_000, 2_000_000_000):
        world.products[product_id] = {**world.product("K-virtual"), "id": product_id, "sku": f"P{product_id}"}

    products = [product.sku for page in adapter(side).fetch_products() for product in page.items]

    assert products == ["K-virtual", "P250", "P251", "P9000", "P40000", "P2000000000"]
    assert side.calls.count("catalog_product.list") < 60


def test_a_window_that_is_too_large_is_read_in_parts(side: Magento1Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    first, listed = side.world.add_product("A"), side._product_list
    for product_id in range(3000, 3400):
        side.world.products[product_id] = {**side.world.products[first], "id": product_id, "sku": f"P{product_id}"}

    def exhausted(filters: Any) -> Any:
        rows = listed(filters)
        if len(rows) > 300:
            raise rpc.Fault(1, "Allowed memory size of 134217728 bytes exhausted")
        return rows

    monkeypatch.setattr(side, "_product_list", exhausted)
    products = [product.product_id for page in adapter(side).fetch_products() for product in page.items]

    assert products == ["1", *map(str, range(3000, 3400))]
    assert side.calls.count("catalog_product.list") < 40


def test_a_shop_that_lists_nothing_at_all_is_not_asked_for_ever(
    side: Magento1Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    side.denied = {"catalog_product"}
    with pytest.raises(AuthenticationFailed):
        list(adapter(side).fetch_products())
    monkeypatch.setattr(side, "_call", broken)
    with pytest.raises(TemporarilyUnavailable):
        list(adapter(side).fetch_products())


def broken(*arguments: Any) -> None:
    raise rpc.Fault(1, "Internal Error. Please see log for details.")


@pytest.mark.parametrize(
    ("quantity", "in_stock", "stock"),
    [("7", True, 7), ("2.7500", True, 2), ("0", False, 0), ("5", False, 0), ("-9923", False, -9923), ("-1", True, -1)],
)
def test_what_is_marked_as_out_of_stock_has_none(
    side: Magento1Simulator, quantity: str, in_stock: bool, stock: int
) -> None:
    product_id = side.world.add_product("A", stock=quantity)
    side.world.products[product_id]["in_stock"] = in_stock

    assert adapter(side).fetch_stock([str(product_id), "999"]) == {str(product_id): stock}
    [product] = [product for page in adapter(side).fetch_products() for product in page.items]
    assert product.stock == stock


def test_an_id_that_is_another_product_s_sku_still_gets_its_own_stock(side: Magento1Simulator) -> None:
    world = side.world
    first, second, third = world.add_product("3", stock=30), world.add_product("B", stock=20), world.add_product("1X")
    world.products[third]["qty"] = Decimal(10)

    assert adapter(side).fetch_stock([str(first), str(third)]) == {str(first): 30, str(third): 10}
    assert adapter(side).fetch_stock([str(third)]) == {str(third): 10}
    assert adapter(side).fetch_stock([str(second), "4"]) == {str(second): 20}
    stock = {product.sku: product.stock for page in adapter(side).fetch_products() for product in page.items}
    assert stock == {"3": 30, "B": 20, "1X": 10}


def test_a_session_serves_all_calls_and_is_renewed_when_it_has_ended(side: Magento1Simulator, clock: Clock) -> None:
    number, tokens = ordered(side, "10"), MemoryTokens()
    for _ in range(2):
        adapter(side, tokens=tokens).fetch_order(number)
    assert methods(side).count("login") == 1

    side.sessions.clear()
    assert adapter(side, tokens=tokens).fetch_order(number).order.number == number
    clock.move_to(NOW + timedelta(hours=2))
    assert adapter(side, tokens=tokens).fetch_order(number).order.number == number
    assert methods(side).count("login") == 3


def test_a_login_that_is_refused_is_one_request(side: Magento1Simulator) -> None:
    for key in ("another", ""):
        with pytest.raises(AuthenticationFailed) as caught:
            adapter(side, key=key).verify_credentials()
        assert "API user and key" in str(caught.value)

    assert methods(side) == ["login", "login"]


@pytest.mark.parametrize(
    "resource",
    [
        "sales_order",
        "sales_order_shipment",
        "sales_order_creditmemo",
        "catalog_product",
        "cataloginventory_stock_item",
    ],
)
def test_a_right_that_is_missing_is_named_when_the_shop_is_connected(side: Magento1Simulator, resource: str) -> None:
    side.denied = {resource}
    with pytest.raises(AuthenticationFailed) as caught:
        adapter(side).verify_credentials()

    assert f"{resource}.list" in str(caught.value)


@pytest.mark.parametrize("folder", ["magento1", "channable_module/magento1"])
@pytest.mark.parametrize("language", ["", ".de", ".fr", ".nl"])
def test_the_guide_names_every_right_that_is_asked_for(folder: str, language: str) -> None:
    """Magento shows them by these titles; the list of credit memos is the only list with a right of its own."""
    guide = (Path(shops.__file__).parent / folder / f"connect{language}.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\*\*(Retrieve [a-z ]+)\*\*", " ".join(guide.split())))

    assert named == {
        "Retrieve orders info",
        "Retrieve shipment info",
        "Retrieve credit memo info",
        "Retrieve credit memo list",
        "Retrieve products data",
        "Retrieve stock data",
    }


@pytest.mark.parametrize(
    ("code", "path", "error"),
    [
        (2, "sales_order.info", AuthenticationFailed),
        (5, "sales_order.info", AuthenticationFailed),
        (3, "sales_order.info", Rejected),
        (4, "sales_order.info", Rejected),
        (620, "multiCall", Rejected),
        (100, "sales_order.info", NotFound),
        (100, "sales_order_shipment.info", NotFound),
        (100, "catalog_product.list", Rejected),
        (101, "sales_order.list", Rejected),
        (102, "sales_order.list", Rejected),
        (0, "sales_order.list", TemporarilyUnavailable),
        (1, "sales_order.list", TemporarilyUnavailable),
        (404, "sales_order.list", TemporarilyUnavailable),
    ],
)
def test_every_fault_says_what_to_do_next(code: int, path: str, error: type[AdapterError]) -> None:
    found = meaning(code, "Words of the shop", path)

    assert type(found) is error
    assert found.remote == f"{code} Words of the shop"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "html"}, TemporarilyUnavailable),
        ({"kind": "empty"}, MalformedResponse),
        ({"kind": "malformed"}, MalformedResponse),
        ({"kind": "status", "status": 500}, TemporarilyUnavailable),
        ({"kind": "status", "status": 404}, Rejected),
        ({"kind": "cut"}, TemporarilyUnavailable),
        ({"kind": "redirect"}, Rejected),
    ],
)
def test_what_is_no_answer_never_passes_for_an_order_that_is_gone(
    side: Magento1Simulator, fault: dict[str, Any], error: type[AdapterError]
) -> None:
    number, tokens = ordered(side, "10"), MemoryTokens()
    adapter(side, tokens=tokens).verify_credentials()
    side.fail_next(**fault, times=3)
    with pytest.raises(error) as caught:
        adapter(side, tokens=tokens).fetch_order(number)

    assert not isinstance(caught.value, NotFound)


def test_warnings_of_php_around_an_answer_change_nothing(side: Magento1Simulator) -> None:
    number = ordered(side, "10")
    side.noise = "<br />\n<b>Warning</b>:  Undefined array key in app/code/local/X.php on line 3<br />\n"

    assert adapter(side).fetch_order(number).order.total == Decimal("13.95")


def test_times_are_read_as_utc(side: Magento1Simulator) -> None:
    order = adapter(side).fetch_order(ordered(side, "10")).order

    assert order.created_at == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("login", ["{key}"]),
        ("login", "<p>{key}</p>"),
        ("login", client.Fault(99, "{key} is no key")),
        ("order", {"increment_id": "1", "order_id": "1", "items": [], "grand_total": "{key} {session}"}),
        ("order", {"increment_id": "1", "order_id": "1", "items": [], "total_refunded": "{key} {session}"}),
        ("batch", ["{key} {session}", "one too many"]),
        ("batch", [{"isFault": True, "faultCode": "99", "faultMessage": "{key} {session}"}]),
        ("list", [["{key} {session}"]]),
    ],
)
def test_an_answer_that_says_the_credentials_back_is_quoted_without_them(
    side: Magento1Simulator, path: str, said: Any
) -> None:
    number, tokens = ordered(side, "10"), MemoryTokens()
    shop = adapter(side, tokens=tokens)
    if path != "login":
        shop.fetch_order(number)
    [session] = side.sessions or [""]

    def filled(told: Any) -> Any:
        match told:
            case str():
                return told.format(key=KEY, session=session)
            case list():
                return [filled(one) for one in told]
            case dict():
                return {name: filled(one) for name, one in told.items()}
            case client.Fault():
                return client.Fault(told.faultCode, filled(told.faultString))
            case _:
                return told

    told = filled(said)
    raw = isinstance(told, str)
    answer = told if isinstance(told, client.Fault) else (told,)
    side.fail_next(status=200, body=told if raw else client.dumps(answer, methodresponse=True))
    act = {
        "login": shop.verify_credentials,
        "order": lambda: shop.fetch_order(number),
        "batch": lambda: list(shop.reread_orders([number])),
        "list": lambda: list(shop.fetch_products()),
    }[path]

    with pytest.raises(AdapterError) as caught:
        act()

    words = f"{caught.value} {vars(caught.value)}"
    assert "[hidden]" in words
    assert [secret for secret in (KEY, session) if secret and secret in words] == []
