"""What the pages show, read in a constant number of statements. Every query starts from the company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast

from django.db.models import FilteredRelation, Prefetch, Q, QuerySet

from accounts.models import Company
from accounts.paging import ChainedPages
from connections.models import OrderConnection
from connections.starting import FROM_ACCOUNT, FROM_MARKETPLACE, FROM_SHOP
from engine.models import Exchange, Lane, OutboxMessage, SyncCursor, SyncRun, UnreadableRecord
from orders.accounts import Untaken, untaken_orders
from orders.models import Order, OrderAddress, OrderDocument, OrderEvent, ReturnLine, Shipment, ShipmentLine
from web.orders.query import orders_of, troubled
from web.overview.query import places

PER_PAGE = 50
MOVING = {
    OutboxMessage.State.QUEUED,
    OutboxMessage.State.SENDING,
    OutboxMessage.State.SUBMITTED,
    OutboxMessage.State.UNKNOWN,
}
MOST_UNTAKEN = 50


def returned_lines(company: Company) -> ChainedPages:
    """Return what is sent back, the undecided first, then the newest."""
    lines = ReturnLine.objects.filter(registered_return__company=company)
    related = lines.select_related("registered_return__connection", "order_line__order")
    newest = related.order_by("-registered_return__registered_at", "-registered_return", "-pk")
    new = Q(state=ReturnLine.State.NEW)
    return ChainedPages(newest.filter(new), newest.exclude(new), PER_PAGE)


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
    troubled = {lane.key: lane for lane in company.lanes.exclude(state=Lane.State.OPEN)}
    read_at = dict(
        company.cursors.filter(feed="orders").values_list("owner_id", "last_success_at")  # one for each account
    )
    placed = places(company)
    return [
        _card(connection, troubled, read_at.get(connection.account_id), placed.get(connection.pk, {}))
        for connection in connections
    ]


def _card(
    connection: OrderConnection, troubled: dict[str, Lane], last_success: datetime | None, placed: dict[str, int]
) -> ConnectionCard:
    archived = connection.state == OrderConnection.State.ARCHIVED
    lanes = [troubled[key] for key in connection.lanes if key in troubled and not archived]
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


def troubled_orders(company: Company, limit: int = 8) -> list[Order]:
    return list(troubled(company)[:limit])


def troubled_shipments(company: Company, limit: int = 8) -> list[Shipment]:
    stuck = company.shipments.filter(state=Shipment.State.NEEDS_ATTENTION)
    return list(stuck.select_related("order").order_by("-pk")[:limit])


@dataclass(frozen=True, slots=True)
class OrderDetails:
    order: Order
    addresses: Sequence[OrderAddress]
    messages: Sequence[OutboxMessage]
    exchanges: Sequence[Exchange]
    papers: Sequence[OrderDocument]

    @property
    def stuck(self) -> bool:
        """Whether a step waits for a person, who may have it tried again."""
        return any(message.state in OutboxMessage.STUCK for message in self.messages)

    @property
    def difference(self) -> Decimal | None:
        """What the shop's total is more than the marketplace's; None when they agree, or are not both known."""
        in_shop = self.order.shop_order_total
        return None if in_shop in {None, self.order.total} else cast(Decimal, in_shop) - self.order.total


def order_details(company: Company, pk: int) -> OrderDetails | None:
    """Return one order with everything that belongs to it, None when the company has no such order.

    Nine statements at most: its addresses, at most one of a role, come with it.
    """
    roles = OrderAddress.Role.values
    found = (
        orders_of(company)
        .filter(pk=pk)
        .annotate(**{role: FilteredRelation("addresses", condition=Q(addresses__role=role)) for role in roles})
        .select_related("connection__account", "connection__project__shop", *roles)
        .prefetch_related(
            "lines__return_lines",
            Prefetch("events", OrderEvent.objects.select_related("actor").order_by("pk")),
            "shipments",
            Prefetch("shipments__lines", ShipmentLine.objects.select_related("order_line").order_by("pk")),
        )
        .first()
    )
    if found is None:
        return None
    messages = company.outbox_messages.filter(subject=found.subject).order_by("pk")
    exchanges = company.exchanges.filter(subject=found.subject).order_by("-pk")[:30]
    kept = any(event.code == "document_kept" for event in found.events.all())
    papers = list(found.documents.order_by("pk").defer("content")) if kept else []
    addresses = [address for role in roles if (address := getattr(found, role)) is not None]
    return OrderDetails(found, addresses, list(messages), list(exchanges), papers)


def steps_of(order: Order) -> Sequence[OutboxMessage]:
    """Return the messages about an order, the oldest first."""
    return list(OutboxMessage.objects.filter(company=order.company_id, subject=order.subject).order_by("pk"))


def moving(messages: Sequence[OutboxMessage]) -> bool:
    """Whether something is still on its way."""
    return any(message.state in MOVING for message in messages)


@dataclass(frozen=True, slots=True)
class ConnectionDetails:
    card: ConnectionCard
    cursors: Sequence[SyncCursor]
    runs: Sequence[SyncRun]
    unreadable: Sequence[UnreadableRecord]
    untaken: Sequence[Untaken]


def connection_details(company: Company, pk: int) -> ConnectionDetails | None:
    card = connection_card(company, pk)
    if card is None:
        return None
    shop = card.connection.project.shop
    mine = (
        Q(feed__in=FROM_ACCOUNT, owner_id=card.connection.account_id)
        | Q(feed__in=FROM_MARKETPLACE, owner_id=pk)
        | Q(feed__in=FROM_SHOP, owner_id=shop.pk)
    )
    cursors = list(company.cursors.filter(mine).order_by("feed"))
    runs = SyncRun.objects.filter(cursor__in=cursors).select_related("cursor").order_by("-started_at")[:12]
    unreadable = UnreadableRecord.objects.filter(cursor__in=cursors, resolved_at=None).select_related("cursor")[:50]
    return ConnectionDetails(
        card, cursors, list(runs), list(unreadable), untaken_orders(card.connection.account, MOST_UNTAKEN)
    )
