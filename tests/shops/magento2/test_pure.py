"""The numbers of orders, the VAT of a shop's rules, what may be sold, and Magento's words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapterkit.records import ShopOrderState
from shops.magento2 import mapper
from shops.magento2.body import OURS, REFERENCE
from shops.magento2.reference import external_id_of, number_of
from shops.magento2.search import criteria, portions
from shops.magento2.stock import OpenOrders, on_hand, sellable
from shops.magento2.tax import Destination, TaxTable

D = Decimal


@pytest.mark.parametrize(
    "reference", ["bol-A000123", "amazon-408-1234567-1234567", "bol-TEST-0A1B2C3D4E", "x-" + "A" * 48]
)
def test_a_reference_is_its_order_s_number_wherever_it_can_be(reference: str) -> None:
    assert number_of(reference) == reference


@pytest.mark.parametrize(
    "reference", ["x-" + "A" * 49, "shop-a1", "shop-É1", "shop-A 1", "shop-A/1", "SHOP-A1", "shop-A#1"]
)
def test_any_other_reference_gets_a_number_of_its_own_in_what_the_column_takes(reference: str) -> None:
    number = number_of(reference)

    assert number != reference
    assert len(number) <= 50
    assert number == number_of(reference)
    assert all(character.isascii() and (character.isalnum() or character in "._-") for character in number)


@given(st.lists(st.text("aAéÉ #/-1", min_size=1, max_size=60), min_size=2, max_size=2, unique=True))
def test_two_references_never_share_a_number_even_where_capitals_and_accents_are_one(ids: list[str]) -> None:
    first, second = (number_of(f"shop-{one}") for one in ids)

    assert first.casefold() != second.casefold()


def test_the_marketplace_s_number_fits_its_column() -> None:
    assert external_id_of("A000123") == "A000123"
    assert len(external_id_of("A" * 33)) == 32


def rate(number: int, percent: str, country: str = "NL", **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "tax_country_id": country,
        "tax_region_id": 0,
        "tax_postcode": "*",
        "rate": D(percent),
        **more,
    }


def rule(product_class: int, *rates: int, priority: int = 0, customers: tuple[int, ...] = (3,)) -> dict[str, Any]:
    return {
        "product_tax_class_ids": [product_class],
        "customer_tax_class_ids": list(customers),
        "tax_rate_ids": list(rates),
        "priority": priority,
    }


def test_vat_is_that_of_the_product_s_class_and_the_destination() -> None:
    table = TaxTable([rule(2, 1, 2), rule(3, 3)], [rate(1, "21"), rate(2, "19", "DE"), rate(3, "9")])

    assert table.rate(2, Destination("NL")) == 21
    assert table.rate(2, Destination("DE")) == 19
    assert table.rate(3, Destination("NL")) == 9
    assert table.rate(3, Destination("DE")) == table.rate(0, Destination("NL")) == table.rate(2, Destination("FR")) == 0


def test_the_closest_rate_of_a_rule_counts_and_rules_add_up_or_compound() -> None:
    rates = [
        rate(1, "5", "US"),
        rate(2, "6", "US", tax_region_id=12),
        rate(3, "7", "US", tax_region_id=12, tax_postcode="902*"),
        rate(4, "8", "US", tax_region_id=12, tax_postcode=None, zip_is_range=1, zip_from=10000, zip_to=10999),
        rate(5, "1", "US"),
    ]
    one = TaxTable([rule(2, 1, 2, 3, 4)], rates)

    assert one.rate(2, Destination("US", 43, "10577")) == 5
    assert one.rate(2, Destination("US", 12, "94105")) == 6
    assert one.rate(2, Destination("US", 12, "90210")) == 7
    assert one.rate(2, Destination("US", 12, "10577-1234")) == 8
    assert TaxTable([rule(2, 1), rule(2, 5)], rates).rate(2, Destination("US")) == 6
    assert TaxTable([rule(2, 1), rule(2, 5, priority=1)], rates).rate(2, Destination("US")) == D("6.05")


def test_rules_for_other_customers_count_only_where_there_are_none_for_guests() -> None:
    rates = [rate(1, "21"), rate(2, "0")]

    assert TaxTable([rule(2, 2, customers=(4,)), rule(2, 1)], rates).rate(2, Destination("NL")) == 21
    assert TaxTable([rule(2, 1, customers=(4,))], rates).rate(2, Destination("NL")) == 21


def row(sku: str, ordered: int, **more: Any) -> dict[str, Any]:
    return {"item_id": 1, "product_type": "simple", "sku": sku, "qty_ordered": ordered, **more}


def test_open_pieces_are_counted_once_for_each_order_and_variation() -> None:
    orders = OpenOrders()
    configurable = [
        row("SHIRT-M", 3, item_id=7, product_type="configurable", qty_shipped=1),
        row("SHIRT-M", 3, item_id=8, parent_item_id=7),
    ]
    bundle = [row("SET", 1, item_id=9, product_type="bundle"), row("MUG", 2, item_id=10, parent_item_id=9)]
    rows = [*configurable, *bundle, row("GIFT", 1, item_id=11, is_virtual=1), row("CAP", 2, item_id=12, qty_canceled=2)]

    for _ in range(2):
        orders.add([{"entity_id": 5, "items": rows}])

    assert +orders.pieces == {"SHIRT-M": 2, "MUG": 2}


def test_refunded_pieces_are_not_open_and_refunded_shipped_ones_not_subtracted_twice() -> None:
    orders = OpenOrders()
    orders.add([{"entity_id": 1, "items": [row("A", 5, qty_shipped=2, qty_refunded=2), row("B", 5, qty_refunded=1)]}])

    assert orders.pieces == {"A": 3, "B": 4}


def test_what_lies_at_sources_of_the_website_counts_unless_it_is_out_of_stock_there() -> None:
    rows = [
        {"sku": "A", "source_code": "default", "quantity": 5, "status": 1},
        {"sku": "A", "source_code": "north", "quantity": 4, "status": 1},
        {"sku": "A", "source_code": "south", "quantity": 3, "status": 0},
        {"sku": "A", "source_code": "closed", "quantity": 9, "status": 1},
    ]

    assert on_hand(rows, {"default", "north", "south"}) == {"A": 9}


@pytest.mark.parametrize(
    ("salable", "lying", "open_pieces", "expected"),
    [
        ({"qty": 8, "is_salable": True}, 10, 2, 8),  # a web order reserved two
        ({"qty": 10, "is_salable": True}, 10, 2, 8),  # one of the API did not
        ({"qty": 10, "is_salable": True}, 8, 0, 8),  # and it was shipped
        ({"qty": 12, "is_salable": True}, 8, 0, 8),  # and another cancelled
        ({"qty": 7, "is_salable": True}, 10, 2, 7),  # a threshold keeps one back
        ({"qty": D("2.9"), "is_salable": True}, 3, 0, 2),
        ({"qty": 5, "is_salable": True}, 3, 4, 0),
        ({"qty": 5, "is_salable": False}, 5, 0, 0),
        ({"qty": -2, "is_salable": False}, 0, 0, 0),
        ({"qty": 0, "is_salable": True}, 0, 0, None),  # not counted at all
        (None, 5, 0, 0),
    ],
)
def test_the_smaller_of_salable_and_on_hand_less_open_may_be_sold(
    salable: dict[str, Any] | None, lying: int, open_pieces: int, expected: int | None
) -> None:
    assert sellable(salable, D(lying), open_pieces) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"message": "No such entity with %fieldName = %fieldValue", "parameters": {"fieldName": "id", "fieldValue": "7"}},
         "No such entity with id = 7"),
        ({"message": "The %1 of %2", "parameters": ["name", "order"]}, "The name of order"),
        ({"message": "%10 before %1", "parameters": [*"abcdefghi", "j"]}, "j before a"),
        ({"message": "Please check: %1", "parameters": ["city"], "errors": [{"message": "%1 too", "parameters": ["zip"]}]},
         "Please check: city; zip too"),
        ({"message": "Unique constraint violation found"}, "Unique constraint violation found"),
        (None, ""), ([], ""), ("oops", ""),
    ],
)  # fmt: skip
def test_a_refusal_s_gaps_are_filled_in(body: Any, expected: str) -> None:
    assert mapper.words(body) == expected


@pytest.mark.parametrize(
    ("state", "row", "expected"),
    [
        ("new", {}, ShopOrderState.INERT),
        ("new", {"qty_invoiced": 1}, ShopOrderState.OPEN),
        ("processing", {}, ShopOrderState.OPEN),
        ("holded", {}, ShopOrderState.ON_HOLD),
        ("complete", {"qty_shipped": 1}, ShopOrderState.COMPLETED),
        ("canceled", {}, ShopOrderState.CANCELLED),
        ("closed", {"qty_shipped": 1}, ShopOrderState.REFUNDED),
        ("closed", {}, ShopOrderState.CANCELLED),
        ("nonsense", {}, ShopOrderState.OPEN),
        (None, {}, ShopOrderState.OPEN),
    ],
)
def test_states_are_read(state: str | None, row: dict[str, Any], expected: ShopOrderState) -> None:
    assert mapper.state({"state": state, "items": [{"item_id": 1, **row}]}) is expected


def test_a_reference_is_read_of_our_orders_only() -> None:
    payment = {"additional_information": ["Check / Money order", f"{REFERENCE}mirakl-{'X' * 60}", "A1"]}
    ours = {"ext_customer_id": OURS, "increment_id": "bol-A1"}

    assert mapper.reference({**ours, "payment": payment}) == f"mirakl-{'X' * 60}"
    assert mapper.reference({"increment_id": "bol-A1", "payment": payment}) == ""
    # An extension may write over what the payment kept.
    assert mapper.reference({**ours, "payment": {"additional_information": None}}) == "bol-A1"
    assert mapper.reference({**ours, "payment": None}) == "bol-A1"


def test_searches_always_name_something_and_long_lists_are_cut() -> None:
    assert criteria() == {"searchCriteria": ""}
    assert criteria(("state", "in", "new,holded"), size=5, fields="items[id]") == {
        "searchCriteria[pageSize]": "5",
        "searchCriteria[filter_groups][0][filters][0][field]": "state",
        "searchCriteria[filter_groups][0][filters][0][condition_type]": "in",
        "searchCriteria[filter_groups][0][filters][0][value]": "new,holded",
        "fields": "items[id]",
    }
    assert portions("sku", []) == []
    assert portions("sku", ["A", "B,C", "D"]) == [("sku", "eq", "B,C"), ("sku", "in", "A,D")]
    long = [f"{number:0>64}" for number in range(100)]
    cut = portions("sku", long)
    assert [one for _, _, values in cut for one in values.split(",")] == long
    assert max(len(values) for _, _, values in cut) <= 3100
