"""Lines of one product are one row, and the total in the shop is the marketplace's to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shops.channable_module.amounts import Amounts, with_discount, with_fractions, with_shipping
from tests.shops.channable_module.shops import adapter, line, order, simulator

SAME = {"L1": "7", "L2": "7", "L3": "7"}


def shown(amounts: Amounts) -> tuple[list[tuple[str, int, str]], str, str]:
    rows = [(row.product_id, row.quantity, str(row.unit)) for row in amounts.rows]
    return rows, str(amounts.shipping), str(amounts.discount)


def test_lines_of_one_product_at_one_price_are_one_row() -> None:
    wanted = order(line(1, "11.00", 2), line(2, "11.00"), shipping="3.95")

    for way in (with_discount, with_shipping):
        rows, shipping, discount = shown(way(wanted, SAME))
        assert (rows, shipping, Decimal(discount)) == ([("7", 3, "11.00")], "3.95", 0)


def test_lines_at_two_prices_that_divide_have_the_price_between() -> None:
    wanted = order(line(1, "11.00", 2), line(2, "8.00"))

    assert shown(with_discount(wanted, SAME)) == ([("7", 3, "10.00")], "0", "0.00")
    assert shown(with_shipping(wanted, SAME)) == ([("7", 3, "10.00")], "0.00", "0")


def test_the_observed_case_keeps_its_total_of_34_95() -> None:
    # 2 x 11.00 and 1 x 9.00 of one product: the module alone makes 3 x 9.00 of it.
    wanted = order(line(1, "11.00", 2), line(2, "9.00"), shipping="3.95")

    assert shown(with_discount(wanted, SAME)) == ([("7", 3, "10.34")], "3.95", "0.02")
    assert shown(with_shipping(wanted, SAME)) == ([("7", 3, "10.33")], "3.96", "0")
    rows, shipping, _ = shown(with_fractions(wanted, SAME))
    assert (rows, shipping) == ([("7", 3, "10.333333")], "3.95")


def test_other_products_keep_their_rows_and_their_order() -> None:
    wanted = order(line(1, "5.00"), line(2, "1.00"), line(3, "5.00"))

    assert shown(with_discount(wanted, {"L1": "7", "L2": "8", "L3": "7"}))[0] == [("7", 2, "5.00"), ("8", 1, "1.00")]


def test_a_discount_is_sent_where_the_module_takes_one_and_spread_where_it_does_not() -> None:
    wanted = order(line(1, "10.00"), line(2, "5.00"), line(3, "5.00"), shipping="4.00", discount="1.00")
    products = {"L1": "1", "L2": "2", "L3": "3"}

    assert shown(with_discount(wanted, products)) == (
        [("1", 1, "10.00"), ("2", 1, "5.00"), ("3", 1, "5.00")], "4.00", "1.00"
    )  # fmt: skip
    assert shown(with_shipping(wanted, products)) == (
        [("1", 1, "9.50"), ("2", 1, "4.75"), ("3", 1, "4.75")], "4.00", "0"
    )  # fmt: skip


def test_a_discount_beyond_the_goods_comes_off_the_shipping() -> None:
    wanted = order(line(1, "2.00"), shipping="5.00", discount="3.00")

    assert shown(with_shipping(wanted, {"L1": "1"})) == ([("1", 1, "0.00")], "4.00", "0")


money = st.decimals("0.01", "999.99", places=2)


@pytest.mark.parametrize("code", ["magento2_module", "magento1_module", "prestashop_module"])
@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(st.tuples(money, st.integers(1, 7), st.integers(0, 2)), min_size=1, max_size=6),
    shipping=st.decimals("0", "20", places=2),
    share=st.integers(0, 100),
)
def test_the_shop_stores_the_marketplace_s_total(
    code: str, lines: list[tuple[Decimal, int, int]], shipping: Decimal, share: int
) -> None:
    side = simulator(code)
    ids = [str(side.add_product(f"P{number}", stock=1000)) for number in range(3)]
    rows = [line(number, str(price), quantity) for number, (price, quantity, _) in enumerate(lines)]
    goods = sum((row.total for row in rows), Decimal(0))
    discount = (goods * share / 100).quantize(Decimal("0.01"))
    wanted = order(*rows, shipping=str(shipping), discount=str(discount))
    products = {f"L{number}": ids[product] for number, (_, _, product) in enumerate(lines)}

    made = adapter(code, side).create_order(wanted, "bol-A1", products)

    [stored] = side.orders_with("bol-A1")
    assert stored["total"] == wanted.total
    pieces: dict[str, int] = {}
    for row in rows:
        pieces[products[row.line_id]] = pieces.get(products[row.line_id], 0) + row.quantity
    assert {str(item["product_id"]): item["qty"] for item in stored["items"]} == pieces
    assert (made.priced, made.itemised) == (False, False)
