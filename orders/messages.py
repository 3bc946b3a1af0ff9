"""The messages that orders cause: their kinds, keys and lanes in one place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import QuerySet

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
LOOK_FOR_DOUBLES = "look_for_doubles"
LOOK_AFTER = (timedelta(hours=1), timedelta(days=1))  # an order whose creation was uncertain came into the shop
TO_BE_ACKNOWLEDGED = "to_be_acknowledged"  # why an order waits that the platform's own program fetches
ANSWER_RETURN = "answer_return"
CREATE_RETURN = "create_shop_return"


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


def look_for_doubles(order: Order, connection: OrderConnection, now: datetime) -> list[outbox.Draft]:
    """Look again later, twice; under a subject of its own, because nothing else of the order waits for that."""
    return [
        replace(
            _draft(LOOK_FOR_DOUBLES, order, connection.project.shop.lane, order.pk, now + after, suffix=f":{place}"),
            subject=f"{order.subject}:doubles",
        )
        for place, after in enumerate(LOOK_AFTER, start=1)
    ]


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


def create_shop_return(line: ReturnLine, order: Order, connection: OrderConnection, now: datetime) -> outbox.Draft:
    """Tell the shop of a returned line; under a subject of its own: nothing else of the order waits for that."""
    draft = _draft(CREATE_RETURN, order, connection.project.shop.lane, line.pk, now)
    return replace(draft, subject=f"{order.subject}:returns")


def discard_creation(order_ids: Collection[int], now: datetime) -> None:
    """Give up what was not sent yet of orders that are no longer wanted; what may have arrived is looked for."""
    if order_ids:
        creations = OutboxMessage.objects.filter(kind=CREATE, record_id__in=order_ids)
        outbox.discard(creations.filter(look_first=False), "no_longer_wanted", now)
        waiting = (OutboxMessage.State.HELD, OutboxMessage.State.NEEDS_ATTENTION)
        outbox.requeue(creations.filter(look_first=True, state__in=waiting), now)


def waiting_for_acknowledgement() -> QuerySet[OutboxMessage]:
    """Return the creations that the platforms' own programs have not acknowledged yet."""
    return OutboxMessage.objects.filter(kind=CREATE, state=OutboxMessage.State.HELD, problem_code=TO_BE_ACKNOWLEDGED)


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
