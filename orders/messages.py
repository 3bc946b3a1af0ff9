"""The messages that orders cause: their kinds, keys and lanes in one place."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import QuerySet

from connections.models import OrderConnection
from engine import outbox
from engine.models import OutboxMessage
from orders.models import Cancellation, Order, ReturnLine, Shipment

SHOP_ORDER = "shop_order"
ACCEPT = "accept_lines"
CONFIRM = "confirm_shipment"
CANCEL_AT_MARKETPLACE = "cancel_at_marketplace"
LOOK_FOR_DOUBLES = "look_for_doubles"
LOOK_AFTER = (timedelta(hours=1), timedelta(days=1))  # an order whose creation was uncertain came into the shop
TO_BE_ACKNOWLEDGED = "to_be_acknowledged"  # why an order waits that the platform's own program fetches
ANSWER_RETURN = "answer_return"
CREATE_RETURN = "create_shop_return"


def shop_order(order: Order, connection: OrderConnection, now: datetime, *, hold: str = "") -> outbox.Draft:
    """Have the shop's order brought in line; the two sides of an order wait for each other in nothing."""
    draft = _draft(SHOP_ORDER, order, connection.project.shop.lane, order.pk, now, hold=hold)
    return replace(draft, queue=f"{order.subject}:shop")


def look_for_doubles(order: Order, connection: OrderConnection, now: datetime) -> list[outbox.Draft]:
    """Look again later, twice; under a subject of its own, because nothing else of the order waits for that."""
    return [
        replace(
            _draft(LOOK_FOR_DOUBLES, order, connection.project.shop.lane, order.pk, now + after, suffix=f":{place}"),
            subject=f"{order.subject}:doubles",
        )
        for place, after in enumerate(LOOK_AFTER, start=1)
    ]


def accept_lines(order: Order, connection: OrderConnection, now: datetime) -> outbox.Draft:
    return _alone(_draft(ACCEPT, order, connection.account.lane, order.pk, now))


def confirm_shipment(shipment: Shipment, connection: OrderConnection, *, due: datetime) -> outbox.Draft:
    return _alone(_draft(CONFIRM, shipment.order, connection.account.lane, shipment.pk, due))


def cancel_at_marketplace(cancellation: Cancellation, connection: OrderConnection, now: datetime) -> outbox.Draft:
    order = cancellation.order_line.order
    return _alone(_draft(CANCEL_AT_MARKETPLACE, order, connection.account.lane, cancellation.pk, now))


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


def waiting_for_acknowledgement() -> QuerySet[OutboxMessage]:
    """Return the orders that the platforms' own programs have not acknowledged yet."""
    return OutboxMessage.objects.filter(
        kind=SHOP_ORDER, state=OutboxMessage.State.HELD, problem_code=TO_BE_ACKNOWLEDGED
    )


def _alone(draft: outbox.Draft) -> outbox.Draft:
    """A parcel or a cancellation is a record of its own at the marketplace: one that waits keeps no other waiting."""
    return replace(draft, queue=draft.key)


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
