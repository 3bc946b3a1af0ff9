"""Two connections fill one shop: neither takes, changes or removes what is the other's."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from adapterkit import records
from connections.adapters import open_account
from connections.models import OrderConnection
from engine.models import OutboxMessage
from orders.loading import load_orders
from orders.models import Order, OrderEvent
from orders.reading.storing import import_orders
from orders.records import claim_of, reference_of
from orders.sides.finding import trails_of
from tests.road import Road, named

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


def test_an_order_is_looked_for_by_one_name_where_none_can_have_an_older_one(road: Road) -> None:
    """A new connection fetches orders that were placed long before it: each costs one look, not two."""
    road.bol.place_order(sku="TST-001")
    road.read()
    Order.objects.update(placed_at=road.clock() - timedelta(days=30))
    order = Order.objects.get()

    assert road.demo.connection.token_since is None
    assert trails_of(load_orders([order.pk]).values())[order.pk].references == (order.reference,)

    OrderConnection.objects.update(token_since=road.clock())
    again = trails_of(load_orders([order.pk]).values())[order.pk]
    assert again.references == (order.reference, older_reference(order.marketplace_order_id))


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
    half.claim = claim_of(half.connection, half.marketplace_order_id)
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
        half.claim = claim_of(half.connection, half.marketplace_order_id)
        half.save()
    [chosen] = road.shop.orders_with(order.reference)
    inert = {**chosen, "id": 99999, "number": "99999", "status": "pending", "date_paid_gmt": None}
    road.shop.world.orders[99999] = inert | {"date_modified_gmt": road.shop._stamp()}

    road.go(rounds=3)

    there = [made["id"] for made in road.shop.orders_with(order.reference)]
    assert there == [chosen["id"], 99999] if other_half_waits else [chosen["id"]]


def test_what_another_connection_brought_into_the_shop_does_not_come_in_twice(road: Road) -> None:
    """Both are there from before such connections were refused: the older one's orders stay the only ones."""
    one = road.demo.connection
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    OrderConnection.objects.filter(pk=one.pk).update(country="NL")
    second = OrderConnection.objects.create(
        company=one.company, project=one.project, account=one.account, name="all countries", fulfilment="merchant",
        state="active", activated_from=one.activated_from, active_since=road.clock(),
    )  # fmt: skip

    counts = import_orders(connection=second, orders=listed(road), now=road.clock())

    assert counts == {"ignored": 1}
    assert Order.objects.get().connection == one
    assert len(road.shop.orders_with(named(order_id))) == 1


def test_the_database_takes_no_second_order_of_the_same(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.go(rounds=1)
    again = Order.objects.get()
    again.pk, again.connection = None, second_connection(road)

    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()


def test_orders_of_before_are_claimed_by_the_older_connection(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.go(rounds=1)
    first = Order.objects.get()
    again = Order.objects.get()
    again.pk, again.claim, again.connection = None, None, OrderConnection.objects.create(
        company=first.company, project=road.demo.connection.project, account=road.demo.account, name="again",
        fulfilment="merchant", country="BE",
    )  # fmt: skip
    again.save()
    Order.objects.update(claim=None)

    for _ in range(2):
        import_module("orders.migrations.0022_claims").claim_orders(apps, None)

    first.refresh_from_db()
    again.refresh_from_db()
    assert (first.claim, again.claim) == (claim_of(road.demo.connection, first.marketplace_order_id), None)
