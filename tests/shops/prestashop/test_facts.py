"""What all orders of a moment are made with: the carriers by name, and what was read of the shop a moment ago."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from adapterkit.errors import Rejected, TemporarilyUnavailable
from adapterkit.keeping import MemoryAnswers
from tests.shops.prestashop.shop import DemoShop, one
from tests.shops.prestashop.test_creating import shipped_for

FACTS = ("configurations", "countries", "currencies", "carriers")


def used(shop: DemoShop) -> str:
    row: dict[str, str] = shop.rows("orders")[-1]
    return row["id_carrier"]


def test_the_carriers_in_use_are_named_free_ones_first_and_each_once(shop: DemoShop) -> None:
    add = shop.simulator.add_carrier
    add("PostNL", carrier_id=3)
    add("Depot", carrier_id=4, is_free=True)
    add("PostNL", carrier_id=5)
    for gone, column, value in ((add("Old"), "deleted", "1"), (add("Off"), "active", "0")):
        shop.simulator.world.tables["carriers"][gone][column] = value
    shop.simulator.edit_carrier(3)

    assert shop.adapter.fetch_shipping_methods() == ["Click and collect", "Depot", "My carrier", "PostNL"]


def test_an_order_gets_the_carrier_that_its_shipping_method_names(shop: DemoShop) -> None:
    shop.simulator.add_carrier("Depot", carrier_id=4, is_free=True)

    shop.place(replace(one(), shipping_method="depot"))
    assert (used(shop), shop.rows("orders")[-1]["note"]) == ("4", "bol-A1")

    shop.place(replace(one(order_id="A2"), shipping_method="PRIME STANDARD"), reference="bol-A2")
    assert (used(shop), shop.rows("orders")[-1]["note"]) == ("1", "bol-A2\nShipping method: PRIME STANDARD")


def test_a_carrier_that_the_shop_does_not_give_to_marketplaces_is_named_in_the_note() -> None:
    shop = DemoShop(customer_group="7")
    shop.simulator.add_carrier("Depot", carrier_id=4, is_free=True)
    shop.simulator.world.carrier_groups |= {"1": "7", "4": "3"}

    shop.place(replace(one(), shipping_method="Depot"))

    assert (used(shop), shop.rows("orders")[-1]["note"]) == ("1", "bol-A1\nShipping method: Depot")


def test_the_named_carrier_keeps_its_name_when_the_merchant_edits_it(shop: DemoShop) -> None:
    shop.simulator.add_carrier("Depot", carrier_id=4, is_free=True)
    edited = shop.simulator.edit_carrier(4)

    shop.place(replace(one(), shipping_method="Depot"))

    assert used(shop) == str(edited)


def test_a_named_carrier_that_charges_what_the_marketplace_does_charges_it(shop: DemoShop) -> None:
    shop.simulator.world.shipping["2"] = "4.09"

    assert shop.place(replace(shipped_for(), shipping_method="My carrier")).total == shipped_for().total
    assert used(shop) == "2"


def asked(shop: DemoShop) -> dict[str, int]:
    return {name: len(shop.sent("GET", f"/api/{name}")) for name in FACTS}


def test_what_was_read_a_moment_ago_is_not_read_again(shop: DemoShop) -> None:
    shop.answers = MemoryAnswers()
    for number in range(3):
        shop.place(one(order_id=f"A{number}"), reference=f"bol-A{number}")

    assert asked(shop) == dict.fromkeys(FACTS, 1)


@pytest.mark.parametrize("name", FACTS)
def test_a_page_that_came_in_place_of_a_fact_is_not_kept(shop: DemoShop, name: str) -> None:
    shop.answers = MemoryAnswers()
    shop.simulator.fail_next("html", method="GET", path=f"/api/{name}", times=1)
    with pytest.raises(TemporarilyUnavailable):
        shop.cart(one())

    assert shop.place(one()).total == one().total


def free_carrier(shop: DemoShop) -> None:
    shop.simulator.add_carrier("Depot", carrier_id=4, is_free=True)


def currency(shop: DemoShop) -> None:
    shop.simulator.world.tables["currencies"][2] = {"id": 2, "iso_code": "PLN", "active": "1"}


MENDED: list[tuple[dict[str, str], dict[str, str], Callable[[DemoShop], None], str]] = [
    ({}, {"country": "BE"}, lambda shop: shop.simulator.activate_country("BE"), "BE is not active"),
    ({"carrier_id": "4"}, {}, free_carrier, "no carrier 4"),
    ({}, {"currency": "PLN"}, currency, "no currency PLN"),
]


@pytest.mark.parametrize(("settings", "wish", "mend", "words"), MENDED)
def test_what_was_mended_in_the_shop_counts_at_once(
    settings: dict[str, str], wish: dict[str, str], mend: Callable[[DemoShop], None], words: str
) -> None:
    shop = DemoShop(**settings)
    shop.answers = MemoryAnswers()
    wanted = one(country=wish.get("country", "NL"))
    wanted = replace(wanted, currency=wish.get("currency", "EUR"))
    with pytest.raises(Rejected, match=words):
        shop.cart(wanted)
    assert (shop.rows("customers"), shop.rows("carts")) == ([], [])

    mend(shop)

    assert shop.cart(wanted).shop_order_id.startswith("cart:")
    assert len(shop.rows("carts")) == 1


def test_a_test_of_the_connection_takes_nobody_s_word_for_it(shop: DemoShop) -> None:
    shop.settings["carrier_id"] = ""
    shop.answers = MemoryAnswers()
    shop.adapter.verify_credentials()
    shop.rows("carriers")[0]["active"] = "0"

    with pytest.raises(Rejected, match="no free carrier"):
        shop.adapter.verify_credentials()
