"""A person accepts an order as the shop has it, although it differs from the marketplace's."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from adapterkit import records
from adapterkit.records import ShopOrderState
from engine import outbox
from engine.models import OutboxMessage
from orders import messages
from orders.history import event
from orders.locking import lock_order
from orders.models import Order, OrderEvent
from orders.placing import placed_in_shop

DIFFERENCES = frozenset(
    {
        "made_currency_differs",
        "made_product_missing",
        "made_lines_differ",
        "made_total_differs",
        "shop_reference_missing",
    }
)
NOT_OPEN = frozenset({"", ShopOrderState.INERT, ShopOrderState.CANCELLED, ShopOrderState.REFUNDED})


def may_accept(order: Order) -> bool:
    """Whether the order stands in the shop, active, and waits only because it differs there.

    A test order that could not be found again proves nothing, so it is not accepted.
    """
    waits = order.place == Order.Place.NEEDS_ATTENTION and order.problem_code in DIFFERENCES
    there = bool(order.shop_order_id) and order.shop_order_state not in NOT_OPEN
    return waits and there and not (order.is_test and order.problem_code == "shop_reference_missing")


def accept_shop_order(*, order: Order, now: datetime, by: User | None) -> bool:
    """Let the order go on as the shop has it; False, with nothing changed, when it does not wait for that."""
    with transaction.atomic():
        loaded = lock_order(order)
        if not may_accept(loaded.order):
            return False
        waiting = OutboxMessage.objects.filter(
            kind__in=[messages.CREATE, messages.ACTIVATE],
            record_id=order.pk,
            state=OutboxMessage.State.NEEDS_ATTENTION,
        )
        # One that is being tried again right now is left alone: what it finds decides.
        if not outbox.discard(waiting, "accepted_as_in_shop", now):
            return False
        number = loaded.order.shop_order_number
        was = {**loaded.order.problem, "number": number, "problem_code": loaded.order.problem_code}
        OrderEvent.objects.bulk_create(
            [
                event(loaded.order, "accepted_as_in_shop", now, actor=by, **was),
                *placed_in_shop(loaded, _as_stored(loaded.order), now),
            ]
        )
        write_audit(order.company, by, "order_accepted", f"order:{order.pk}", now, name=order.reference, number=number)
    return True


def _as_stored(order: Order) -> records.ShopOrder:
    """Return the shop's order as far as it was written down."""
    return records.ShopOrder(
        shop_order_id=order.shop_order_id,
        number=order.shop_order_number,
        reference=order.reference,
        state=ShopOrderState(order.shop_order_state),
        total=order.shop_order_total or Decimal(0),
        currency=order.currency,
        priced=order.shop_order_total is not None,
        lines=(),
        url=order.shop_order_url,
    )
