"""The feed `hinted_stock`: asks a shop for the stock of the products that its notifications named, and of no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from adapterkit.records import Page
from adapterkit.shop import FetchesStock
from adapterkit.shop import Shop as ShopAdapter
from connections.adapters import open_shop
from connections.models import Shop
from engine.cursors import open_cursor, wake
from engine.models import SyncCursor
from engine.registry import ExchangeLog
from engine.walked import Met
from stock.levels import Received, store_levels
from stock.locking import locked
from stock.models import Product

FEED = "hinted_stock"
EVERY = timedelta(hours=1)  # it is woken by each hint; this only makes up for a wake that was lost
PER_PAGE, PER_WALK = 100, 1000  # products


def note_hint(*, shop: Shop, product_ids: Sequence[str], now: datetime) -> int:
    """Have the stock of these products read as soon as possible; return how many of them are known.

    One that is not comes with the next reading of the catalogue. Nothing is read for a shop whose products are not.
    """
    with transaction.atomic():
        named = locked(Product.objects.filter(project=shop.project, shop_product_id__in=list(product_ids)))
        ids = [product.pk for product in named]
        if ids:
            Product.objects.filter(pk__in=ids).update(hinted_at=now)
    if not ids or wake(feed=FEED, owner_id=shop.pk, now=now):
        return len(ids)
    if SyncCursor.objects.filter(feed="products", owner_id=shop.pk, active=True).exists():
        company_id = shop.project.company_id
        open_cursor(company_id=company_id, feed=FEED, owner_id=shop.pk, lane=shop.lane, every=EVERY, now=now)
    return len(ids)


@dataclass(frozen=True, slots=True)
class Count:
    """The shop's answer for one product; `known` is false where it has that product no more."""

    product_id: str
    stock: int | None
    known: bool


@dataclass(slots=True)
class HintedStockWalk:
    """`asked_at` is when the page that is being stored was asked for."""

    shop: Shop
    adapter: ShopAdapter
    product_ids: Sequence[str]
    asked_at: datetime | None = None

    def start(self, now: datetime) -> datetime:
        return datetime.min.replace(tzinfo=now.tzinfo)

    def sweep_from(self, now: datetime) -> None:
        """Every walk reads what is named and not read yet."""

    def pages(
        self, changed_since: datetime, resume: str, known: Callable[[Mapping[str, str]], AbstractSet[str]]
    ) -> Iterator[Page[Count]]:
        assert isinstance(self.adapter, FetchesStock)  # noqa: S101 - nothing is noted for others
        for first in range(0, len(self.product_ids), PER_PAGE):
            ids = list(self.product_ids[first : first + PER_PAGE])
            self.asked_at = timezone.now()
            found = self.adapter.fetch_stock(ids)
            yield Page(items=tuple(Count(one, found.get(one), one in found) for one in ids))

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        return frozenset()

    def identify(self, item: Count) -> str:
        return item.product_id

    def apply(self, items: Sequence[Count], now: datetime) -> Mapping[str, int]:
        """Store the counts. A hint that came after the shop was asked stands, and is followed by another walk."""
        asked_at = self.asked_at or now
        levels = {item.product_id: item.stock for item in items if item.known}
        received = store_levels(project=self.shop.project, levels=levels, now=now, asked_at=asked_at)
        answered = [item.product_id for item in items]
        hinted = self.shop.project.products.filter(shop_product_id__in=answered, hinted_at__lte=asked_at)
        Product.objects.filter(pk__in=[row.pk for row in locked(hinted)]).update(hinted_at=None)
        changed = sum(what is Received.STORED for what in received.values())
        return {"products": changed} if changed else {}

    def finish(self, met: Met | None, now: datetime) -> None:
        """Go on at once where more was named than one walk reads."""
        if len(self.product_ids) == PER_WALK:
            wake(feed=FEED, owner_id=self.shop.pk, now=now)


class HintedStockFeed:
    name = FEED
    overlap_seconds = 0
    lists_all = False

    def open(self, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, HintedStockWalk]:
        shops = Shop.objects.filter(pk__in=[cursor.owner_id for cursor in cursors]).select_related("project")
        by_id = {shop.pk: shop for shop in shops}
        return {
            cursor.pk: HintedStockWalk(shop, open_shop(shop, logs[cursor.pk]), _hinted(shop))
            for cursor in cursors
            if (shop := by_id.get(cursor.owner_id))
        }


def _hinted(shop: Shop) -> Sequence[str]:
    hinted = shop.project.products.filter(hinted_at__isnull=False).order_by("hinted_at", "pk")
    return list(hinted.values_list("shop_product_id", flat=True)[:PER_WALK])
