"""What keeps an order from being sent to the shop, found out before anything is sent; pure, no query."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale
from babel.numbers import list_currencies

from adapterkit.records import Order
from orders.products import name_of

NO_COUNTRIES = {"ZZ", "EU", "UN", "EZ", "QO", "XA", "XB"}  # territories of the locale tables, not of ISO 3166


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """`code` and `params` are put in words by `orders.words`."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


def obstacle_of(order: Order, *, linked: Collection[str], shop_currency: str) -> Obstacle | None:
    """Return the first thing that keeps the order from being sent, None when it can go.

    `linked` holds the line ids whose product is known in the shop. Lines without pieces left play no part.
    """
    checks = (
        _no_address(order),
        _unknown_country(order),
        _currency(order, shop_currency),
        _total(order),
        unknown_products(order, linked),
    )
    return next((obstacle for obstacle in checks if obstacle), None)


def sum_of(order: Order) -> Decimal:
    """Return what lines, shipping and discounts add up to."""
    lines = sum((line.total for line in order.lines), Decimal(0))
    return lines + order.shipping_cost - sum((discount.amount for discount in order.discounts), Decimal(0))


def _no_address(order: Order) -> Obstacle | None:
    address = order.delivery
    if address is None or not (address.name and (address.street or any(address.lines))):
        return Obstacle(code="no_delivery_address")
    return None


def _unknown_country(order: Order) -> Obstacle | None:
    for address in (order.delivery, order.billing):
        if address is not None and address.country not in known_countries():
            return Obstacle(code="unknown_country", params={"country": address.country})
    return None


def _currency(order: Order, shop_currency: str) -> Obstacle | None:
    if order.currency not in list_currencies():
        return Obstacle(code="unknown_currency", params={"currency": order.currency})
    if order.currency != shop_currency:
        return Obstacle(code="other_currency", params={"currency": order.currency, "shop_currency": shop_currency})
    return None


def _total(order: Order) -> Obstacle | None:
    found = sum_of(order)
    if found != order.total:
        return Obstacle(code="total_does_not_add_up", params={"total": str(order.total), "sum": str(found)})
    return None


def unknown_products(order: Order, linked: Collection[str]) -> Obstacle | None:
    wanted = [line for line in order.lines if line.quantity > line.quantity_cancelled]
    skus = [name_of(line) for line in wanted if line.line_id not in linked]
    return Obstacle(code="unknown_product", params={"skus": skus}) if skus else None


@cache
def known_countries() -> frozenset[str]:
    """The countries of ISO 3166, as two letters."""
    codes = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in codes if re.fullmatch("[A-Z]{2}", code)) - NO_COUNTRIES
