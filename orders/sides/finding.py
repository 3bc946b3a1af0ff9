"""What a shop has of an order: found by our references, and by nothing that is another order's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from adapterkit.records import ShopOrder
from adapterkit.shop import Shop
from orders.loading import LoadedOrder
from orders.models import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """By what an order is looked for in its shop, since when, and what of that is chosen for other orders of ours."""

    references: tuple[str, ...]
    since: datetime
    taken: frozenset[str] = frozenset()

    def follow(self, shop: Shop) -> list[ShopOrder]:
        found = {made.shop_order_id: made for name in self.references for made in shop.find_orders(name, self.since)}
        return [made for made in found.values() if made.shop_order_id not in self.taken]


def trails_of(loaded: Collection[LoadedOrder]) -> Mapping[int, Trail]:
    """Return the trail of each order, by its id; one statement.

    Orders of before a connection had its token share their reference with those of the other connections of their
    account in the same shop, and one that was imported anew may stand there under its older reference.
    """
    names = {one.order.pk: _references(one) for one in loaded}
    wanted = {name for references in names.values() for name in references}
    taken: dict[tuple[int, str], set[str]] = defaultdict(set)
    chosen = Order.objects.filter(reference__in=wanted).exclude(shop_order_id="")
    for project, name, shop_order_id in chosen.values_list("connection__project_id", "reference", "shop_order_id"):
        taken[project, name].add(shop_order_id)
    return {
        one.order.pk: Trail(
            references=names[one.order.pk],
            since=one.order.placed_at,
            taken=frozenset(
                shop_order_id
                for name in names[one.order.pk]
                for shop_order_id in taken[one.connection.project_id, name]
                if shop_order_id != one.order.shop_order_id
            ),
        )
        for one in loaded
    }


def _references(loaded: LoadedOrder) -> tuple[str, ...]:
    order, connection = loaded.order, loaded.connection
    older = f"{connection.account.marketplace}-{order.marketplace_order_id}"
    if connection.token_since and order.placed_at < connection.token_since and order.reference != older:
        return order.reference, older
    return (order.reference,)
