"""Stops a connection from fetching orders; what is on its way is still delivered and reported."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from connections.audit import write_audit
from connections.models import OrderConnection
from engine.cursors import close_cursor


def pause_connection(*, connection: OrderConnection, now: datetime, by: User | None) -> bool:
    """Pause an active connection; False when it is not active. Shipments of its orders are still reported."""
    active = OrderConnection.objects.filter(pk=connection.pk, state=OrderConnection.State.ACTIVE)
    with transaction.atomic():
        if not active.update(state=OrderConnection.State.PAUSED):
            return False
        for feed in ("orders", "returns"):
            close_cursor(feed=feed, owner_id=connection.pk)
        write_audit(connection.company, by, "connection_paused", f"connection:{connection.pk}", now)
    connection.refresh_from_db()
    return True
