"""Orders and what happened to them."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.base import ApiView, Newest, with_etag
from api.trial import Trial
from api.v1.filters import OrderFilter, chosen
from api.v1.serializers.orders import EventSerializer, OrderSerializer
from orders.chores.number_changes import number_changes
from orders.models import Cancellation, Order, OrderEvent, OrderLine, Shipment, ShipmentLine


def with_everything(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Have orders read with all that is told of them: eight statements, whatever their number."""
    lines = OrderLine.objects.select_related("product").order_by("pk")
    cancellations = Cancellation.objects.order_by("pk")
    parcels = Shipment.objects.order_by("pk")
    pieces = ShipmentLine.objects.order_by("pk")
    return orders.select_related("connection__account").prefetch_related(
        "addresses",
        Prefetch("lines", lines.prefetch_related(Prefetch("cancellations", cancellations))),
        Prefetch("shipments", parcels.prefetch_related(Prefetch("lines", pieces))),
    )


def etag_of(order: Order) -> str:
    """Return the mark of an order's state: everything that changes it writes an event."""
    latest = order.events.order_by("-pk").values_list("pk", flat=True).first()
    return f'"{order.pk}-{latest or 0}"'


class OrderPages(Newest):
    """The last imported first; with `changed_since` in the order of the changes, the oldest first.

    Both keys are unique within a company: with a key that two orders share, a page could repeat what the last one had.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any] | None:
        reading_on = "changed_since" in request.query_params
        self.ordering = "change_number" if reading_on else "-pk"
        self.last_seen = request.query_params.get("changed_since", "")
        page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        if reading_on and page:
            self.last_seen = str(page[-1].change_number)
        return page

    def get_paginated_response(self, data: object) -> Response:
        response = super().get_paginated_response(data)
        if self.last_seen:
            response.data["changed_since"] = self.last_seen
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        described = super().get_paginated_response_schema(schema)
        described["properties"]["changed_since"] = {
            "type": "string",
            "description": "Where to read on next time; only when `changed_since` was asked for.",
        }
        return described


class OrdersView(ApiView):
    serializer_class: Any = OrderSerializer
    pagination_class = OrderPages

    def get_queryset(self) -> QuerySet[Order]:
        return with_everything(self.caller.orders)


CHANGED_SINCE = OpenApiParameter(
    "changed_since",
    {"type": "string", "pattern": r"^[0-9]{1,18}$"},
    description=(
        "Reads on: orders that changed after the answer that gave this `changed_since`, the oldest change first. Begin "
        "with 0. However long you wait, no change is missed, and none is told twice unless the order changed again."
    ),
)


@extend_schema_view(
    get=extend_schema(operation_id="list_orders", parameters=[CHANGED_SINCE], responses=OrderSerializer(many=True))
)
class OrderList(OrdersView):
    filterset_class = OrderFilter

    def get(self, request: Request) -> Response:
        """List orders, the last imported first, or read on from where you were.

        Give every page's `changed_since` back when you ask next; read the pages by `next` until there is none.
        """
        orders = chosen(OrderFilter(request.query_params, queryset=self.get_queryset(), request=request))
        since = request.query_params.get("changed_since")
        if since is not None:
            orders = orders.filter(change_number__gt=_number(since))
            while number_changes(company_id=self.caller.company.pk):
                pass
        trial = Trial(self.caller)
        trial.note("changes" if since is not None else "list")
        trial.throttle_once("list")
        page = self.paginate_queryset(orders)
        rows = trial.doubled(self.get_serializer(page, many=True).data)
        return self.get_paginated_response(rows)


class OrderDetail(OrdersView):
    @extend_schema(operation_id="read_order")
    def get(self, request: Request, pk: int) -> Response:
        """Read one order. Its ETag changes with whatever happens to it."""
        order = self.get_object()
        return with_etag(self.get_serializer(order).data, etag_of(order))


class EventPages(Newest):
    ordering = "pk"


class EventList(ApiView):
    serializer_class = EventSerializer
    pagination_class = EventPages

    def get_queryset(self) -> QuerySet[OrderEvent]:
        return OrderEvent.objects.filter(order__in=self.caller.orders, order=self.kwargs["pk"])

    @extend_schema(operation_id="list_order_events", responses=EventSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """List what happened to an order, the oldest first."""
        get_object_or_404(self.caller.orders.only("pk"), pk=pk)
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:  # noqa: PLR2004 - what the column holds
        raise ValidationError({"changed_since": "0, or what the last answer gave as changed_since"})
    return int(text)
