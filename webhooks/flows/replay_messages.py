"""Sends messages once more, with the same ids and bodies."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.audit import write_audit
from accounts.models import User
from engine import outbox
from engine.models import OutboxMessage
from webhooks.event_types import PING
from webhooks.messages import KIND, locked
from webhooks.models import WebhookEndpoint, WebhookMessage

MOST = 10_000


class EndpointOff(Exception):
    """The endpoint is off: what it missed is kept, and is sent once it is switched on."""


class TooMany(Exception):
    """The range holds more messages than are replayed at once."""


def replay_message(*, message: WebhookMessage, now: datetime) -> bool:
    """Send one message once more; False while it is being sent. Raises `EndpointOff`."""
    with transaction.atomic():
        _on(message.endpoint)
        return bool(_replay(WebhookMessage.objects.filter(pk=message.pk), now))


def replay_range(
    *,
    endpoint: WebhookEndpoint,
    since: datetime,
    until: datetime,
    only_undelivered: bool,
    now: datetime,
    by: User | None,
) -> int:
    """Send once more what happened from `since` up to `until`, in its order; return how many messages.

    Tests are left out, and so is what is being sent. Raises `EndpointOff`, and `TooMany` for more than 10,000.
    """
    with transaction.atomic():
        _on(endpoint)
        chosen = endpoint.messages.filter(at__gte=since, at__lt=until).exclude(type=PING)
        if only_undelivered:
            chosen = chosen.filter(delivered_at=None)
        if chosen[MOST : MOST + 1].exists():
            raise TooMany
        count = _replay(chosen, now)
        about = {"name": str(endpoint), "count": count}
        write_audit(endpoint.company, by, "webhook_replayed", f"webhook:{endpoint.pk}", now, **about)
    return count


def _on(endpoint: WebhookEndpoint) -> None:
    current = next(iter(locked(WebhookEndpoint.objects.filter(pk=endpoint.pk))), None)
    if current is None or not current.enabled:
        raise EndpointOff


def _replay(chosen: QuerySet[WebhookMessage], now: datetime) -> int:
    ids = list(chosen.values_list("pk", flat=True))
    queued = outbox.requeue(OutboxMessage.objects.filter(kind=KIND, record_id__in=ids), now)
    WebhookMessage.objects.filter(pk__in=ids).update(delivered_at=None, tried_since=None)
    return queued
