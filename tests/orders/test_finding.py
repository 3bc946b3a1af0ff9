"""Two connections fill one shop: neither takes, changes or removes what is the other's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapterkit import records
from connections.adapters import open_account
from connections.models import OrderConnection
from engine.models import OutboxMessage
from orders.finding import trails_of
from orders.importing import import_orders
from orders.loading import load_orders
from orders.models import Order, OrderEvent
from orders.records import reference_of
from tests.road import Road

pytestmark = pytest.mark.django_db


def second_connection(road: Road) -> OrderConnection:
    """The same account into the same shop, for what bol ships itself."""
    one = road.demo.connection
    return OrderConnection.objects.create(
        company=one.company, project=one.project, account=one.account, name="FBB", fulfilment="marketplace",
        state="active", activated_from=road.clock() - timedelta(days=1), active_since=road.clock(),
    )  # fmt: skip


def older_reference(order_id: str) -> str:
    return f"bol-{order_id}"


def imported_as_before(road: Road) -> Order:
    """An order that came in before connections had tokens, and is in the shop."""
    order_id = road.bol.place_order(sku="TST-001")
    road.read()
    Order.objects.update(reference=older_reference(order_id))
    road.go(rounds=3)
    return Order.objects.get()


def test_each_connection_has_a_token_of_its_own_and_so_have_its_references(road: Road) -> None:
    second = second_connection(road)
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=3)
    order = Order.objects.get()

    assert len({road.demo.connection.token, second.token}) == 2
    assert order.reference == f"bol-{road.demo.connection.token}-{order_id}"
    assert [made["status"] for made in road.shop.orders_with(order.reference)] == ["processing"]
    assert len(reference_of("amazon", second.token, "028-1234567-1234567")) == 32  # what Magento has room for


def test_an_order_of_before_keeps_its_reference(road: Road) -> None:
    order = imported_as_before(road)
    road.go(rounds=2)
    order.refresh_from_db()

    assert order.reference == older_reference(order.marketplace_order_id)
    assert order.place == "in_shop"
    assert len(road.shop.orders_with(order.reference)) == 1


def test_an_order_that_is_there_under_its_older_reference_is_found_and_not_made_again(road: Road) -> None:
    """The database was restored from a copy of before the order came in, and reads it anew."""
    order = imported_as_before(road)
    [made] = road.shop.orders_with(order.reference)
    OrderConnection.objects.update(token_since=road.clock() + timedelta(hours=1))
    OutboxMessage.objects.all().delete()
    OrderEvent.objects.all().delete()
    order.delete()
    road.demo.connection.refresh_from_db()
    import_orders(connection=road.demo.connection, orders=listed(road), now=road.clock())
    road.go(rounds=3)

    again = Order.objects.get()
    assert again.reference == reference_of("bol", road.demo.connection.token, again.marketplace_order_id)
    assert (again.place, again.shop_order_id) == ("in_shop", str(made["id"]))
    assert len(road.shop.world.orders) == 1


def listed(road: Road) -> list[records.Order]:
    since = road.clock() - timedelta(days=2)
    pages = open_account(road.demo.account).fetch_orders(since, records.Fulfilment.MERCHANT)
    return [order for page in pages for order in page.items]


def test_what_is_chosen_for_another_order_is_not_found_for_this_one(road: Road) -> None:
    """Both halves of an order of before share its reference."""
    order = imported_as_before(road)
    half = Order.objects.get()
    half.pk, half.connection, half.shop_order_id, half.place = None, second_connection(road), "", "waiting"
    half.save()

    trails = trails_of(load_orders([order.pk, half.pk]).values())

    assert trails[order.pk].taken == frozenset()
    assert trails[half.pk].taken == {order.shop_order_id}


@pytest.mark.parametrize("other_half_waits", [True, False])
def test_an_inert_order_that_the_other_half_may_be_about_to_choose_is_left_alone(
    road: Road, other_half_waits: bool
) -> None:
    order = imported_as_before(road)
    if other_half_waits:
        half = Order.objects.get()
        half.pk, half.connection, half.shop_order_id, half.place = None, second_connection(road), "", "waiting"
        half.save()
    [chosen] = road.shop.orders_with(order.reference)
    inert = {**chosen, "id": 99999, "number": "99999", "status": "pending", "date_paid_gmt": None}
    road.shop.world.orders[99999] = inert | {"date_modified_gmt": road.shop._stamp()}

    road.go(rounds=3)

    there = [made["id"] for made in road.shop.orders_with(order.reference)]
    assert there == [chosen["id"], 99999] if other_half_waits else [chosen["id"]]
