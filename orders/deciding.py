"""Writes down what was decided about a returned line, once. Part of several flows, inside their transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce, Least

from accounts.models import User
from adapterkit.records import ReturnDecision
from engine import outbox
from engine.models import OutboxMessage
from orders import messages
from orders.history import event
from orders.models import OrderLine, ReturnLine


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
        carry_out(ReturnLine.objects.filter(pk=line.pk))
        count_returned({line.order_line.pk})
    else:
        outbox.post([messages.answer_return(line, now)], now)
        outbox.requeue(OutboxMessage.objects.filter(kind=messages.ANSWER_RETURN, record_id=line.pk), now)
    if line.order_line is not None:
        about = {"title": line.title or line.order_line.title, "quantity": quantity, "decision": decision.value}
        event(line.order_line.order, code, now, actor=by, **about).save()
    return True


def carry_out(lines: QuerySet[ReturnLine]) -> int:
    """Give lines the state that was decided; return how many. May be repeated."""
    taken = Case(When(decision=ReturnDecision.ACCEPTED, then=F("decided_quantity")), default=0)
    return lines.exclude(decision="").update(state=F("decision"), accepted=Coalesce(taken, F("quantity")))


def count_returned(order_line_ids: Collection[int]) -> None:
    """Write down how many pieces of order lines came back and were taken. The orders are locked."""
    of_line = ReturnLine.objects.filter(order_line=OuterRef("pk")).order_by().values("order_line")
    pieces = Subquery(of_line.annotate(pieces=Sum("accepted")).values("pieces"))
    # A marketplace that counts more pieces back than were sold is not followed beyond what was.
    OrderLine.objects.filter(pk__in=order_line_ids).update(quantity_returned=Least(Coalesce(pieces, 0), F("quantity")))
