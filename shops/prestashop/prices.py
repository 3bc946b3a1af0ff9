"""The net prices that make a PrestaShop cart come out at the marketplace's amounts, to the cent; pure.

A cart's price is net, with six decimals; the shop adds its own tax and rounds: each piece, each row, or the whole cart
(`PS_ROUND_TYPE`), up, down or to the nearer cent (`PS_PRICE_ROUND_MODE`). A cart has one row for each product, whatever
number of lines the marketplace has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from adapterkit.errors import Rejected
from adapterkit.records import Order

CENT, MICRO, MILLI = Decimal("0.01"), Decimal("0.000001"), Decimal("0.001")
EACH_PIECE, EACH_ROW, WHOLE_CART = 1, 2, 3
UP, DOWN = 0, 1
# Where the shop always rounds one way, aim near the other end of the cent: six decimals never fall off its edge.
AIM = {UP: Decimal("-0.004"), DOWN: Decimal("0.004")}
CHEAPEST = Decimal("0.25")  # below this, six decimals do not tell a tax rate's third


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """How the shop rounds: `kind` as in PS_ROUND_TYPE, `mode` as in PS_PRICE_ROUND_MODE."""

    kind: int = EACH_ROW
    mode: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """What the shop adds to the net price of one piece: a rate in per cent, and the eco-tax (gross)."""

    rate: Decimal
    eco: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a cart; `gross` is what all its pieces cost with tax."""

    product_id: str
    quantity: int
    gross: Decimal


def rows_of(order: Order, products: Mapping[str, str], shipping_product: str = "") -> list[Row]:
    """Return the cart's rows, which add up to the order's total, discounts taken off in proportion.

    Shipping costs become a row of `shipping_product`; without one they are the carrier's to charge and not in here.
    """
    rows: dict[str, Row] = {}
    for line in order.lines:
        row = rows.get(products[line.line_id], Row(product_id=products[line.line_id], quantity=0, gross=Decimal(0)))
        rows[row.product_id] = replace(row, quantity=row.quantity + line.quantity, gross=row.gross + line.total)
    discount = sum((discount.amount for discount in order.discounts), Decimal(0))
    discounted = _less(list(rows.values()), discount)
    if order.shipping_cost and shipping_product:
        discounted.append(Row(product_id=shipping_product, quantity=1, gross=order.shipping_cost))
    return discounted


def tax_of(net: Decimal, gross: Decimal, gross_with_eco: Decimal) -> Tax | None:
    """Return the tax on a price that the shop gave net and gross; None when the price is too low to tell."""
    if net < CHEAPEST:
        return None
    rate = ((gross / net - 1) * 100).quantize(MILLI, ROUND_HALF_UP)
    return Tax(rate=rate, eco=gross_with_eco - gross)


def net_prices(rows: Sequence[Row], taxes: Mapping[str, Tax], rounding: Rounding) -> dict[str, Decimal]:
    """Return the net price of one piece, by product; raises `Rejected` where the shop's rounding allows none."""
    whole = rounding.kind == EACH_PIECE
    units = _whole_cents(rows) if whole else {row.product_id: row.gross / row.quantity for row in rows}
    for row in _aimed(rows, rounding):
        units[row.product_id] += AIM.get(rounding.mode, Decimal(0)) / (1 if whole else row.quantity)
    prices = {}
    for row in rows:
        tax = taxes[row.product_id]
        net = (units[row.product_id] - tax.eco) / (1 + tax.rate / 100)
        prices[row.product_id] = max(net, Decimal(0)).quantize(MICRO, ROUND_HALF_UP)
    return prices


def _aimed(rows: Sequence[Row], rounding: Rounding) -> Sequence[Row]:
    """The rows whose price decides how something is rounded."""
    if rounding.kind != WHOLE_CART:
        return [row for row in rows if row.gross]
    return [max(rows, key=lambda row: row.gross)] if rows else []


def _less(rows: list[Row], discount: Decimal) -> list[Row]:
    """Take a discount off the rows in proportion, whole cents, the cents that are left off the largest remainders."""
    total = sum((row.gross for row in rows), Decimal(0))
    if not discount or not total:
        return rows
    exact = [row.gross * discount / total for row in rows]
    shares = [share.quantize(CENT, ROUND_DOWN) for share in exact]
    left = int((discount - sum(shares)) / CENT)
    for index in sorted(range(len(rows)), key=lambda index: shares[index] - exact[index])[:left]:
        shares[index] += CENT
    return [replace(row, gross=row.gross - share) for row, share in zip(rows, shares, strict=True)]


def _whole_cents(rows: Sequence[Row]) -> dict[str, Decimal]:
    """Return prices of one piece in whole cents that add up to the rows' sum; rows lend each other a cent or two."""
    units = {row.product_id: (row.gross / row.quantity).quantize(CENT, ROUND_DOWN) for row in rows}
    left = sum((row.gross - units[row.product_id] * row.quantity for row in rows), Decimal(0))
    for row in sorted(rows, key=lambda row: row.quantity, reverse=True):
        more = int(left / CENT) // row.quantity * CENT
        units[row.product_id] += more
        left -= more * row.quantity
    if left:
        raise Rejected(
            "The shop rounds the price of each piece, and no price makes this order's total. In PrestaShop choose "
            "Shop Parameters > General > Round type > Round on each line, then try again"
        )
    return units
