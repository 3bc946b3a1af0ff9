"""The feed `orders`: reads what a connection's marketplace account has to ship."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapterkit.marketplace import Marketplace
from adapterkit.records import Fulfilment, Order, Page
from connections.adapters import open_account
from connections.models import OrderConnection
from engine.models import SyncCursor
from engine.registry import ExchangeLog
from engine.walked import Met
from orders.importing import import_orders, known_orders

ON_ITS_WAY = timedelta(days=14)  # what a marketplace ships itself left its warehouse by then


@dataclass(frozen=True, slots=True)
class OrdersWalk:
    connection: OrderConnection
    marketplace: Marketplace

    def start(self, now: datetime) -> datetime:
        history = now - self.marketplace.spec.history
        if self.connection.fulfilment == Fulfilment.MARKETPLACE:
            history = max(history, now - ON_ITS_WAY)
        return max(self.connection.activated_from or history, history)

    def sweep_from(self, now: datetime) -> datetime:
        return now - self.marketplace.spec.sweep

    def pages(
        self, changed_since: datetime, resume: str, known: Callable[[Mapping[str, str]], AbstractSet[str]]
    ) -> Iterator[Page[Order]]:
        return self.marketplace.fetch_orders(changed_since, Fulfilment(self.connection.fulfilment), known, resume)

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        return known_orders(self.connection, fingerprints)

    def identify(self, item: Order) -> str:
        return item.order_id

    def apply(self, items: Sequence[Order], now: datetime) -> Mapping[str, int]:
        return import_orders(connection=self.connection, orders=items, now=now)

    def finish(self, met: Met | None, now: datetime) -> None:
        """Nothing follows from the end of a walk."""


class OrdersFeed:
    name = "orders"
    overlap_seconds = 15 * 60
    lists_all = False

    def open(self, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, OrdersWalk]:
        active = OrderConnection.objects.filter(
            pk__in=[cursor.owner_id for cursor in cursors], state=OrderConnection.State.ACTIVE
        ).select_related("account", "project__shop")
        by_id = {connection.pk: connection for connection in active}
        return {
            cursor.pk: OrdersWalk(by_id[cursor.owner_id], open_account(by_id[cursor.owner_id].account, logs[cursor.pk]))
            for cursor in cursors
            if cursor.owner_id in by_id
        }
