"""What the shop lists no more blocks nobody, and is not sold any more; what one reading missed is."""

from __future__ import annotations

import pytest

from connections.models import OrderConnection
from orders.models import Order
from orders.setup_list import Step, setup_list
from stock.models import Offer, Product
from stock.product_ids import count_ids, duplicate_ids
from tests.road import Road

pytestmark = pytest.mark.django_db


def product_ids(road: Road) -> str:
    related = ("project__shop", "project__carrier_plan", "account", "company")
    connection = OrderConnection.objects.select_related(*related).get()
    return next(check.state for check in setup_list(connection) if check.step == Step.PRODUCT_IDS)


def test_a_double_that_is_removed_in_the_shop_is_mended(road: Road) -> None:
    road.shop.add_product("TST-001B", price="12.10", stock=3, ean="8710400000013")
    project = road.demo.connection.project
    project.product_id_field = "ean"
    project.save()
    road.go(rounds=1)
    assert (duplicate_ids(project), product_ids(road)) == (["8710400000013"], "failing")

    road.shop.remove_product("TST-001B")
    road.go(rounds=1)
    assert (duplicate_ids(project), product_ids(road), count_ids(project)) == ([], "done", (2, 1))
    road.bol.place_order(sku="whatever", ean="8710400000013")
    road.go(rounds=2)
    assert Order.objects.get().lines.get().product == Product.objects.get(sku="TST-001")


def test_what_is_gone_is_sold_out_at_the_marketplace_after_a_while(road: Road) -> None:
    assert road.bol.stock_of("TST-001") == 10
    road.shop.remove_product("TST-001")
    road.go(rounds=3)
    assert (road.bol.stock_of("TST-001"), Product.objects.listed().count()) == (10, 1)
    road.clock.forward(hours=1)
    road.go(rounds=2)
    assert (road.bol.stock_of("TST-001"), road.bol.stock_of("TST-002")) == (0, 10)

    offer = Offer.objects.get(reference="TST-001")
    road.go(rounds=3)
    assert Offer.objects.get(pk=offer.pk).desired_version == offer.desired_version


def test_what_one_reading_missed_is_sold_on(road: Road) -> None:
    product = dict(road.shop.world.products)
    road.shop.remove_product("TST-001")
    road.go(rounds=1)
    road.bol.place_order(sku="TST-001")
    road.shop.world.products.update(product)
    road.go(rounds=3)
    road.clock.forward(hours=2)
    road.go(rounds=2)

    assert Product.objects.listed().count() == 2
    assert (Order.objects.get().place, road.bol.stock_of("TST-001")) == ("in_shop", 9)


def test_a_shop_that_lists_nothing_is_not_believed(road: Road) -> None:
    road.shop.world.products.clear()
    road.go(rounds=1)
    road.clock.forward(hours=2)
    road.go(rounds=1)

    assert (Product.objects.listed().count(), road.bol.stock_of("TST-001")) == (2, 10)


def test_one_that_is_made_anew_under_its_id_is_sold_on(road: Road) -> None:
    offer = Offer.objects.get(reference="TST-001")
    road.shop.remove_product("TST-001")
    road.shop.add_product("TST-001", price="12.10", stock=7, ean="8710400000099")
    road.go(rounds=3)

    anew = Product.objects.listed().get(sku="TST-001")
    offer.refresh_from_db()
    assert (offer.product, offer.ean, Offer.objects.count()) == (anew, "8710400000099", 2)
    assert road.bol.stock_of("TST-001") == 7

    road.clock.forward(hours=2)
    road.go(rounds=2)
    assert road.bol.stock_of("TST-001") == 7
