"""How many orders there were, of which state, day by day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ApiView
from api.told import Told
from orders.models import Order

MOST_DAYS = 92


class PeriodSerializer(serializers.Serializer[Any]):
    """So many days up to the last one, which is today if left out."""

    last = serializers.DateField(required=False)
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=30)


class DaySerializer(Told):
    """The orders placed on a day through one connection. Tests do not count."""

    day = serializers.DateField()
    connection = serializers.IntegerField()
    orders = serializers.IntegerField()
    in_shop = serializers.IntegerField()
    shipped = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    needs_attention = serializers.IntegerField()


class Statistics(ApiView):
    serializer_class = DaySerializer
    pagination_class = None

    @extend_schema(operation_id="read_statistics", parameters=[PeriodSerializer], responses=DaySerializer(many=True))
    def get(self, request: Request) -> Response:
        """Count the orders of a period by day and connection."""
        asked = PeriodSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        end = _midnight((asked.validated_data.get("last") or timezone.localdate()) + timedelta(days=1))
        begin = end - timedelta(days=asked.validated_data["days"])
        placed = self.caller.orders.filter(is_test=False, placed_at__gte=begin, placed_at__lt=end)
        rows = placed.annotate(day=TruncDate("placed_at")).values("day", "connection")
        counted = rows.annotate(
            orders=Count("pk"),
            in_shop=Count("pk", filter=Q(place=Order.Place.IN_SHOP)),
            shipped=Count("pk", filter=Q(status=Order.Status.SHIPPED)),
            cancelled=Count("pk", filter=Q(status=Order.Status.CANCELLED)),
            needs_attention=Count("pk", filter=Q(place=Order.Place.NEEDS_ATTENTION)),
        )
        return Response(DaySerializer(counted.order_by("day", "connection"), many=True).data)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
