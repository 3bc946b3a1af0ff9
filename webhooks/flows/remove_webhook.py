"""An owner, or a program, removes an endpoint."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from engine import outbox
from webhooks.messages import REMOVED, locked, outbox_of
from webhooks.models import WebhookEndpoint


def remove_webhook(*, endpoint: WebhookEndpoint, now: datetime, by: User | None) -> bool:
    """Tell the endpoint nothing more; False when it is gone already. Its log and the row are deleted by the chore."""
    with transaction.atomic():
        current = next(iter(locked(WebhookEndpoint.objects.filter(pk=endpoint.pk))), None)
        if current is None:
            return False
        current.removed_at, current.enabled, current.secrets, current.notice_due_at = now, False, {}, None
        current.save()
        outbox.discard(outbox_of(current), REMOVED, now)
        write_audit(current.company, by, "webhook_removed", f"webhook:{current.pk}", now, name=str(current))
    return True
