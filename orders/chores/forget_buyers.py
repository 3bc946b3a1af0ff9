"""Chore: blanks buyers' data once the time is over for which a marketplace lets it be kept.

Numbers, products, money and history stay; names, addresses, remarks and the payload as received go. The country stays,
because taxes depend on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.db.models.functions import Coalesce, Greatest

from marketplaces.registry import all_marketplaces, marketplace
from orders import search
from orders.models import Order, OrderAddress, OrderDocument, OrderPayload, Return, ReturnLine

AT_ONCE = 500
BLANK = {
    column.name: [] if column.name == "lines" else ""
    for column in OrderAddress._meta.local_fields
    if column.name not in {"id", "order", "role", "country"}
}


def forget_buyers(now: datetime) -> Mapping[str, int]:
    """Blank the orders whose time is over, some at a time; return how many. May be repeated."""
    return {"buyers": sum(_blank(_over(code, now), now) for code in all_marketplaces())}


def _over(code: str, now: datetime) -> QuerySet[Order]:
    """Orders of one marketplace that were closed longer ago than its buyers' data may be kept."""
    kept_since = now - marketplace(code).spec.keep_buyer_data
    closed = Order.objects.filter(
        connection__account__marketplace=code,
        buyer_blanked_at=None,
        status__in=[Order.Status.SHIPPED, Order.Status.CANCELLED],
        placed_at__lt=kept_since,  # an index's worth of the table at most
    )
    shipped = Coalesce(Max("shipments__confirmed_at"), F("changed_at"), F("placed_at"))
    # Nobody tells when a parcel arrived; it is not before it was sent, nor before it was promised.
    return closed.annotate(delivered_at=Greatest(shipped, Coalesce(F("deliver_by"), shipped))).filter(
        delivered_at__lt=kept_since
    )


def _blank(orders: QuerySet[Order], now: datetime) -> int:
    chosen = list(orders.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    if not chosen:
        return 0
    with transaction.atomic():
        OrderAddress.objects.filter(order__in=chosen).update(**BLANK)
        OrderPayload.objects.filter(order__in=chosen).update(payload={})
        back = ReturnLine.objects.filter(order_line__order__in=chosen)
        Return.objects.filter(pk__in=back.values("registered_return")).update(payload={})
        back.update(comment="", tracking_code="")
        OrderDocument.objects.filter(order__in=chosen).delete()
        blanked = Order.objects.filter(pk__in=chosen).update(
            customer_reference="", remark="", pickup_point={}, problem={}, buyer_blanked_at=now
        )
        search.renew_keys(chosen)
    return blanked
