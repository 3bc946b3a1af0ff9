"""What was read for a connection, and what could not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Company
from connections.starting import FROM_ACCOUNT, FROM_MARKETPLACE, FROM_SHOP
from engine.models import SyncCursor, SyncRun, UnreadableRecord
from orders.reading.accounts import Untaken, untaken_orders
from web.shared.query import ConnectionCard, connection_card

MOST_UNTAKEN = 50


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
