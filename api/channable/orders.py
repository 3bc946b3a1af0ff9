"""Orders of this dialect: reading, shipping, cancelling, taking by hand, testing, and figures."""

from __future__ import annotations

import uuid
from datetime import UTC
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Company
from adapterkit.records import CancellationReason
from api.channable.base import ChannableView, success
from api.channable.shapes import event_shapes, order_shape
from api.channable.statuses import STATUSES, with_status
from api.problems import Conflict
from api.v1.serializers.test_orders import NewTestOrderSerializer
from api.v1.views.acting import cancel_at
from orders.chores.number_changes import number_changes
from orders.flows.acknowledge_order import NotNew, acknowledge_order
from orders.flows.handle_manually import handle_manually
from orders.flows.receive_shipment import NotTaken, receive_shipment
from orders.flows.send_test_order import TestRefused, send_test_order
from orders.models import Order
from orders.proposals import COUNTRIES
from orders.search import matching
from orders.words.problems import explain

MOST = 100
TROUBLED = Q(place=Order.Place.NEEDS_ATTENTION)


class Moment(serializers.DateTimeField):
    """A date, or a date and a time, in UTC where nothing else is said."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)


class QuerySerializer(serializers.Serializer[Any]):
    """What a list is narrowed by."""

    status = serializers.MultipleChoiceField(choices=[(name, name) for name in STATUSES], required=False)
    channel = serializers.CharField(max_length=40, required=False)
    errors = serializers.BooleanField(default=False)  # type: ignore[assignment]
    search = serializers.CharField(max_length=200, required=False)
    start_date = Moment(required=False)
    end_date = Moment(required=False)
    retrieved_at_start = Moment(required=False)
    retrieved_at_end = Moment(required=False)
    last_modified_after = Moment(required=False)
    last_modified_before = Moment(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=MOST)
    offset = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)


class ShipmentSerializer(serializers.Serializer[Any]):
    tracking_code = serializers.CharField(max_length=120, allow_blank=True, allow_null=True, default="")
    transporter = serializers.CharField(max_length=120, allow_blank=True, allow_null=True, default="")
    return_tracking_code = serializers.CharField(max_length=120, allow_blank=True, allow_null=True, required=False)
    return_transporter = serializers.CharField(max_length=120, allow_blank=True, allow_null=True, required=False)
    order_item_ids = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=500)


class CancelSerializer(serializers.Serializer[Any]):
    order_item_ids = serializers.ListField(
        child=serializers.IntegerField(), required=False, allow_null=True, max_length=500
    )


class OrderList(ChannableView):
    anonymous = False

    def get(self, request: Request, **_: Any) -> Response:
        """List orders, newest first. `total` is how many are in the answer, `error_count` how many there are in all."""
        asked = QuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        while number_changes(company_id=self.caller.company.pk):
            pass
        start, most = given["offset"], given["limit"]
        rows = list(_narrowed(self.orders, given, self.caller.company).order_by("-pk")[start : start + most])
        papers = self.papers_of(rows)
        shapes = [order_shape(order, anonymous=self.anonymous, papers=papers[order.pk]) for order in rows]
        mine = self.caller.orders.filter(connection__project=self.project)
        told = {"total": len(shapes), "error_count": _errors(mine, given, self.caller.company), "orders": shapes}
        return Response(told | self._channels())

    def _channels(self) -> dict[str, Any]:
        """Return what the first version tells beside the orders: the project's connections."""
        if self.kwargs["version"] != "v1" or self.anonymous:
            return {}
        mine = self.caller.connections.filter(project=self.project).order_by("pk")
        return {"channels": list(mine.values("id", "name"))}


class AnonymousOrderList(OrderList):
    anonymous = True


class OrderDetail(ChannableView):
    def get(self, request: Request, **_: Any) -> Response:
        order = self.order()
        events = order.events.order_by("pk")
        shape = order_shape(order, papers=self.papers_of([order])[order.pk])
        return Response({"order": shape, "events": event_shapes(events, order)})


class Shipment(ChannableView):
    def post(self, request: Request, **_: Any) -> Response:
        """Report what was sent; without item ids everything that is open.

        This dialect has no acknowledgement: an order that was not acknowledged is so by its first parcel, under our id.
        """
        order, given = self.order(), _given(ShipmentSerializer, request)
        code, transporter = given["tracking_code"] or "", given["transporter"] or ""
        now = timezone.now()
        if self.is_pulled and order.place != Order.Place.IN_SHOP:
            _acknowledge(order)
        try:
            receive_shipment(
                order=order,
                reference=f"{code or uuid.uuid4().hex}"[:120],
                carrier_name=transporter,
                tracking_code=code,
                pieces=_pieces(order, given.get("order_item_ids")),
                now=now,
            )
        except NotTaken as refused:
            raise Conflict(refused.code) from refused
        return success("The shipment was taken", channable_order_id=order.pk)


class Cancel(ChannableView):
    def post(self, request: Request, **_: Any) -> Response:
        """Cancel what is still open; without item ids everything.

        Items of an order that was not acknowledged acknowledge it, as its first parcel does.
        """
        order, items = self.order(), _given(CancelSerializer, request).get("order_item_ids") or []
        if items and self.project.shop.is_pulled and order.place != Order.Place.IN_SHOP:
            _acknowledge(order)
            order.refresh_from_db(fields=["shop_order_id", "place"])
        cancel_at(order, CancellationReason.OUT_OF_STOCK, items, "order_item_ids", by=self.caller.user)
        return success("The cancellation was taken")


class Manual(ChannableView):
    def post(self, request: Request, **_: Any) -> Response:
        if not handle_manually(order=self.order(), now=timezone.now(), by=self.caller.user):
            raise Conflict
        return success("Nothing more is done with the order here")


class NewReturn(ChannableView):
    def post(self, request: Request, **_: Any) -> Response:
        """Returns announced by the merchant: none of our marketplaces takes them."""
        self.order()
        raise Conflict("conflict", "This marketplace announces its returns by itself.")


class TestOrder(ChannableView):
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Send a test order through a connection; what is left out is made up."""
        connection = get_object_or_404(self.caller.connections.filter(project=self.project), pk=kwargs["config"])
        asked = NewTestOrderSerializer(data=_test_order(request.data))
        asked.is_valid(raise_exception=True)
        if self.shop is None:
            raise Conflict("steps_open")
        wish, token = asked.wish(connection, request.data), asked.validated_data["token"]
        try:
            sent = send_test_order(
                connection=connection, wish=wish, token=token, now=timezone.now(), by=self.caller.user
            )
        except TestRefused as refused:
            raise Conflict("test_refused", explain(refused.code, refused.params).what) from refused
        return Response({"status": "success", "order": order_shape(self.orders.get(pk=sent.order_id))}, status=201)


def _narrowed(orders: QuerySet[Order], given: dict[str, Any], company: Company) -> QuerySet[Order]:
    lookups = {
        "channel": "connection__account__marketplace",
        "start_date": "placed_at__gte",
        "end_date": "placed_at__lte",
        "retrieved_at_start": "imported_at__gte",
        "retrieved_at_end": "imported_at__lte",
        "last_modified_after": "modified_at__gt",
        "last_modified_before": "modified_at__lt",
    }
    orders = orders.filter(**{lookup: given[name] for name, lookup in lookups.items() if name in given})
    if given.get("status"):
        orders = with_status(orders, given["status"])
    if given["errors"]:
        orders = orders.filter(TROUBLED)
    return matching(orders, given["search"], company=company) if "search" in given else orders


def _errors(orders: QuerySet[Order], given: dict[str, Any], company: Company) -> int:
    """Count the orders in trouble that a search finds, or all; the other filters do not narrow this figure there."""
    found = matching(orders, given["search"], company=company) if "search" in given else orders
    return found.filter(TROUBLED).count()


def _given(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    asked = serializer(data=request.data)
    asked.is_valid(raise_exception=True)
    values: dict[str, Any] = asked.validated_data
    return values


def _acknowledge(order: Order) -> None:
    try:
        acknowledge_order(order=order, shop_order_id=str(order.pk), number=str(order.pk), now=timezone.now())
    except NotNew as refused:
        raise Conflict(refused.code) from refused


def _pieces(order: Order, items: list[int] | None) -> dict[int, int] | None:
    if not items:
        return None
    left = {line.pk: line.quantity_open for line in order.lines.all()}
    unknown = [item for item in items if item not in left]
    if unknown:
        raise ValidationError({"order_item_ids": f"{unknown[0]} is no item of this order"})
    return {item: left[item] for item in items if left[item] > 0}


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def _test_order(body: Any) -> dict[str, Any]:
    """Translate the dialect's test order to ours; numbers may come as text."""
    if not isinstance(body, dict):
        raise ValidationError({"body": "an object"})
    products = body.get("products") or [{"id": body.get("item_id", ""), "quantity": 1, "price": "9.95"}]
    price, shipping = _part(body, "price"), _part(body, "shipping")
    names = {"zip_code": "postcode", "house_number_ext": "house_number_addition"}
    known = {"first_name", "last_name", "company", "street", "house_number", "city", "email", "phone", *names}
    buyer = {names.get(name, name): str(value) for name, value in shipping.items() if name in known and value}
    return {
        "token": str(uuid.uuid4()),
        "country": body.get("country") or COUNTRIES[0],
        "lines": [
            {"product": str(row.get("id", "")), "quantity": row.get("quantity", 1), "price": str(row.get("price", 0))}
            for row in products
            if isinstance(row, dict)
        ],
        "delivery": buyer,
        "shipping_cost": str(price.get("shipping", Decimal(0))),
        "discount": str(price.get("discount") or 0),
    }
