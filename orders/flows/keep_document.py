"""A program hands in a paper for an order."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from orders.history import event
from orders.models import Order, OrderDocument

LARGEST = 2 * 1024 * 1024  # bytes
PDF = b"%PDF-"


class NotKept(ValueError):
    """The paper is too large, empty, or no PDF; the text says which."""


def keep_document(
    *, order: Order, kind: str, name: str, content: bytes, now: datetime, by: User | None
) -> OrderDocument:
    """Keep a PDF with the order; one of the same name takes the place of the earlier one. Raises `NotKept`."""
    if not content.startswith(PDF):
        raise NotKept("It is not a PDF")
    if len(content) > LARGEST:
        raise NotKept(f"It is longer than {LARGEST:,} bytes")
    with transaction.atomic():
        document, _ = OrderDocument.objects.update_or_create(
            order=order,
            name=name,
            defaults={"kind": kind, "media_type": "application/pdf", "content": content, "at": now},
        )
        event(order, "document_kept", now, actor=by, name=name).save()
    return document
