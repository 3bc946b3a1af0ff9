"""What a paused direction of a connection keeps back."""

from __future__ import annotations

from django.db.models import QuerySet

from connections.models import Direction, OrderConnection
from engine.models import OutboxMessage


def held_back(connection: OrderConnection, direction: Direction) -> QuerySet[OutboxMessage]:
    """Return the messages that a pause of this direction keeps, in the lanes of this connection."""
    return connection.company.outbox_messages.filter(
        lane__in=connection.lanes, state=OutboxMessage.State.HELD, problem_code=direction.column
    )
