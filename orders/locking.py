"""Orders are locked before they are read to be changed: orders first, then (by it) their lines, parcels and addresses,
then products and offers (`stock.locking`), messages last. Each table by primary key, so that nobody waits in a ring.

On PostgreSQL a lock is a row's (and leaves those alone who only refer to it); on SQLite the transaction is the lock.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from orders.loading import LoadedOrder, loaded_of
from orders.models import Order
from stock.locking import lock_products

Rows = TypeVar("Rows", bound=Model)


def locked(rows: QuerySet[Rows]) -> QuerySet[Rows]:
    """Lock these rows, and none that are read with them, in the running transaction."""
    return rows.select_for_update(no_key=True, of=("self",)).order_by("pk")


def lock_orders(order_ids: Collection[int]) -> dict[int, LoadedOrder]:
    """Lock orders with the products of their lines; return them as they are now, by id."""
    wanted = set(order_ids)
    return loaded_of(locked(Order.objects.filter(pk__in=wanted)), lock_products) if wanted else {}


def lock_order(order: Order) -> LoadedOrder:
    """Lock one order; return it as it is now."""
    return lock_orders([order.pk])[order.pk]


def lock_orders_of(records: QuerySet[Any], path: str) -> None:
    """Lock the orders that these records belong to; `path` leads from a record to its order."""
    ids = set(records.values_list(path, flat=True))
    list(locked(Order.objects.filter(pk__in=ids)).values_list("pk", flat=True))
