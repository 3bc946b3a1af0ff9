"""Deletes the log bit by bit: what is older than 30 days, and what belongs to removed endpoints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from engine.models import OutboxMessage
from webhooks.messages import KIND
from webhooks.models import WebhookEndpoint, WebhookMessage

KEEP = timedelta(days=30)  # what is still undelivered then was kept for an endpoint that is off
AT_ONCE = 1000


def forget_messages(now: datetime) -> Counter[str]:
    """The chore: delete some messages, with what the outbox holds of them, and removed endpoints without any left."""
    old = WebhookMessage.objects.filter(at__lt=now - KEEP).order_by("at")
    removed = WebhookEndpoint.objects.filter(removed_at__isnull=False)
    of_removed = WebhookMessage.objects.filter(endpoint__in=removed).order_by("pk")
    count = sum(_forget(list(some.values_list("pk", flat=True)[:AT_ONCE])) for some in (old, of_removed))
    removed.filter(messages=None).delete()
    return Counter(webhook_messages=count)


def _forget(ids: Collection[int]) -> int:
    """Delete messages, but for those that are being sent; return how many."""
    if not ids:
        return 0
    with transaction.atomic():
        owed = OutboxMessage.objects.filter(kind=KIND, record_id__in=ids)
        sending = owed.filter(state=OutboxMessage.State.SENDING).values_list("record_id", flat=True)
        gone = set(ids) - set(sending)
        owed.filter(record_id__in=gone).delete()
        WebhookMessage.objects.filter(pk__in=gone).delete()
    return len(gone)
