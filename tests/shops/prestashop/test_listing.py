"""How the web service selects and sorts what it lists, as PrestaShop 8.2.1 was seen to do; and walks that lean on it."""

from __future__ import annotations

from collections import Counter

import pytest

from adapterkit.errors import Rejected
from shops.prestashop.service import WebService
from tests.clock import Clock
from tests.contract.parts import in_parts
from tests.shops.prestashop.shop import NOW, DemoShop, one

EARLIER, MOMENT, LATER = "2026-11-20 10:59:59", "2026-11-20 11:00:00", "2026-11-20 11:00:01"


@pytest.fixture
def twelve(shop: DemoShop) -> DemoShop:
    """Orders 1 to 12: 1 and 2 changed last, 12 first, the others between them in one moment."""
    for number in range(1, 13):
        moment = {1: LATER, 2: LATER, 12: EARLIER}.get(number, MOMENT)
        shop.simulator.world.tables["orders"][number] = {"id": number, "date_upd": moment}
    return shop


def listed(shop: DemoShop, *, sort: str = "[id_ASC]", limit: str = "", date: str = "1", **where: str) -> list[int]:
    service = WebService(shop.adapter.transport, shop.settings)
    more = {"date": date} if date else {}
    rows = service.rows("orders", display="[id]", where=where, sort=sort, limit=limit, more=more)
    return [row["id"] for row in rows]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"date_upd": f"[{MOMENT},{MOMENT}]", "id": ">[8]"}, [9, 10, 11]),
        ({"date_upd": f"[{MOMENT},{LATER}]", "id": ">[9]"}, [10, 11]),
        ({"date_upd": f"[{LATER},{EARLIER}]", "id": "<[4]"}, [1, 2, 3]),
        ({"id": "[9,11]"}, [9, 10, 11]),
        ({"id": "[11,9]"}, [9, 10, 11]),
        ({"id": "![1|2|3|4|5|6|7|8]"}, [9, 10, 11, 12]),
        ({"date_upd": f">=[{LATER}]"}, list(range(1, 13))),  # unknown, and left out without a word
    ],
)
def test_filters(twelve: DemoShop, where: dict[str, str], expected: list[int]) -> None:
    assert listed(twelve, **where) == expected


@pytest.mark.parametrize(
    ("sort", "limit", "expected"),
    [
        ("[date_upd_ASC,id_ASC]", "", [12, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]),
        ("[date_upd_desc,id_asc]", "4", [1, 2, 3, 4]),
        ("date_upd_DESC", "1,2", [2, 3]),
        ("[date_upd_ASC,id_DESC]", "3", [12, 11, 10]),
        ("[id_ASC]", "0", []),
        ("[id_ASC]", "20,5", []),
    ],
)
def test_sorting_and_limits(twelve: DemoShop, sort: str, limit: str, expected: list[int]) -> None:
    assert listed(twelve, sort=sort, limit=limit) == expected


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"nix": "[1]"}, "32"),
        ({"date_upd": f"[{MOMENT},{LATER}]", "date": ""}, "32"),
        ({"id": ""}, "33"),
        ({"sort": "[id]"}, "37"),
        ({"sort": "[id_UP]"}, "37"),
        ({"sort": "[nix_ASC]"}, "38"),
        ({"sort": "[date_upd_ASC,id_ASC]", "date": ""}, "38"),
    ],
)
def test_what_cannot_be_selected_or_sorted_by_is_refused(twelve: DemoShop, asked: dict[str, str], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        listed(twelve, **asked)

    assert refused.value.code == code


def fill(shop: DemoShop, count: int) -> None:
    """Have that many orders of ours, alike but for their references, all changed in one moment."""
    shop.place(one())
    without_id = {name: value for name, value in shop.rows("orders")[0].items() if name != "id"}
    for number in range(2, count + 1):
        shop.simulator.add("orders", without_id | {"note": f"bol-A{number}", "gift_message": f"bol-A{number}"})


def gone_from(shop: DemoShop, resource: str, own: int) -> None:
    del shop.simulator.world.tables[resource][own]


@pytest.mark.parametrize(("before", "within"), [(20, 130), (0, 150), (50, 50), (49, 50), (0, 100), (149, 1)])
def test_a_walk_broken_off_after_each_page_passes_over_nothing_of_a_crowded_moment(
    shop: DemoShop, before: int, within: int
) -> None:
    fill(shop, 150)
    for number, row in enumerate(shop.rows("orders")):
        row["date_upd"] = EARLIER if number < before else MOMENT if number < before + within else LATER
        if number % 3 == 2:
            row |= {"note": "", "gift_message": ""}  # another's, in the midst of ours

    whole = [update.order.shop_order_id for page in shop.adapter.fetch_updates(NOW) for update in page.items]
    parts = in_parts(lambda resume: shop.adapter.fetch_updates(NOW, resume=resume))

    ours = Counter(str(row["id"]) for row in shop.rows("orders") if row["note"])
    assert (len(ours), Counter(whole)) == (100, ours)
    assert {update.order.shop_order_id for page in parts for update in page.items} == set(ours)


@pytest.mark.parametrize("place", [0, 25, 49])
def test_an_order_that_changes_while_its_page_is_read_hides_no_other(shop: DemoShop, clock: Clock, place: int) -> None:
    """As seen on the real shop: the last order of the page showed a date beyond all that were still to come."""
    fill(shop, 130)
    clock.forward(hours=1)
    shop.simulator.meanwhile["orders"] = lambda: shop.rows("orders")[place].update(date_upd=shop.simulator.stamp())

    found = [update.order.shop_order_id for page in shop.adapter.fetch_updates(NOW) for update in page.items]

    assert sorted(found) == sorted(str(row["id"]) for row in shop.rows("orders"))


@pytest.mark.parametrize("place", [0, 49])
def test_an_order_that_goes_while_its_page_is_read_ends_no_walk(shop: DemoShop, place: int) -> None:
    fill(shop, 130)
    gone = shop.rows("orders")[place]["id"]
    shop.simulator.meanwhile["orders"] = lambda: gone_from(shop, "orders", gone)

    pages = list(shop.adapter.fetch_updates(NOW))

    assert [(len(page.items), bool(page.resume)) for page in pages] == [(49, True), (50, True), (30, False)]


def test_a_product_that_goes_while_its_page_is_read_ends_no_walk(shop: DemoShop) -> None:
    for number in range(119):
        shop.simulator.add_product(f"P{number}")
    gone = shop.rows("products")[49]["id"]
    shop.simulator.meanwhile["products"] = lambda: gone_from(shop, "products", gone)

    pages = list(shop.adapter.fetch_products())

    assert [(len(page.items), bool(page.resume)) for page in pages] == [(49, True), (50, True), (20, False)]


@pytest.mark.parametrize(("count", "sizes"), [(49, [49]), (50, [50]), (51, [50, 1]), (100, [50, 50])])
def test_a_walk_s_pages(shop: DemoShop, count: int, sizes: list[int]) -> None:
    fill(shop, count)

    assert [len(page.items) for page in shop.adapter.fetch_updates(NOW)] == sizes
    parts = in_parts(lambda resume: shop.adapter.fetch_updates(NOW, resume=resume))
    assert [len(page.items) for page in parts if page.items] == sizes


def test_a_place_of_a_walk_by_date_is_not_taken_for_one_of_a_walk_by_ids(shop: DemoShop) -> None:
    with pytest.raises(Rejected):
        list(shop.adapter.fetch_updates(NOW, resume=f'["{MOMENT}",7]'))
