"""A count that the shop told before another was set is older, whenever it arrives."""

from __future__ import annotations

from typing import Any

import pytest

from adapterkit.records import Product as Record
from orders.models import Order
from stock.flows.import_products import import_products
from stock.levels import store_levels
from stock.models import Product, StockMovement
from tests.road import Road

pytestmark = pytest.mark.django_db


def product() -> Product:
    return Product.objects.get(sku="TST-001")


def as_shop_tells(stock: int, title: str) -> Record:
    return Record(product_id=product().shop_product_id, sku="TST-001", title=title, price=product().price, stock=stock)


def test_what_was_asked_before_a_newer_count_came_changes_all_but_the_count(road: Road) -> None:
    project, asked_at = road.demo.connection.project, road.clock()
    road.clock.forward(seconds=10)
    store_levels(project=project, levels={product().shop_product_id: 5}, now=road.clock())
    moved = StockMovement.objects.count()
    road.clock.forward(seconds=10)

    import_products(project=project, items=[as_shop_tells(9, "Late")], now=road.clock(), asked_at=asked_at)
    assert (product().stock, product().title) == (5, "Late")
    assert StockMovement.objects.count() == moved

    import_products(project=project, items=[as_shop_tells(9, "Now")], now=road.clock())
    assert (product().stock, product().title) == (9, "Now")


def test_a_page_that_is_on_its_way_while_a_count_comes_does_not_undo_it(road: Road) -> None:
    def meanwhile(request: Any, when: str) -> None:
        if when == "after" and "/products" in request.path:
            road.clock.forward(seconds=1)
            store_levels(project=road.demo.connection.project, levels={product().shop_product_id: 4}, now=road.clock())

    road.shop.on_request = meanwhile
    road.read()
    assert product().stock == 4

    road.shop.on_request = None
    road.clock.forward(seconds=1)
    road.read()
    assert product().stock == 10


def test_a_page_that_was_asked_for_before_an_order_came_does_not_give_its_pieces_back(road: Road) -> None:
    project, asked_at = road.demo.connection.project, road.clock()
    before = as_shop_tells(10, "Before")
    road.clock.forward(seconds=5)
    road.bol.place_order(sku="TST-001", quantity=3)
    road.read()
    road.deliver()
    assert (Order.objects.get().place, product().stock, product().reserved) == ("in_shop", 7, 0)

    import_products(project=project, items=[before], now=road.clock(), asked_at=asked_at)

    assert product().stock == 7
