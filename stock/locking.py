"""Stock is locked before it is read to be changed, in one order for all: products, then offers, each by primary key.

Orders are locked before them (`orders.locking`), messages after them (`engine.settling`). On PostgreSQL a lock is a
row's (and leaves those alone who only refer to it); on SQLite the transaction is the lock.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from stock.models import Offer, Product


def lock_products(product_ids: Collection[int]) -> dict[int, Product]:
    """Lock these products in the running transaction; return them as they are now, by id."""
    if not product_ids:
        return {}
    return {product.pk: product for product in locked(Product.objects.filter(pk__in=set(product_ids)))}


def lock_offers(offers: QuerySet[Offer]) -> list[Offer]:
    """Lock these offers in the running transaction, after their products; return them as they are now."""
    return list(offers.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def locked(products: QuerySet[Product]) -> QuerySet[Product]:
    return products.select_for_update(no_key=True, of=("self",)).order_by("pk")
