"""The overview: its figures, in a constant number of statements that read open and recent orders only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import TruncHour
from django.utils import timezone

from accounts.models import Company
from connections.models import OrderConnection
from orders.models import Order, Shipment
from web.shared.query import OPEN, troubled

HOURS = 24
SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Bar:
    """One connection's part of one hour's column; `bottom` and `height` are per cent of the chart."""

    series: int
    count: int
    bottom: float
    height: float


@dataclass(frozen=True, slots=True)
class Hour:
    at: datetime
    total: int
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Figures:
    """`oldest` is when the oldest order came in that is not in the shop yet."""

    today: int
    overdue: int
    due_soon: int
    oldest: datetime | None
    hours: Sequence[Hour]
    series: Sequence[str]
    highest: int


def figures(company: Company, now: datetime) -> Figures:
    """Return the figures; two statements. Test orders do not count."""
    real = company.orders.filter(is_test=False)
    to_ship = Q(place__in=[Order.Place.WAITING, Order.Place.IN_SHOP, Order.Place.NEEDS_ATTENTION])
    late = real.filter(to_ship, status__in=OPEN).aggregate(
        overdue=Count("pk", filter=Q(ship_by__lt=now) | Q(ship_by=None, deliver_by__lt=now)),
        due_soon=Count(
            "pk",
            filter=Q(ship_by__gte=now, ship_by__lt=now + SOON)
            | Q(ship_by=None, deliver_by__gte=now, deliver_by__lt=now + SOON),
        ),
        oldest=Min("imported_at", filter=Q(place__in=[Order.Place.WAITING, Order.Place.NEEDS_ATTENTION])),
    )
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    hours, series, highest = _hours(company, now)
    today = sum(hour.total for hour in hours if hour.at >= midnight)
    return Figures(today=today, hours=hours, series=series, highest=highest, **late)


def _hours(company: Company, now: datetime) -> tuple[list[Hour], list[str], int]:
    last = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    first = last - timedelta(hours=HOURS - 1)
    rows = (
        company.orders.filter(is_test=False, placed_at__gte=first)
        .annotate(hour=TruncHour("placed_at"))
        .values_list("hour", "connection__name")
        .annotate(count=Count("pk"))
        .order_by("connection__name")
    )
    counted: dict[tuple[datetime, str], int] = {(hour, name): count for hour, name, count in rows}
    names = sorted({name for _, name in counted})
    totals = {last - timedelta(hours=back): 0 for back in range(HOURS)}
    for (hour, _name), count in counted.items():
        totals[hour] = totals.get(hour, 0) + count
    highest = max(totals.values(), default=0)
    return [_column(hour, names, counted, highest) for hour in sorted(totals)], names, highest


def _column(hour: datetime, names: Sequence[str], counted: dict[tuple[datetime, str], int], highest: int) -> Hour:
    bars, bottom = [], 0.0
    for series, name in enumerate(names):
        count = counted.get((hour, name), 0)
        if count:
            height = 100 * count / highest
            bars.append(Bar(series % 6, count, 100 - bottom - height, height))
            bottom += height
    return Hour(hour, sum(bar.count for bar in bars), bars)


def troubled_orders(company: Company, limit: int = 8) -> list[Order]:
    return list(troubled(company)[:limit])


def troubled_shipments(company: Company, limit: int = 8) -> list[Shipment]:
    stuck = company.shipments.filter(state=Shipment.State.NEEDS_ATTENTION)
    return list(stuck.select_related("order").order_by("-pk")[:limit])


def next_step(connections: Sequence[OrderConnection]) -> str:
    """Return the code of what to do next, empty when all is set up."""
    if not connections:
        return "set_up"
    if all(connection.state == OrderConnection.State.INACTIVE for connection in connections):
        return "activate"
    return ""
