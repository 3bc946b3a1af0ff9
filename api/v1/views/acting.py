"""What programs do to orders: acknowledge, ship, cancel, try again, take into their own hands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from adapterkit.records import CancellationReason
from api.base import with_etag
from api.problems import Conflict
from api.v1.serializers.orders import (
    AcknowledgementSerializer,
    CancelSerializer,
    CorrectionSerializer,
    NewShipmentSerializer,
    OrderSerializer,
    ShipmentSerializer,
)
from api.v1.views.orders import OrdersView, etag_of, with_everything
from orders.flows.acknowledge_order import NotNew, acknowledge_order
from orders.flows.cancel_order import OnlyWhole, cancel_order
from orders.flows.handle_manually import handle_manually
from orders.flows.receive_shipment import NotTaken, receive_shipment
from orders.flows.resume_order import resume_order
from orders.models import Order, Shipment

CREATED, OK = 201, 200


class ActingView(OrdersView):
    """Changes one order. With If-Match it must be as it was read."""

    def wanted(self) -> Order:
        self.keep_still(self.caller.orders)
        order: Order = self.get_object()
        self.check_match(etag_of(order))
        return order

    def given(self) -> dict[str, Any]:
        serializer = self.get_serializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        return values

    def as_it_is_now(self, order: Order) -> Response:
        fresh = with_everything(self.caller.orders).get(pk=order.pk)
        return with_etag(OrderSerializer(fresh, context=self.get_serializer_context()).data, etag_of(fresh))


class Acknowledge(ActingView):
    tried_as = "acknowledge"
    serializer_class = AcknowledgementSerializer

    @extend_schema(operation_id="acknowledge_order", responses=OrderSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Say that your platform has the order, and under which number; it is listed as new no more.

        The same again changes nothing.
        """
        order, given = self.wanted(), self.given()
        number = given.pop("number", "") or given["shop_order_id"]
        try:
            acknowledge_order(order=order, number=number, now=timezone.now(), **given)
        except NotNew as refused:
            raise Conflict(refused.code) from refused
        return self.as_it_is_now(order)


class ShipmentList(ActingView):
    tried_as = "ship"
    serializer_class = NewShipmentSerializer

    @extend_schema(
        operation_id="create_shipment",
        responses={CREATED: ShipmentSerializer, OK: ShipmentSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Say what was sent: carrier and tracking code are reported to the marketplace.

        The same reference again corrects them (200), at the marketplace too, unless that takes no correction (409).
        """
        order, given = self.wanted(), self.given()
        known = order.shipments.filter(shop_shipment_id=given["reference"]).exists()
        pieces = Counter[int]()
        for row in given.pop("lines", ()):
            pieces[row["line"]] += row["quantity"]
        shipment = _received(order, pieces=pieces or None, carrier_name=given.pop("carrier"), **given)
        return Response(_told(shipment), status=OK if known else CREATED)


class ShipmentDetail(ActingView):
    serializer_class = CorrectionSerializer

    @extend_schema(operation_id="correct_shipment", responses=ShipmentSerializer)
    def put(self, request: Request, pk: int, shipment: int) -> Response:
        """Correct carrier and code of a parcel, at the marketplace too; 409 where that takes no correction."""
        order, given = self.wanted(), self.given()
        known = get_object_or_404(order.shipments, pk=shipment)
        reference = known.shop_shipment_id
        changed = _received(order, reference=reference, carrier_name=given.pop("carrier"), **given)
        return Response(_told(changed))


def cancel_at(order: Order, reason: CancellationReason, lines: Collection[int], field: str, *, by: User | None) -> None:
    """Cancel an order or lines of it, named in `field`; `Conflict` or `ValidationError` where that cannot be."""
    if unknown := set(lines) - {line.pk for line in order.lines.all()}:
        raise ValidationError({field: f"{min(unknown)} is no line of this order"})
    try:
        done = cancel_order(order=order, reason=reason, now=timezone.now(), by=by, lines=lines)
    except OnlyWhole as refused:
        raise Conflict("only_whole") from refused
    if not done:
        raise Conflict("not_cancellable")


class Cancel(ActingView):
    serializer_class = CancelSerializer

    @extend_schema(operation_id="cancel_order", responses=OrderSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Cancel every piece that is still open, or those of some lines; marketplace and shop are told."""
        order, given = self.wanted(), self.given()
        cancel_at(order, CancellationReason(given["reason"]), given.get("lines", ()), "lines", by=self.caller.user)
        return self.as_it_is_now(order)


class _Simple(ActingView):
    """A change that needs no more than to be asked for; `flow` says False when there is nothing to do."""

    serializer_class = None
    flow: Callable[..., bool]

    def act(self) -> Response:
        order, by = self.wanted(), self.caller.user
        if not type(self).flow(order=order, now=timezone.now(), by=by):
            raise Conflict
        return self.as_it_is_now(order)


class Resume(_Simple):
    flow = staticmethod(resume_order)

    @extend_schema(operation_id="resume_order", request=None, responses=OrderSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Try again what waits for a person, after mending what kept it."""
        return self.act()


class HandleManually(_Simple):
    flow = staticmethod(handle_manually)

    @extend_schema(operation_id="handle_order_manually", request=None, responses=OrderSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Take the order into your own hands: nothing more is done with it here."""
        return self.act()


def _received(order: Order, **parcel: Any) -> Shipment:
    try:
        shipment, _ = receive_shipment(order=order, now=timezone.now(), **parcel)
    except NotTaken as refused:
        raise Conflict(refused.code) from refused
    return shipment


def _told(shipment: Shipment) -> Any:
    fresh: QuerySet[Shipment] = Shipment.objects.filter(pk=shipment.pk).prefetch_related("lines")
    return ShipmentSerializer(fresh.get()).data
