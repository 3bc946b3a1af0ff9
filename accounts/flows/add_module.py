"""A company subscribes to a module."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import Company, ModuleSubscription, Subscription, User
from accounts.modules import NEEDS, ModuleNeeded, active_modules


def add_module(*, company: Company, module: str, now: datetime, by: User | None) -> bool:
    """Activate a module; False when it is active already. Raises `ModuleNeeded` when another has to be active first."""
    with transaction.atomic():
        # The subscription's row is locked, so that two clicks or an ending module do not pass each other.
        subscription, _ = Subscription.objects.select_for_update().get_or_create(company=company)
        active = active_modules(company)
        if module in active:
            return False
        if NEEDS.get(module, module) not in active | {module}:
            raise ModuleNeeded(NEEDS[module])
        Subscription.objects.filter(pk=subscription.pk).update(active=True)
        ModuleSubscription.objects.update_or_create(subscription=subscription, module=module, defaults={"active": True})
        write_audit(company, by, "module_added", f"module:{module}", now)
    return True
