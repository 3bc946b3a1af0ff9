"""A person has a message tried again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from engine import outbox
from engine.models import OutboxMessage


def requeue_message(*, message: OutboxMessage, reason: str, now: datetime, by: User | None) -> bool:
    """Queue the message again; False when a worker is busy with it. An earlier unknown outcome is still looked into."""
    with transaction.atomic():
        if not outbox.requeue(OutboxMessage.objects.filter(pk=message.pk), now):
            return False
        about = {"name": message.key, "reason": reason}
        write_audit(message.company, by, "message_requeued", f"message:{message.pk}", now, **about)
    return True
