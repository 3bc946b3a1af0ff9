"""A person has an order tried again after mending what kept it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from orders.history import event
from orders.models import Order
from orders.resuming import resume


def resume_order(*, order: Order, now: datetime, by: User | None) -> bool:
    """Link products again and queue everything of this order that waits for a person; False when nothing waited."""
    with transaction.atomic():
        waited = resume(order, now)
        if waited:
            event(order, "resumed", now, actor=by).save()
    return waited
