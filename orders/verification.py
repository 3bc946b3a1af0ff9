"""Compares what a shop made of an order with what was asked; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from adapterkit.records import Order, ShopOrder, ShopOrderState
from orders.obstacles import Obstacle

OF_ACTIVE = {
    "shop_currency_differs": "made_currency_differs",
    "shop_product_missing": "made_product_missing",
    "shop_lines_differ": "made_lines_differ",
    "shop_total_differs": "made_total_differs",
}


def mismatch_of(made: ShopOrder, order: Order, products: Mapping[str, str]) -> Obstacle | None:
    """Return the first difference between the shop's order and the marketplace's: currency, a line, or the total.

    A shop that keeps no line ids of ours may merge or split the lines of one product. What a shop does not tell is not
    compared; an order without our reference could not be found again, which is a difference too.
    """
    if not made.reference:
        return Obstacle(code="shop_reference_missing")
    return _difference(made, order, products) if made.itemised else None


def fits(made: ShopOrder, order: Order, products: Mapping[str, str]) -> bool:
    """Whether the shop's order has exactly the pieces that are wanted, whatever its total."""
    difference = _difference(made, order, products)
    return made.itemised and (difference is None or difference.code == "shop_total_differs")


def _difference(made: ShopOrder, order: Order, products: Mapping[str, str]) -> Obstacle | None:
    if made.currency != order.currency:
        return Obstacle(code="shop_currency_differs", params={"shop": made.currency, "marketplace": order.currency})
    kept = all(line.marketplace_line_id for line in made.lines)
    asked, got = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for line in order.lines:
        asked[products[line.line_id], line.line_id if kept else ""] += line.quantity
    for row in made.lines:
        got[row.product_id, row.marketplace_line_id if kept else ""] += row.quantity
    missing = [
        line.sku or line.title for line in order.lines if not got[products[line.line_id], line.line_id if kept else ""]
    ]
    if missing:
        return Obstacle(code="shop_product_missing", params={"skus": missing})
    if asked != got:
        return Obstacle(code="shop_lines_differ", params={"asked": asked.total(), "shop": got.total()})
    if made.priced and made.total != order.total:
        return Obstacle(code="shop_total_differs", params={"shop": str(made.total), "marketplace": str(order.total)})
    return None


def code_of(difference: Obstacle, made: ShopOrder) -> str:
    """Return the code by which a difference is told: an active order is not made anew, a draft is."""
    return difference.code if made.state == ShopOrderState.INERT else OF_ACTIVE.get(difference.code, difference.code)


def shop_lines(made: ShopOrder, products: Mapping[str, str]) -> dict[str, str]:
    """Return the shop's line id of each marketplace line: by our id where the shop keeps it, else by the product."""
    ours = {line.marketplace_line_id: line.line_id for line in made.lines if line.marketplace_line_id}
    by_product = {line.product_id: line.line_id for line in reversed(made.lines) if line.product_id}
    return {line_id: ours.get(line_id) or by_product.get(product, "") for line_id, product in products.items()}
