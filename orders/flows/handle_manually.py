"""A person says that an order was, or will be, put into the shop by hand."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from orders.copies import renew_wishes
from orders.decisions import Kind, decide
from orders.history import event
from orders.locking import lock_order
from orders.models import Order
from orders.placing import end_test, pieces_of
from stock import ledger


def handle_manually(*, order: Order, now: datetime, by: User | None) -> bool:
    """Take the order off our hands; False when it is in the shop already. Nothing more is sent of it."""
    with transaction.atomic():
        loaded = lock_order(order)
        outside = Order.objects.filter(pk=order.pk, handled_manually=False).exclude(place=Order.Place.IN_SHOP)
        if not outside.update(handled_manually=True, place=Order.Place.NOT_SENT, problem_code="", problem={}):
            return False
        decide(order, Kind.HANDLED_BY_HAND, now, by)
        renew_wishes([order.pk], now)
        ledger.release(pieces=pieces_of(loaded), taken_by_shop=True, now=now)
        end_test(loaded, given_back=True, now=now)
        event(order, "handled_manually", now, actor=by).save()
    return True
