"""Compares what a shop made of an order with what was asked; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from adapterkit.records import Order, ShopOrder
from orders.obstacles import Obstacle


def mismatch_of(made: ShopOrder, order: Order, products: Mapping[str, str]) -> Obstacle | None:
    """Return the first difference between the shop's order and the marketplace's: currency, a line, or the total."""
    if made.currency != order.currency:
        return Obstacle(code="shop_currency_differs", params={"shop": made.currency, "marketplace": order.currency})
    asked = Counter({(products[line.line_id], line.line_id): line.quantity for line in order.lines})
    got = Counter({(line.product_id, line.marketplace_line_id): line.quantity for line in made.lines})
    missing = [line.sku or line.title for line in order.lines if not got[products[line.line_id], line.line_id]]
    if missing:
        return Obstacle(code="shop_product_missing", params={"skus": missing})
    if asked != got:
        return Obstacle(code="shop_lines_differ", params={"asked": sum(asked.values()), "shop": sum(got.values())})
    if made.total != order.total:
        return Obstacle(code="shop_total_differs", params={"shop": str(made.total), "marketplace": str(order.total)})
    return None
