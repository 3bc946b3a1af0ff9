"""The test button: a message that says nothing but that it arrived."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from webhooks.event_types import PING
from webhooks.messages import News, locked, post
from webhooks.models import WebhookEndpoint, WebhookMessage
from webhooks.payloads import body_of


def send_test(*, endpoint: WebhookEndpoint, now: datetime) -> WebhookMessage | None:
    """Send the endpoint a test, whether it is on or off, and return its message; None when the endpoint is gone.

    It is tried once. When it is taken, whatever waits for the endpoint's recovery is sent at once.
    """
    with transaction.atomic():
        current = next(iter(locked(WebhookEndpoint.objects.filter(pk=endpoint.pk))), None)
        if current is None:
            return None
        body = body_of(PING, now, {"webhook": current.pk})
        (message,) = post([News(endpoint=current, type=PING, thing="test", at=now, body=body)])
    return message
