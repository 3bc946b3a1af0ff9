"""The amounts of an order as Magento keeps them: gross apart in net and tax, discounts spread, to the cent; pure.

A line is net + tax = gross. A discount is taken off the gross: the tax falls with it, and what the tax lost is kept as
"discount tax compensation", so that net + tax + compensation - discount is always what the customer paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One line, or the shipping. `tax` is what is left of it after the discount."""

    gross: Decimal
    net: Decimal
    tax: Decimal
    discount: Decimal
    compensation: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    lines: Sequence[Part]
    shipping: Part

    @property
    def parts(self) -> Sequence[Part]:
        return [*self.lines, self.shipping]

    @property
    def subtotal(self) -> Decimal:
        return sum((line.net for line in self.lines), NOTHING)

    @property
    def subtotal_gross(self) -> Decimal:
        return sum((line.gross for line in self.lines), NOTHING)

    @property
    def tax(self) -> Decimal:
        return sum((part.tax for part in self.parts), NOTHING)

    @property
    def discount(self) -> Decimal:
        return sum((part.discount for part in self.parts), NOTHING)

    @property
    def line_compensation(self) -> Decimal:
        return sum((line.compensation for line in self.lines), NOTHING)

    @property
    def total(self) -> Decimal:
        return self.subtotal_gross + self.shipping.gross - self.discount


def amounts(
    *,
    lines: Sequence[Decimal],
    rates: Sequence[Decimal],
    shipping: Decimal,
    shipping_rate: Decimal,
    discount: Decimal,
) -> Amounts:
    """Take gross amounts apart. `rates` are per cent, one for each line; `discount` is positive and gross."""
    gross = [*lines, shipping]
    off = spread(discount, gross)
    parts = [_part(amount, rate, less) for amount, rate, less in zip(gross, [*rates, shipping_rate], off, strict=True)]
    return Amounts(lines=parts[:-1], shipping=parts[-1])


def _part(gross: Decimal, rate: Decimal, discount: Decimal) -> Part:
    net = _net(gross, rate)
    left = gross - discount
    tax = left - _net(left, rate)
    return Part(gross=gross, net=net, tax=tax, discount=discount, compensation=gross - net - tax)


def _net(gross: Decimal, rate: Decimal) -> Decimal:
    return (gross / (1 + rate / 100)).quantize(CENT, ROUND_HALF_UP)


def spread(amount: Decimal, over: Sequence[Decimal]) -> list[Decimal]:
    """Share an amount in proportion, in whole cents, the cents that are left going to the largest remainders."""
    total = sum(over, NOTHING)
    if not amount or not total:
        return [NOTHING] * len(over)
    exact = [amount * part / total for part in over]
    shares = [share.quantize(CENT, ROUND_DOWN) for share in exact]
    left = int((amount - sum(shares, NOTHING)) / CENT)
    by_remainder = sorted(range(len(over)), key=lambda place: (shares[place] - exact[place], place))
    for place in by_remainder[:left]:
        shares[place] += CENT
    # An amount of less than a cent stays with the largest.
    shares[max(range(len(over)), key=lambda place: over[place])] += amount - sum(shares, NOTHING)
    return shares
