"""An order comes into a shop once only: connections that would bring it twice, in one company and across companies."""

from __future__ import annotations

import pytest

from accounts.models import AuditEntry
from connections.flows.set_up_connection import ConnectedAlready, Wish, set_up_connection
from connections.models import MarketplaceAccount, OrderConnection, Project
from connections.starting import open_feeds
from engine.models import SyncCursor
from orders.flows.activate_connection import NotReady, activate_connection
from orders.models import Order
from orders.setup_list import Step, StepState, setup_list
from ordersync.demo import Demo, build_demo
from tests.road import BOL, SHOP, Road

pytestmark = pytest.mark.django_db
BUYER = {"firstName": "An", "surname": "Jansen", "streetName": "Biltstraat", "houseNumber": "12", "city": "Delft"}


@pytest.fixture
def other(road: Road) -> Demo:
    """Another company with the same seller account and the same shop, its connection inactive."""
    made = build_demo(bol_url=BOL, shop_url=SHOP, now=road.clock(), name="Secretive Ltd", active=False)
    made.connection.name = "Hidden connection"
    made.connection.save()
    return made


def rivals(connection: OrderConnection) -> list[int]:
    return list(connection.overlapping().values_list("pk", flat=True))


def test_the_same_seller_and_shop_of_another_company_is_refused_and_not_named(road: Road, other: Demo) -> None:
    before = AuditEntry.objects.count()
    OrderConnection.objects.filter(pk=other.connection.pk).delete()
    wish = Wish(project=other.connection.project, account=other.account, name="again", fulfilment="merchant")

    with pytest.raises(ConnectedAlready) as refused:
        set_up_connection(wish=wish, now=road.clock(), by=None)

    assert (refused.value.other, str(refused.value)) == (None, "")
    assert (OrderConnection.objects.count(), AuditEntry.objects.count()) == (1, before)


def test_one_that_is_there_already_cannot_be_activated_beside_it(road: Road, other: Demo) -> None:
    [account] = [check for check in setup_list(other.connection) if check.step == Step.ACCOUNT]
    assert (account.code, account.params) == ("orders_go_to_another_company", {})
    with pytest.raises(NotReady):
        activate_connection(connection=other.connection, now=road.clock(), by=None)
    assert OrderConnection.objects.get(pk=other.connection.pk).state == "inactive"

    OrderConnection.objects.filter(pk=road.demo.connection.pk).update(state="archived")
    assert "orders_go_to_another_company" not in {check.code for check in setup_list(other.connection)}


@pytest.mark.parametrize(
    ("seller", "connection", "rival"),
    [
        ((SHOP, "demo-client"), ("", "merchant"), True),
        ((f"{SHOP}/", "demo-client"), ("NL", "merchant"), True),
        ((SHOP.upper(), "demo-client"), ("", "merchant"), True),
        (("https://another.example", "demo-client"), ("", "merchant"), False),
        ((SHOP, "another-client"), ("", "merchant"), False),
        ((SHOP, ""), ("", "merchant"), False),
        ((SHOP, "demo-client"), ("", "marketplace"), False),
    ],
)
def test_across_companies_seller_and_shop_have_to_be_the_same(
    road: Road, other: Demo, seller: tuple[str, str], connection: tuple[str, str], rival: bool
) -> None:
    other.shop.settings["shop_url"], other.account.settings["client_id"] = seller
    other.shop.save()
    other.account.save()
    OrderConnection.objects.filter(pk=other.connection.pk).update(country=connection[0], fulfilment=connection[1])
    mine = OrderConnection.objects.select_related("account", "project__shop").get(pk=other.connection.pk)

    assert rivals(mine) == ([road.demo.connection.pk] if rival else [])


def test_a_seller_who_was_entered_twice_is_one_within_a_company(road: Road) -> None:
    first = road.demo.account
    again = MarketplaceAccount.objects.create(
        company=first.company,
        marketplace="bol",
        name="bol again",
        settings=first.settings,
        credentials=first.credentials,
    )
    elsewhere = Project.objects.create(company=first.company, name="Second")
    wish = Wish(project=elsewhere, account=again, name="again", fulfilment="merchant")

    with pytest.raises(ConnectedAlready) as refused:
        set_up_connection(wish=wish, now=road.clock(), by=None)

    assert refused.value.other == road.demo.connection


def beside(road: Road, *, country: str = "", twice: bool = False) -> OrderConnection:
    """A younger connection of the same company that is active beside the first, as they were before it was refused.

    `twice`: of the same seller, who was entered a second time.
    """
    first = road.demo.connection
    OrderConnection.objects.filter(pk=first.pk).update(country=country)
    account = first.account
    if twice:
        account = MarketplaceAccount.objects.create(
            company=first.company,
            marketplace="bol",
            name="bol again",
            settings=account.settings,
            credentials=account.credentials,
        )
    return OrderConnection.objects.create(
        company=first.company,
        project=first.project,
        account=account,
        fulfilment=first.fulfilment,
        name="younger",
        country="" if country else "NL",
        activated_from=first.activated_from,
        state="active",
    )


@pytest.mark.parametrize("older_country", ["", "NL"])
@pytest.mark.parametrize("twice", [False, True])
def test_what_two_active_ones_would_bring_comes_through_the_older_though_the_other_reads_it_first(
    road: Road, older_country: str, twice: bool
) -> None:
    younger, first = beside(road, country=older_country, twice=twice), road.demo.connection
    dutch, belgian = (
        road.bol.place_order(sku="TST-001", shipmentDetails={**BUYER, "countryCode": country})
        for country in ("NL", "BE")
    )
    open_feeds(younger, road.clock())
    if twice:
        SyncCursor.objects.filter(feed="orders", owner_id=first.account_id).update(active=False)
        road.go(rounds=2)
        elsewhere = {belgian: younger.pk} if older_country else {}
        assert dict(Order.objects.values_list("marketplace_order_id", "connection")) == elsewhere
        SyncCursor.objects.filter(feed="orders", owner_id=first.account_id).update(active=True)

    road.go(rounds=2)
    assert dict(Order.objects.values_list("marketplace_order_id", "connection")) == {
        dutch: first.pk,
        belgian: younger.pk if older_country else first.pk,
    }


def test_the_younger_one_says_so_and_the_older_does_not(road: Road) -> None:
    younger, first = beside(road), road.demo.connection
    step = {
        connection.pk: next(check for check in setup_list(connection) if check.step == Step.ACCOUNT)
        for connection in OrderConnection.objects.all()
    }
    assert (step[younger.pk].code, step[younger.pk].params) == ("orders_come_through_another", {"name": first.name})
    assert step[first.pk].state == StepState.DONE


def test_the_younger_one_of_another_company_says_so_without_a_name(road: Road, other: Demo) -> None:
    OrderConnection.objects.filter(pk=other.connection.pk).update(state="active", activated_from=road.clock())
    other.connection.refresh_from_db()
    [account] = [check for check in setup_list(other.connection) if check.step == Step.ACCOUNT]
    assert (account.code, account.params) == ("orders_come_from_elsewhere", {})
