"""The company's webhooks, and what they were told."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Membership
from webhooks.models import WebhookEndpoint, WebhookMessage

PER_PAGE = 50


def own(member: Membership) -> QuerySet[WebhookEndpoint]:
    return member.company.webhook_endpoints.filter(removed_at=None).select_related("company", "project")


def message_of(member: Membership, pk: int, message: int) -> WebhookMessage:
    found = WebhookMessage.objects.select_related("endpoint__company")
    return get_object_or_404(found, pk=message, endpoint__in=own(member).filter(pk=pk))


def log_page(
    endpoint: WebhookEndpoint, *, undelivered: bool, before: str
) -> tuple[Sequence[WebhookMessage], int | None]:
    """Return the newest messages, older than `before` where that is one; and the last one's, if older ones follow."""
    log = endpoint.messages.order_by("-pk")
    log = log.filter(delivered_at=None) if undelivered else log
    log = log.filter(pk__lt=int(before[:18])) if before.isascii() and before.isdecimal() else log
    page = list(log[: PER_PAGE + 1])
    return page[:PER_PAGE], page[PER_PAGE - 1].pk if len(page) > PER_PAGE else None
