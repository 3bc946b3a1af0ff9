"""Writes down what was decided about a returned line, once. Part of several flows, inside their transaction."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from accounts.models import User
from adapterkit.records import ReturnDecision
from engine import outbox
from engine.models import OutboxMessage
from orders import messages
from orders.history import event
from orders.models import ReturnLine


def decide(
    line: ReturnLine, decision: ReturnDecision, quantity: int, now: datetime, *, code: str, by: User | None = None
) -> bool:
    """Store the decision and queue the answer; False, with nothing changed, when that was done already.

    `code` is the event that tells of it. A decision that the marketplace did not take may be made anew; of a test order
    the marketplace is told nothing.
    """
    undecided = Q(decision="") | ~Q(problem_code="")
    open_line = ReturnLine.objects.filter(undecided, pk=line.pk, state=ReturnLine.State.NEW)
    if not open_line.update(decision=decision.value, decided_quantity=quantity, problem_code="", problem={}):
        return False
    if line.order_line is not None and line.order_line.order.is_test:  # no marketplace knows of it
        ReturnLine.objects.filter(pk=line.pk).update(state=decision.value)
    else:
        outbox.post([messages.answer_return(line, now)], now)
        outbox.requeue(OutboxMessage.objects.filter(kind=messages.ANSWER_RETURN, record_id=line.pk), now)
    if line.order_line is not None:
        about = {"title": line.title or line.order_line.title, "quantity": quantity, "decision": decision.value}
        event(line.order_line.order, code, now, actor=by, **about).save()
    return True
