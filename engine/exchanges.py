"""What was said to remote sides and by them, kept for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from adapterkit.transport import Exchange as Said
from engine.models import Exchange, OutboxMessage

KEEP_EXCHANGES = timedelta(days=14)


def exchange_row(
    exchange: Said, *, company_id: int, lane: str, subject: str, now: datetime, message: OutboxMessage | None = None
) -> Exchange:
    """Return the unsaved row of an exchange; secrets were removed where it was made."""
    return Exchange(
        company_id=company_id,
        lane=lane,
        subject=subject,
        message=message,
        endpoint=exchange.endpoint[:200],
        method=exchange.method,
        url=exchange.url,
        request_headers=dict(exchange.request_headers),
        request_body=exchange.request_body,
        status=exchange.status,
        response_headers=dict(exchange.response_headers),
        response_body=exchange.response_body,
        error=exchange.error,
        seconds=exchange.seconds,
        at=now,
        expires_at=now + KEEP_EXCHANGES,
    )
