"""A merchant chooses the carrier of a parcel that no rule knew."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from engine import outbox
from engine.models import OutboxMessage
from orders import messages
from orders.decisions import Kind, decide
from orders.history import event
from orders.loading import load_orders
from orders.models import Shipment
from orders.reading.parcels import resolve_again


def choose_carrier(*, shipment: Shipment, carrier: str, now: datetime, by: User | None) -> bool:
    """Report the parcel with this carrier; False when it does not wait for a person (any more).

    It stays chosen, whatever code the parcel has later.
    """
    with transaction.atomic():
        waiting = Shipment.objects.select_for_update().filter(pk=shipment.pk, state=Shipment.State.NEEDS_ATTENTION)
        found = waiting.first()
        if found is None:
            return False
        loaded = load_orders([found.order_id])[found.order_id]
        decide(loaded.order, Kind.CHOSEN_CARRIER, now, by, subject=str(found.pk), carrier=carrier)
        resolve_again(loaded, [found])
        outbox.requeue(OutboxMessage.objects.filter(kind=messages.CONFIRM, record_id=found.pk), now)
        event(loaded.order, "carrier_chosen", now, actor=by, carrier=carrier, tracking=found.tracking_code).save()
    return True
