"""Papers that belong to an order."""

from __future__ import annotations

import re
from typing import ClassVar

from django.db import models

from orders.models.order import Order

UNSAFE = re.compile(r"[^\w .()-]+")  # all but letters, digits and some marks


class OrderDocument(models.Model):
    """An invoice or a label, as a program handed it in. Blanked with the buyer's data."""

    class Kind(models.TextChoices):
        INVOICE = "INVOICE"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=32, choices=Kind.choices)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    content = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["order", "name"], name="document_once_per_order")]

    def __str__(self) -> str:
        return self.name

    @property
    def file_name(self) -> str:
        """The name it is saved under: as it was handed in, without what means something to a computer."""
        plain = UNSAFE.sub("_", self.name.removesuffix(".pdf")).strip(" .")
        return f"{plain or self.pk}.pdf"
