"""A shop says by itself how much it has of some products: what changed is told to the marketplaces at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from connections.models import Project
from engine import rows
from stock import ledger, offers
from stock.locking import locked
from stock.models import Product, StockMovement

AT_ONCE = 500  # products in one transaction


class Received(StrEnum):
    STORED = "stored"
    UNCHANGED = "unchanged"
    UNKNOWN_PRODUCT = "unknown_product"


def store_levels(
    *, project: Project, levels: Mapping[str, int | None], now: datetime, asked_at: datetime | None = None
) -> dict[str, Received]:
    """Store absolute stock by the shop's product id, None where it keeps no count; return what became of each.

    A count that was set after the shop was asked (`asked_at`, else now) is newer than the shop's answer, and stays.
    May be repeated. A transaction takes `AT_ONCE` of them, in a constant number of statements.
    """
    names, answers = list(levels), dict[str, Received]()
    for first in range(0, len(names), AT_ONCE):
        part = {name: levels[name] for name in names[first : first + AT_ONCE]}
        answers |= _store(project=project, levels=part, now=now, asked_at=asked_at or now)
    return answers


def _store(
    *, project: Project, levels: Mapping[str, int | None], now: datetime, asked_at: datetime
) -> dict[str, Received]:
    answers = dict.fromkeys(levels, Received.UNKNOWN_PRODUCT)
    changed, movements = [], []
    with transaction.atomic():
        named = locked(Product.objects.filter(project=project, shop_product_id__in=list(levels)))
        products = list(named)
        ledger.recognise(counts=[(product, levels[product.shop_product_id]) for product in products], now=now)
        for product in products:
            stock = levels[product.shop_product_id]
            if product.stock == stock or (product.stock_at and product.stock_at > asked_at):
                answers[product.shop_product_id] = Received.UNCHANGED
                continue
            answers[product.shop_product_id] = Received.STORED
            if stock is not None:
                change = stock - (product.stock or 0)
                movements.append(
                    StockMovement(product=product, cause=StockMovement.Cause.SHOP, change=change, stock=stock, at=now)
                )
            product.stock, product.stock_at, product.seen_at = stock, asked_at, now
            changed.append(product)
        if changed:
            rows.update(changed, ["stock", "stock_at", "seen_at"])
            ledger.write_down(movements, now)
            offers.adjust(product_ids=[product.pk for product in changed], now=now)
    return answers
