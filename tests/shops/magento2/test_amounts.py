"""Gross amounts taken apart: every sum fits to the cent, whatever the rates and the discount."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shops.magento2.amounts import amounts, spread

D = Decimal
MONEY = st.decimals("0", "9999.99", places=2)
RATES = st.sampled_from([D(0), D(6), D(9), D(19), D("5.5"), D(21)])


def test_two_shirts_and_a_mug_come_out_as_magento_s_own_cart_has_them() -> None:
    # Observed on a running shop: 2 x 19.95 + 12.50 + 4.95 shipping, prices including 21 %.
    found = amounts(
        lines=[D("39.90"), D("12.50")], rates=[D(21), D(21)], shipping=D("4.95"), shipping_rate=D(21), discount=D(0)
    )

    assert (found.subtotal, found.shipping.net, found.tax, found.total) == (
        D("43.31"), D("4.09"), D("9.95"), D("57.35")
    )  # fmt: skip
    assert (found.subtotal_gross, found.line_compensation) == (D("52.40"), D(0))


def test_a_discount_takes_its_tax_with_it_and_the_rest_is_compensated() -> None:
    found = amounts(lines=[D("121.00")], rates=[D(21)], shipping=D(0), shipping_rate=D(21), discount=D("12.10"))
    [line] = found.lines

    assert (line.gross, line.net, line.discount) == (D("121.00"), D("100.00"), D("12.10"))
    assert (line.tax, line.compensation) == (D("18.90"), D("2.10"))
    assert found.total == D("108.90") == line.net + line.tax + line.compensation - line.discount


@given(
    lines=st.lists(st.tuples(MONEY, RATES), min_size=1, max_size=6),
    shipping=MONEY,
    shipping_rate=RATES,
    part=st.integers(0, 100),
)
def test_net_tax_and_compensation_less_the_discount_are_what_was_paid(
    lines: list[tuple[D, D]], shipping: D, shipping_rate: D, part: int
) -> None:
    gross = [amount for amount, _ in lines]
    discount = ((sum(gross) + shipping) * part / 100).quantize(D("0.01"))

    found = amounts(
        lines=gross,
        rates=[rate for _, rate in lines],
        shipping=shipping,
        shipping_rate=shipping_rate,
        discount=discount,
    )

    assert found.total == sum(gross) + shipping - discount
    assert found.discount == discount
    for piece in found.parts:
        assert piece.net + piece.tax + piece.compensation == piece.gross
        assert 0 <= piece.discount <= piece.gross
        assert piece.tax >= 0
    compensation = sum(piece.compensation for piece in found.parts)
    assert found.subtotal + found.shipping.net + found.tax + compensation - found.discount == found.total


def test_cents_that_are_left_go_to_the_largest_remainders() -> None:
    assert spread(D("0.10"), [D(1), D(1), D(1)]) == [D("0.04"), D("0.03"), D("0.03")]
    assert spread(D("1.00"), [D("0.99"), D("0.01")]) == [D("0.99"), D("0.01")]
    assert spread(D("0.005"), [D(2), D(1)]) == [D("0.005"), D(0)]
    assert spread(D(0), [D(2)]) == spread(D(3), [D(0)]) == [D(0)]
