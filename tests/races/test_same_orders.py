"""What two connections would bring comes into the shop once, whoever is quicker; on PostgreSQL with real threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from connections.flows.set_up_connection import ConnectedAlready, Wish, set_up_connection
from connections.models import MarketplaceAccount, OrderConnection
from connections.starting import open_feeds
from engine.models import SyncCursor, UnreadableRecord
from engine.reading import read
from orders.flows.activate_connection import NotReady, activate_connection
from orders.models import Order
from ordersync.demo import build_demo
from tests.at_once import at_once
from tests.effort import SECOND
from tests.road import BOL, SHOP, Road

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not SECOND, reason="SQLite has one writer at a time"),
]
ORDERS = 24


@pytest.fixture
def again(road: Road) -> MarketplaceAccount:
    """The seller of the road, entered a second time."""
    first = road.demo.account
    return MarketplaceAccount.objects.create(
        company=first.company,
        marketplace=first.marketplace,
        name="bol again",
        settings=first.settings,
        credentials=first.credentials,
    )


def beside(connection: OrderConnection, account: MarketplaceAccount, state: str, country: str = "") -> OrderConnection:
    """A connection that is like this one, but for its account, state and country."""
    return OrderConnection.objects.create(
        company=connection.company,
        project=connection.project,
        account=account,
        name=f"{account.name} {state}",
        fulfilment=connection.fulfilment,
        carrier_plan=connection.carrier_plan,
        activated_from=connection.activated_from,
        test_order_passed_at=connection.activated_from,
        state=state,
        country=country,
    )


def counted(outcomes: Counter[str], work: Callable[[], object]) -> Callable[[], None]:
    def job() -> None:
        try:
            work()
        except (ConnectedAlready, NotReady) as refused:
            outcomes[type(refused).__name__] += 1
        else:
            outcomes["done"] += 1

    return job


def test_of_those_who_connect_the_same_orders_at_once_one_is_let_through(road: Road, again: MarketplaceAccount) -> None:
    OrderConnection.objects.update(state="archived")
    project, outcomes = road.demo.connection.project, Counter[str]()
    wishes = [
        Wish(project=project, account=account, name=f"{account.name} {number}", fulfilment="merchant")
        for account in (road.demo.account, again)
        for number in range(3)
    ]
    at_once(
        *[
            counted(outcomes, lambda wish=wish: set_up_connection(wish=wish, now=road.clock(), by=None))  # type: ignore[misc]
            for wish in wishes
        ]
    )
    assert outcomes == {"done": 1, "ConnectedAlready": 5}
    assert OrderConnection.objects.exclude(state="archived").count() == 1


def test_of_two_companies_that_were_made_before_only_one_activates(road: Road) -> None:
    theirs = build_demo(bol_url=BOL, shop_url=SHOP, now=road.clock(), name="Another company")
    road.go(rounds=2)  # both have their products
    OrderConnection.objects.update(state="inactive", test_order_passed_at=road.clock())
    outcomes = Counter[str]()
    both = list(OrderConnection.objects.filter(pk__in=[road.demo.connection.pk, theirs.connection.pk]))
    at_once(
        *[
            counted(outcomes, lambda one=one: activate_connection(connection=one, now=road.clock(), by=None))  # type: ignore[misc]
            for one in both
        ]
    )
    assert outcomes == {"done": 1, "NotReady": 1}
    assert sorted(OrderConnection.objects.values_list("state", flat=True)) == ["active", "inactive"]


def test_what_two_read_at_the_same_time_is_brought_by_one_of_them(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where one of them is archived while both are read: neither knows of the other, and the claim decides."""
    monkeypatch.setattr(OrderConnection, "outranking", lambda self: OrderConnection.objects.none())
    ids = [road.bol.place_order(sku="TST-001") for _ in range(ORDERS)]
    open_feeds(beside(road.demo.connection, road.demo.account, "active", "NL"), road.clock())
    SyncCursor.objects.exclude(feed="orders").update(next_run_at=road.clock() + timedelta(hours=9))

    at_once(*[lambda: read(clock=road.clock, threads=1, limit=1)] * 2)

    assert sorted(Order.objects.values_list("marketplace_order_id", flat=True)) == sorted(ids)
    assert not SyncCursor.objects.filter(failures__gt=0).exists()
    assert not UnreadableRecord.objects.exists()
    road.go(rounds=3)
    made = Counter(order["transaction_id"] for order in road.shop.world.orders.values())
    assert (len(made), set(made.values())) == (ORDERS, {1})
