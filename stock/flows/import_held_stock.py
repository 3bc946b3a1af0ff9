"""The feed `held_stock`: what a marketplace holds in its own warehouses. It is shown, and counted nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from adapterkit import records
from adapterkit.marketplace import FetchesHeldStock, Marketplace
from adapterkit.records import Page
from connections.adapters import open_account
from connections.models import OrderConnection
from engine.models import SyncCursor
from engine.registry import ExchangeLog
from engine.walked import Met
from stock.models import HeldStock
from stock.product_ids import products_by_reference

Place = tuple[str, str]  # the reference and the country
COLUMNS = ["product", "available", "reserved", "coming", "changed_at"]
AT_ONCE = 1000  # rows in one statement


@dataclass(frozen=True, slots=True)
class HeldStockWalk:
    connection: OrderConnection
    marketplace: Marketplace

    def start(self, now: datetime) -> datetime:
        return datetime.min.replace(tzinfo=now.tzinfo)

    def sweep_from(self, now: datetime) -> None:
        """Every walk reads everything."""

    def pages(
        self, changed_since: datetime, resume: str, known: Callable[[Mapping[str, str]], AbstractSet[str]]
    ) -> Iterator[Page[records.HeldStock]]:
        assert isinstance(self.marketplace, FetchesHeldStock)  # noqa: S101 - the cursor exists only then
        return self.marketplace.fetch_held_stock(resume)

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        return frozenset()

    def identify(self, item: records.HeldStock) -> str:
        return _name(item.sku, item.place)

    def apply(self, items: Sequence[records.HeldStock], now: datetime) -> Mapping[str, int]:
        """Store what is new or changed; what is not costs no write. May be repeated."""
        latest = {(item.sku, item.place): item for item in items}
        references = {reference for reference, _ in latest}
        products = products_by_reference(self.connection.project, references)
        stored = {
            (row.reference, row.place): _amounts(row)
            for row in HeldStock.objects.filter(connection=self.connection, reference__in=references)
        }
        rows = [self._row(place, item, products.get(place[0]), now) for place, item in latest.items()]
        changed = [row for row in rows if stored.get((row.reference, row.place)) != _amounts(row)]
        HeldStock.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["connection", "reference", "place"],
            update_fields=COLUMNS,
        )
        return {"held": len(changed)} if changed else {}

    def _row(self, place: Place, item: records.HeldStock, product_id: int | None, now: datetime) -> HeldStock:
        reference, country = place
        return HeldStock(
            connection=self.connection,
            product_id=product_id,
            reference=reference,
            place=country,
            available=item.available,
            reserved=item.reserved,
            coming=item.coming,
            changed_at=now,
        )

    def finish(self, met: Met | None, now: datetime) -> None:
        """Let go of what the marketplace lists no more."""
        if met is None:
            return
        rows = HeldStock.objects.filter(connection=self.connection).values_list("pk", "reference", "place")
        gone = [pk for pk, reference, place in rows.iterator() if _name(reference, place) not in met]
        for first in range(0, len(gone), AT_ONCE):
            HeldStock.objects.filter(pk__in=gone[first : first + AT_ONCE]).delete()


def _name(reference: str, place: str) -> str:
    return f"{place}:{reference}"


def _amounts(row: HeldStock) -> tuple[int | None, int, int, int]:
    return row.product_id, row.available, row.reserved, row.coming


class HeldStockFeed:
    name = "held_stock"
    overlap_seconds = 0
    lists_all = True

    def open(self, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, HeldStockWalk]:
        active = OrderConnection.objects.filter(
            pk__in=[cursor.owner_id for cursor in cursors], state=OrderConnection.State.ACTIVE
        ).select_related("account", "project")
        by_id = {connection.pk: connection for connection in active}
        return {
            cursor.pk: HeldStockWalk(
                by_id[cursor.owner_id], open_account(by_id[cursor.owner_id].account, logs[cursor.pk])
            )
            for cursor in cursors
            if cursor.owner_id in by_id
        }
