"""A program has a test order sent back, to try what it does with returns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from orders.history import event
from orders.models import Order, Return, ReturnLine

REASON = "Test"


class NotATest(Exception):
    """The order is a real one: its marketplace announces its returns."""


def send_test_return(*, order: Order, now: datetime, by: User | None) -> Sequence[ReturnLine]:
    """Announce that every piece of a test order comes back; return its lines. Raises `NotATest`.

    Once for each order: again it changes nothing, and returns none. No marketplace is told what is decided about it.
    """
    if not order.is_test:
        raise NotATest
    with transaction.atomic():
        made, new = Return.objects.get_or_create(
            connection=order.connection,
            marketplace_return_id=f"TEST-{order.pk}",
            defaults={"company_id": order.company_id, "fingerprint": "", "registered_at": now, "payload": {}},
        )
        if not new:
            return []
        lines = [
            ReturnLine(
                registered_return=made, marketplace_line_id=str(line.pk), order_line=line, title=line.title,
                ean=line.ean, marketplace_order_id=order.marketplace_order_id, quantity=line.quantity, reason=REASON,
            )
            for line in order.lines.order_by("pk")
        ]  # fmt: skip
        ReturnLine.objects.bulk_create(lines)
        for line in lines:
            event(order, "return_registered", now, actor=by, quantity=line.quantity, title=line.title,
                  reason=REASON).save()  # fmt: skip
    return lines
