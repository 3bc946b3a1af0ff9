"""The feed `orders`: reads what a marketplace account has, once for all of its connections."""

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
from orders.models import RemoteOrder
from orders.reading.accounts import Reading, import_remote, known_orders, readings
from orders.reading.lookups import look_up

ON_ITS_WAY = timedelta(days=14)  # what a marketplace ships itself left its warehouse by then
OF_CONNECTIONS = "connection_orders"


@dataclass(frozen=True, slots=True)
class OrdersWalk:
    """`fulfilment` is None where both are read; `first` says that the account was not read whole yet."""

    reading: Reading
    marketplace: Marketplace
    fulfilment: Fulfilment | None
    first: bool = False
    of_account: bool = True

    def start(self, now: datetime) -> datetime:
        return min(self._start_for(connection, now) for connection in self.reading.connections.values())

    def _start_for(self, connection: OrderConnection, now: datetime) -> datetime:
        history = now - self.marketplace.spec.history
        if connection.fulfilment == Fulfilment.MARKETPLACE:
            history = max(history, now - ON_ITS_WAY)
        return max(connection.activated_from or history, history)

    def sweep_from(self, now: datetime) -> datetime:
        return now - self.marketplace.spec.sweep

    def pages(
        self, changed_since: datetime, resume: str, known: Callable[[Mapping[str, str]], AbstractSet[str]]
    ) -> Iterator[Page[Order]]:
        return self.marketplace.fetch_orders(changed_since, self.fulfilment, known, resume)

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        return known_orders(self.reading, fingerprints)

    def identify(self, item: Order) -> str:
        return item.order_id

    def apply(self, items: Sequence[Order], now: datetime) -> Mapping[str, int]:
        return import_remote(self.reading, items, now)

    def finish(self, met: Met | None, now: datetime) -> None:
        """After a whole walk the account needs no cursors of its connections any more; and what is gone is looked up.

        An order that was open and is not listed among the open ones any more is read by its id.
        """
        if not self.of_account:
            return
        account = self.reading.account
        if self.first:
            mine = account.order_connections.values("pk")
            SyncCursor.objects.filter(feed=OF_CONNECTIONS, active=True, owner_id__in=mine).update(active=False)
        if met is None or not self.marketplace.spec.lists_open or not self.reading.has_open:
            return
        open_ones = RemoteOrder.objects.filter(account=account, is_open=True).values_list("pk", "marketplace_order_id")
        gone = [pk for pk, order_id in open_ones.iterator() if order_id not in met]
        look_up(account, gone, now)


class OrdersFeed:
    name = "orders"
    overlap_seconds = 15 * 60
    lists_all = True

    def open(self, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, OrdersWalk]:
        found = readings({cursor.owner_id for cursor in cursors})
        return {
            cursor.pk: OrdersWalk(
                reading,
                open_account(reading.account, logs[cursor.pk]),
                reading.fulfilment,
                first=cursor.covers_from is None,
            )
            for cursor in cursors
            if (reading := found.get(cursor.owner_id))
        }


class ConnectionOrdersFeed:
    """Cursors from when each connection was read for itself; they go on until its account was read whole."""

    name = OF_CONNECTIONS
    overlap_seconds = OrdersFeed.overlap_seconds
    lists_all = False

    def open(self, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, OrdersWalk]:
        accounts = dict(
            OrderConnection.objects.filter(pk__in=[cursor.owner_id for cursor in cursors]).values_list("pk", "account")
        )
        found = readings(set(accounts.values()))
        walks = {}
        for cursor in cursors:
            reading = found.get(accounts.get(cursor.owner_id) or 0)
            if reading and (connection := reading.connections.get(cursor.owner_id)):
                marketplace = open_account(reading.account, logs[cursor.pk])
                walks[cursor.pk] = OrdersWalk(reading, marketplace, Fulfilment(connection.fulfilment), of_account=False)
        return walks
