"""The feed `products`: stores a shop's products with their stock, and has changed stock told to the marketplaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from adapterkit.records import Fulfilment, Page
from adapterkit.records import Product as ProductRecord
from adapterkit.shop import Shop as ShopAdapter
from connections.adapters import open_shop
from connections.models import MarketplaceAccount, OrderConnection, Project, Shop
from engine.models import SyncCursor
from engine.registry import ExchangeLog
from engine.walked import Met
from stock import ledger, offers, search
from stock.locking import lock_offers, locked
from stock.models import Offer, Product, StockMovement

COLUMNS = ["sku", "ean", "title", "price", "stock", "stock_at", "seen_at", "missed_at"]
AT_ONCE = 1000  # ids in one statement
PART = 500  # products in one transaction
Listener = Callable[[Project, datetime], Callable[[], object]]
_listeners: list[Listener] = []


def when_products_arrive(listener: Listener) -> None:
    """Have a part above be called, in the same transaction, when products of a project are new or changed.

    It is called before they are locked, so that it locks what comes before products, and what it returns once they are
    stored.
    """
    if listener not in _listeners:
        _listeners.append(listener)


@dataclass(slots=True)
class ProductsWalk:
    """`asked_at` is when the page that is being stored was asked for, `offered` the last product that got offers."""

    shop: Shop
    adapter: ShopAdapter
    asked_at: datetime | None = None
    offered: int = 0

    def start(self, now: datetime) -> datetime:
        return datetime.min.replace(tzinfo=now.tzinfo)

    def sweep_from(self, now: datetime) -> None:
        """Every walk reads the whole catalogue."""

    def pages(
        self, changed_since: datetime, resume: str, known: Callable[[Mapping[str, str]], AbstractSet[str]]
    ) -> Iterator[Page[ProductRecord]]:
        # Shops do not say when stock was sold: the whole catalogue is read, and what is unchanged costs no write.
        pages = iter(self.adapter.fetch_products(resume))
        while True:
            self.asked_at = timezone.now()
            page = next(pages, None)
            if page is None:
                return
            yield page

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        return frozenset()

    def identify(self, item: ProductRecord) -> str:
        return item.product_id

    def apply(self, items: Sequence[ProductRecord], now: datetime) -> Mapping[str, int]:
        changed = import_products(project=self.shop.project, items=items, now=now, asked_at=self.asked_at)
        return {"products": len(changed)} if changed else {}

    def conclude(self, now: datetime) -> bool:
        """Sell out what the shop has not had for a while, and offer what was here before a connection was active."""
        if _sell_out_gone(self.shop.project, now):
            return True
        self.offered = _offer_missing(self.shop.project, self.offered, now)
        return bool(self.offered)

    def finish(self, met: Met | None, now: datetime) -> None:
        if met:
            _note_missing(self.shop.project, met, now)


@transaction.atomic
def import_products(
    *, project: Project, items: Sequence[ProductRecord], now: datetime, asked_at: datetime | None = None
) -> list[str]:
    """Store products that are new or changed, with the stock movement; return their ids. May be repeated.

    A count that was set after the shop was asked (`asked_at`, else now) is newer than the shop's answer, and stays.
    One transaction.
    """
    latest = {item.product_id: item for item in items}
    asked_at = asked_at or now
    if not _changed(latest, _by_id(Product.objects.filter(project=project, shop_product_id__in=list(latest)))):
        return []
    follow = [listener(project, now) for listener in _listeners]
    stored = _by_id(locked(Product.objects.filter(project=project, shop_product_id__in=list(latest))))
    latest = {key: _with_newer_count(item, stored.get(key), asked_at) for key, item in latest.items()}
    changed = _changed(latest, stored)
    if not changed:
        return []
    known = [item for item in changed if item.product_id in stored]
    ledger.recognise(counts=[(stored[item.product_id], item.stock) for item in known], now=now)
    rows = [_row(project, item, stored.get(item.product_id), asked_at, now) for item in changed]
    Product.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["project", "shop_product_id"], update_fields=COLUMNS
    )
    written = list(Product.objects.filter(project=project, shop_product_id__in=[i.product_id for i in changed]))
    ids = {row.shop_product_id: row.pk for row in written}
    search.renew_keys([row for row in written if _is_named_anew(row, stored.get(row.shop_product_id))])
    _write_movements(changed, stored, ids, now)
    ledger.tell([ids[item.product_id] for item in known if stored[item.product_id].missed_at], now)
    _offer(project, sorted(ids.values()), now)
    for go_on in follow:
        go_on()
    return [item.product_id for item in changed]


def _by_id(products: Iterable[Product]) -> dict[str, Product]:
    return {product.shop_product_id: product for product in products}


def _changed(latest: Mapping[str, ProductRecord], stored: Mapping[str, Product]) -> list[ProductRecord]:
    """Return what is new or not as it is stored, by the shop's id: all write their rows in one order."""
    return [item for _, item in sorted(latest.items()) if _differs(item, stored.get(item.product_id))]


def _note_missing(project: Project, met: Met, now: datetime) -> None:
    """Note what a whole reading did not list. One that is missed for a while is not to be sold any more.

    A single reading may miss a product that moved while it was read; a shop that lists nothing at all is not believed.
    """
    listed = project.products.listed()
    if listed.count() != len(met):
        named = listed.values_list("pk", "shop_product_id").iterator()
        missing = [pk for pk, shop_product_id in named if shop_product_id not in met]
        for first in range(0, len(missing), AT_ONCE):
            listed.filter(pk__in=missing[first : first + AT_ONCE]).update(missed_at=now)


def _sell_out_gone(project: Project, now: datetime) -> bool:
    """Offer none of some of what is missed for a while; return whether there were any."""
    gone = project.products.filter(
        missed_at__lte=now - offers.GONE_AFTER, stock__isnull=False, offers__desired_quantity__gt=0
    )
    ids = list(gone.values_list("pk", flat=True).distinct()[:PART])
    ledger.tell(ids, now)
    return bool(ids) and offers.adjust(product_ids=ids, now=now) > 0


def _differs(item: ProductRecord, stored: Product | None) -> bool:
    if stored is None or stored.missed_at:
        return True
    mine = (stored.sku, stored.ean, stored.title, stored.price, stored.stock)
    return mine != (item.sku, item.ean, item.title, item.price, item.stock)


def _is_named_anew(row: Product, before: Product | None) -> bool:
    return before is None or (row.sku, row.ean, row.title) != (before.sku, before.ean, before.title)


def _with_newer_count(item: ProductRecord, stored: Product | None, asked_at: datetime) -> ProductRecord:
    """Return the record, with our count where that was set after the shop was asked for its own."""
    newer = stored is not None and stored.stock_at is not None and stored.stock_at > asked_at
    return replace(item, stock=stored.stock) if stored and newer else item


def _row(project: Project, item: ProductRecord, stored: Product | None, asked_at: datetime, now: datetime) -> Product:
    counted_before = stored.stock_at if stored else None
    return Product(
        project=project,
        shop_product_id=item.product_id,
        sku=item.sku,
        ean=item.ean,
        title=item.title,
        price=item.price,
        stock=item.stock,
        stock_at=max(counted_before, asked_at) if counted_before else asked_at,
        seen_at=now,
    )


def _write_movements(
    changed: Sequence[ProductRecord], stored: Mapping[str, Product], ids: Mapping[str, int], now: datetime
) -> None:
    rows = []
    for item in changed:
        before = stored[item.product_id].stock if item.product_id in stored else None
        if item.stock is not None and item.stock != before:
            rows.append(
                StockMovement(
                    product_id=ids[item.product_id],
                    cause=StockMovement.Cause.SHOP,
                    change=item.stock - (before or 0),
                    stock=item.stock,
                    at=now,
                )
            )
    ledger.write_down(rows, now)


def _accounts(project: Project) -> QuerySet[MarketplaceAccount]:
    return MarketplaceAccount.objects.filter(
        order_connections__project=project,
        order_connections__fulfilment=Fulfilment.MERCHANT,
        order_connections__state__in=[OrderConnection.State.ACTIVE, OrderConnection.State.PAUSED],
    ).distinct()


def _offer_missing(project: Project, after: int, now: datetime) -> int:
    """Offer some of the products that are not offered everywhere; return the last one's key, 0 when there are none.

    Those up to `after` had their turn: where another product has the offer under their ID, they get none.
    """
    named = Product.objects.listed().filter(project=project, pk__gt=after).exclude(**{project.product_id_field: ""})
    missing: set[int] = set()
    for account in _accounts(project):
        offered = Offer.objects.filter(account=account, product=OuterRef("pk"))
        missing.update(named.filter(~Exists(offered)).order_by("pk").values_list("pk", flat=True)[:PART])
    some = sorted(missing)[:PART]
    if not some:
        return 0
    _take_over(project, named.filter(pk__in=some))
    _offer(project, some, now)
    return some[-1]


def _take_over(project: Project, products: Iterable[Product]) -> None:
    """Hand a product the offers under its ID of one that is gone: in the shop it was made anew, or the shop moved."""
    heirs = {getattr(product, project.product_id_field): product for product in products}
    left = Offer.objects.filter(
        account__in=_accounts(project),
        reference__in=list(heirs),
        product__project=project,
        product__missed_at__isnull=False,
    )
    taken = lock_offers(left)
    for offer in taken:
        offer.product, offer.ean = heirs[offer.reference], heirs[offer.reference].ean
    Offer.objects.bulk_update(taken, ["product", "ean"], batch_size=AT_ONCE)


def _offer(project: Project, product_ids: Sequence[int], now: datetime) -> None:
    """Make an offer of each product at each account the project sells through, and adjust all of them."""
    accounts = _accounts(project)
    id_field = project.product_id_field
    named = Product.objects.filter(pk__in=product_ids).exclude(**{id_field: ""})
    Offer.objects.bulk_create(
        (
            Offer(account=account, product=product, reference=getattr(product, id_field), ean=product.ean)
            for account in accounts
            for product in named
        ),
        ignore_conflicts=True,
    )
    offers.adjust(product_ids=product_ids, now=now)


class ProductsFeed:
    name = "products"
    overlap_seconds = 0
    lists_all = True

    def open(self, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, ProductsWalk]:
        shops = Shop.objects.filter(pk__in=[cursor.owner_id for cursor in cursors]).select_related("project")
        by_id = {shop.pk: shop for shop in shops}
        return {
            cursor.pk: ProductsWalk(by_id[cursor.owner_id], open_shop(by_id[cursor.owner_id], logs[cursor.pk]))
            for cursor in cursors
            if cursor.owner_id in by_id
        }
