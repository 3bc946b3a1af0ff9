"""Switches endpoints off and on. While one is off its messages are kept; once it is on they are sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.audit import write_audit
from accounts.models import User
from engine import lanes, outbox
from engine.models import OutboxMessage
from webhooks.messages import OFF, outbox_of
from webhooks.models import WebhookEndpoint, WebhookMessage

State = OutboxMessage.State
NOTICE_EVERY = timedelta(days=1)  # at most, about single messages


def switch_off(endpoint: WebhookEndpoint, reason: WebhookEndpoint.Off, now: datetime, by: User | None) -> None:
    """Switch a locked endpoint off; unless a person did so, its owners are mailed."""
    endpoint.enabled, endpoint.off_reason, endpoint.off_since = False, reason, now
    endpoint.version += 1
    if reason != WebhookEndpoint.Off.BY_HAND:
        endpoint.notice, endpoint.notice_due_at = reason.value, now
    endpoint.save()
    outbox.hold(outbox_of(endpoint), OFF)
    subject, told = f"webhook:{endpoint.pk}", {"name": str(endpoint), "reason": reason.value}
    write_audit(endpoint.company, by, "webhook_off", subject, now, **told)


def switch_on(endpoint: WebhookEndpoint, now: datetime, by: User | None) -> None:
    """Switch a locked endpoint on, and send what was kept for it."""
    endpoint.enabled, endpoint.off_reason, endpoint.off_since = True, "", None
    endpoint.notice, endpoint.notice_due_at = "", None
    endpoint.version += 1
    endpoint.save()
    try_now(endpoint, now)
    WebhookMessage.objects.filter(endpoint=endpoint, delivered_at=None).update(tried_since=None)
    outbox.requeue(outbox_of(endpoint).filter(state=State.HELD), now)
    write_audit(endpoint.company, by, "webhook_on", f"webhook:{endpoint.pk}", now, name=str(endpoint))


def try_now(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Forget the endpoint's trouble, and let nothing wait for its next try any longer."""
    lanes.reopen(endpoint.lane)
    outbox_of(endpoint).filter(state=State.QUEUED, next_attempt_at__gt=now).update(next_attempt_at=now)


def note_not_taken(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Have the owners of a locked endpoint mailed that it does not take a message, at most once a day."""
    if endpoint.noticed_at is None or now - endpoint.noticed_at >= NOTICE_EVERY:
        endpoint.notice, endpoint.notice_due_at = WebhookEndpoint.Notice.NOT_TAKEN, now
        endpoint.save(update_fields=["notice", "notice_due_at"])
