"""What the API remembers of the requests it answered, and of the programs it tries out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Certification(models.Model):
    """A trial of the program behind a connection: while it runs, answers to it are spoiled on purpose."""

    connection = models.ForeignKey(
        "connections.OrderConnection", on_delete=models.CASCADE, related_name="certifications"
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection"], name="one_certification_at_a_time", condition=models.Q(ended_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"certification {self.pk}"


class Met(models.Model):
    """What a program met, or did, in its trial; each thing is written down once."""

    certification = models.ForeignKey(Certification, on_delete=models.CASCADE, related_name="met")
    what = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["certification", "what"], name="met_once")]

    def __str__(self) -> str:
        return self.what


class AnsweredRequest(models.Model):
    """A change that was asked for with an Idempotency-Key, and how it was answered. Kept for a day."""

    api_key = models.ForeignKey("accounts.ApiKey", on_delete=models.CASCADE, related_name="answered_requests")
    idempotency_key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # of method, address and body
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(default=bytes)
    headers = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["api_key", "idempotency_key"], name="idempotency_key_once_per_api_key")
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="answered_at")]

    def __str__(self) -> str:
        return self.idempotency_key
