"""The messages that endpoints are owed: how they are made, and which outbox messages stand for them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from engine import outbox, rows
from engine.models import OutboxMessage
from webhooks.event_types import PING
from webhooks.models import WebhookEndpoint, WebhookMessage

KIND = "deliver_webhook"
OFF = "webhook_off"  # why a message is held
REMOVED = "webhook_removed"  # why it is not sent any more
TEST = ":test"  # marks the lane of an endpoint's tests, which whatever keeps the other messages waiting does not keep


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one endpoint is to be told. Messages about the same thing arrive in the order in which they were made."""

    endpoint: WebhookEndpoint
    type: str
    thing: str  # for example `order:7`
    at: datetime
    body: str


def post(news: Sequence[News]) -> list[WebhookMessage]:
    """Make messages in the running transaction, and return them; two statements.

    Their endpoints are locked, so that none is switched on unnoticed meanwhile: one that is off has them kept.
    """
    messages = [
        WebhookMessage(
            endpoint=one.endpoint, message_id=f"msg_{secrets.token_hex(16)}", type=one.type, body=one.body, at=one.at
        )
        for one in news
    ]
    rows.insert_for_ids(messages)
    drafts = [_draft(one, message.pk) for one, message in zip(news, messages, strict=True)]
    if drafts:
        outbox.post(drafts, max(draft.due for draft in drafts))
    return messages


def _draft(news: News, message: int) -> outbox.Draft:
    endpoint, ping = news.endpoint, news.type == PING
    return outbox.Draft(
        company_id=endpoint.company_id,
        kind=KIND,
        key=f"{KIND}:{message}",
        lane=endpoint.lane + TEST if ping else endpoint.lane,
        subject=subject_of(endpoint, news.thing),
        record_id=message,
        due=news.at,
        hold="" if endpoint.enabled or ping else OFF,
    )


def subject_of(endpoint: WebhookEndpoint, thing: str) -> str:
    return f"{endpoint.lane}:{thing}"


def outbox_of(endpoint: WebhookEndpoint) -> QuerySet[OutboxMessage]:
    """Return what is owed to an endpoint, and what was; without its tests."""
    return OutboxMessage.objects.filter(company=endpoint.company_id, kind=KIND, lane=endpoint.lane)


def locked(endpoints: QuerySet[WebhookEndpoint]) -> list[WebhookEndpoint]:
    """Return endpoints, locked in the running transaction in the order of their ids."""
    return list(endpoints.filter(removed_at=None).select_for_update(no_key=True, of=("self",)).order_by("pk"))
