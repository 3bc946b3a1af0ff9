"""A merchant has every parcel that waits for its carrier tried again, by the rules as they are now."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Company, User
from carriers.plans import load_plans
from carriers.rules import PlanRecord
from engine import outbox
from engine.models import OutboxMessage
from orders import messages
from orders.history import event
from orders.loading import load_orders
from orders.models import OrderEvent, Shipment
from orders.reading.parcels import CARRIER_PROBLEMS, plan_of, resolve_again

AT_ONCE = 500


def resume_held(*, company: Company, now: datetime, by: User | None) -> int:
    """Report the parcels that a carrier is found for; return how many, of the oldest `AT_ONCE`. May be repeated."""
    with transaction.atomic():
        held = Shipment.objects.select_for_update(of=("self",)).filter(
            order__company=company, state=Shipment.State.NEEDS_ATTENTION, problem_code__in=CARRIER_PROBLEMS
        )
        parcels = list(held.order_by("pk")[:AT_ONCE])
        loaded = load_orders([parcel.order_id for parcel in parcels])
        plans = load_plans({plan for order in loaded.values() if (plan := plan_of(order))})
        for parcel in parcels:
            order = loaded[parcel.order_id]
            resolve_again(order, [parcel], plans.get(plan_of(order) or 0, PlanRecord()))
        freed = [parcel for parcel in parcels if parcel.state != Shipment.State.NEEDS_ATTENTION]
        ids = [parcel.pk for parcel in freed]
        outbox.requeue(OutboxMessage.objects.filter(kind=messages.CONFIRM, record_id__in=ids), now)
        OrderEvent.objects.bulk_create(event(loaded[one.order_id].order, "resumed", now, actor=by) for one in freed)
    return len(freed)
