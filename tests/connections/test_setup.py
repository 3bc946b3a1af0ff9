"""Setting a connection up, activating it, and pausing what flows through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Company, ModuleSubscription
from adapterkit.errors import AuthenticationFailed
from carriers.models import CarrierPlan
from connections.flows.archive_connection import archive_connection
from connections.flows.connect_account import connect_account
from connections.flows.connect_shop import connect_shop
from connections.flows.make_project import NameTaken, make_project
from connections.flows.pause_connection import pause_connection
from connections.flows.pause_direction import pause_direction
from connections.flows.set_up_connection import ConnectedAlready, ModuleNeeded, Wish, set_up_connection
from connections.models import Direction, MarketplaceAccount, OrderConnection, Project, Shop
from connections.pauses import held_back
from connections.secrets import SecretsNeeded
from connections.starting import start
from connections.trying import try_shop
from engine.models import OutboxMessage, SyncCursor
from orders.flows.activate_connection import NotReady, activate_connection
from orders.models import Order, Shipment
from orders.setup_list import Check, Step, StepState, setup_list
from shops.registry import shop
from stock.flows.change_product_id import change_product_id
from stock.models import Offer, Product
from tests.road import BOL, Road, named
from tests.web.test_pages import signed_in
from web.connections.words import step_words
from web.shared.cards import shop_cards

pytestmark = pytest.mark.django_db


def the_connection() -> OrderConnection:
    related = ("project__shop", "project__carrier_plan", "account", "company")
    return OrderConnection.objects.select_related(*related).get(name="bol to web shop")


def ready(road: Road) -> OrderConnection:
    OrderConnection.objects.update(state="inactive", test_order_passed_at=road.clock())
    SyncCursor.objects.filter(feed__in=["orders", "returns"]).delete()
    return the_connection()


def test_a_connection_is_saved_inactive_once_and_fetches_nothing(road: Road) -> None:
    OrderConnection.objects.all().delete()
    SyncCursor.objects.filter(feed="orders").delete()
    wish = Wish(
        project=Project.objects.get(), account=MarketplaceAccount.objects.get(), name="bol", fulfilment="merchant"
    )
    made = set_up_connection(wish=wish, now=road.clock(), by=None)
    with pytest.raises(ConnectedAlready):
        set_up_connection(wish=wish, now=road.clock(), by=None)
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)

    assert (made.state, OrderConnection.objects.count(), Order.objects.count()) == ("inactive", 1, 0)
    assert AuditEntry.objects.filter(action="connection_made").count() == 1


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        (("", "merchant"), ("", "merchant"), True),
        (("", "merchant"), ("NL", "merchant"), True),
        (("NL", "merchant"), ("", "merchant"), True),
        (("NL", "merchant"), ("NL", "merchant"), True),
        (("NL", "merchant"), ("BE", "merchant"), False),
        (("", "merchant"), ("", "marketplace"), False),
    ],
)
def test_no_two_connections_bring_the_same_orders(
    road: Road, first: tuple[str, str], second: tuple[str, str], refused: bool
) -> None:
    OrderConnection.objects.update(country=first[0], fulfilment=first[1])
    elsewhere = make_project(company=road.demo.company, name="Second", now=road.clock(), by=None)
    account = MarketplaceAccount.objects.get()
    wish = Wish(project=elsewhere, account=account, name="again", country=second[0], fulfilment=second[1])
    before = AuditEntry.objects.count()
    if not refused:
        assert set_up_connection(wish=wish, now=road.clock(), by=None).project == elsewhere
        return
    with pytest.raises(ConnectedAlready) as already:
        set_up_connection(wish=wish, now=road.clock(), by=None)
    assert already.value.other == road.demo.connection
    assert (OrderConnection.objects.count(), AuditEntry.objects.count()) == (1, before)
    archive_connection(connection=the_connection(), now=road.clock(), by=None)
    assert set_up_connection(wish=wish, now=road.clock(), by=None).state == "inactive"


def test_of_two_connections_with_the_same_orders_one_is_active(road: Road) -> None:
    first = ready(road)
    elsewhere = Project.objects.create(company=first.company, name="Second", carrier_plan=first.project.carrier_plan)
    Shop.objects.create(project=elsewhere, platform="woocommerce", name="Second", notification_token="t")
    Product.objects.create(project=elsewhere, shop_product_id="1", sku="A", seen_at=road.clock())
    wish = Wish(project=elsewhere, account=first.account, name="second", fulfilment="merchant")
    second = set_up_connection(wish=wish, now=road.clock(), by=None)  # the first is inactive: both may be tried
    OrderConnection.objects.filter(pk=second.pk).update(test_order_passed_at=road.clock())
    second.refresh_from_db()
    assert {check.state for check in setup_list(second)} == {StepState.DONE}

    assert activate_connection(connection=first, now=road.clock(), by=None)
    with pytest.raises(NotReady) as refused:
        activate_connection(connection=second, now=road.clock(), by=None)
    assert [(check.step, check.code, check.params) for check in refused.value.checks] == [
        (Step.ACCOUNT, "orders_go_elsewhere", {"name": first.name})
    ]
    pause_connection(connection=first, now=road.clock(), by=None)
    assert activate_connection(connection=second, now=road.clock(), by=None)
    with pytest.raises(NotReady):
        activate_connection(connection=first, now=road.clock(), by=None)


def test_without_the_module_nothing_is_set_up(road: Road) -> None:
    OrderConnection.objects.all().delete()
    ModuleSubscription.objects.filter(module="order_connections").update(active=False)
    wish = Wish(
        project=Project.objects.get(), account=MarketplaceAccount.objects.get(), name="bol", fulfilment="merchant"
    )
    with pytest.raises(ModuleNeeded):
        set_up_connection(wish=wish, now=road.clock(), by=None)
    assert not OrderConnection.objects.exists()


def _no_module(_: Road) -> None:
    ModuleSubscription.objects.filter(module="order_connections").update(active=False)


def _no_products(_: Road) -> None:
    Product.objects.all().delete()


def _shared_ids(_: Road) -> None:
    Product.objects.update(sku="SAME")


def _no_carrier(_: Road) -> None:
    CarrierPlan.objects.update(default_carrier="")


def _no_test(_: Road) -> None:
    OrderConnection.objects.update(test_order_passed_at=None)


def _bad_keys(road: Road) -> None:
    OrderConnection.objects.update(state="active")
    road.shop.revoke_keys()
    road.read()
    OrderConnection.objects.update(state="inactive")


@pytest.mark.parametrize(
    ("spoil", "step", "state"),
    [
        (_no_module, Step.MODULE, StepState.TO_DO),
        (_bad_keys, Step.SHOP, StepState.FAILING),
        (_no_products, Step.PRODUCTS, StepState.FAILING),
        (_shared_ids, Step.PRODUCT_IDS, StepState.FAILING),
        (_no_carrier, Step.CARRIER, StepState.TO_DO),
        (_no_test, Step.TEST_ORDER, StepState.TO_DO),
    ],
)
def test_each_open_step_refuses_activation_with_its_reason(
    road: Road, spoil: Callable[[Road], None], step: Step, state: StepState
) -> None:
    ready(road)
    assert {check.state for check in setup_list(the_connection())} == {StepState.DONE}
    spoil(road)
    audits = AuditEntry.objects.count()

    with pytest.raises(NotReady) as refused:
        activate_connection(connection=the_connection(), now=road.clock(), by=None)

    found = {check.step: check.state for check in refused.value.checks}
    assert found[step] == state
    assert all(check.code for check in refused.value.checks)
    assert (the_connection().state, AuditEntry.objects.count()) == ("inactive", audits)
    assert not SyncCursor.objects.filter(feed="orders").exists()


def test_a_ready_connection_is_activated_once_and_fetches_everything_still_to_be_shipped(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.clock.forward(days=3)
    connection = ready(road)
    Offer.objects.all().delete()

    assert activate_connection(connection=connection, now=road.clock(), by=None)
    assert not activate_connection(connection=connection, now=road.clock(), by=None)
    road.go(rounds=3)

    assert [order.marketplace_order_id for order in Order.objects.all()] == [order_id]
    # Offers of products that were imported before are made, too.
    assert Offer.objects.count() == 2


def test_set_up_list_costs_a_constant_number_of_statements(road: Road, django_assert_max_num_queries: Any) -> None:
    ready(road)
    connection = the_connection()
    with django_assert_max_num_queries(8):
        setup_list(connection)


def test_pushing_is_paused_and_goes_on(road: Road) -> None:
    connection = the_connection()
    assert pause_direction(connection=connection, direction=Direction.PUSH, paused=True, now=road.clock(), by=None)
    assert not pause_direction(connection=connection, direction=Direction.PUSH, paused=True, now=road.clock(), by=None)
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=3)

    assert road.shop.orders_with(named(order_id)) == []
    assert (Order.objects.get().place, Order.objects.get().problem_code) == ("waiting", "")
    assert held_back(the_connection(), Direction.PUSH).count() == 1

    pause_direction(connection=the_connection(), direction=Direction.PUSH, paused=False, now=road.clock(), by=None)
    road.go(rounds=2)
    assert [made["status"] for made in road.shop.orders_with(named(order_id))] == ["processing"]
    assert held_back(the_connection(), Direction.PUSH).count() == 0


def test_reporting_is_paused_and_goes_on(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    pause_direction(connection=the_connection(), direction=Direction.REPORT, paused=True, now=road.clock(), by=None)
    road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"])
    road.go(rounds=3)
    assert road.bol.shipments_of(order_id) == []
    assert held_back(the_connection(), Direction.REPORT).count() == 1
    assert Shipment.objects.get().state != Shipment.State.NEEDS_ATTENTION

    pause_direction(connection=the_connection(), direction=Direction.REPORT, paused=False, now=road.clock(), by=None)
    road.go(rounds=3)
    assert len(road.bol.shipments_of(order_id)) == 1


def test_stock_is_paused_and_goes_on(road: Road) -> None:
    assert road.bol.stock_of("TST-001") == 10
    pause_direction(connection=the_connection(), direction=Direction.STOCK, paused=True, now=road.clock(), by=None)
    road.shop.set_stock("TST-001", 6)
    road.go(rounds=3)
    assert road.bol.stock_of("TST-001") == 10
    assert held_back(the_connection(), Direction.STOCK).count() == 1

    pause_direction(connection=the_connection(), direction=Direction.STOCK, paused=False, now=road.clock(), by=None)
    road.go(rounds=3)
    assert road.bol.stock_of("TST-001") == 6


def test_fetching_is_paused_and_goes_on_where_it_was(road: Road) -> None:
    pause_direction(connection=the_connection(), direction=Direction.FETCH, paused=True, now=road.clock(), by=None)
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    assert Order.objects.count() == 0

    pause_direction(connection=the_connection(), direction=Direction.FETCH, paused=False, now=road.clock(), by=None)
    road.go(rounds=2)
    assert Order.objects.count() == 1


def test_an_archived_connection_fetches_nothing_and_keeps_its_orders(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    assert archive_connection(connection=the_connection(), now=road.clock(), by=None)
    assert not archive_connection(connection=the_connection(), now=road.clock(), by=None)
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)

    assert Order.objects.count() == 1
    assert not start(connection=the_connection(), activated_from=None, now=road.clock(), by=None)


def test_a_shop_that_refuses_is_not_stored(road: Road) -> None:
    project = make_project(company=road.demo.company, name="Second", now=road.clock(), by=None)
    with pytest.raises(NameTaken):
        make_project(company=road.demo.company, name="Second", now=road.clock(), by=None)
    given: dict[str, Any] = {
        "project": project,
        "platform": "woocommerce",
        "name": "Shop",
        "now": road.clock(),
        "by": None,
    }
    address = {"shop_url": "https://shop.test"}
    with pytest.raises(AuthenticationFailed):
        connect_shop(settings=address, credentials={"consumer_key": "ck_demo", "consumer_secret": "no"}, **given)
    assert not Shop.objects.filter(project=project).exists()
    assert not AuditEntry.objects.filter(action="shop_connected").exists()

    connect_shop(settings=address, credentials={"consumer_key": "ck_demo", "consumer_secret": "cs_demo"}, **given)
    again = connect_shop(settings=address, credentials={"consumer_secret": ""}, **given)
    assert (again.credentials["consumer_secret"], again.credentials_version) == ("cs_demo", 2)
    road.go(rounds=1)
    assert project.products.count() == 2


@pytest.mark.parametrize("address", ["https://evil.test", "http://shop.test", "https://shop.test.evil.example"])
def test_a_stored_secret_is_never_sent_to_another_address(road: Road, address: str) -> None:
    shop = Shop.objects.select_related("project__company").get()
    given: dict[str, Any] = {
        "settings": {**shop.settings, "shop_url": address},
        "credentials": {"consumer_key": "ck_x"},
    }
    before, asked = (shop.settings, shop.credentials_version), len(road.shop.requests)

    with pytest.raises(SecretsNeeded) as tried:
        try_shop(shop, **given)
    with pytest.raises(SecretsNeeded) as needed:
        connect_shop(project=shop.project, platform="woocommerce", name="Shop", now=road.clock(), by=None, **given)
    assert (tried.value.names, needed.value.names) == (["consumer_secret"], ["consumer_secret"])
    shop.refresh_from_db()
    assert ((shop.settings, shop.credentials_version), len(road.shop.requests)) == (before, asked)
    given = {"settings": {**shop.settings, "shop_url": "https://SHOP.test/"}, "credentials": {}}
    try_shop(shop, **given)  # the same address, written in another way


def test_a_stored_secret_of_an_account_is_not_sent_elsewhere_either(road: Road) -> None:
    account = MarketplaceAccount.objects.select_related("company").get()
    for name in ("base_url", "token_url"):
        with pytest.raises(SecretsNeeded):
            connect_account(
                company=account.company,
                marketplace="bol",
                name="bol",
                settings={**account.settings, name: "https://evil.test"},
                credentials={"client_secret": ""},
                now=road.clock(),
                by=None,
                account=account,
            )
    assert MarketplaceAccount.objects.get().settings["token_url"] == f"{BOL}/token"


def test_the_form_asks_for_the_secret_again(road: Road) -> None:
    shop = Shop.objects.get()
    url = reverse("web:connect_shop", args=[shop.project_id, "woocommerce"])
    body = {"name": "Shop", "shop_url": "https://evil.test", "order_storage": "hpos", "consumer_key": "", "test": "1"}
    answer = signed_in(road.demo.company, "manager").post(url, body)

    assert answer.status_code == 422
    assert answer.content.decode().count("Enter it again: the address is another one.") == 2


def test_another_product_id_makes_the_offers_anew(road: Road) -> None:
    project = the_connection().project
    assert not change_product_id(project=project, field="sku", now=road.clock(), by=None)
    assert change_product_id(project=project, field="ean", now=road.clock(), by=None)
    road.go(rounds=1)

    assert list(Offer.objects.values_list("reference", flat=True)) == ["8710400000013"]
    assert OutboxMessage.objects.filter(kind="update_offer_stock").exists()
    assert Company.objects.get(pk=project.company_id).audit_entries.filter(action="project_changed").count() == 1


def test_what_is_to_be_known_of_a_platform_stands_beside_its_done_step(road: Road) -> None:
    connection = road.demo.connection
    done = Check(Step.PLATFORM, StepState.DONE)
    risk = "An order is created once. What remains of the risk of a second one: "
    told = shop("woocommerce").spec.remaining_window
    assert told.startswith("None that your buyers or your stock would notice")
    assert step_words(done, connection).what.startswith(risk + told)

    connection.project.shop.platform = "magento2"

    what = step_words(done, connection).what
    assert what.startswith("Orders made through Magento's API reserve no stock")
    assert risk + shop("magento2").spec.remaining_window in what
    refused = Check(Step.PLATFORM, StepState.FAILING, "platform_takes_no_orders", {"platform": "Magento 2"})
    assert step_words(refused, connection).what.startswith("Magento 2 can be read, but takes no orders.")
    [card] = [card for card in shop_cards() if card.code == "magento2"]
    assert card.caution == shop("magento2").spec.caution


def feeds_of(road: Road) -> set[str]:
    return set(SyncCursor.objects.filter(active=True).values_list("feed", flat=True))


def test_an_archived_connection_holds_nothing_back_and_nothing_is_read_for_it(road: Road) -> None:
    pause_direction(connection=the_connection(), direction=Direction.PUSH, paused=True, now=road.clock(), by=None)
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    assert held_back(the_connection(), Direction.PUSH).count() == 1

    assert archive_connection(connection=the_connection(), now=road.clock(), by=None)
    road.go(rounds=3)

    connection = the_connection()
    assert (connection.push_paused, held_back(connection, Direction.PUSH).count()) == (False, 0)
    assert [made["status"] for made in road.shop.orders_with(named(order_id))] == ["processing"]
    assert feeds_of(road) == set()


def test_the_feeds_of_a_shop_that_another_connection_fills_go_on(road: Road) -> None:
    first = the_connection()
    wish = Wish(project=first.project, account=first.account, name="FBB", fulfilment="marketplace")
    second = set_up_connection(wish=wish, now=road.clock(), by=None)
    archive_connection(connection=first, now=road.clock(), by=None)
    assert feeds_of(road) >= {"products", "updates"}

    archive_connection(connection=second, now=road.clock(), by=None)
    assert feeds_of(road) == set()
    third = Wish(project=first.project, account=first.account, name="anew", fulfilment="merchant")
    set_up_connection(wish=third, now=road.clock(), by=None)
    assert feeds_of(road) == {"products"}  # for the one that is being set up


def test_the_currency_of_a_shop_is_read_when_it_is_connected(road: Road) -> None:
    road.shop.world.currency = "GBP"
    for _ in range(2):
        connect_shop(
            project=road.demo.shop.project, platform="woocommerce", name="Demo shop", settings=road.demo.shop.settings,
            credentials={}, now=road.clock(), by=None,
        )  # fmt: skip
        assert Shop.objects.get().currency == "GBP"
