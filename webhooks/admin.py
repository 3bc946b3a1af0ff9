"""Webhooks for support staff, to read: addresses without what may be secret in them, and how each message went."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ReadOnlyAdmin
from webhooks.models import WebhookEndpoint, WebhookMessage


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "company", "project", "enabled", "off_reason", "off_since", "created_at")
    list_filter = ("enabled", "off_reason")
    search_fields = ("company__name", "url")
    list_select_related = ("company", "project")
    # What follows the question mark of an address often is a secret.
    exclude = ("url", "secrets")
    readonly_fields = ("address",)

    @admin.display(description=_("address"))
    def address(self, endpoint: WebhookEndpoint) -> str:
        return str(endpoint)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        found: QuerySet[WebhookEndpoint] = super().get_queryset(request)
        return found.filter(removed_at=None)


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnlyAdmin):
    list_display = ("message_id", "endpoint", "type", "at", "delivered_at", "status", "error")
    list_filter = ("type",)
    search_fields = ("message_id",)
    list_select_related = ("endpoint",)
