"""The messages that orders cause: their kinds, keys and lanes in one place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from connections.models import OrderConnection
from engine import outbox
from engine.models import OutboxMessage
from orders.models import Cancellation, Order, ReturnLine, Shipment

CREATE = "create_shop_order"
ACTIVATE = "activate_shop_order"
CONFIRM = "confirm_shipment"
CANCEL_AT_MARKETPLACE = "cancel_at_marketplace"
CANCEL_IN_SHOP = "cancel_in_shop"
HOLD_IN_SHOP = "hold_in_shop"
DISCARD_INERT = "discard_inert_order"
ANSWER_RETURN = "answer_return"


def create_shop_order(order: Order, connection: OrderConnection, now: datetime, *, hold: str = "") -> outbox.Draft:
    return _draft(CREATE, order, connection.project.shop.lane, order.pk, now, hold=hold)


def activate_shop_order(order: Order, connection: OrderConnection, now: datetime) -> outbox.Draft:
    return _draft(ACTIVATE, order, connection.project.shop.lane, order.pk, now)


def cancel_in_shop(order: Order, connection: OrderConnection, now: datetime) -> outbox.Draft:
    return _draft(CANCEL_IN_SHOP, order, connection.project.shop.lane, order.pk, now)


def hold_in_shop(order: Order, connection: OrderConnection, now: datetime, *, hold: bool) -> outbox.Draft:
    """Put the shop's order on hold or release it: one message that reads the order's hold when it is sent."""
    moment = f"{now.timestamp():.0f}:{'hold' if hold else 'release'}"
    return _draft(HOLD_IN_SHOP, order, connection.project.shop.lane, order.pk, now, suffix=f":{moment}")


def discard_inert(order: Order, connection: OrderConnection, shop_order_id: str, now: datetime) -> outbox.Draft:
    """Remove an inert double of an order that another shop order was chosen for."""
    return _draft(DISCARD_INERT, order, connection.project.shop.lane, order.pk, now, suffix=f":{shop_order_id}")


def confirm_shipment(shipment: Shipment, connection: OrderConnection, *, due: datetime) -> outbox.Draft:
    return _draft(CONFIRM, shipment.order, connection.account.lane, shipment.pk, due)


def cancel_at_marketplace(cancellation: Cancellation, connection: OrderConnection, now: datetime) -> outbox.Draft:
    order = cancellation.order_line.order
    return _draft(CANCEL_AT_MARKETPLACE, order, connection.account.lane, cancellation.pk, now)


def answer_return(line: ReturnLine, now: datetime) -> outbox.Draft:
    registered = line.registered_return
    return outbox.Draft(
        company_id=registered.company_id,
        kind=ANSWER_RETURN,
        key=f"{ANSWER_RETURN}:{line.pk}",
        lane=registered.connection.account.lane,
        subject=f"return:{registered.pk}",
        record_id=line.pk,
        due=now,
    )


def discard_creation(order_ids: Collection[int], now: datetime) -> None:
    """Give up what was not sent yet of orders that are no longer wanted."""
    if order_ids:
        outbox.discard(OutboxMessage.objects.filter(kind=CREATE, record_id__in=order_ids), "no_longer_wanted", now)


def refresh_creation(orders: Sequence[Order], drafts: Sequence[outbox.Draft], now: datetime) -> None:
    """Let held creations go whose order is fine now; a new obstacle is found when they are sent."""
    fine = [order.pk for order in orders if order.place == Order.Place.WAITING and not order.hold and order.pk]
    posted = {draft.record_id for draft in drafts if draft.kind == CREATE}
    again = [pk for pk in fine if pk in posted]
    if again:
        held = (OutboxMessage.State.HELD, OutboxMessage.State.NEEDS_ATTENTION)
        outbox.requeue(OutboxMessage.objects.filter(kind=CREATE, record_id__in=again, state__in=held), now)


def _draft(
    kind: str, order: Order, lane: str, record_id: int, due: datetime, *, hold: str = "", suffix: str = ""
) -> outbox.Draft:
    return outbox.Draft(
        company_id=order.company_id,
        kind=kind,
        key=f"{kind}:{record_id}{suffix}",
        lane=lane,
        subject=order.subject,
        record_id=record_id,
        due=due,
        hold=hold,
    )
