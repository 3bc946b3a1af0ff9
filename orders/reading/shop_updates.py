"""The feed `updates`: reads what became of our orders in a shop: parcels, cancellations, doubles."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from adapterkit.records import CLOSED, Page, ShopOrderState, ShopUpdate
from adapterkit.shop import RereadsOrders
from adapterkit.shop import Shop as ShopAdapter
from carriers.plans import load_plans
from carriers.rules import PlanRecord
from connections.adapters import open_shop
from connections.models import Shop
from engine.models import SyncCursor
from engine.registry import ExchangeLog
from engine.walked import Met
from orders.copies import renew_wishes, wake
from orders.doubles import doubled_in_shop
from orders.history import event
from orders.loading import LoadedOrder
from orders.locking import lock_orders
from orders.models import Order, ShopCopy
from orders.placing import end_test
from orders.reading.closing import closed_in_shop
from orders.reading.parcels import Parcels, plan_of, take_over
from orders.reading.rereading import Again, orders_to_reread
from orders.status import status_of
from orders.verification import fits
from orders.wishes import InShop, ShopWish

FIRST_READ = timedelta(days=3)  # and every day again
AGAIN = "again"  # the place in a walk from which on orders are read again


@dataclass(frozen=True, slots=True)
class UpdatesWalk:
    """`again` are orders to be read though the shop does not say that they changed; see `orders.reading.rereading`."""

    shop: Shop
    adapter: ShopAdapter
    again: Again = field(default_factory=dict)

    def start(self, now: datetime) -> datetime:
        return now - FIRST_READ

    def sweep_from(self, now: datetime) -> datetime:
        return now - FIRST_READ

    def pages(
        self, changed_since: datetime, resume: str, known: Callable[[Mapping[str, str]], AbstractSet[str]]
    ) -> Iterator[Page[ShopUpdate]]:
        if resume != AGAIN:
            yield from self.adapter.fetch_updates(changed_since, known, resume)
        if self.again and isinstance(self.adapter, RereadsOrders):
            yield Page(items=(), resume=AGAIN)
            yield from self.adapter.reread_orders(list(self.again.values()), known)

    def known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        stored = self._orders().filter(shop_order_id__in=list(fingerprints))
        pairs = stored.values_list("shop_order_id", "shop_fingerprint")
        return {shop_order_id for shop_order_id, fingerprint in pairs if fingerprints[shop_order_id] == fingerprint}

    def identify(self, item: ShopUpdate) -> str:
        return item.order.shop_order_id

    def apply(self, items: Sequence[ShopUpdate], now: datetime) -> Mapping[str, int]:
        """Store updates of our orders, and look after shop orders that carry a reference but were not chosen."""
        known = dict(
            self._orders()
            .filter(shop_order_id__in=[update.order.shop_order_id for update in items])
            .values_list("shop_order_id", "pk")
        )
        loaded = lock_orders(list(known.values()))
        plans = load_plans({plan for order in loaded.values() if (plan := plan_of(order))})
        into, counts, behind = Parcels(now), Counter[str](), list[int]()
        for update in items:
            pk = known.get(update.order.shop_order_id)
            if pk is not None:
                counts += _apply(loaded[pk], update, plans.get(plan_of(loaded[pk]) or 0), into)
                behind += _behind(loaded[pk], update)
        renew_wishes(behind, now)
        strays = [update for update in items if update.order.shop_order_id not in known]
        counts += self._look_after(strays, into)
        into.write()
        return counts

    def finish(self, met: Met | None, now: datetime) -> None:
        """The orders that were read again have had their turn, unchanged ones too."""
        if self.again:
            Order.objects.filter(pk__in=self.again).update(shop_read_at=now)

    def _orders(self) -> QuerySet[Order]:
        return Order.objects.filter(connection__project__shop=self.shop)

    def _look_after(self, strays: Sequence[ShopUpdate], into: Parcels) -> Counter[str]:
        """A shop order with the reference of an order that another was chosen for: remove it, or shout."""
        counts: Counter[str] = Counter()
        if not strays:
            return counts
        references = {stray.order.reference for stray in strays} - {""}
        originals = {stray.order.double_of for stray in strays} - {""}
        chosen = self._orders().filter(Q(reference__in=references) | Q(shop_order_id__in=originals))
        chosen = chosen.exclude(shop_order_id="").select_related("connection__project__shop")
        by_name = {name: order for order in chosen for name in (order.reference, order.shop_order_id)}
        # Two orders may share a reference of the older form: what looks like one's double may become the other's own.
        awaited = self._orders().filter(reference__in=references, shop_order_id="").values_list("reference", flat=True)
        expected = set(awaited)
        inert: dict[int, list[str]] = defaultdict(list)
        for stray in strays:
            order = by_name.get(stray.order.double_of or stray.order.reference)
            if order is None or (not stray.order.double_of and stray.order.reference in expected):
                continue
            if stray.order.state == ShopOrderState.INERT:
                inert[order.pk].append(stray.order.shop_order_id)
                counts["doubles_removed"] += 1
            elif stray.order.state not in CLOSED and (doubled := doubled_in_shop(order, stray.order, into.now)):
                into.events.append(doubled)
                counts["doubles_found"] += 1
        self._tidy(inert, into.now)
        return counts

    def _tidy(self, doubles: Mapping[int, Sequence[str]], now: datetime) -> None:
        """Have unfinished doubles removed."""
        if not doubles:
            return
        loaded = lock_orders(doubles)
        for pk, one in loaded.items():
            one.copy.doubles = sorted({*one.copy.doubles, *doubles[pk]})
        ShopCopy.objects.bulk_update([one.copy for one in loaded.values()], ["doubles"])
        wake([one.order for one in loaded.values()], now)


def _apply(loaded: LoadedOrder, update: ShopUpdate, plan: PlanRecord | None, into: Parcels) -> Counter[str]:
    order, made = loaded.order, update.order
    if order.place != Order.Place.IN_SHOP:
        # Not activated yet as far as we know: what the shop says of it is read again when it is.
        return Counter()
    parcels = take_over(loaded, update.shipments, plan, into, all_there_are=True)
    if made.number != order.shop_order_number:
        into.recoded.add(order.pk)
    if made.state in CLOSED and order.shop_order_state not in CLOSED:
        told, drafts = closed_in_shop(loaded, made.state, into.now)
        into.events.append(told)
        into.drafts += drafts
    elif update.refunds and update.fingerprint != order.shop_fingerprint:
        amount = sum(refund.amount for refund in update.refunds)
        into.events.append(event(order, "refunded_in_shop", into.now, amount=str(amount), currency=order.currency))
    if made.state == ShopOrderState.COMPLETED:
        end_test(loaded, given_back=False, now=into.now)
    Order.objects.filter(pk=order.pk).update(
        status=status_of(loaded.lines, pending=order.pending),
        shop_order_state=made.state,
        shop_order_number=made.number,
        shop_order_total=made.total if made.priced else order.shop_order_total,
        shop_fingerprint=update.fingerprint,
        shop_read_at=into.now,
    )
    return Counter(updated=1, parcels=parcels)


def _behind(loaded: LoadedOrder, update: ShopUpdate) -> list[int]:
    """Return the order where what the shop says of it may bring it in line, or changes what is wanted."""
    order, copy = loaded.order, loaded.copy
    if order.place != Order.Place.IN_SHOP:
        return []
    wish, has = ShopWish.restored(copy.wish), InShop.restored(copy.acknowledged)
    if dict(has.pieces) != dict(wish.pieces) and fits(update.order, loaded.canonical, loaded.products):
        copy.acknowledged = replace(has, pieces=wish.pieces).stored  # the merchant took them out
        copy.save(update_fields=["acknowledged"])
        return [order.pk]
    closed = update.order.state in CLOSED and order.shop_order_state not in CLOSED
    return [order.pk] if closed or order.problem_code else []


class UpdatesFeed:
    name = "updates"
    overlap_seconds = 15 * 60
    lists_all = False

    def open(self, cursors: Sequence[SyncCursor], logs: Mapping[int, ExchangeLog]) -> Mapping[int, UpdatesWalk]:
        shops = Shop.objects.in_bulk([cursor.owner_id for cursor in cursors])
        mine = [cursor for cursor in cursors if cursor.owner_id in shops]
        adapters = {cursor.owner_id: open_shop(shops[cursor.owner_id], logs[cursor.pk]) for cursor in mine}
        again = orders_to_reread(
            {pk: adapter.spec.reread_at_once for pk, adapter in adapters.items() if isinstance(adapter, RereadsOrders)}
        )
        return {
            cursor.pk: UpdatesWalk(shops[cursor.owner_id], adapters[cursor.owner_id], again.get(cursor.owner_id, {}))
            for cursor in mine
        }
