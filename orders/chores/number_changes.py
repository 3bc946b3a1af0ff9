"""Gives the events of a company their numbers, so that programs read on from where they were, without a gap.

A time or a row id cannot do that: of two transactions the one that began first may be committed last, and whoever read
in between would never see it. Numbers are given to committed events alone, by one worker at a time, so an event that is
seen later always has a higher number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, Case, DateTimeField, Field, Value, When

from orders.models import ChangeCounter, Order, OrderEvent

AT_ONCE = 1000
Listener = Callable[[int, Sequence[OrderEvent]], object]
_listeners: list[Listener] = []


def when_changes_are_numbered(listener: Listener) -> None:
    """Have a part above be called with a company's id and the events that get their numbers, in the same transaction.

    Whoever has them numbered, it is called once for each event, and for a company's events in their order.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def number_changes(*, company_id: int) -> list[OrderEvent]:
    """Number what happened to a company's orders; return the events that got theirs now, in order, with their orders.

    At most 1000 at once; may be repeated. Two statements when there is nothing to do.
    """
    unnumbered = OrderEvent.objects.filter(number=None, order__company=company_id)
    if not unnumbered.exists():
        return []
    with transaction.atomic():
        counter, _ = ChangeCounter.objects.select_for_update().get_or_create(company_id=company_id)
        events = list(unnumbered.select_related("order").order_by("pk")[:AT_ONCE])
        for number, event in enumerate(events, start=counter.last + 1):
            event.number = number
        OrderEvent.objects.bulk_update(events, ["number"])
        latest = {event.order_id: event for event in events}
        Order.objects.filter(pk__in=latest).update(
            change_number=_by_order({pk: event.number for pk, event in latest.items()}, BigIntegerField()),
            modified_at=_by_order({pk: event.at for pk, event in latest.items()}, DateTimeField()),
        )
        ChangeCounter.objects.filter(pk=counter.pk).update(last=counter.last + len(events))
        for listener in _listeners if events else ():
            listener(company_id, events)
    return events


def _by_order(values: Mapping[int, Any], column: Field[Any, Any]) -> Case:
    return Case(*(When(pk=pk, then=Value(value, output_field=column)) for pk, value in values.items()))


def number_all_changes(now: datetime) -> Counter[str]:
    """The chore: number what happened to anybody's orders, so that no heap of it grows where no program reads."""
    waiting = OrderEvent.objects.filter(number=None).order_by("pk")[:AT_ONCE]
    companies = {event.order.company_id for event in waiting.select_related("order").only("order__company")}
    return Counter(numbered=sum(len(number_changes(company_id=company)) for company in sorted(companies)))
