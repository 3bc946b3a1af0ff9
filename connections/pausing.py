"""Stops a connection's reading of its marketplace. Part of several flows, always inside their transaction."""

from __future__ import annotations

from datetime import datetime

from accounts.audit import write_audit
from accounts.models import User
from connections.models import OrderConnection
from connections.starting import close_feeds


def pause(connection: OrderConnection, now: datetime, by: User | None) -> bool:
    """Pause an active connection; False when it is not active. What is on its way is still delivered and reported."""
    active = OrderConnection.objects.filter(pk=connection.pk, state=OrderConnection.State.ACTIVE)
    if not active.update(state=OrderConnection.State.PAUSED):
        return False
    close_feeds(connection)
    write_audit(connection.company, by, "connection_paused", f"connection:{connection.pk}", now, name=connection.name)
    return True
