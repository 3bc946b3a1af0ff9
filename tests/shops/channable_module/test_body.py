"""The body of the order hook: the shape that the module's own sample has, and no word of an address lost."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapterkit.records import Address, Fulfilment, PickupPoint
from shops.channable_module.amounts import with_discount
from shops.channable_module.body import channable_id_of, order_body
from shops.channable_module.prestashop.mapper import body_of, reference_of
from tests.shops.channable_module.shops import ADDRESS, NOW, adapter, line, order, simulator

SAMPLE = Path(__file__).resolve().parents[4] / "shared/specs/shops/channable-modules/magento2-order-hook-example.json"
NUMBERS = (int, float)


def body(wanted: Any = None, products: Any = None, **more: Any) -> dict[str, Any]:
    wanted = wanted or order(line(1, "12.10"), shipping="3.95")
    products = products or {one.line_id: "7" for one in wanted.lines}
    return order_body(wanted, "bol-A1", with_discount(wanted, products), channable_id=5, **more)


def kind(value: Any) -> str:
    if value is None:
        return "nothing"
    return "number" if isinstance(value, NUMBERS) and not isinstance(value, bool) else type(value).__name__


def compare(ours: Any, sample: Any, path: str = "") -> list[str]:
    """Return where ours lacks a key of the sample or has another kind of value in it."""
    if isinstance(sample, dict):
        problems = [f"{path}/{key} is missing" for key in sample if key not in ours]
        return problems + [p for key in sample if key in ours for p in compare(ours[key], sample[key], f"{path}/{key}")]
    if isinstance(sample, list):
        return [p for item in ours for p in compare(item, sample[0], f"{path}[]")]
    kinds = {kind(ours), kind(sample)}
    # A house number may be a text, the channable id too, and what is not known is null or empty.
    loose = path.endswith(("house_number", "channable_id")) or "nothing" in kinds
    return [] if len(kinds) == 1 or loose else [f"{path}: {kind(ours)} instead of {kind(sample)}"]


@pytest.mark.skipif(not SAMPLE.exists(), reason="the module's published sample is not beside the repository")
def test_every_key_of_the_module_s_own_sample_is_there_in_its_kind() -> None:
    pickup = order(line(1, "12.10"), shipping="3.95", pickup_point=PickupPoint(name="Albert Heijn"), is_test=True)

    for wanted in (order(line(1, "12.10")), pickup):
        assert compare(body(wanted), json.loads(SAMPLE.read_text())) == []


def test_amounts_are_numbers_and_come_to_the_total() -> None:
    price = body()["price"]

    assert (price["subtotal"], price["shipping"], price["discount"], price["total"]) == (12.1, 3.95, 0.0, 16.05)
    assert json.loads(json.dumps(body()))["products"][0]["price"] == 12.1


def test_an_order_that_the_marketplace_ships_says_so() -> None:
    assert body()["order_status"] == "not_shipped"
    assert body(order(line(1, "1"), fulfilment=Fulfilment.MARKETPLACE))["order_status"] == "shipped"


@pytest.mark.parametrize(
    ("given", "lines", "parts"),
    [
        ({}, ("Keizersgracht 12 B", ""), ("Keizersgracht", "12", "B")),
        ({"supplement": "3 hoog"}, ("Keizersgracht 12 B", "3 hoog"), ("Keizersgracht", "12", "B 3 hoog")),
        (
            {"street": "", "house_number": "", "house_number_addition": "", "lines": ("Postbus 7", "t.a.v. Jan")},
            ("Postbus 7", "t.a.v. Jan"),
            ("Postbus 7", "", "t.a.v. Jan"),
        ),
    ],
)
def test_lines_and_parts_of_an_address_hold_every_word(
    given: dict[str, Any], lines: tuple[str, str], parts: tuple[str, str, str]
) -> None:
    shipping = body(order(line(1, "1"), delivery=replace(ADDRESS, **given)))["shipping"]

    assert (shipping["address_line_1"], shipping["address_line_2"]) == lines
    assert (shipping["street"], shipping["house_number"], shipping["house_number_ext"]) == parts


def test_a_missing_name_or_address_is_stood_in_for() -> None:
    bare = Address(company="Bakery", lines=("Dorpsstraat 1",), postcode="1", city="C", country="NL")
    made = body(order(line(1, "1"), delivery=bare, billing=bare), email="orders@shop.test")

    assert (made["customer"]["first_name"], made["customer"]["last_name"]) == ("Bakery", "-")
    assert made["billing"]["email"] == "orders@shop.test"


def test_no_number_comes_twice_for_other_tries_or_other_orders() -> None:
    wanted = order(line(1, "1"))
    tries = [replace(wanted, attempt=number) for number in (1, 2, 2**24 - 1)]
    months = [replace(wanted, attempt=1, placed_at=NOW + timedelta(days=28 * number)) for number in range(200)]
    ids = {channable_id_of(one, "bol-A1") for one in [*tries, *months[1:]]}

    assert len(ids) == len(tries) + len(months) - 1
    assert all(0 < number < 2**32 for number in ids)
    assert channable_id_of(wanted, "bol-A1") != channable_id_of(wanted, "bol-A2")


def test_prestashop_s_reference_fits_and_begins_with_a_letter() -> None:
    found = {reference_of(f"bol-{number}") for number in range(5000)}

    assert len(found) == 5000
    assert all(re.fullmatch("[A-Z][A-Z0-9]{8}", one) for one in found)
    assert reference_of("bol-A1") == reference_of("bol-A1")


def test_prestashop_gets_only_what_it_takes_and_the_rest_as_a_note() -> None:
    odd = replace(
        ADDRESS, first_name="Jan3", last_name="O'Neil (Sr.)", street="Laan {A}", city="Den Haag = 's", postcode="10.15"
    )
    wanted = order(line(1, "1.00"), delivery=odd, billing=odd)
    side = simulator("prestashop_module")
    product = side.add_product("MUG")

    made = adapter("prestashop_module", side).create_order(wanted, "bol-A1", {"L1": product})

    assert made.reference == "bol-A1"
    memo = body_of(wanted, "bol-A1", {"L1": product}, email="")["memo"]
    for words in ("Jan3", "O'Neil (Sr.)", "Laan {A} 12 B", "Den Haag = 's", "10.15"):
        assert words in memo
