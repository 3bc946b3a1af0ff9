"""A person accepts an order as the shop has it, although it differs from the marketplace's."""

from __future__ import annotations

from dataclasses import replace
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
from orders.copies import renew_wishes
from orders.decisions import Kind, decide
from orders.history import event
from orders.loading import LoadedOrder
from orders.locking import lock_order
from orders.models import Order
from orders.placing import Placements, end_test
from orders.wishes import InShop, Made, Place, ShopWish

MADE_DIFFERENTLY = frozenset(
    {
        "made_currency_differs",
        "made_product_missing",
        "made_lines_differ",
        "made_total_differs",
        "shop_reference_missing",
    }
)
CANCELLED_THERE = "cancel_it_yourself"
TO_BE_DONE_THERE = frozenset({"lines_to_take_out", "address_to_correct", CANCELLED_THERE})
NOT_OPEN = frozenset({"", ShopOrderState.INERT, ShopOrderState.CANCELLED, ShopOrderState.REFUNDED})


def may_accept(order: Order) -> bool:
    """Whether the order stands in the shop, active, and is not as it should be there.

    A test order that could not be found again proves nothing, so it is not accepted.
    """
    waits = order.place == Order.Place.NEEDS_ATTENTION and order.problem_code in MADE_DIFFERENTLY
    stands = order.place == Order.Place.IN_SHOP
    behind = (stands and order.problem_code in TO_BE_DONE_THERE) or _cancelled_there(order)
    there = bool(order.shop_order_id) and order.shop_order_state not in NOT_OPEN
    unfindable = order.is_test and order.problem_code == "shop_reference_missing"
    return (waits or behind) and there and not unfindable


def _cancelled_there(order: Order) -> bool:
    """Whether only the merchant can cancel it there, or the shop refused to: one that was shipped stays so."""
    refused = order.problem_code == "rejected" and order.copy.wish["place"] == Place.CANCELLED
    return refused or order.problem_code == CANCELLED_THERE


def accept_shop_order(*, order: Order, now: datetime, by: User | None) -> bool:
    """Let the order be as the shop has it; False, with nothing changed, when it does not wait for that.

    It is accepted for what is wanted of it now: what changes later is looked at anew.
    """
    with transaction.atomic():
        loaded = lock_order(order)
        waiting = OutboxMessage.objects.filter(
            kind=messages.SHOP_ORDER, record_id=order.pk, state=OutboxMessage.State.NEEDS_ATTENTION
        )
        # One that is being tried again right now is left alone: what it finds decides.
        if not may_accept(loaded.order) or not outbox.finish(waiting, now):
            return False
        number = loaded.order.shop_order_number
        was = {**loaded.order.problem, "number": number, "problem_code": loaded.order.problem_code}
        placements = Placements(now, [event(loaded.order, "accepted_as_in_shop", now, actor=by, **was)])
        decide(order, Kind.ACCEPTED_DIFFERENCE, now, by, version=loaded.copy.version, **was)
        _acknowledge(loaded)
        if _cancelled_there(loaded.order):
            end_test(loaded, given_back=True, now=now)
            if loaded.order.place != Order.Place.IN_SHOP:
                loaded.order.place = Order.Place.NOT_SENT
            placements.mended(loaded.order)
        elif loaded.order.place == Order.Place.IN_SHOP:
            placements.mended(loaded.order)
        else:
            placements.place(loaded, _as_stored(loaded.order))
        placements.write()
        renew_wishes([order.pk], now)  # a hold that it caused ends
        write_audit(order.company, by, "order_accepted", f"order:{order.pk}", now, name=order.reference, number=number)
    return True


def _acknowledge(loaded: LoadedOrder) -> None:
    """Have the shop's order count as what is wanted of it, in what was shown to differ; more is told after that."""
    copy = loaded.copy
    wish, has = ShopWish.restored(copy.wish), InShop.restored(copy.acknowledged)
    if _cancelled_there(loaded.order):
        has = has.made_as(Made.CANCELLED, wish)
    elif loaded.order.problem_code == "address_to_correct":
        has = replace(has, address=wish.address)
    else:
        has = replace(has, made=Made.PLACED, pieces=wish.pieces)
    copy.acknowledged = has.stored
    copy.save(update_fields=["acknowledged"])


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
