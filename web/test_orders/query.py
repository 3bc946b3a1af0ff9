"""What a test order is made of, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connections.models import OrderConnection
from engine.models import OutboxMessage
from orders.flows.send_test_order import LEAST_STOCK
from orders.models import Order
from stock.models import Product

MOVING = {
    OutboxMessage.State.QUEUED,
    OutboxMessage.State.SENDING,
    OutboxMessage.State.SUBMITTED,
    OutboxMessage.State.UNKNOWN,
}


def products_for(connection: OrderConnection) -> Any:
    """Products that a test order can be made of."""
    field = connection.project.product_id_field
    named = Product.objects.listed().filter(project=connection.project).exclude(**{field: ""})
    return named.exclude(stock__lt=LEAST_STOCK).order_by(field)


def steps_of(order: Order) -> Sequence[OutboxMessage]:
    """Return the messages about an order, the oldest first."""
    return list(OutboxMessage.objects.filter(company=order.company_id, subject=order.subject).order_by("pk"))


def moving(messages: Sequence[OutboxMessage]) -> bool:
    """Whether something is still on its way."""
    return any(message.state in MOVING for message in messages)
