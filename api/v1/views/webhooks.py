"""Webhooks: where programs are told what happens, what they were told, and telling it again."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiKey
from adapterkit.network import AddressRefused
from api.base import ApiView, with_etag
from api.problems import AddressNotCalled, Conflict
from api.v1.filters import chosen
from api.v1.serializers.webhooks import (
    DeliveryDetailSerializer,
    DeliverySerializer,
    NewWebhookSerializer,
    RangeSerializer,
    ReplayedSerializer,
    SecretSerializer,
    WebhookSerializer,
    WishedWebhookSerializer,
)
from webhooks.addresses import REFUSALS, check_address
from webhooks.event_types import PING, EventType
from webhooks.flows import make_webhook as making
from webhooks.flows import replay_messages as replaying
from webhooks.flows.change_webhook import change_webhook
from webhooks.flows.remove_webhook import remove_webhook
from webhooks.flows.rotate_secret import rotate_secret
from webhooks.flows.send_test import send_test
from webhooks.flows.skip_message import skip_message
from webhooks.log import about_order, entries
from webhooks.models import WebhookEndpoint, WebhookMessage

CREATED, EMPTY = 201, 204


class DeliveryFilter(django_filters.FilterSet):  # type: ignore[misc]
    type = django_filters.ChoiceFilter(choices=[*EventType.choices, (PING, PING)])
    delivered = django_filters.BooleanFilter(field_name="delivered_at", lookup_expr="isnull", exclude=True)
    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")
    order = django_filters.ModelChoiceFilter(queryset=lambda request: request.user.orders, method="of_order")

    class Meta:
        model = WebhookMessage
        fields: tuple[str, ...] = ()

    def of_order(self, queryset: QuerySet[WebhookMessage], _name: str, order: Any) -> QuerySet[WebhookMessage]:
        if order is None:
            return queryset
        endpoint = self.request.user.webhooks.get(pk=self.request.parser_context["kwargs"]["pk"])
        return queryset.filter(pk__in=about_order(endpoint, order.pk).values("record_id"))


class WebhooksView(ApiView):
    """The caller's webhooks. Reading them takes as much as changing them: their addresses are secrets often enough."""

    serializer_class: Any = WebhookSerializer
    reads = writes = ApiKey.Scope.ADMIN

    def get_queryset(self) -> QuerySet[WebhookEndpoint]:
        return self.caller.webhooks.order_by("-pk")

    def wanted(self) -> WebhookEndpoint:
        self.keep_still(self.caller.webhooks)
        endpoint: WebhookEndpoint = self.get_object()
        self.check_match(etag_of(endpoint))
        return endpoint

    def as_it_is_now(self, endpoint: WebhookEndpoint) -> Response:
        endpoint.refresh_from_db()
        return with_etag(WebhookSerializer(endpoint).data, etag_of(endpoint))


def etag_of(endpoint: WebhookEndpoint) -> str:
    return f'"{endpoint.pk}-{endpoint.version}"'


class WishedView(WebhooksView):
    """Takes how a webhook is to be."""

    def prepare(self) -> None:
        """Read the wish and look up its host, which takes time; raises `AddressNotCalled`."""
        if self.request.method == "DELETE":
            return
        given = WishedWebhookSerializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        self.given: dict[str, Any] = given.validated_data
        try:
            self.given["url"] = check_address(self.given["url"])
        except AddressRefused as refused:
            raise AddressNotCalled(REFUSALS[refused.code]) from refused

    def wish(self) -> dict[str, Any]:
        """Return how the webhook is to be; raises `NotFound` for a project that is not the caller's."""
        wish = dict(self.given)
        project = wish.pop("project") or self.caller.key.project_id
        if project is not None and not self.caller.projects.filter(pk=project).exists():
            raise NotFound
        return {**wish, "project_id": project}


class WebhookList(WishedView):
    @extend_schema(operation_id="list_webhooks", responses=WebhookSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the webhooks, newest first."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="make_webhook", request=WishedWebhookSerializer, responses={CREATED: NewWebhookSerializer}
    )
    def post(self, request: Request) -> Response:
        """Have an address told what happens from now on. Keep the secret: it is told this once."""
        wish, now, by = self.wish(), timezone.now(), self.caller.user
        enabled = wish.pop("enabled")
        try:
            endpoint, secret = making.make_webhook(company=self.caller.company, now=now, by=by, **wish)
        except making.TooMany as error:
            raise Conflict("too_many_webhooks") from error
        if not enabled:
            change_webhook(endpoint=endpoint, enabled=False, now=now, by=by, **wish)
            endpoint.refresh_from_db()
        told = NewWebhookSerializer({"webhook": endpoint, "secret": secret}).data
        return with_etag(told, etag_of(endpoint), status=CREATED)


class WebhookDetail(WishedView):
    @extend_schema(operation_id="read_webhook")
    def get(self, request: Request, pk: int) -> Response:
        """Read one webhook."""
        return self.as_it_is_now(self.get_object())

    @extend_schema(operation_id="change_webhook", request=WishedWebhookSerializer, responses=WebhookSerializer)
    def put(self, request: Request, pk: int) -> Response:
        """Change where a webhook listens, to what, and whether it is on. Switched on, it gets what was kept for it."""
        endpoint, wish = self.wanted(), self.wish()
        if not change_webhook(endpoint=endpoint, now=timezone.now(), by=self.caller.user, **wish):
            raise NotFound
        return self.as_it_is_now(endpoint)

    @extend_schema(operation_id="remove_webhook", responses={EMPTY: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Tell the address nothing more, and forget what it was told."""
        if not remove_webhook(endpoint=self.wanted(), now=timezone.now(), by=self.caller.user):
            raise NotFound
        return Response(status=EMPTY)


class Secret(WebhooksView):
    @extend_schema(operation_id="rotate_webhook_secret", request=None, responses=SecretSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Replace the secret. For a day messages carry the signatures of both, so that you can change over."""
        endpoint = self.wanted()
        secret = rotate_secret(endpoint=endpoint, now=timezone.now(), by=self.caller.user)
        if secret is None:
            raise NotFound
        endpoint.refresh_from_db()
        told = SecretSerializer({"secret": secret, "previous_until": endpoint.previous_until}).data
        return with_etag(told, etag_of(endpoint))


class Test(WebhooksView):
    @extend_schema(operation_id="test_webhook", request=None, responses={CREATED: DeliverySerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Send a test, once and within seconds, whether the webhook is on or off; its delivery tells how it went."""
        message = send_test(endpoint=self.get_object(), now=timezone.now())
        if message is None:
            raise NotFound
        return Response(DeliverySerializer(entries([message])[0]).data, status=CREATED)


class ReplayRange(WebhooksView):
    @extend_schema(operation_id="replay_webhook", request=RangeSerializer, responses=ReplayedSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Send once more what happened in a time, up to 10,000 messages with the ids that they had."""
        endpoint, given = self.get_object(), RangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            count = replaying.replay_range(
                endpoint=endpoint, now=timezone.now(), by=self.caller.user, **given.validated_data
            )
        except replaying.EndpointOff as error:
            raise Conflict("webhook_off") from error
        except replaying.TooMany as error:
            raise Conflict("too_many_messages") from error
        return Response(ReplayedSerializer({"messages": count}).data)


class DeliveriesView(WebhooksView):
    def get_queryset(self) -> Any:
        endpoint = get_object_or_404(self.caller.webhooks, pk=self.kwargs["pk"])
        return endpoint.messages.select_related("endpoint__company").order_by("-pk")

    def message(self) -> WebhookMessage:
        message: WebhookMessage = get_object_or_404(self.get_queryset(), pk=self.kwargs["delivery"])
        return message

    def told(self, message: WebhookMessage) -> Response:
        message.refresh_from_db()
        return Response(DeliveryDetailSerializer(entries([message])[0]).data)


class DeliveryList(DeliveriesView):
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter

    @extend_schema(operation_id="list_webhook_deliveries", responses=DeliverySerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """List what a webhook was told and is owed, the last first. Messages are kept for 30 days."""
        found = chosen(DeliveryFilter(request.query_params, queryset=self.get_queryset(), request=request))
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response(DeliverySerializer(entries(page), many=True).data)


class DeliveryDetail(DeliveriesView):
    serializer_class = DeliveryDetailSerializer

    @extend_schema(operation_id="read_webhook_delivery")
    def get(self, request: Request, pk: int, delivery: int) -> Response:
        """Read one message with its body and its tries."""
        return self.told(self.message())


class Replay(DeliveriesView):
    @extend_schema(operation_id="replay_webhook_delivery", request=None, responses=DeliveryDetailSerializer)
    def post(self, request: Request, pk: int, delivery: int) -> Response:
        """Send one message once more, with the id that it had."""
        message = self.message()
        try:
            replayed = replaying.replay_message(message=message, now=timezone.now())
        except replaying.EndpointOff as error:
            raise Conflict("webhook_off") from error
        if not replayed:
            raise Conflict
        return self.told(message)


class Skip(DeliveriesView):
    @extend_schema(operation_id="skip_webhook_delivery", request=None, responses=DeliveryDetailSerializer)
    def post(self, request: Request, pk: int, delivery: int) -> Response:
        """Leave a message out that is not taken, so that the later ones about the same thing go on."""
        message = self.message()
        if not skip_message(message=message, now=timezone.now(), by=self.caller.user):
            raise Conflict
        return self.told(message)
