"""A new order connection. It is saved inactive and fetches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.audit import write_audit
from accounts.models import ModuleSubscription, User
from accounts.modules import ModuleNeeded, active_modules
from connections.models import MarketplaceAccount, OrderConnection, Project, Shop
from connections.starting import open_products


class ConnectedAlready(Exception):
    """`other` brings some of these orders to a shop already: its account, fulfilment and country are the same.

    It is None where it is another company's, which is not named.
    """

    def __init__(self, other: OrderConnection | None) -> None:
        super().__init__(other.name if other else "")
        self.other = other


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a merchant asks for. `country` is empty for all countries."""

    project: Project
    account: MarketplaceAccount
    name: str
    fulfilment: str
    country: str = ""
    shipping_method: str = ""


def set_up_connection(*, wish: Wish, now: datetime, by: User | None) -> OrderConnection:
    """Save an inactive connection. Raises `ModuleNeeded` and `ConnectedAlready`, with nothing saved.

    Project and account have to be of one company; ValueError otherwise.
    """
    company = wish.project.company
    if wish.account.company_id != company.pk:
        raise ValueError("project and account are of different companies")
    module = ModuleSubscription.Module.ORDER_CONNECTIONS
    if module not in active_modules(company):
        raise ModuleNeeded(module)
    with transaction.atomic():
        wish.account.lock_seller()  # so that two people cannot connect the same orders at the same time
        mine = OrderConnection(project=wish.project, account=wish.account, fulfilment=wish.fulfilment)
        mine.country = wish.country
        running = Q(state__in=[OrderConnection.State.ACTIVE, OrderConnection.State.PAUSED])
        if other := mine.overlapping().filter(running | Q(project=wish.project)).first():
            raise ConnectedAlready(other if other.company_id == company.pk else None)
        connection = OrderConnection.objects.create(
            company=company,
            project=wish.project,
            account=wish.account,
            name=wish.name,
            fulfilment=wish.fulfilment,
            country=wish.country,
            shipping_method=wish.shipping_method,
        )
        if web_shop := Shop.objects.filter(project=wish.project).first():
            open_products(web_shop, now)
        write_audit(company, by, "connection_made", f"connection:{connection.pk}", now, name=wish.name)
    return connection
