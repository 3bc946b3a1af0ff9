"""Makes messages of what happened to orders, in the transaction in which the events get their numbers.

Numbers are given to committed events alone, once and in order, whoever has them given: a program that reads on, the
chore, or the pump of this file. So no event is left out, none is told twice, and those of an order keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connections.models import OrderConnection
from orders.chores.number_changes import number_changes
from orders.models import OrderEvent
from webhooks.event_types import EventType, type_of
from webhooks.messages import News, locked, post
from webhooks.models import WebhookEndpoint
from webhooks.payloads import bodies_of

MOST_PORTIONS = 20  # of events that one round numbers for a company


def pump_changes(now: datetime) -> None:
    """Have events numbered as soon as there are any, where somebody listens; one statement when there are none."""
    listeners = WebhookEndpoint.objects.filter(removed_at=None).values("company")
    waiting = OrderEvent.objects.filter(number=None, order__company__in=listeners)
    for company_id in sorted(set(waiting.values_list("order__company", flat=True))):
        for _ in range(MOST_PORTIONS):
            if not number_changes(company_id=company_id):
                break


def tell_changes(company_id: int, events: Sequence[OrderEvent]) -> None:
    """Owe every endpoint of the company a message of each event that it listens to; one statement where nobody does."""
    endpoints = locked(WebhookEndpoint.objects.filter(company=company_id))
    wanted = {name for endpoint in endpoints for name in endpoint.types}
    told = [(event, event_type) for event in events if (event_type := type_of(event.code)) and event_type in wanted]
    if not told:
        return
    ids = {event.order.connection_id for event, _ in told}
    connections = OrderConnection.objects.select_related("account").in_bulk(ids)
    found = [(event, event_type, connections[event.order.connection_id]) for event, event_type in told]
    post(
        [
            News(endpoint=endpoint, type=event_type.value, thing=f"order:{event.order_id}", at=event.at, body=body)
            for (event, event_type, connection), body in zip(found, bodies_of(found), strict=True)
            for endpoint in endpoints
            if _wants(endpoint, event_type, connection)
        ]
    )


def _wants(endpoint: WebhookEndpoint, event_type: EventType, connection: OrderConnection) -> bool:
    return event_type in endpoint.types and endpoint.project_id in {None, connection.project_id}
