"""Support sets a connection's activation date back: exactly what was picked comes in, if still to be shipped."""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from adapterkit import records
from adapterkit.records import Fulfilment
from connections.adapters import open_account
from connections.models import OrderConnection
from orders.importing import import_orders, is_ours
from orders.models import LeftOut, Order
from orders.routing import halves


class NotEarlier(Exception):
    """The date is not before the present one, or the connection was never activated."""


class NotShown(Exception):
    """There are orders by now that nobody has decided about."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order at the marketplace that is still to be shipped. `known` is our own record of it, if there is one.

    `comes_anyway`: it was placed since the present date, and is fetched without anybody's help.
    """

    order: records.Order
    known: Order | None
    comes_anyway: bool

    @property
    def open_question(self) -> bool:
        return self.known is None and not self.comes_anyway


def candidates(*, connection: OrderConnection, since: datetime) -> list[Candidate]:
    """Ask the marketplace which orders placed since then are still to be shipped, the oldest first.

    Nothing is stored. Raises `NotEarlier` and the adapter's errors.
    """
    _check(connection, since)
    earlier = copy.copy(connection)
    earlier.activated_from = since
    marketplace = open_account(connection.account)
    found: dict[str, records.Order] = {}
    fulfilment = Fulfilment(connection.fulfilment)
    for page in marketplace.fetch_orders(since, fulfilment):
        mine = [half for order in page.items if (half := halves(order).get(fulfilment))]
        found.update({order.order_id: order for order in mine if is_ours(earlier, order)})
    known = {
        order.marketplace_order_id: order
        for order in Order.objects.filter(connection=connection, marketplace_order_id__in=list(found))
    }
    ordered = sorted(found.values(), key=lambda order: (order.placed_at, order.order_id))
    present = cast(datetime, connection.activated_from)  # see `_check`
    return [Candidate(order, known.get(order.order_id), order.placed_at >= present) for order in ordered]


def set_activation_date(
    *,
    connection: OrderConnection,
    since: datetime,
    shown: Collection[str],
    picked: Collection[str],
    reason: str,
    now: datetime,
    by: User | None,
) -> int:
    """Move the date back and import what was picked of what was shown; return how many orders came in.

    What was shown and not picked stays out for good, although it was placed after the new date. Raises `NotEarlier`,
    `NotShown` where an order appeared since, and the adapter's errors, with nothing changed.
    """
    fresh = [found.order for found in candidates(connection=connection, since=since) if found.open_question]
    if any(order.order_id not in shown for order in fresh):
        raise NotShown
    wanted = [order for order in fresh if order.order_id in picked]
    left = [order.order_id for order in fresh if order.order_id not in picked]
    with transaction.atomic():
        unchanged = OrderConnection.objects.filter(pk=connection.pk, activated_from=connection.activated_from)
        if not unchanged.update(activated_from=since, leaves_out=connection.leaves_out or bool(left)):
            raise NotEarlier
        LeftOut.objects.bulk_create(
            (LeftOut(connection=connection, marketplace_order_id=order_id, at=now) for order_id in left),
            ignore_conflicts=True,
        )
        before, subject = connection.activated_from, f"connection:{connection.pk}"
        connection.refresh_from_db()
        count = import_orders(connection=connection, orders=wanted, now=now)["imported"]
        about = {"name": connection.name, "since": since, "before": before, "reason": reason, "count": count}
        write_audit(connection.company, by, "activation_date_set", subject, now, **about)
    return count


def _check(connection: OrderConnection, since: datetime) -> None:
    if connection.activated_from is None or since >= connection.activated_from:
        raise NotEarlier
