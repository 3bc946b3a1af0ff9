"""A person has a message tried again."""

from __future__ import annotations

from datetime import datetime

from engine import outbox
from engine.models import OutboxMessage


def requeue_message(*, message: OutboxMessage, now: datetime) -> bool:
    """Queue the message again; False when a worker is busy with it. An earlier unknown outcome is still looked into."""
    return bool(outbox.requeue(OutboxMessage.objects.filter(pk=message.pk), now))
