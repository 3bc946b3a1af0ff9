"""Pauses what flows one way through a connection, or lets it go on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from connections.models import Direction, OrderConnection
from connections.pauses import held_back
from connections.starting import close_feeds, open_feeds
from engine import outbox


def pause_direction(
    *, connection: OrderConnection, direction: Direction, paused: bool, now: datetime, by: User | None
) -> bool:
    """Pause a direction, or end its pause; False when it is so already. What waits meanwhile is kept and then sent.

    Messages are held when their turn comes; ending a pause queues all that this direction's pauses hold, and those of
    another connection that is still paused are held again.
    """
    row = OrderConnection.objects.filter(pk=connection.pk).exclude(**{direction.column: paused})
    with transaction.atomic():
        if not row.update(**{direction.column: paused}):
            return False
        connection.refresh_from_db()
        if direction == Direction.FETCH:
            _fetch(connection, paused, now)
        elif not paused:
            outbox.requeue(held_back(connection, direction), now)
        action = "direction_paused" if paused else "direction_resumed"
        about = {"name": connection.name, "direction": direction.value}
        write_audit(connection.company, by, action, f"connection:{connection.pk}", now, **about)
    return True


def _fetch(connection: OrderConnection, paused: bool, now: datetime) -> None:
    if not paused and connection.state == OrderConnection.State.ACTIVE:
        open_feeds(connection, now)
    if paused:
        close_feeds(connection)
