"""One order with everything that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from django.db.models import FilteredRelation, Prefetch, Q

from accounts.models import Company
from engine.models import Exchange, OutboxMessage
from orders.models import Order, OrderAddress, OrderDocument, OrderEvent, ShipmentLine
from web.shared.query import orders_of


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
