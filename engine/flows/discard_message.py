"""A person gives a message up."""

from __future__ import annotations

from datetime import datetime

from engine import outbox
from engine.models import OutboxMessage


def discard_message(*, message: OutboxMessage, now: datetime) -> bool:
    """Give the message up; False when it may have been sent already, or a worker is busy with it."""
    return bool(outbox.discard(OutboxMessage.objects.filter(pk=message.pk), "discarded_by_person", now))
