"""Figures of this dialect: what was sold day by day, of each connection and of all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from api.channable.base import ChannableView
from connections.models import OrderConnection
from orders.models import Order, OrderLine

USUAL, MOST = timedelta(days=30), timedelta(days=366)
Json = dict[str, Any]
NOUGHT = Decimal(0)


class PeriodSerializer(serializers.Serializer[Any]):
    """From when to when, in UTC; the last 30 days if left out, a year at most."""

    start_date = serializers.DateTimeField(required=False, default_timezone=UTC)
    end_date = serializers.DateTimeField(required=False, default_timezone=UTC)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        end = given.get("end_date") or timezone.now()
        begin = given.get("start_date") or end - USUAL
        if not timedelta(0) <= end - begin <= MOST:
            raise ValidationError({"start_date": f"at most {MOST.days} days before end_date"})
        return {"placed_at__gte": begin, "placed_at__lt": end}


@dataclass(slots=True)
class Sold:
    """What one connection sold on one day. Tests do not count."""

    orders: int = 0
    products: int = 0
    revenue: Decimal = NOUGHT
    shipping: Decimal = NOUGHT
    commission: Decimal = NOUGHT


Days = Mapping[date, Sold]
MONEY: Sequence[tuple[str, Callable[[Sold], Decimal]]] = (
    ("revenue", lambda sold: sold.revenue),
    ("shipping", lambda sold: sold.shipping),
    ("commission", lambda sold: sold.commission),
)
COUNTS: Sequence[tuple[str, Callable[[Sold], int]]] = (
    ("orders", lambda sold: sold.orders),
    ("products", lambda sold: sold.products),
)


def sold_by_day(orders: QuerySet[Order]) -> Mapping[tuple[int, str], Days]:
    """Return what was sold, by connection and currency, then by day in UTC; two statements."""
    found: dict[tuple[int, str], dict[date, Sold]] = defaultdict(lambda: defaultdict(Sold))
    by_day = orders.annotate(day=TruncDate("placed_at", tzinfo=UTC)).values("connection", "currency", "day")
    counted = by_day.annotate(count=Count("pk"), revenue=Sum("total"), shipping=Sum("shipping_cost"))
    for row in counted.order_by("day", "connection", "currency"):
        sold = found[row["connection"], row["currency"]][row["day"]]
        sold.orders, sold.revenue, sold.shipping = row["count"], row["revenue"], row["shipping"]
    lines = OrderLine.objects.filter(order__id__gathered=orders.values("pk")).annotate(
        day=TruncDate("order__placed_at", tzinfo=UTC)
    )
    pieces = lines.values("order__connection", "order__currency", "day")
    for part in pieces.annotate(count=Sum("quantity"), fees=Sum("commission")).order_by("day"):
        sold = found[part["order__connection"], part["order__currency"]][part["day"]]
        sold.products, sold.commission = part["count"], part["fees"] or NOUGHT
    return found


class FiguresView(ChannableView):
    def sold(self, request: Request, **narrowed: Any) -> Mapping[tuple[int, str], Days]:
        asked = PeriodSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        real = self.caller.orders.filter(connection__project=self.project, is_test=False)
        return sold_by_day(real.filter(**asked.validated_data, **narrowed).order_by())


class Statistics(FiguresView):
    def get(self, request: Request, **_: Any) -> Response:
        """Tell what each connection sold, and all together where all sell in one currency."""
        sold = self.sold(request)
        names = dict(self.caller.connections.filter(project=self.project).values_list("pk", "name"))
        rows = [_statistic(pk, names[pk], currency, days) for (pk, currency), days in sorted(sold.items())]
        return Response({"order_statistics": rows, "total": _total(sold)})


class ConnectionStatistics(FiguresView):
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Tell what one connection sold, day by day and up to each day."""
        mine = self.caller.connections.filter(project=self.project)
        connection: OrderConnection = get_object_or_404(mine, pk=kwargs["config"])
        sold = self.sold(request, connection=connection)
        series = [(currency, days) for (_, currency), days in sorted(sold.items())]
        return Response(
            {
                "name": connection.name,
                "stats_total": [_plot(*one, *what, summed=True) for one in series for what in MONEY],
                "stats_revenue": [_plot(*one, *what) for one in series for what in MONEY],
                "stats_orders": [_plot(*one, *what) for one in series for what in COUNTS],
            }
        )


def _statistic(pk: int, name: str, currency: str, days: Days) -> Json:
    whole = _sum(days.values())
    return {
        "id": pk,
        "label": name,
        "currency": currency,
        "points": [[_moment(day), _amount(sold.revenue)] for day, sold in days.items()],
        "total_orders": whole.orders,
        "total_products": whole.products,
        "total_revenue": _amount(whole.revenue),
        "total_shipping": _amount(whole.shipping),
        "total_commission": _amount(whole.commission),
    }


def _total(sold: Mapping[tuple[int, str], Days]) -> Json | None:
    currencies = {currency for _, currency in sold}
    if len(currencies) != 1:
        return None  # nothing, or what cannot be added up
    whole = _sum(one for days in sold.values() for one in days.values())
    return {
        "orders": whole.orders,
        "products": whole.products,
        "revenue": _amount(whole.revenue),
        "shipping": _amount(whole.shipping),
        "commission": _amount(whole.commission),
        "currency": currencies.pop(),
    }


def _sum(sold: Iterable[Sold]) -> Sold:
    whole = Sold()
    for one in sold:
        whole.orders += one.orders
        whole.products += one.products
        whole.revenue += one.revenue
        whole.shipping += one.shipping
        whole.commission += one.commission
    return whole


def _plot(currency: str, days: Days, label: str, of: Callable[[Sold], Decimal | int], *, summed: bool = False) -> Json:
    values = [of(sold) for sold in days.values()]
    told = list(accumulate(values)) if summed else values
    points = [[_moment(day), _amount(value)] for day, value in zip(days, told, strict=True)]
    return {"label": label, "currency": currency, "points": points}


def _amount(value: Decimal | int) -> str:
    return str(round(value, 4))  # some databases count on with more places


def _moment(day: date) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat()
