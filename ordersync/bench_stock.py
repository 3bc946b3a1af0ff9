"""Stock that changes in a shop, on its way to what the marketplaces are owed, beside the same rows written plainly."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engine import rows
from engine.models import OutboxMessage
from ordersync.bench import Bench, Figures, counted
from stock.levels import AT_ONCE, Received, store_levels
from stock.models import Offer, Product, StockMovement
from stock.offers import KIND

STOCK = 100


def stock_changes(bench: Bench, count: int) -> Figures:
    """The shop tells that it has one less of so many products, each offered once.

    The first time each offer's message is made, the second time it is woken; the first is what the floor writes, too.
    """
    products = _sold(bench, count)
    levels = {product.shop_product_id: STOCK - 1 for product in products}
    project, now = bench.demo.connection.project, timezone.now()
    began = time.perf_counter()
    stored = store_levels(project=project, levels=levels, now=now)
    seconds = time.perf_counter() - began
    owed = OutboxMessage.objects.filter(kind=KIND, subject__startswith="offer:").count()
    part = dict.fromkeys(list(levels)[:AT_ONCE], STOCK - 2)
    with CaptureQueriesContext(connection) as captured:
        store_levels(project=project, levels=part, now=timezone.now())
    floor = _plainly(products)
    return {
        "changes": list(stored.values()).count(Received.STORED),
        "owed": owed,
        "changes_per_s": round(count / seconds),
        "floor_changes_per_s": round(count / floor),
        "ratio": round(floor / seconds, 2),
        f"statements_for_{len(part)}": counted(captured),
    }


def _sold(bench: Bench, count: int) -> list[Product]:
    """Make so many products with an offer each; what was owed of others is not counted."""
    OutboxMessage.objects.filter(kind=KIND).delete()
    project, now = bench.demo.connection.project, timezone.now()
    made = [
        Product(project=project, shop_product_id=f"C-{number}", sku=f"C-{number}", stock=STOCK, seen_at=now)
        for number in range(count)
    ]
    rows.insert_for_ids(made)
    offers = [
        Offer(account=bench.demo.account, product=product, reference=product.sku, desired_quantity=STOCK)
        for product in made
    ]
    rows.insert(offers)
    return made


def _plainly(products: Sequence[Product]) -> float:
    """Write the same rows with statements that are made beforehand, in as many transactions; return the seconds."""
    ids = [product.pk for product in products]
    movements = _columns(StockMovement.objects.filter(product__in=products))
    messages = _columns(OutboxMessage.objects.filter(kind=KIND))
    messages["key"] = [f"plain-{key}" for key in messages["key"]]
    began = time.perf_counter()
    for first in range(0, len(ids), AT_ONCE):
        part = ids[first : first + AT_ONCE]
        listed = ", ".join(map(str, part))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE stock_product SET stock = stock - 1 WHERE id IN ({listed})")  # noqa: S608 - numbers
            cursor.execute(f"UPDATE stock_offer SET desired_quantity = 1 WHERE product_id IN ({listed})")  # noqa: S608
            rows.insert_columns(StockMovement, _part(movements, first))
            rows.insert_columns(OutboxMessage, _part(messages, first))
    return time.perf_counter() - began


def _columns(stored: QuerySet[Any]) -> dict[str, list[Any]]:
    """Return what is stored of a table, column by column, as the driver takes it."""
    fields = [field for field in stored.model._meta.concrete_fields if not field.primary_key]
    found = list(stored.order_by("pk"))
    return {
        field.attname: [field.get_db_prep_save(getattr(row, field.attname), connection) for row in found]
        for field in fields
    }


def _part(columns: Mapping[str, Sequence[Any]], first: int) -> dict[str, Sequence[Any]]:
    return {name: values[first : first + AT_ONCE] for name, values in columns.items()}
