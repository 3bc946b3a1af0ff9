"""How lists are narrowed. An unknown value is refused, never ignored: a program would take all for some."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError

from api.caller import Caller
from marketplaces.registry import MARKETPLACES
from orders.models import Order
from orders.search import matching
from orders.status import LABELS, with_label
from orders.waiting import to_be_acknowledged

NEW = "new"  # to be fetched by the platform's own program, and not acknowledged yet


class OrderFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Which orders a program asks for."""

    state = django_filters.MultipleChoiceFilter(method="of_states", choices=[(name, name) for name in (NEW, *LABELS)])
    connection = django_filters.ModelChoiceFilter(queryset=lambda request: request.user.connections)
    project = django_filters.ModelChoiceFilter(
        field_name="connection__project", queryset=lambda request: request.user.projects
    )
    marketplace = django_filters.ChoiceFilter(
        field_name="connection__account__marketplace", choices=[(code, code) for code in MARKETPLACES]
    )
    placed_from = django_filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="gte")
    placed_before = django_filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="lt")
    reference = django_filters.CharFilter(max_length=160)
    marketplace_order_id = django_filters.CharFilter(max_length=120)
    search = django_filters.CharFilter(method="with_text", max_length=200)
    test = django_filters.BooleanFilter(field_name="is_test")

    class Meta:
        model = Order
        fields: tuple[str, ...] = ()

    def of_states(self, queryset: QuerySet[Order], _name: str, labels: list[str]) -> QuerySet[Order]:
        if not labels:
            return queryset
        told = with_label(queryset, labels)
        if NEW not in labels:
            return told
        new = to_be_acknowledged(queryset, company=self.request.user.company)
        if "shipped" in labels:
            return told | new  # of so many the newest of all orders soon hold a page
        return queryset.filter(pk__gathered=told.order_by().values("pk").union(new.order_by().values("pk")))

    def with_text(self, queryset: QuerySet[Order], _name: str, text: str) -> QuerySet[Order]:
        caller: Caller = self.request.user
        return matching(queryset, text, company=caller.company)


def chosen(filters: Any) -> QuerySet[Any]:
    """Return what the filters leave; raises ValidationError that names each one that cannot be read."""
    if not filters.is_valid():
        raise ValidationError(filters.errors)
    queryset: QuerySet[Any] = filters.qs
    return queryset
