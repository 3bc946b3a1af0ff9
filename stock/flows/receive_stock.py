"""A shop says by itself how much it has of some products: what changed is told to the marketplaces at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from connections.models import Project
from stock import ledger, offers
from stock.locking import locked
from stock.models import Product, StockMovement


class Received(StrEnum):
    STORED = "stored"
    UNCHANGED = "unchanged"
    UNKNOWN_PRODUCT = "unknown_product"


def receive_stock(*, project: Project, levels: Mapping[str, int], now: datetime) -> dict[str, Received]:
    """Store absolute stock by the shop's product id; return what became of each. May be repeated.

    A constant number of statements, and those of the offers that change.
    """
    answers = dict.fromkeys(levels, Received.UNKNOWN_PRODUCT)
    changed, movements = [], []
    with transaction.atomic():
        named = locked(Product.objects.filter(project=project, shop_product_id__in=list(levels)))
        products = list(named)
        ledger.recognise(counts=[(product, levels[product.shop_product_id]) for product in products], now=now)
        for product in products:
            stock = levels[product.shop_product_id]
            if product.stock == stock:
                answers[product.shop_product_id] = Received.UNCHANGED
                continue
            answers[product.shop_product_id] = Received.STORED
            change = stock - (product.stock or 0)
            movements.append(
                StockMovement(product=product, cause=StockMovement.Cause.SHOP, change=change, stock=stock, at=now)
            )
            product.stock, product.stock_at, product.seen_at = stock, now, now
            changed.append(product)
        if changed:
            Product.objects.bulk_update(changed, ["stock", "stock_at", "seen_at"])
            ledger.write_down(movements, now)
            offers.adjust(product_ids=[product.pk for product in changed], now=now)
    return answers
