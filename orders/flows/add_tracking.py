"""A merchant enters carrier and tracking code by hand, where the shop does not tell them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from adapterkit.records import ShopShipment
from carriers.rules import PlanRecord
from orders.history import event
from orders.locking import lock_order
from orders.models import Order
from orders.reading.parcels import BY_HAND, Parcels, take_over


def add_tracking(*, order: Order, carrier: str, tracking_code: str, now: datetime, by: User | None) -> bool:
    """Report every piece that is still open with this code, or give it to the parcel that waits for one.

    False when there is neither, or the order is not in the shop. The carrier is the one given, whatever the rules say.
    """
    parcel = ShopShipment(
        shipment_id=f"{BY_HAND}{tracking_code}",
        shop_order_id=order.shop_order_id,
        reference=order.reference,
        carrier_name="",
        tracking_code=tracking_code,
        shipped_at=now,
    )
    with transaction.atomic():
        loaded = lock_order(order)
        if loaded.order.place != Order.Place.IN_SHOP:
            return False
        into = Parcels(now)
        if not take_over(loaded, [parcel], PlanRecord(default_carrier=carrier), into):
            return False
        into.events.append(event(order, "tracking_added", now, actor=by, tracking=tracking_code))
        into.write()
    return True
