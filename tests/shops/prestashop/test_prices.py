"""Whatever the shop's rounding, tax and quantities: its total is the marketplace's, or it is said why not."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapterkit.errors import Rejected
from adapterkit.records import Discount, Order
from shops.prestashop.prices import Rounding, Row, Tax, net_prices, rows_of, tax_of
from tests.contract.test_shops import order

MODES = {0: ROUND_CEILING, 1: ROUND_FLOOR, 2: ROUND_HALF_UP, 3: ROUND_HALF_DOWN, 4: ROUND_HALF_EVEN}
MICRO, CENT = Decimal("0.000001"), Decimal("0.01")
RATES = ["0", "5.5", "6", "9", "10", "19", "20", "21", "25.5", "8.875"]


def shop_total(rows: list[Row], prices: dict[str, Decimal], taxes: dict[str, Tax], rounding: Rounding) -> Decimal:
    """The total as PrestaShop's cart computes it."""
    mode, total = MODES[rounding.mode], Decimal(0)
    for row in rows:
        tax = taxes[row.product_id]
        unit = (prices[row.product_id] * (1 + tax.rate / 100)).quantize(MICRO, ROUND_HALF_UP) + tax.eco
        match rounding.kind:
            case 1:
                total += unit.quantize(CENT, mode) * row.quantity
            case 2:
                total += (unit * row.quantity).quantize(CENT, mode)
            case _:
                total += unit * row.quantity
    return total.quantize(CENT, mode)


ROWS = st.lists(
    st.tuples(st.integers(1, 999_99), st.integers(1, 60), st.sampled_from(RATES), st.sampled_from(["0", "0.12"])),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=300)
@given(rows=ROWS, kind=st.sampled_from([1, 2, 3]), mode=st.sampled_from(list(MODES)))
def test_the_total_is_exact_in_every_rounding(rows: list[tuple[int, int, str, str]], kind: int, mode: int) -> None:
    made = [
        Row(product_id=str(n), quantity=quantity, gross=(Decimal(cents) / 100 + Decimal(eco)) * quantity)
        for n, (cents, quantity, _, eco) in enumerate(rows)
    ]
    taxes = {str(n): Tax(rate=Decimal(rate), eco=Decimal(eco)) for n, (_, _, rate, eco) in enumerate(rows)}
    rounding = Rounding(kind=kind, mode=mode)

    prices = net_prices(made, taxes, rounding)

    assert shop_total(made, prices, taxes, rounding) == sum(row.gross for row in made)


@settings(deadline=None, max_examples=200)
@given(
    cents=st.lists(st.tuples(st.integers(1, 99_999), st.integers(1, 60)), min_size=1, max_size=6),
    kind=st.sampled_from([2, 3]),
    mode=st.sampled_from(list(MODES)),
)
def test_a_row_s_total_need_not_be_a_whole_number_of_cents_each(
    cents: list[tuple[int, int]], kind: int, mode: int
) -> None:
    made = [Row(product_id=str(n), quantity=q, gross=Decimal(total) / 100) for n, (total, q) in enumerate(cents)]
    taxes = {row.product_id: Tax(rate=Decimal(21)) for row in made}
    rounding = Rounding(kind=kind, mode=mode)

    assert shop_total(made, net_prices(made, taxes, rounding), taxes, rounding) == sum(row.gross for row in made)


def test_three_of_nine_ninety_nine() -> None:
    row = Row(product_id="10", quantity=3, gross=Decimal("29.97"))

    assert net_prices([row], {"10": Tax(rate=Decimal(21))}, Rounding()) == {"10": Decimal("8.256198")}


def test_where_each_piece_is_rounded_rows_lend_each_other_a_cent_or_it_is_said_what_to_do() -> None:
    three, one = (
        Row(product_id="3", quantity=3, gross=Decimal("10.00")),
        Row(product_id="1", quantity=1, gross=Decimal("5.00")),
    )
    taxes = {"3": Tax(rate=Decimal(0)), "1": Tax(rate=Decimal(0))}
    rounding = Rounding(kind=1)

    assert net_prices([three, one], taxes, rounding) == {"3": Decimal("3.33"), "1": Decimal("5.01")}
    with pytest.raises(Rejected, match="Round on each line"):
        net_prices([three], taxes, rounding)


def lines(*prices: str, quantity: int = 1) -> Order:
    return order(*prices, quantity=quantity)


def test_lines_of_one_product_become_one_row() -> None:
    made = rows_of(lines("12.10", "9.99", quantity=2), {"L0": "10", "L1": "10"})

    assert made == [Row(product_id="10", quantity=4, gross=Decimal("44.18"))]


@given(cents=st.lists(st.integers(0, 99_999), min_size=1, max_size=7), share=st.integers(0, 100))
def test_a_discount_is_taken_off_in_proportion_to_the_cent(cents: list[int], share: int) -> None:
    wanted = lines(*[f"{amount / 100:.2f}" for amount in cents])
    discount = (wanted.total * share / 100).quantize(CENT, ROUND_FLOOR)
    wanted = replace(wanted, discounts=(Discount(title="Coupon", amount=discount),), total=wanted.total - discount)

    made = rows_of(wanted, {line.line_id: line.line_id for line in wanted.lines})

    assert sum(row.gross for row in made) == wanted.total
    assert all(row.gross >= 0 and row.gross == row.gross.quantize(CENT) for row in made)
    for line, row in zip(wanted.lines, made, strict=True):
        assert abs(row.gross - line.total * (1 - Decimal(share) / 100)) <= Decimal("0.02")


def test_shipping_costs_become_a_row_only_where_the_shop_has_a_product_for_them() -> None:
    wanted = replace(lines("12.10"), shipping_cost=Decimal("4.95"), total=Decimal("17.05"))

    assert [row.product_id for row in rows_of(wanted, {"L0": "10"})] == ["10"]
    assert rows_of(wanted, {"L0": "10"}, "99")[1] == Row(product_id="99", quantity=1, gross=Decimal("4.95"))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("net", ["0.25", "8.256198", "10", "4999.5"])
def test_a_tax_rate_is_told_from_two_prices(net: str, rate: str) -> None:
    gross = (Decimal(net) * (1 + Decimal(rate) / 100)).quantize(MICRO, ROUND_HALF_UP)

    assert tax_of(Decimal(net), gross, gross + Decimal("0.12")) == Tax(rate=Decimal(rate), eco=Decimal("0.12"))
    assert tax_of(Decimal("0.20"), Decimal("0.242"), Decimal("0.242")) is None
