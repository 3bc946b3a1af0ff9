"""A company ends a module: whatever needs it is paused."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import Company, ModuleSubscription, Subscription, User
from accounts.modules import ended_with
from connections.models import OrderConnection
from connections.pausing import pause


def end_module(*, company: Company, module: str, now: datetime, by: User | None) -> bool:
    """End a module and those that need it; active order connections are paused. False when it is not active."""
    modules = ended_with(module)
    active = ModuleSubscription.objects.filter(subscription__company=company, active=True)
    with transaction.atomic():
        # The subscription's row is locked, so that no connection is activated meanwhile.
        Subscription.objects.select_for_update().filter(company=company).first()
        if not active.filter(module=module).update(active=False):
            return False
        others = list(active.filter(module__in=modules).values_list("module", flat=True))
        active.filter(module__in=others).update(active=False)
        for ended in [module, *others]:
            write_audit(company, by, "module_ended", f"module:{ended}", now)
        for connection in depending(company, module):
            pause(connection, now, by)
    return True


def depending(company: Company, module: str) -> list[OrderConnection]:
    """Return the active connections that ending this module would pause; every module so far carries them."""
    if ModuleSubscription.Module.ORDER_CONNECTIONS not in ended_with(module):
        return []
    active = company.order_connections.filter(state=OrderConnection.State.ACTIVE)
    return list(active.select_related("account", "project__shop").order_by("name"))
