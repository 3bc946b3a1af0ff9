"""A merchant corrects an address that keeps an order from the shop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from adapterkit.addresses import normalised
from orders import search
from orders.copies import renew_wishes
from orders.decisions import Kind, decide
from orders.history import event
from orders.locking import lock_order
from orders.models import Order, OrderAddress
from orders.records import canonical_address


def correct_address(
    *, order: Order, role: OrderAddress.Role, fields: Mapping[str, str], now: datetime, by: User | None
) -> bool:
    """Store the corrected address and try the order again; False, with nothing changed, once it is in the shop.

    One that is on its way there is made with it, or the merchant is told that the shop has the earlier one.

    What the marketplace says of the address later does not undo the correction. The raw lines stay as received; street
    and number are told apart again, for what was entered may be "Kerkstraat 12" or the country that was missing.
    """
    with transaction.atomic():
        stored = lock_order(order).order
        if stored.place == Order.Place.IN_SHOP or stored.status == Order.Status.CANCELLED:
            return False
        decide(order, Kind.CORRECTED_ADDRESS, now, by, subject=role)
        _corrected(order, role, fields).save()
        search.renew_keys([order.pk])
        event(order, "address_corrected", now, actor=by).save()
        Order.objects.filter(pk=order.pk, place=Order.Place.NEEDS_ATTENTION).update(
            place=Order.Place.WAITING, problem_code="", problem={}
        )
        renew_wishes([order.pk], now)
    return True


def _corrected(order: Order, role: OrderAddress.Role, fields: Mapping[str, str]) -> OrderAddress:
    row = OrderAddress.objects.filter(order=order, role=role).first() or OrderAddress(order=order, role=role)
    for name, value in fields.items():
        setattr(row, name, value)
    found = normalised(canonical_address(row))
    row.street, row.house_number = found.street, found.house_number
    row.house_number_addition, row.supplement = found.house_number_addition, found.supplement
    return row
