"""Takes a connection out of use for good; its orders and their history stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from connections.models import OrderConnection
from connections.starting import close_feeds


def archive_connection(*, connection: OrderConnection, now: datetime, by: User | None) -> bool:
    """Archive a connection; False when it is archived already. What is on its way is still delivered and reported."""
    open_ones = OrderConnection.objects.filter(pk=connection.pk).exclude(state=OrderConnection.State.ARCHIVED)
    with transaction.atomic():
        if not open_ones.update(state=OrderConnection.State.ARCHIVED):
            return False
        close_feeds(connection)
        subject = f"connection:{connection.pk}"
        write_audit(connection.company, by, "connection_archived", subject, now, name=connection.name)
    connection.refresh_from_db()
    return True
