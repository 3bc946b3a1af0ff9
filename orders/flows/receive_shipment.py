"""A program says what was sent, or mends what it said: the marketplace is told as of any parcel of a shop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from adapterkit.records import LineQuantity, ShopShipment
from carriers.plans import load_plans
from orders.loading import LoadedOrder
from orders.locking import lock_order
from orders.models import Order, Shipment
from orders.reading.parcels import Parcels, may_correct, plan_of, take_over
from orders.status import status_of


class NotTaken(Exception):
    """The parcel cannot be taken; `code` is the API's word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def receive_shipment(
    *,
    order: Order,
    reference: str,
    carrier_name: str,
    tracking_code: str,
    now: datetime,
    pieces: Mapping[int, int] | None = None,
    tracking_url: str = "",
    shipped_at: datetime | None = None,
) -> tuple[Shipment, bool]:
    """Store one parcel of an order under the program's own reference; return it, and whether it is new or was changed.

    `pieces` are quantities by line id; None means all that is still open. The same reference again mends carrier and
    code, at the marketplace too where it takes that. Raises `NotTaken`, with nothing changed.
    """
    with transaction.atomic():
        loaded = lock_order(order)
        if loaded.order.place != Order.Place.IN_SHOP:
            raise NotTaken("not_in_shop")
        known = Shipment.objects.filter(order=order, shop_shipment_id=reference).first()
        if known is None:
            _refuse_unless_open(loaded, pieces)
        elif (known.carrier_name, known.tracking_code) != (carrier_name, tracking_code) and not may_correct(known):
            raise NotTaken("already_reported")
        parcel = ShopShipment(
            shipment_id=reference,
            shop_order_id=loaded.order.shop_order_id,
            reference=loaded.order.reference,
            lines=_lines(loaded, pieces),
            carrier_name=carrier_name,
            tracking_code=tracking_code,
            tracking_url=tracking_url,
            shipped_at=shipped_at,
        )
        into, plan_id = Parcels(now), plan_of(loaded)
        plan = load_plans([plan_id]).get(plan_id) if plan_id else None
        changed = bool(take_over(loaded, [parcel], plan, into))
        into.write()
        Order.objects.filter(pk=order.pk).update(status=status_of(loaded.lines, pending=loaded.order.pending))
        shipment = known or Shipment.objects.filter(order=order).latest("pk")
        shipment.refresh_from_db()
    return shipment, changed


def _refuse_unless_open(loaded: LoadedOrder, pieces: Mapping[int, int] | None) -> None:
    left = {line.pk: line.quantity_open for line in loaded.lines}
    if not any(left.values()):
        raise NotTaken("nothing_open")
    if pieces is not None and any(quantity > left.get(line, 0) for line, quantity in pieces.items()):
        raise NotTaken("too_many_pieces")


def _lines(loaded: LoadedOrder, pieces: Mapping[int, int] | None) -> tuple[LineQuantity, ...]:
    if pieces is None:
        return ()
    ids = {line.pk: line.shop_line_id for line in loaded.lines}
    return tuple(LineQuantity(line_id=ids[line], quantity=quantity) for line, quantity in pieces.items())
