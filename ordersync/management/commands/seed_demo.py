"""Makes the demo company, or points the one there is at the simulators' addresses."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from connections.models import MarketplaceAccount, Shop
from ordersync.demo import EMAIL, PASSWORD, build_demo, demo_user

NAME = "Demo company"
DEMO_SECONDS = 5


class Command(BaseCommand):
    help = "Makes the demo company and its user. May be repeated: it then only renews the simulators' addresses."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bol-url", default="http://127.0.0.1:8101")
        parser.add_argument("--shop-url", default="http://127.0.0.1:8102")

    def handle(self, *args: Any, **options: Any) -> None:
        bol_url, shop_url = options["bol_url"], options["shop_url"]
        with transaction.atomic():
            account = MarketplaceAccount.objects.filter(company__name=NAME).first()
            if account is None:
                demo = build_demo(bol_url=bol_url, shop_url=shop_url, now=timezone.now(), name=NAME)
                demo_user(demo.company)
                # A demo is watched: everything is read every few seconds.
                demo.company.cursors.update(every_seconds=DEMO_SECONDS)
            else:
                account.settings |= {"base_url": bol_url, "token_url": f"{bol_url}/token"}
                account.save(update_fields=["settings"])
                shop = Shop.objects.get(project__company=account.company)
                shop.settings |= {"shop_url": shop_url}
                shop.save(update_fields=["settings"])
        self.stdout.write(f"Demo company ready: {EMAIL}, password {PASSWORD}")
