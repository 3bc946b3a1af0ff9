"""Finds products by what a person has at hand: a SKU, an EAN, the shop's own id, words of the title."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from django.db.models import QuerySet

from connections.models import Project
from engine import rows
from engine.words import Gathered, find, fold
from stock.models import Product, ProductKey

Product._meta.pk.register_lookup(Gathered)


def matching(products: QuerySet[Product], text: str, *, project: Project) -> QuerySet[Product]:
    """Return those of a project's products that have a key which begins with the text, or one for each of its words."""
    return find(products.filter(project=project), ProductKey.objects.filter(project=project), text, of="product")


def renew_keys(products: Sequence[Product]) -> None:
    """Bring the keys of products in line with their names, which were just written; two statements. May be repeated."""
    if not products:
        return
    ProductKey.objects.filter(product__in=[product.pk for product in products]).delete()
    keys = [(product, word) for product in products for word in words_of(product)]
    columns: dict[str, Sequence[Any]] = {
        "product_id": [product.pk for product, _ in keys],
        "key": [word for _, word in keys],
        "project_id": [product.project_id for product, _ in keys],
    }
    rows.insert_columns(ProductKey, columns, ignore_conflicts=True)


def words_of(product: Product) -> AbstractSet[bytes]:
    """Return all that a product is found by; no query. Also called by the migration that filled the table."""
    texts = (product.sku, product.ean, product.shop_product_id, product.title, *product.title.split())
    return {fold(text) for text in texts} - {b""}
