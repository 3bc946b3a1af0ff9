"""A merchant cancels what is not shipped yet, here: marketplace and shop are told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.models import User
from adapterkit.capabilities import has
from adapterkit.marketplace import CancelsLines
from adapterkit.records import CancellationReason, Fulfilment
from engine import outbox
from marketplaces.registry import marketplace
from orders import messages
from orders.copies import renew_wishes
from orders.history import event
from orders.locking import lock_order
from orders.models import Cancellation, Order, OrderLine
from orders.placing import pieces_of
from stock import ledger


class OnlyWhole(Exception):
    """Lines cannot be cancelled apart: the marketplace takes whole orders only, or the platform may have all of it."""


def may_cancel(order: Order) -> bool:
    """Whether the marketplace takes cancellations of this order from us."""
    connection = order.connection
    able = has(marketplace(connection.account.marketplace), CancelsLines)
    closed = order.status in {Order.Status.SHIPPED, Order.Status.CANCELLED}
    return able and not closed and not order.is_test and connection.fulfilment == Fulfilment.MERCHANT


def cancel_order(
    *, order: Order, reason: CancellationReason, now: datetime, by: User | None, lines: Collection[int] = ()
) -> bool:
    """Cancel every piece that is still open, or those of some lines; False, with nothing changed, when there is none
    or it was asked before.

    `lines` are ids; none of them means all. A shop's order is cancelled with the last of its open lines; before that
    it is held there, and the merchant is told to take the others out. Raises `OnlyWhole`, with nothing changed.
    """
    with transaction.atomic():
        loaded = lock_order(order)
        order = loaded.order
        if not may_cancel(order):
            return False
        still_open = [line for line in order.lines.filter(cancellations=None) if line.quantity_open > 0]
        chosen = [line for line in still_open if not lines or line.pk in lines]
        if not chosen:
            return False
        part = len(chosen) < len(still_open)
        if part and not _divisible(order):
            raise OnlyWhole
        if order.place not in {Order.Place.IN_SHOP, Order.Place.NOT_SENT}:
            ledger.release(pieces=pieces_of(loaded, {line.pk for line in chosen}), taken_by_shop=False, now=now)
        drafts = [messages.cancel_at_marketplace(_note(line, reason, now), order.connection, now) for line in chosen]
        renew_wishes([order.pk], now)
        outbox.post(drafts, now)
        if part:
            names = [line.sku or line.title for line in chosen]
            event(order, "partly_cancelled_by_hand", now, actor=by, lines=names).save()
        else:
            event(order, "cancelled_by_hand", now, actor=by).save()
    return True


def _divisible(order: Order) -> bool:
    """A platform's own program that has not said so yet may have fetched the whole order already."""
    fetched = order.connection.project.shop.is_pulled and not order.shop_order_id
    return not fetched and not marketplace(order.connection.account.marketplace).spec.whole_order_cancellation


def _note(line: OrderLine, reason: CancellationReason, now: datetime) -> Cancellation:
    return Cancellation.objects.create(
        order_line=line,
        origin=Cancellation.Origin.MERCHANT,
        state=Cancellation.State.REPORTING,
        quantity=line.quantity_open,
        reason=reason,
        created_at=now,
    )
