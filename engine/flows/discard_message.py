"""A person gives a message up."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from engine import outbox
from engine.models import OutboxMessage


def discard_message(*, message: OutboxMessage, reason: str, now: datetime, by: User | None) -> bool:
    """Give the message up; False when it may have been sent already, or a worker is busy with it."""
    with transaction.atomic():
        if not outbox.discard(OutboxMessage.objects.filter(pk=message.pk), outbox.GIVEN_UP, now):
            return False
        about = {"name": message.key, "reason": reason}
        write_audit(message.company, by, "message_discarded", f"message:{message.pk}", now, **about)
    return True
