"""A company with everything connected, for the demo, the round trip, the benchmark and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Company, Membership, ModuleSubscription, Subscription, User
from carriers.models import CarrierPlan, CarrierRule
from connections.models import MarketplaceAccount, OrderConnection, Project, Shop
from connections.starting import start

EMAIL, PASSWORD = "demo@ordersync.example", "demo-ordersync"


@dataclass(frozen=True, slots=True)
class Demo:
    company: Company
    shop: Shop
    account: MarketplaceAccount
    connection: OrderConnection


def build_demo(*, bol_url: str, shop_url: str, now: datetime, name: str = "Demo company", active: bool = True) -> Demo:
    """Make a company that sells through bol and ships from WooCommerce; its connection is active unless told not to."""
    company = Company.objects.create(name=name)
    subscription = Subscription.objects.create(company=company)
    for module in ModuleSubscription.Module.values:
        ModuleSubscription.objects.create(subscription=subscription, module=module)
    plan = CarrierPlan.objects.create(company=company, name="Carriers", default_carrier="dhl")
    CarrierRule.objects.create(plan=plan, position=1, operator="starts_with", value="3S", carrier="postnl")
    project = Project.objects.create(company=company, name="Web shop", carrier_plan=plan)
    shop = Shop.objects.create(
        project=project,
        platform="woocommerce",
        name="Demo shop",
        settings={"shop_url": shop_url, "order_storage": "hpos"},
        credentials={"consumer_key": "ck_demo", "consumer_secret": "cs_demo"},
    )
    account = MarketplaceAccount.objects.create(
        company=company,
        marketplace="bol",
        name="bol",
        settings={"client_id": "demo-client", "base_url": bol_url, "token_url": f"{bol_url}/token"},
        credentials={"client_secret": "demo-secret"},
    )
    connection = OrderConnection.objects.create(
        company=company, project=project, account=account, name="bol to web shop", fulfilment="merchant",
        shipping_method="PostNL standard",
    )  # fmt: skip
    if active:
        start(connection=connection, activated_from=None, now=now, by=None)
    return Demo(company, shop, account, connection)


def demo_user(company: Company) -> User:
    """Return the user that the demo is shown to, a member of the company and of the support staff."""
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_superuser(EMAIL, PASSWORD, name="Demo")
    Membership.objects.get_or_create(user=user, company=company, defaults={"role": Membership.Role.OWNER})
    return user
