"""The schema's section `webhooks`: how the messages look that endpoints get."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, OpenApiWebhook, extend_schema

from api.v1.serializers import webhooks as told
from webhooks.event_types import PING, EventType

SIGNED = (
    "Posted as standardwebhooks.com describes. A message may arrive more than once, always with the same `webhook-id`; "
    "those about one order, or one product, arrive in their order."
)
TAKEN = OpenApiResponse(
    description=(
        "Any 2xx: taken. Anything else, a redirect included: tried again for three days, seconds later at first and "
        "hours later in the end; then the webhook is switched off and the company's owners are mailed. 410 switches it "
        "off at once."
    )
)


def _message(event_type: EventType, form: type[told.Message]) -> OpenApiWebhook:
    return _told(event_type.value, str(event_type.label), form)


def _told(name: str, summary: str, form: type[told.Message]) -> OpenApiWebhook:
    looks = extend_schema(request=form, responses={200: TAKEN}, summary=summary, description=SIGNED, tags=["webhooks"])
    return OpenApiWebhook(name=name, decorator=looks)


ORDER_CREATED = _message(EventType.ORDER_CREATED, told.OrderMessageSerializer)
ORDER_CHANGED = _message(EventType.ORDER_CHANGED, told.OrderMessageSerializer)
NEEDS_ATTENTION = _message(EventType.NEEDS_ATTENTION, told.OrderMessageSerializer)
SHIPMENT_CHANGED = _message(EventType.SHIPMENT_CHANGED, told.ShipmentMessageSerializer)
CANCELLATION_CHANGED = _message(EventType.CANCELLATION_CHANGED, told.CancellationMessageSerializer)
RETURN_CHANGED = _message(EventType.RETURN_CHANGED, told.ReturnMessageSerializer)
STOCK_CHANGED = _message(EventType.STOCK_CHANGED, told.StockMessageSerializer)
TEST = _told(PING, "A test", told.PingMessageSerializer)
