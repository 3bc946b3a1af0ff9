"""Webhooks: where a program listens, what it was told, and how messages look."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Text
from api.told import Told, ToldRecord
from engine.models import Exchange
from orders.status import LABELS
from webhooks.event_types import PING, EventType
from webhooks.log import STATES, Entry, tries
from webhooks.models import WebhookEndpoint

TYPES = [(one.value, one.value) for one in EventType]


class WebhookSerializer(ToldRecord):
    """An address that is told what happens. While it is off, what happens is kept for it for 30 days."""

    types = serializers.ListField(child=serializers.ChoiceField(choices=TYPES))
    project = serializers.IntegerField(source="project_id", allow_null=True)
    off_reason = serializers.ChoiceField(choices=WebhookEndpoint.Off.choices, allow_blank=True)

    class Meta:
        model = WebhookEndpoint
        fields = (
            "id",
            "url",
            "types",
            "project",
            "enabled",
            "off_reason",
            "off_since",
            "previous_until",
            "created_at",
        )


class SecretSerializer(Told):
    """A new secret. It is told this once; messages carry the signature of the one before until `previous_until`."""

    secret = serializers.CharField()
    previous_until = serializers.DateTimeField()


class NewWebhookSerializer(Told):
    """A webhook just made, with the secret that signs its messages, which is told this once."""

    webhook = WebhookSerializer()
    secret = serializers.CharField()


class WishedWebhookSerializer(serializers.Serializer[Any]):
    """How a webhook is to be, whole. Switched on again, it gets what was kept for it."""

    url = Text(max_length=2000, help_text="https, public, and called exactly as it stands")
    types = serializers.ListField(child=serializers.ChoiceField(choices=TYPES), min_length=1, max_length=len(TYPES))
    project = serializers.IntegerField(
        min_value=1, allow_null=True, default=None, help_text="null: every project of the company"
    )
    enabled = serializers.BooleanField(default=True)


class TrySerializer(Told):
    """One try. Where there was no answer, `error` says why; tries are kept for 14 days."""

    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    seconds = serializers.FloatField()
    answer = serializers.SerializerMethodField()
    error = serializers.CharField(allow_blank=True)

    def get_answer(self, exchange: Exchange) -> str:
        return exchange.response_body[:500]


class DeliverySerializer(Told):
    """A message to a webhook, and how its latest try went. `message_id` is the header `webhook-id` of all of them."""

    id = serializers.IntegerField(source="message.pk")
    message_id = serializers.CharField(source="message.message_id")
    type = serializers.ChoiceField(source="message.type", choices=[*TYPES, (PING, PING)])
    at = serializers.DateTimeField(source="message.at")
    state = serializers.ChoiceField(choices=[(state, state) for state in STATES])
    attempts = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(source="message.delivered_at", allow_null=True)
    status = serializers.IntegerField(source="message.status", allow_null=True)
    seconds = serializers.FloatField(source="message.seconds", allow_null=True)
    answer = serializers.CharField(source="message.answer", allow_blank=True)
    error = serializers.CharField(source="message.error", allow_blank=True)


class DeliveryDetailSerializer(DeliverySerializer):
    """A message with its body, and its tries, the last first."""

    body = serializers.SerializerMethodField()
    tries = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField())
    def get_body(self, entry: Entry) -> Any:
        return entry.body

    @extend_schema_field(TrySerializer(many=True))
    def get_tries(self, entry: Entry) -> Any:
        return TrySerializer(tries(entry), many=True).data


class RangeSerializer(serializers.Serializer[Any]):
    """What happened from `since` on and before `until`; of that everything, or only what was not delivered."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    only_undelivered = serializers.BooleanField(default=False)


class ReplayedSerializer(Told):
    messages = serializers.IntegerField()


# How messages look, for the schema's section `webhooks`.


class ToldOrderSerializer(Told):
    """An order in short, as it was when the message was made; read the rest of it at `url`."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    number = serializers.CharField()
    marketplace_order_id = serializers.CharField()
    marketplace = serializers.CharField()
    connection = serializers.IntegerField()
    project = serializers.IntegerField()
    state = serializers.ChoiceField(choices=LABELS)
    status = serializers.CharField()
    place = serializers.CharField()
    hold = serializers.CharField(allow_blank=True)
    is_test = serializers.BooleanField()
    url = serializers.URLField()


class ToldEventSerializer(Told):
    """What happened, as the order's events tell it."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    level = serializers.CharField()


class ToldShipmentSerializer(Told):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    state = serializers.CharField()


class ToldCancellationSerializer(Told):
    id = serializers.IntegerField()
    line = serializers.IntegerField()
    quantity = serializers.IntegerField()
    state = serializers.CharField()


class ToldReturnSerializer(Told):
    id = serializers.IntegerField()
    return_id = serializers.CharField()
    quantity = serializers.IntegerField()
    state = serializers.CharField()
    decision = serializers.CharField(allow_blank=True)
    url = serializers.URLField()


class ToldProductSerializer(Told):
    """A product's stock. `available` is what marketplaces may sell; both are null where the shop keeps no count."""

    product_id = serializers.CharField()
    project = serializers.IntegerField()
    sku = serializers.CharField(allow_blank=True)
    ean = serializers.CharField(allow_blank=True)
    stock = serializers.IntegerField(allow_null=True)
    reserved = serializers.IntegerField()
    available = serializers.IntegerField(allow_null=True)
    url = serializers.URLField()


class OrderNewsSerializer(Told):
    order = ToldOrderSerializer()
    event = ToldEventSerializer()


class ShipmentNewsSerializer(OrderNewsSerializer):
    """The order's parcels, all of them."""

    shipments = ToldShipmentSerializer(many=True)


class CancellationNewsSerializer(OrderNewsSerializer):
    """The order's cancellations, all of them."""

    cancellations = ToldCancellationSerializer(many=True)


class ReturnNewsSerializer(OrderNewsSerializer):
    """What is sent back of the order, all of it."""

    returns = ToldReturnSerializer(many=True)


class StockNewsSerializer(Told):
    product = ToldProductSerializer()


class PingSerializer(Told):
    webhook = serializers.IntegerField()


class Message(Told):
    """A message's body. `timestamp` is when it happened; the header `webhook-timestamp` is when it was sent."""

    type = serializers.CharField()
    timestamp = serializers.DateTimeField()


class OrderMessageSerializer(Message):
    """An order came in, changed, or needs a person."""

    data = OrderNewsSerializer()  # type: ignore[assignment] # a field, not the property


class ShipmentMessageSerializer(Message):
    """A parcel of an order was made, changed or confirmed."""

    data = ShipmentNewsSerializer()  # type: ignore[assignment] # a field, not the property


class CancellationMessageSerializer(Message):
    """Something of an order was cancelled, or is asked to be."""

    data = CancellationNewsSerializer()  # type: ignore[assignment] # a field, not the property


class ReturnMessageSerializer(Message):
    """A return of an order was announced, decided or answered."""

    data = ReturnNewsSerializer()  # type: ignore[assignment] # a field, not the property


class StockMessageSerializer(Message):
    """The stock of a product changed."""

    data = StockNewsSerializer()  # type: ignore[assignment] # a field, not the property


class PingMessageSerializer(Message):
    """A test: it arrived."""

    data = PingSerializer()  # type: ignore[assignment] # a field, not the property
