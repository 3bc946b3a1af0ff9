"""Makes the events of an order's history. Codes are put in words by `orders.words`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from orders.models import Order, OrderEvent

Level = OrderEvent.Level
LEVELS = {
    "problem": Level.PROBLEM,
    "shipment_problem": Level.PROBLEM,
    "doubled_in_shop": Level.PROBLEM,
    "stock_problem": Level.PROBLEM,
    "return_problem": Level.PROBLEM,
    "return_not_in_shop": Level.WARNING,
    "return_maybe_in_shop": Level.WARNING,
    "return_gone_in_shop": Level.WARNING,
    "cancellation_requested": Level.WARNING,
    "cancelled_by_marketplace": Level.WARNING,
    "cancelled_in_shop": Level.WARNING,
    "partly_cancelled_by_marketplace": Level.WARNING,
    "partly_cancelled_by_hand": Level.WARNING,
    "waiting_for_tracking": Level.WARNING,
    "tracking_not_corrected": Level.WARNING,
    "outcome_unknown": Level.WARNING,
    "sent_to_shop": Level.GOOD,
    "sent_to_shop_untold": Level.GOOD,
    "accepted_as_in_shop": Level.WARNING,
    "shipment_confirmed": Level.GOOD,
    "lines_accepted": Level.GOOD,
    "tracking_corrected": Level.GOOD,
    "return_answered": Level.GOOD,
}


def event(order: Order, code: str, at: datetime, *, actor: User | None = None, **params: Any) -> OrderEvent:
    """Return the unsaved event; its level follows from its code."""
    return OrderEvent(order=order, at=at, code=code, level=LEVELS.get(code, Level.NOTE), params=params, actor=actor)
