"""The feed `named_orders`: reads orders by their ids: those that a marketplace does not list as open any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from adapterkit.errors import MalformedResponse, NotFound
from adapterkit.marketplace import Marketplace
from adapterkit.payload import why_unread
from adapterkit.records import Order, Page, Unreadable
from connections.adapters import open_account
from engine.cursors import wake
from engine.models import SyncCursor
from engine.registry import ExchangeLog
from engine.walked import Met
from orders.models import RemoteOrder
from orders.reading.accounts import Reading, import_remote, readings
from orders.reading.lookups import NAMED

PER_PAGE, PER_WALK = 10, 200  # orders


@dataclass(slots=True)
class NamedOrdersWalk:
    """`gone` are those that the marketplace does not know any more."""

    reading: Reading
    marketplace: Marketplace
    order_ids: Sequence[str]
    asked: list[str] = field(default_factory=list)

    def start(self, now: datetime) -> datetime:
        return now

    def sweep_from(self, now: datetime) -> None:
        """Every walk reads what is wanted and not read yet."""

    def pages(
        self, changed_since: datetime, resume: str, known: Callable[[Mapping[str, str]], AbstractSet[str]]
    ) -> Iterator[Page[Order | str]]:
        for first in range(0, len(self.order_ids), PER_PAGE):
            yield self._page(self.order_ids[first : first + PER_PAGE])

    def _page(self, order_ids: Sequence[str]) -> Page[Order | str]:
        """Read so many orders; of one that is gone there is but its id."""
        found: list[Order | str] = []
        unreadable: list[Unreadable] = []
        for order_id in order_ids:
            try:
                found.append(self.marketplace.fetch_order(order_id))
            except NotFound:
                found.append(order_id)
            except MalformedResponse as error:
                found.append(order_id)
                unreadable.append(Unreadable(record_id=order_id, reason=why_unread(error)))
        return Page(items=tuple(found), unreadable=tuple(unreadable))

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        return frozenset()

    def identify(self, item: Order | str) -> str:
        return item if isinstance(item, str) else item.order_id

    def apply(self, items: Sequence[Order | str], now: datetime) -> Mapping[str, int]:
        """Store what came; what is gone is not open any more, and is not asked for again."""
        gone = [item for item in items if isinstance(item, str)]
        rows = RemoteOrder.objects.filter(account=self.reading.account, marketplace_order_id__in=gone)
        rows.update(wanted_at=None, is_open=False)
        return import_remote(self.reading, [item for item in items if not isinstance(item, str)], now)

    def finish(self, met: Met | None, now: datetime) -> None:
        """Go on at once where more is wanted than one walk reads."""
        if len(self.order_ids) == PER_WALK:
            wake(feed=NAMED, owner_id=self.reading.account.pk, now=now)


class NamedOrdersFeed:
    name = NAMED
    overlap_seconds = 0
    lists_all = False

    def open(self, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, NamedOrdersWalk]:
        found = readings({cursor.owner_id for cursor in cursors})
        return {
            cursor.pk: NamedOrdersWalk(reading, open_account(reading.account, logs[cursor.pk]), _wanted(reading))
            for cursor in cursors
            if (reading := found.get(cursor.owner_id))
        }


def _wanted(reading: Reading) -> Sequence[str]:
    wanted = RemoteOrder.objects.filter(account=reading.account, wanted_at__isnull=False).order_by("wanted_at", "pk")
    return list(wanted.values_list("marketplace_order_id", flat=True)[:PER_WALK])
