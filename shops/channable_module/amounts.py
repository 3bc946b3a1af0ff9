"""Brings an order into rows that a module turns into exactly the marketplace's total; pure.

The modules merge the lines of one product at the price that came last, and Magento rounds the price of a piece to the
cent. So each product becomes one row, and what its pieces cannot express by a price in cents goes elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from adapterkit.records import Order, OrderLine

CENT, MICRO = Decimal("0.01"), Decimal("0.000001")
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """All pieces of one product. `unit` is the price of a piece, `lines` are the order's lines it stands for."""

    product_id: str
    quantity: int
    unit: Decimal
    lines: tuple[OrderLine, ...]

    @property
    def total(self) -> Decimal:
        return self.unit * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What is sent: rows, shipping less discount come to the order's total, each including VAT."""

    rows: tuple[Row, ...]
    shipping: Decimal
    discount: Decimal

    @property
    def goods(self) -> Decimal:
        return sum((row.total for row in self.rows), NOTHING)


def with_discount(order: Order, products: Mapping[str, str]) -> Amounts:
    """For a module that takes a discount on the order: prices are rounded up, the discount takes the rest off."""
    rows = tuple(_row(product, lines, _sum(lines), ROUND_CEILING) for product, lines in _by_product(order, products))
    over = sum((row.total for row in rows), NOTHING) - _sum(order.lines)
    return Amounts(rows=rows, shipping=order.shipping_cost, discount=_discount(order) + over)


def with_shipping(order: Order, products: Mapping[str, str]) -> Amounts:
    """For a module that knows no discount: it is spread over the products, and odd cents go to the shipping."""
    totals = _reduced(order, products)
    rows = tuple(_row(product, lines, totals[product], ROUND_FLOOR) for product, lines in _by_product(order, products))
    rest = order.total - sum((row.total for row in rows), NOTHING)
    return Amounts(rows=rows, shipping=rest, discount=NOTHING)


def with_fractions(order: Order, products: Mapping[str, str]) -> Amounts:
    """For a module that keeps six decimals of a price: discounts are spread over the products."""
    totals = _reduced(order, products)
    rows = tuple(
        Row(
            product_id=product,
            quantity=_pieces(lines),
            unit=(totals[product] / _pieces(lines)).quantize(MICRO, ROUND_HALF_UP),
            lines=tuple(lines),
        )
        for product, lines in _by_product(order, products)
    )
    goods = sum(totals.values(), NOTHING)
    return Amounts(rows=rows, shipping=order.total - goods, discount=NOTHING)


def _by_product(order: Order, products: Mapping[str, str]) -> list[tuple[str, list[OrderLine]]]:
    """Return the lines of each product, in the order in which products first appear."""
    groups: dict[str, list[OrderLine]] = {}
    for line in order.lines:
        groups.setdefault(products[line.line_id], []).append(line)
    return list(groups.items())


def _row(product_id: str, lines: Sequence[OrderLine], total: Decimal, rounding: str) -> Row:
    quantity = _pieces(lines)
    unit = (total / quantity).quantize(CENT, rounding)
    return Row(product_id=product_id, quantity=quantity, unit=unit, lines=tuple(lines))


def _reduced(order: Order, products: Mapping[str, str]) -> dict[str, Decimal]:
    """Return each product's total less its share of the discounts, in cents that add up.

    Each takes its share of what is left, so that the last and largest one takes the odd cents. What the discounts take
    beyond all goods is left to the shipping.
    """
    totals = {product: _sum(lines) for product, lines in _by_product(order, products)}
    goods = sum(totals.values(), NOTHING)
    left = min(_discount(order), goods)
    for product in sorted((name for name in totals if totals[name]), key=lambda name: totals[name]):
        share = (left * totals[product] / goods).quantize(CENT, ROUND_FLOOR)
        goods, left = goods - totals[product], left - share
        totals[product] -= share
    return totals


def _discount(order: Order) -> Decimal:
    return sum((discount.amount for discount in order.discounts), NOTHING)


def _sum(lines: Sequence[OrderLine]) -> Decimal:
    return sum((line.total for line in lines), NOTHING)


def _pieces(lines: Sequence[OrderLine]) -> int:
    return sum(line.quantity for line in lines)
