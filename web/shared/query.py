"""What several pages read: orders, and connections at a glance. Every query starts from the company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Company, Membership
from connections.models import OrderConnection
from engine.models import Lane
from orders.models import Order
from orders.models.order import TROUBLED

OPEN = (Order.Status.PENDING, Order.Status.OPEN, Order.Status.PARTIALLY_SHIPPED)


def orders_of(company: Company) -> QuerySet[Order]:
    return company.orders.select_related("connection").order_by("-placed_at", "-pk")


def troubled(company: Company) -> QuerySet[Order]:
    """Orders that wait for a person themselves; those of which a parcel does are not among them."""
    return orders_of(company).filter(TROUBLED)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One side of a connection (`shop` or `marketplace`) `needs_reconnecting`, or is `down` and tried again then."""

    state: str
    side: str
    since: datetime | None
    next_try: datetime | None


@dataclass(frozen=True, slots=True)
class ConnectionCard:
    """A connection with what a merchant wants to know of it at a glance. The counts are of orders still to ship."""

    connection: OrderConnection
    state: str
    troubles: Sequence[Trouble]
    last_success: datetime | None
    waiting: int
    in_shop: int
    attention: int


def connection_cards(company: Company) -> list[ConnectionCard]:
    """Return every connection that is not archived; four statements."""
    return _cards(company, company.order_connections.exclude(state=OrderConnection.State.ARCHIVED))


def connection_card(company: Company, pk: int) -> ConnectionCard | None:
    """Return one connection, an archived one included; None when the company has no such connection."""
    return next(iter(_cards(company, company.order_connections.filter(pk=pk))), None)


def _cards(company: Company, chosen: QuerySet[OrderConnection]) -> list[ConnectionCard]:
    connections = list(
        chosen.select_related("account", "carrier_plan", "project__shop", "project__carrier_plan", "company").order_by(
            "name"
        )
    )
    closed = {lane.key: lane for lane in company.lanes.exclude(state=Lane.State.OPEN)}
    read_at = dict(
        company.cursors.filter(feed="orders").values_list("owner_id", "last_success_at")  # one for each account
    )
    placed = _places(company)
    return [
        _card(connection, closed, read_at.get(connection.account_id), placed.get(connection.pk, {}))
        for connection in connections
    ]


def _card(
    connection: OrderConnection, closed: dict[str, Lane], last_success: datetime | None, placed: dict[str, int]
) -> ConnectionCard:
    archived = connection.state == OrderConnection.State.ARCHIVED
    lanes = [closed[key] for key in connection.lanes if key in closed and not archived]
    troubles = [
        Trouble(
            "needs_reconnecting" if lane.state == Lane.State.REFUSED else "down",
            "marketplace" if lane.key == connection.account.lane else "shop",
            lane.since,
            lane.closed_until,
        )
        for lane in sorted(lanes, key=lambda lane: lane.state != Lane.State.REFUSED)
    ]
    running = connection.state == OrderConnection.State.ACTIVE
    state = troubles[0].state if troubles and running else str(connection.state)
    counts = [placed.get(place, 0) for place in (Order.Place.WAITING, Order.Place.IN_SHOP, Order.Place.NEEDS_ATTENTION)]
    return ConnectionCard(connection, state, troubles, last_success, *counts)


def _places(company: Company) -> dict[Any, dict[str, int]]:
    """Return for each connection how many open orders are in each place; one statement."""
    rows = company.orders.filter(is_test=False, status__in=OPEN).values_list("connection", "place")
    found: dict[Any, dict[str, int]] = {}
    for connection, place, count in rows.annotate(count=Count("pk")):
        found.setdefault(connection, {})[place] = count
    return found


def own_connection(member: Membership, pk: int) -> OrderConnection:
    """Return a connection of the company with all that its pages need; 404 for any other."""
    related = ("account", "company", "carrier_plan", "project__shop", "project__carrier_plan", "project__company")
    return get_object_or_404(member.company.order_connections.select_related(*related), pk=pk)
