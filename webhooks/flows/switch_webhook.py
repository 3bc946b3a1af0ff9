"""An owner switches an endpoint off or on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from webhooks.messages import locked
from webhooks.models import WebhookEndpoint
from webhooks.switching import switch_off, switch_on


def switch_webhook(*, endpoint: WebhookEndpoint, on: bool, now: datetime, by: User | None) -> bool:
    """Switch the endpoint; False when it was so already, or is gone.

    What is kept while it is off is sent once it is on.
    """
    with transaction.atomic():
        current = next(iter(locked(WebhookEndpoint.objects.filter(pk=endpoint.pk))), None)
        if current is None or current.enabled == on:
            return False
        if on:
            switch_on(current, now, by)
        else:
            switch_off(current, WebhookEndpoint.Off.BY_HAND, now, by)
    return True
