"""Where programs want to be told what happens, and what they were told."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.credentials import EncryptedJSONField


class WebhookEndpoint(models.Model):
    """An address that a company's program listens at. Whatever happens while it is off is kept for it."""

    class Off(models.TextChoices):
        """Why it is off."""

        BY_HAND = "by_hand", _("switched off by hand")
        FAILING = "failing", _("took nothing for three days")
        GONE = "gone", _("answered that it is gone for good")

    class Notice(models.TextChoices):
        """What its owners are to be mailed."""

        FAILING = "failing"
        GONE = "gone"
        NOT_TAKEN = "not_taken"  # one message, while it takes others

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="webhook_endpoints")
    # It may be told of one project of the company alone.
    project = models.ForeignKey(
        "connections.Project", null=True, blank=True, on_delete=models.CASCADE, related_name="webhook_endpoints"
    )
    url = models.CharField(max_length=2000)
    types = models.JSONField(default=list)  # of `event_types.EventType`
    secrets = EncryptedJSONField(default=dict)  # `secret`, and `previous_secret` once it was replaced
    previous_until = models.DateTimeField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    off_reason = models.CharField(max_length=8, choices=Off.choices, blank=True)
    off_since = models.DateTimeField(null=True, blank=True)
    notice = models.CharField(max_length=9, choices=Notice.choices, blank=True)
    notice_due_at = models.DateTimeField(null=True, blank=True)
    noticed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # counts the changes, for whoever changes it from what they read
    created_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)  # its log is deleted bit by bit, and the row at last

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["notice_due_at"], name="webhook_notice", condition=Q(notice_due_at__isnull=False)),
            models.Index(fields=["removed_at"], name="webhook_removed", condition=Q(removed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.url.partition("?")[0]

    @property
    def lane(self) -> str:
        return f"webhook:{self.pk}"

    def valid_secrets(self, now: datetime) -> dict[str, str]:
        """Return the secrets that messages are signed with now."""
        secrets = dict(self.secrets)
        if self.previous_until is None or self.previous_until <= now:
            secrets.pop("previous_secret", None)
        return secrets


class WebhookMessage(models.Model):
    """What one endpoint is told once. Its body stays the same, however often it is sent.

    The outbox message with its id as `record_id` says how far it is; the columns here tell of its latest try.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="messages", db_index=False)
    message_id = models.CharField(max_length=40, unique=True)  # the header `webhook-id`
    type = models.CharField(max_length=40)
    body = models.TextField()
    at = models.DateTimeField()  # when it happened
    tried_since = models.DateTimeField(null=True, blank=True)  # the first of the tries that failed in a row
    delivered_at = models.DateTimeField(null=True, blank=True)  # empty again while it is replayed
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    answer = models.TextField(blank=True)  # its beginning
    error = models.TextField(blank=True)  # why there was no answer

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["endpoint", "-id"], name="webhook_log"),
            models.Index(fields=["endpoint", "-id"], name="webhook_undelivered", condition=Q(delivered_at=None)),
            models.Index(fields=["endpoint", "type", "-id"], name="webhook_log_by_type"),
            models.Index(fields=["endpoint", "at"], name="webhook_log_by_time"),
            models.Index(fields=["at"], name="webhook_message_age"),
        ]

    def __str__(self) -> str:
        return self.message_id


class StockNews(models.Model):
    """A product whose stock moved and that is to be told of; written with the movement, gone once it is told."""

    product = models.ForeignKey("stock.Product", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "stock news"

    def __str__(self) -> str:
        return f"{self.product_id} {self.at:%Y-%m-%d %H:%M}"
