"""Takes a connection out of use for good; its orders and their history stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from connections.models import Direction, OrderConnection
from connections.pauses import held_back
from connections.starting import close_feeds
from engine import outbox


def archive_connection(*, connection: OrderConnection, now: datetime, by: User | None) -> bool:
    """Archive a connection; False when it is archived already.

    What is owed already is still delivered and reported, what its pauses keep back too. Nothing is read for it any
    more, of its shop neither, unless another connection fills it.
    """
    open_ones = OrderConnection.objects.filter(pk=connection.pk).exclude(state=OrderConnection.State.ARCHIVED)
    with transaction.atomic():
        unpaused = dict.fromkeys((direction.column for direction in Direction), False)
        if not open_ones.update(state=OrderConnection.State.ARCHIVED, **unpaused):
            return False
        for direction in Direction:
            outbox.requeue(held_back(connection, direction), now)
        close_feeds(connection)
        subject = f"connection:{connection.pk}"
        write_audit(connection.company, by, "connection_archived", subject, now, name=connection.name)
    connection.refresh_from_db()
    return True
