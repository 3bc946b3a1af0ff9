"""A merchant cancels what is not shipped yet, here: marketplace and shop are told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from adapterkit.capabilities import has
from adapterkit.marketplace import CancelsLines
from adapterkit.records import CancellationReason, Fulfilment
from engine import outbox
from marketplaces.registry import marketplace
from orders import messages
from orders.history import event
from orders.models import Cancellation, Order


def may_cancel(order: Order) -> bool:
    """Whether the marketplace takes cancellations of this order from us."""
    connection = order.connection
    able = has(marketplace(connection.account.marketplace), CancelsLines)
    closed = order.status in {Order.Status.SHIPPED, Order.Status.CANCELLED}
    return able and not closed and not order.is_test and connection.fulfilment == Fulfilment.MERCHANT


def cancel_order(*, order: Order, reason: CancellationReason, now: datetime, by: User | None) -> bool:
    """Cancel every piece that is still open; False, with nothing changed, when there is none or it was asked before."""
    if not may_cancel(order):
        return False
    drafts = []
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=order.pk)
        for line in order.lines.filter(cancellations=None):
            if line.quantity_open > 0:
                cancellation = Cancellation.objects.create(
                    order_line=line,
                    origin=Cancellation.Origin.MERCHANT,
                    state=Cancellation.State.REPORTING,
                    quantity=line.quantity_open,
                    reason=reason,
                    created_at=now,
                )
                drafts.append(messages.cancel_at_marketplace(cancellation, order.connection, now))
        if not drafts:
            return False
        if order.shop_order_id:
            drafts.append(messages.cancel_in_shop(order, order.connection, now))
        else:
            messages.discard_creation([order.pk], now)
        outbox.post(drafts, now)
        event(order, "cancelled_by_hand", now, actor=by).save()
    return True
