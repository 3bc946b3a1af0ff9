"""The order list: its tabs, its filters, its problems by cause, and its export."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import django_filters
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from orders.models import Order, OrderAddress, OrderLine, Shipment
from orders.status import label_of
from orders.wording import Explanation, explain

TROUBLE = Q(place=Order.Place.NEEDS_ATTENTION) | ~Q(hold="")
STUCK_PARCEL = Exists(Shipment.objects.filter(order=OuterRef("pk"), state=Shipment.State.NEEDS_ATTENTION))
WAITING_PARCEL = Exists(Shipment.objects.filter(order=OuterRef("pk"), state=Shipment.State.WAITING_FOR_TRACKING))
OPEN = (Order.Status.PENDING, Order.Status.OPEN, Order.Status.PARTIALLY_SHIPPED)
TABS = {
    "all": _("All"),
    "attention": _("Needs attention"),
    "not_shipped": _("Not shipped"),
    "waiting": _("Waiting for tracking"),
    "shipped": _("Shipped"),
    "cancelled": _("Cancelled"),
    "test": _("Test"),
}
CAUSES = 20  # of problems, shown at most
COLUMNS = (
    "number", "shop order", "state", "placed at", "total", "currency", "connection", "country", "products", "tracking",
)  # fmt: skip


def orders_of(company: Company) -> QuerySet[Order]:
    return company.orders.select_related("connection").order_by("-placed_at", "-pk")


class OrderFilter(django_filters.FilterSet):  # type: ignore[misc]
    """The filters of the order list; the same names in the address bar."""

    tab = django_filters.ChoiceFilter(method="on_tab", choices=list(TABS.items()))
    q = django_filters.CharFilter(method="search", label=_("Search"))
    placed_from = django_filters.DateFilter(field_name="placed_at", lookup_expr="date__gte", label=_("Placed from"))
    placed_to = django_filters.DateFilter(field_name="placed_at", lookup_expr="date__lte", label=_("Placed until"))

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
                return queryset.filter(TROUBLE | Q(STUCK_PARCEL))
            case "not_shipped":
                return queryset.filter(status__in=OPEN)
            case "waiting":
                return queryset.filter(WAITING_PARCEL)
            case "shipped":
                return queryset.filter(status=Order.Status.SHIPPED)
            case "cancelled":
                return queryset.filter(status=Order.Status.CANCELLED)
            case _:
                return queryset

    def search(self, queryset: QuerySet[Order], _name: str, value: str) -> QuerySet[Order]:
        """Find by a number, the buyer's name or postcode, a SKU or a tracking code."""
        text = value.strip()
        lines = OrderLine.objects.filter(order=OuterRef("pk"), sku__iexact=text)
        buyers = OrderAddress.objects.filter(order=OuterRef("pk")).filter(
            Q(last_name__icontains=text) | Q(company__icontains=text) | Q(postcode__iexact=text)
        )
        parcels = Shipment.objects.filter(order=OuterRef("pk"), tracking_code__iexact=text)
        numbers = Q(marketplace_order_id__icontains=text) | Q(number__icontains=text) | Q(reference__iexact=text)
        return queryset.filter(
            numbers | Q(shop_order_number__iexact=text) | Exists(lines) | Exists(buyers) | Exists(parcels)
        )


@dataclass(frozen=True, slots=True)
class Cause:
    """So many orders wait for the same thing. `skus` are the unknown references, where that is the cause."""

    code: str
    count: int
    why: Explanation
    skus: list[str]
    project_id: int


def causes(company: Company) -> list[Cause]:
    """Return what keeps orders from the shop, the most frequent first; one statement."""
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


def csv_lines(orders: Iterable[Order]) -> Iterator[str]:
    """Yield the export line by line. A text that a spreadsheet would take for a formula is marked as text."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for order in orders:
        delivery = next((a for a in order.addresses.all() if a.role == OrderAddress.Role.DELIVERY), None)
        row = (
            order.number,
            order.shop_order_number,
            label_of(order),
            order.placed_at.isoformat(),
            f"{order.total:.2f}",
            order.currency,
            order.connection.name,
            delivery.country if delivery else "",
            "; ".join(f"{line.quantity} x {line.sku or line.title}" for line in order.lines.all()),
            "; ".join(parcel.tracking_code for parcel in order.shipments.all() if parcel.tracking_code),
        )
        yield writer.writerow([_harmless(text) for text in row])


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


class _Echo:
    """A file that gives back what is written, for `csv.writer`."""

    def write(self, text: str) -> str:
        return text
