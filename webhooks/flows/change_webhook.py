"""An owner, or a program, changes where an endpoint listens, to what, and whether it is on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from webhooks.messages import locked
from webhooks.models import WebhookEndpoint
from webhooks.switching import switch_off, switch_on, try_now


def change_webhook(
    *,
    endpoint: WebhookEndpoint,
    url: str,
    types: Collection[str],
    project_id: int | None,
    enabled: bool,
    now: datetime,
    by: User | None,
) -> bool:
    """Make the endpoint what is wanted; False when it is gone. May be repeated.

    The URL is one that `addresses.check_address` let pass. Messages that wait go to a new address at once; switched on,
    the endpoint gets what was kept for it.
    """
    wanted = {"url": url, "types": sorted(types), "project_id": project_id}
    with transaction.atomic():
        current = next(iter(locked(WebhookEndpoint.objects.filter(pk=endpoint.pk))), None)
        if current is None:
            return False
        changed = [name for name, value in wanted.items() if getattr(current, name) != value]
        if changed:
            _change(current, wanted, now, by)
        if "url" in changed and current.enabled:
            try_now(current, now)
        if enabled and not current.enabled:
            switch_on(current, now, by)
        elif current.enabled and not enabled:
            switch_off(current, WebhookEndpoint.Off.BY_HAND, now, by)
    return True


def _change(endpoint: WebhookEndpoint, wanted: Mapping[str, object], now: datetime, by: User | None) -> None:
    for name, value in wanted.items():
        setattr(endpoint, name, value)
    endpoint.version += 1
    endpoint.save()
    write_audit(endpoint.company, by, "webhook_changed", f"webhook:{endpoint.pk}", now, name=str(endpoint))
