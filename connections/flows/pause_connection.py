"""Stops a connection from fetching orders; what is on its way is still delivered and reported."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from connections.models import OrderConnection
from connections.pausing import pause


def pause_connection(*, connection: OrderConnection, now: datetime, by: User | None) -> bool:
    """Pause an active connection; False when it is not active. Shipments of its orders are still reported."""
    with transaction.atomic():
        paused = pause(connection, now, by)
    connection.refresh_from_db()
    return paused
