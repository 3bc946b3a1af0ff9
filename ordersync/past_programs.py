"""Gives a company's past the messages that a program which listens to everything was sent of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Company
from engine.models import OutboxMessage
from orders.models import OrderEvent
from webhooks.event_types import EventType, type_of
from webhooks.flows.make_webhook import make_webhook
from webhooks.messages import KIND, News, post
from webhooks.models import WebhookEndpoint, WebhookMessage
from webhooks.payloads import bodies_of

KEPT = timedelta(days=30)
AT_ONCE = 2000
UNDELIVERED = 500  # one of so many was not taken yet


def make_told(company: Company, now: datetime) -> WebhookEndpoint:
    """Make a webhook, and what it was told of the events of the last 30 days; nearly all of it was taken."""
    endpoint, _ = make_webhook(
        company=company, url="https://erp.bench/all", types=EventType.values, project_id=None, now=now - KEPT, by=None
    )
    events = OrderEvent.objects.filter(order__company=company, at__gte=now - KEPT)
    found = events.select_related("order__connection__account").order_by("number")
    for first in range(0, found.count(), AT_ONCE):
        with transaction.atomic():
            _tell(endpoint, list(found[first : first + AT_ONCE]))
    return endpoint


def _tell(endpoint: WebhookEndpoint, events: Sequence[OrderEvent]) -> None:
    told = [(one, event_type, one.order.connection) for one in events if (event_type := type_of(one.code))]
    messages = post(
        [
            News(endpoint=endpoint, type=event_type.value, thing=f"order:{one.order_id}", at=one.at, body=body)
            for (one, event_type, _), body in zip(told, bodies_of(told), strict=True)
        ]
    )
    taken = [message for message in messages if message.pk % UNDELIVERED]
    for message in taken:
        message.delivered_at, message.status = message.at, 200
    WebhookMessage.objects.bulk_update(taken, ["delivered_at", "status"], batch_size=500)
    owed = OutboxMessage.objects.filter(kind=KIND, record_id__in=[message.pk for message in taken])
    owed.update(state=OutboxMessage.State.DONE, attempts=1)
