"""Support sets a connection's activation date back: exactly what was picked comes in, if still to be shipped."""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from adapterkit import records
from adapterkit.errors import NotFound
from connections.adapters import open_account
from connections.models import OrderConnection
from engine.cursors import reach_back
from engine.models import SyncCursor
from marketplaces.registry import marketplace
from orders import routing
from orders.models import Exclusion, Order, RemoteOrder
from orders.reading.storing import import_orders, is_ours, rule_of


class NotEarlier(Exception):
    """The date is not before the present one, or the connection was never activated."""


class NotShown(Exception):
    """There are orders by now that nobody has decided about."""


class NotReadYet(Exception):
    """The marketplace's orders of that time are still to be read."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order that is still to be shipped, with the lines that would come in. `known` is our own record of it, if any.

    `comes_anyway`: it was placed since the present date, and is fetched without anybody's help.
    """

    remote: RemoteOrder
    lines: Sequence[routing.LineFacts]
    known: Order | None
    comes_anyway: bool

    @property
    def order_id(self) -> str:
        return self.remote.marketplace_order_id

    @property
    def open_question(self) -> bool:
        return self.known is None and not self.comes_anyway


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come in, as far as the marketplace was read at `as_of`; None when it never was.

    `complete` says that it was read as far back as is asked for; where not, it is about to be.
    """

    candidates: Sequence[Candidate]
    as_of: datetime | None
    complete: bool


def preview(*, connection: OrderConnection, since: datetime, now: datetime) -> Preview:
    """Return which orders placed since then are still to be shipped, the oldest first, from what was read already.

    Where the account was not read that far back, this is seen to. Raises `NotEarlier`.
    """
    if connection.activated_from is None or since >= connection.activated_from:
        raise NotEarlier
    cursor = SyncCursor.objects.filter(feed="orders", owner_id=connection.account_id).first()
    reached = cursor.covers_from if cursor else None
    spec = marketplace(connection.account.marketplace).spec
    complete = reached is not None and (spec.lists_open or reached <= max(since, now - spec.history))
    if not complete:
        reach_back(feed="orders", owner_id=connection.account_id, since=max(since, now - spec.history), now=now)
    return Preview(_candidates(connection, since), cursor.last_success_at if cursor else None, complete)


def _candidates(connection: OrderConnection, since: datetime) -> list[Candidate]:
    earlier = rule_of(_activated(connection, since))
    rows = RemoteOrder.objects.filter(account=connection.account, is_open=True, placed_at__gte=since)
    found: dict[str, tuple[RemoteOrder, Sequence[routing.LineFacts]]] = {}
    for row in rows.order_by("placed_at", "marketplace_order_id"):
        facts = routing.restored(row.placed_at, row.country, row.lines)
        taken = routing.route(facts, [earlier]).get(connection.pk, ())
        if lines := [line for line in facts.lines if line.line_id in taken and line.open]:
            found[row.marketplace_order_id] = (row, lines)
    mine = Order.objects.filter(connection=connection, marketplace_order_id__in=list(found))
    known = {order.marketplace_order_id: order for order in mine}
    present = cast(datetime, connection.activated_from)  # see `preview`
    return [
        Candidate(row, lines, known.get(order_id), row.placed_at >= present) for order_id, (row, lines) in found.items()
    ]


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

    Each of them is read anew, and comes in if it is still to be shipped. What was shown and not picked stays out for
    good, although it was placed after the new date. Raises `NotEarlier`, `NotShown` where an order appeared since,
    `NotReadYet`, and the adapter's errors, with nothing changed.
    """
    seen = preview(connection=connection, since=since, now=now)
    if not seen.complete:
        raise NotReadYet
    fresh = [candidate.remote for candidate in seen.candidates if candidate.open_question]
    if any(remote.marketplace_order_id not in shown for remote in fresh):
        raise NotShown
    wanted = _read(connection, since, [one.marketplace_order_id for one in fresh if one.marketplace_order_id in picked])
    left = [remote for remote in fresh if remote.marketplace_order_id not in picked]
    with transaction.atomic():
        unchanged = OrderConnection.objects.filter(pk=connection.pk, activated_from=connection.activated_from)
        if not unchanged.update(activated_from=since, leaves_out=connection.leaves_out or bool(left)):
            raise NotEarlier
        Exclusion.objects.bulk_create(
            (Exclusion(connection=connection, remote_order=remote, at=now) for remote in left), ignore_conflicts=True
        )
        before, subject = connection.activated_from, f"connection:{connection.pk}"
        connection.refresh_from_db()
        count = import_orders(connection=connection, orders=wanted, now=now)["imported"]
        about = {"name": connection.name, "since": since, "before": before, "reason": reason, "count": count}
        write_audit(connection.company, by, "activation_date_set", subject, now, **about)
    return count


def _read(connection: OrderConnection, since: datetime, order_ids: Sequence[str]) -> list[records.Order]:
    """Read orders as they are now; those that are gone or shipped by now are left out."""
    seller, earlier = open_account(connection.account), _activated(connection, since)
    found = []
    for order_id in order_ids:
        try:
            order = seller.fetch_order(order_id)
        except NotFound:
            continue
        half = routing.halves(order).get(records.Fulfilment(connection.fulfilment))
        if half is not None and is_ours(earlier, half):
            found.append(half)
    return found


def _activated(connection: OrderConnection, since: datetime) -> OrderConnection:
    earlier = copy.copy(connection)
    earlier.activated_from = since
    return earlier
