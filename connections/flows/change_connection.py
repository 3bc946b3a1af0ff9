"""A merchant changes a connection's settings."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from connections.models import OrderConnection


def change_connection(*, connection: OrderConnection, fields: Collection[str], now: datetime, by: User | None) -> None:
    """Store these fields of the connection; the others are left as they are in the database."""
    if not fields:
        return
    with transaction.atomic():
        connection.save(update_fields=list(fields))
        about = {"name": connection.name, "fields": ", ".join(sorted(fields))}
        write_audit(connection.company, by, "connection_changed", f"connection:{connection.pk}", now, **about)
