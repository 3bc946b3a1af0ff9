"""Order connections: their health, their set-up list, starting and pausing them, and test orders."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiKey
from api.base import ApiView, with_etag
from api.problems import Conflict
from api.v1.serializers.connections import ConnectionDetailSerializer, ConnectionSerializer
from api.v1.serializers.orders import OrderSerializer
from api.v1.serializers.test_orders import NewTestOrderSerializer
from api.v1.views.orders import with_everything
from connections.flows.pause_connection import pause_connection
from connections.models import OrderConnection
from engine.models import Lane
from orders.flows.activate_connection import NotReady, activate_connection
from orders.flows.send_test_order import TestRefused, send_test_order
from orders.words.problems import explain

CREATED = 201


class ConnectionsView(ApiView):
    """Reads the caller's connections, with the sides that are in trouble; a constant number of statements."""

    serializer_class: Any = ConnectionDetailSerializer
    writes = ApiKey.Scope.ADMIN

    def get_queryset(self) -> QuerySet[OrderConnection]:
        return self.caller.connections.select_related("account", "project__shop").order_by("-pk")

    def get_serializer_context(self) -> dict[str, Any]:
        troubled = Lane.objects.filter(company=self.caller.company).values("key", "state", "since")
        lanes = {lane["key"]: {"state": lane["state"], "since": lane["since"]} for lane in troubled}
        return {**super().get_serializer_context(), "lanes": lanes}

    def wanted(self) -> OrderConnection:
        connection: OrderConnection = self.get_object()
        self.check_match(etag_of(connection))
        return connection

    def as_it_is_now(self) -> Response:
        connection: OrderConnection = self.get_object()
        return with_etag(self.get_serializer(connection).data, etag_of(connection))


def etag_of(connection: OrderConnection) -> str:
    """Return the mark of how a connection is set up and whether it runs; its sides' health is no part of it."""
    kept = [str(getattr(connection, field.attname)) for field in OrderConnection._meta.concrete_fields]
    return f'"{connection.pk}-{hashlib.sha256(repr(kept).encode()).hexdigest()[:16]}"'


class ConnectionList(ConnectionsView):
    serializer_class = ConnectionSerializer

    @extend_schema(operation_id="list_connections", responses=ConnectionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the order connections, newest first."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ConnectionDetail(ConnectionsView):
    @extend_schema(operation_id="read_connection")
    def get(self, request: Request, pk: int) -> Response:
        """Read one order connection with its set-up list."""
        return self.as_it_is_now()


class Activate(ConnectionsView):
    @extend_schema(operation_id="activate_connection", request=None)
    def post(self, request: Request, pk: int) -> Response:
        """Start fetching orders; refused while a step of the set-up list is open."""
        try:
            changed = activate_connection(connection=self.wanted(), now=timezone.now(), by=self.caller.user)
        except NotReady as error:
            raise Conflict("steps_open") from error
        if not changed:
            raise Conflict
        return self.as_it_is_now()


class Pause(ConnectionsView):
    @extend_schema(operation_id="pause_connection", request=None)
    def post(self, request: Request, pk: int) -> Response:
        """Fetch no more orders for now; what is on its way is still delivered and reported."""
        if not pause_connection(connection=self.wanted(), now=timezone.now(), by=self.caller.user):
            raise Conflict
        return self.as_it_is_now()


class TestOrderList(ConnectionsView):
    writes = ApiKey.Scope.ORDERS
    serializer_class = NewTestOrderSerializer

    @extend_schema(operation_id="send_test_order", responses={CREATED: OrderSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Send a test order to the shop: marked as a test, never told to a marketplace, never counted."""
        connection, given = self.get_object(), NewTestOrderSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if getattr(connection.project, "shop", None) is None:
            raise Conflict("steps_open")
        wish, token = given.wish(connection, request.data), given.validated_data["token"]
        try:
            sent = send_test_order(
                connection=connection, wish=wish, token=token, now=timezone.now(), by=self.caller.user
            )
        except TestRefused as refused:
            raise Conflict("test_refused", explain(refused.code, refused.params).what) from refused
        order = with_everything(self.caller.orders).get(pk=sent.order_id)
        return Response(OrderSerializer(order).data, status=CREATED)
