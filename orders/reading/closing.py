"""What follows when a merchant cancels or refunds an order in the shop."""

from __future__ import annotations

from datetime import datetime

from adapterkit.records import CancellationReason, Fulfilment
from engine import outbox
from orders import messages
from orders.history import event
from orders.loading import LoadedOrder
from orders.models import Cancellation, OrderEvent
from orders.placing import end_test


def closed_in_shop(loaded: LoadedOrder, state: str, now: datetime) -> tuple[OrderEvent, list[outbox.Draft]]:
    """Cancel at the marketplace what was not shipped; return what is to be stored of that. May be repeated.

    The wish of the order is to be worked out anew.
    """
    end_test(loaded, given_back=True, now=now)
    return event(loaded.order, "cancelled_in_shop", now, state=state), _cancel_open_pieces(loaded, now)


def _cancel_open_pieces(loaded: LoadedOrder, now: datetime) -> list[outbox.Draft]:
    if loaded.order.is_test or loaded.connection.fulfilment == Fulfilment.MARKETPLACE:
        return []
    requested = bool(loaded.order.hold)
    drafts = []
    for line in loaded.lines:
        if line.quantity_open <= 0 or line.cancellations.filter(origin=Cancellation.Origin.MERCHANT).exists():
            continue
        cancellation, added = Cancellation.objects.get_or_create(
            order_line=line,
            origin=Cancellation.Origin.SHOP,
            defaults={
                "state": Cancellation.State.REPORTING,
                "quantity": line.quantity_open,
                "reason": CancellationReason.REQUESTED_BY_CUSTOMER if requested else CancellationReason.OUT_OF_STOCK,
                "created_at": now,
            },
        )
        if added:
            drafts.append(messages.cancel_at_marketplace(cancellation, loaded.connection, now))
    return drafts
