"""The order list: its tabs, its filters, and its problems by cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Company
from orders.models import Order, Shipment
from orders.reading.parcels import CARRIER_PROBLEMS
from orders.search import matching
from orders.words.problems import Explanation, explain
from web.shared.query import OPEN, troubled

TABS = {
    "all": _("All"),
    "attention": _("Needs attention"),
    "not_shipped": _("Not shipped"),
    "waiting": _("Waiting for tracking"),
    "shipped": pgettext_lazy("orders", "Shipped"),
    "cancelled": pgettext_lazy("orders", "Cancelled"),
    "test": _("Test"),
}
CAUSES = 20  # of problems, shown at most


def _with_parcels(company: Company, state: Shipment.State) -> QuerySet[Shipment, Any]:
    return company.shipments.filter(state=state).values("order")


class OrderFilter(django_filters.FilterSet):  # type: ignore[misc]
    """The filters of the order list; the same names in the address bar."""

    tab = django_filters.ChoiceFilter(method="on_tab", choices=list(TABS.items()))
    q = django_filters.CharFilter(method="search", label=_("Search"))
    placed_from = django_filters.DateFilter(method="since", label=_("Placed from"))
    placed_to = django_filters.DateFilter(method="until", label=_("Placed until"))

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        self.filters["connection"].queryset = company.order_connections.order_by("name")
        self.form.fields["connection"].empty_label = _("Any connection")
        self.form.fields["connection"].widget.attrs["class"] = "form-select"
        for name in ("placed_from", "placed_to"):
            self.form.fields[name].widget.attrs["class"] = "form-control"
            self.form.fields[name].widget.input_type = "date"

    class Meta:
        model = Order
        fields = ("tab", "q", "connection", "placed_from", "placed_to")

    @property
    def open_tab(self) -> str:
        """The tab that is open; without a known one all orders but tests are shown."""
        asked = str(self.data.get("tab", ""))
        return asked if asked in TABS else "all"

    def filter_queryset(self, queryset: QuerySet[Order]) -> QuerySet[Order]:
        found: QuerySet[Order] = super().filter_queryset(queryset)
        return found.filter(is_test=self.open_tab == "test")

    def on_tab(self, queryset: QuerySet[Order], _name: str, value: str) -> QuerySet[Order]:
        match value:
            case "attention":
                stuck = _with_parcels(self.company, Shipment.State.NEEDS_ATTENTION)
                return queryset.filter(pk__in=troubled(self.company).order_by().values("pk").union(stuck))
            case "not_shipped":
                return queryset.filter(status__in=OPEN)
            case "waiting":
                return queryset.filter(pk__in=_with_parcels(self.company, Shipment.State.WAITING_FOR_TRACKING))
            case "shipped":
                return queryset.filter(status=Order.Status.SHIPPED)
            case "cancelled":
                return queryset.filter(status=Order.Status.CANCELLED)
            case _:
                return queryset

    def search(self, queryset: QuerySet[Order], _name: str, value: str) -> QuerySet[Order]:
        return matching(queryset, value, company=self.company)

    def since(self, queryset: QuerySet[Order], _name: str, day: date) -> QuerySet[Order]:
        return queryset.filter(placed_at__gte=_midnight(day))

    def until(self, queryset: QuerySet[Order], _name: str, day: date) -> QuerySet[Order]:
        return queryset.filter(placed_at__lt=_midnight(day + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    """The first moment of a day where the company is."""
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True, slots=True)
class Cause:
    """So many orders wait for the same thing; an unknown product's are `skus` of a project, to be mapped."""

    code: str
    count: int
    why: Explanation
    skus: Sequence[str] = ()
    project_id: int | None = None

    @property
    def at_carriers(self) -> bool:
        """Whether the page of the carriers mends it."""
        return self.code in CARRIER_PROBLEMS


def causes(company: Company) -> list[Cause]:
    """Return what orders wait for, the most frequent first; four statements."""
    found = [*_of_orders(company), *_of_parcels(company), *_of_buyers(company)]
    return sorted(found, key=lambda cause: -cause.count)[:CAUSES]


def _of_orders(company: Company) -> list[Cause]:
    """What keeps orders from the shop."""
    stuck = company.orders.filter(place=Order.Place.NEEDS_ATTENTION, is_test=False).exclude(problem_code="")
    groups = stuck.values("problem_code", "problem", "connection__project").annotate(count=Count("pk"))
    return [
        Cause(
            code=group["problem_code"],
            count=group["count"],
            why=explain(group["problem_code"], group["problem"]),
            skus=[str(sku) for sku in group["problem"].get("skus", ())] if group["problem"] else [],
            project_id=group["connection__project"],
        )
        for group in groups.order_by("-count", "problem_code")[:CAUSES]
    ]


def _of_parcels(company: Company) -> list[Cause]:
    """What keeps parcels from being reported; those that lack a carrier are one cause, whatever their codes."""
    stuck = company.shipments.filter(state=Shipment.State.NEEDS_ATTENTION, order__is_test=False)
    orders = Count("order", distinct=True)
    carriers = stuck.filter(problem_code__in=CARRIER_PROBLEMS).values("problem_code").annotate(count=orders)
    others = stuck.exclude(problem_code__in=CARRIER_PROBLEMS).values("problem_code", "problem").annotate(count=orders)
    return [
        *(_cause(group, what="") for group in carriers),
        *(_cause(group) for group in others.order_by("-count", "problem_code")[:CAUSES]),
    ]


def _cause(group: Mapping[str, Any], **told: str) -> Cause:
    why = explain(group["problem_code"], group.get("problem") or {})
    return Cause(code=group["problem_code"], count=group["count"], why=replace(why, **told))


def _of_buyers(company: Company) -> list[Cause]:
    """The requests to cancel that wait for a decision."""
    count = troubled(company).filter(is_test=False).exclude(hold="").count()
    return [Cause(code="hold", count=count, why=explain("cancellation_requested", {}))] if count else []
