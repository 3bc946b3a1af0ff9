"""What each direction of a connection has waiting: here, and at the marketplace."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from django.db.models import Q

from adapterkit.records import Fulfilment
from connections.adapters import open_account
from connections.models import Direction, OrderConnection
from engine.models import OutboxMessage, SyncCursor
from marketplaces.registry import marketplace
from orders import messages
from orders.models import Cancellation, Order, ReturnLine, Shipment
from orders.reading.accounts import Reading, known_orders
from orders.reading.marketplace_orders import OrdersFeed
from stock.offers import KIND as STOCK

State = OutboxMessage.State


def backlog(connection: OrderConnection, direction: Direction, now: datetime) -> int:
    """Return how many messages of this connection wait in a direction that sends; one statement.

    Stock is told for a whole marketplace account, whatever the connection. What waits to be fetched stands at the
    marketplace: see `unfetched`.
    """
    match direction:
        case Direction.PUSH:
            about = _about(messages.SHOP_ORDER, Order, "connection", connection) | _about(
                messages.CREATE_RETURN, ReturnLine, "registered_return__connection", connection
            )
        case Direction.REPORT:
            about = (
                _about(messages.ACCEPT, Order, "connection", connection)
                | _about(messages.CONFIRM, Shipment, "order__connection", connection)
                | _about(messages.CANCEL_AT_MARKETPLACE, Cancellation, "order_line__order__connection", connection)
                | _about(messages.ANSWER_RETURN, ReturnLine, "registered_return__connection", connection)
            )
        case Direction.STOCK:
            about = Q(kind=STOCK, lane=connection.account.lane)
        case Direction.FETCH:
            return 0
    waits = Q(state=State.HELD, problem_code=direction.column) | Q(state=State.QUEUED, next_attempt_at__lte=now)
    return connection.company.outbox_messages.filter(about, waits).count()


def unfetched(connection: OrderConnection, now: datetime) -> int:
    """Ask the marketplace how many orders a fetch would read now: new there, or changed. Raises the adapter's errors.

    Nothing is stored, and no order is read: the adapter is told that it is known already.
    """
    fresh: set[str] = set()
    reading = Reading(connection.account, {connection.pk: connection})

    def known(fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        fresh.update(fingerprints.keys() - known_orders(reading, fingerprints))
        return fingerprints.keys()

    cursor = SyncCursor.objects.filter(feed=OrdersFeed.name, owner_id=connection.account_id).first()
    history = now - marketplace(connection.account.marketplace).spec.history
    since = connection.unread_since or (cursor.position if cursor else None)
    since = since - timedelta(seconds=OrdersFeed.overlap_seconds) if since else connection.activated_from or history
    since = max(since, history)
    for page in open_account(connection.account).fetch_orders(since, Fulfilment(connection.fulfilment), known):
        fresh.update(order.order_id for order in page.items)
    return len(fresh)


def _about(kind: str, model: type[Order | Shipment | Cancellation | ReturnLine], path: str, of: OrderConnection) -> Q:
    return Q(kind=kind, record_id__in=model._default_manager.filter(**{path: of}).values("pk"))
