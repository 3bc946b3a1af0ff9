"""Makes the demo company, or points the one there is at the simulators' addresses, or makes it anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import Company
from connections.models import MarketplaceAccount, OrderConnection, Shop
from orders.models import Order, Return
from ordersync.demo import EMAIL, PASSWORD, build_demo, demo_user

NAME = "Demo company"
DEMO_SECONDS = 5


class Command(BaseCommand):
    help = "Makes the demo company and its user. May be repeated: it then only renews the simulators' addresses."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bol-url", default="http://127.0.0.1:8101")
        parser.add_argument("--shop-url", default="http://127.0.0.1:8102")
        parser.add_argument("--anew", action="store_true", help="the simulators know nothing of the company's orders")

    def handle(self, *args: Any, **options: Any) -> None:
        bol_url, shop_url = options["bol_url"], options["shop_url"]
        with transaction.atomic():
            company = Company.objects.filter(name=NAME).order_by("pk").first()
            if company and options["anew"]:
                remove(company)
                self.stdout.write(
                    "The simulated bol and shop begin anew, without the orders of before: so does the demo company."
                )
                company = None
            if company is None:
                make(bol_url, shop_url)
            else:
                renew(company, bol_url, shop_url)
        self.stdout.write(f"Demo company ready: {EMAIL}, password {PASSWORD}")


def make(bol_url: str, shop_url: str) -> None:
    demo = build_demo(bol_url=bol_url, shop_url=shop_url, now=timezone.now(), name=NAME)
    demo_user(demo.company)
    # A demo is watched: everything is read every few seconds.
    demo.company.cursors.update(every_seconds=DEMO_SECONDS)


def renew(company: Company, bol_url: str, shop_url: str) -> None:
    """Write the addresses of now; the demo's own account and shop are older than what people connect beside them."""
    account = MarketplaceAccount.objects.filter(company=company, marketplace="bol").order_by("pk").first()
    if account:
        account.settings |= {"base_url": bol_url, "token_url": f"{bol_url}/token"}
        account.save(update_fields=["settings"])
    shop = Shop.objects.filter(project__company=company, platform="woocommerce").order_by("pk").first()
    if shop:
        shop.settings |= {"shop_url": shop_url}
        shop.save(update_fields=["settings"])


def remove(company: Company) -> None:
    """Remove a company with all that belongs to it: first what protects what it refers to."""
    for model in (Return, Order, OrderConnection):
        model.objects.filter(company=company).delete()
    company.delete()
