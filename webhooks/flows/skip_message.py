"""A person gives up a message that its endpoint does not take."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from engine import outbox
from engine.models import OutboxMessage
from webhooks.messages import KIND
from webhooks.models import WebhookMessage


def skip_message(*, message: WebhookMessage, now: datetime, by: User | None) -> bool:
    """Leave the message out, so that the later ones about the same thing go on.

    False when it is settled or being sent.
    """
    endpoint = message.endpoint
    with transaction.atomic():
        owed = OutboxMessage.objects.filter(kind=KIND, record_id=message.pk)
        if not outbox.discard(owed, outbox.GIVEN_UP, now):
            return False
        about = {"name": str(endpoint), "message": message.message_id}
        write_audit(endpoint.company, by, "webhook_message_skipped", f"webhook:{endpoint.pk}", now, **about)
    return True
