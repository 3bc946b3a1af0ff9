"""Chooses the orders that are read again in shops which do not tell of every change (`RereadsOrders`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from adapterkit.records import Fulfilment
from orders.models import Order, Shipment

Again = dict[int, str]
"""Order → its id in the shop."""

TO_SHIP = (Order.Status.PENDING, Order.Status.OPEN, Order.Status.PARTIALLY_SHIPPED)
UNSETTLED = (Shipment.State.WAITING_FOR_TRACKING, Shipment.State.NEEDS_ATTENTION)


def orders_to_reread(at_once: Mapping[int, int]) -> dict[int, Again]:
    """Return for each shop which orders to read again, those first that were read longest ago.

    `at_once` says for each shop how many at most. Two statements, whatever the number of shops.
    """
    if not at_once:
        return {}
    mine = Order.objects.filter(
        place=Order.Place.IN_SHOP,
        company=F("connection__company"),  # the index of orders to ship begins with it
        connection__project__shop__in=at_once,
        connection__fulfilment=Fulfilment.MERCHANT,
    )
    most = max(at_once.values())
    found = [
        *_oldest(mine.filter(status__in=TO_SHIP), most),
        *_oldest(mine.filter(pk__in=Shipment.objects.filter(state__in=UNSETTLED).values("order")), most),
    ]
    found.sort(key=lambda row: (row[1] is not None, row[1], row[2]))
    chosen: dict[int, Again] = {shop_id: {} for shop_id in at_once}
    for shop_id, _, pk, shop_order_id in found:
        if len(chosen[shop_id]) < at_once[shop_id]:
            chosen[shop_id][pk] = shop_order_id
    return chosen


def _oldest(orders: QuerySet[Order], most: int) -> list[tuple[int, datetime | None, int, str]]:
    """Return the `most` orders of each shop that were read longest ago."""
    turn = Window(
        RowNumber(),
        partition_by="connection__project__shop",
        order_by=[F("shop_read_at").asc(nulls_first=True), F("pk").asc()],
    )
    rows = orders.annotate(turn=turn).filter(turn__lte=most)
    return list(rows.values_list("connection__project__shop", "shop_read_at", "pk", "shop_order_id"))
