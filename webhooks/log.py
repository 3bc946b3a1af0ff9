"""The log of an endpoint: what it was told or is owed, and how each try went."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet

from engine.models import Exchange, OutboxMessage
from webhooks.event_types import PING
from webhooks.messages import KIND, subject_of
from webhooks.models import WebhookEndpoint, WebhookMessage

_S = OutboxMessage.State
STATES = ("waiting", "held", "delivered", "not_taken", "skipped")
TRIES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """A message, and how far it is."""

    message: WebhookMessage
    owed: OutboxMessage | None

    _states: ClassVar = {
        _S.DONE: "delivered",
        _S.HELD: "held",
        _S.NEEDS_ATTENTION: "not_taken",
        _S.DISCARDED: "skipped",
    }

    @property
    def state(self) -> str:
        """One of `STATES`."""
        if self.owed is None or (self.owed.state == _S.DISCARDED and self.message.type == PING):
            return "not_taken"  # a test is tried once
        return self._states.get(_S(self.owed.state), "waiting")

    @property
    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.message.body)
        return told

    @property
    def attempts(self) -> int:
        return self.owed.attempts if self.owed else 0

    @property
    def next_attempt_at(self) -> datetime | None:
        return self.owed.next_attempt_at if self.owed and self.state == "waiting" else None


def entries(messages: Sequence[WebhookMessage]) -> list[Entry]:
    """Return messages with how far each is; one statement."""
    owed = OutboxMessage.objects.filter(kind=KIND, record_id__in=[message.pk for message in messages])
    by_record = {one.record_id: one for one in owed}
    return [Entry(message, by_record.get(message.pk)) for message in messages]


def tries(entry: Entry) -> list[Exchange]:
    """Return what was said in the latest tries, the last first; kept for as long as any exchange is."""
    return list(Exchange.objects.filter(message=entry.owed).order_by("-pk")[:TRIES_SHOWN]) if entry.owed else []


def about_order(endpoint: WebhookEndpoint, order_id: int) -> QuerySet[OutboxMessage]:
    """Return what the endpoint was told and is owed about one order."""
    return OutboxMessage.objects.filter(kind=KIND, subject=subject_of(endpoint, f"order:{order_id}"))
