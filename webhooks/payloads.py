"""What messages say: which thing, its state, and where to read the rest of it; never who the buyer is.

The names and values are those of the API. The state is the one that the thing has when the message is made, moments
after the event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from connections.models import OrderConnection
from orders.models import Cancellation, Order, OrderEvent, ReturnLine, Shipment
from orders.status import label_of
from stock.models import Product
from stock.offers import sellable
from webhooks.addresses import link
from webhooks.event_types import EventType

Rows = Mapping[int, Sequence[Mapping[str, Any]]]


def body_of(type_name: str, at: datetime, data: Mapping[str, Any]) -> str:
    """Return a message's body, as Standard Webhooks has it."""
    moment = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return orjson.dumps({"type": type_name, "timestamp": moment, "data": data}).decode()


def bodies_of(events: Sequence[tuple[OrderEvent, EventType, OrderConnection]]) -> list[str]:
    """Return the bodies for these events, each with its order loaded; at most three statements."""
    about: dict[EventType, set[int]] = defaultdict(set)
    for event, event_type, _ in events:
        about[event_type].add(event.order_id)
    details = {
        EventType.SHIPMENT_CHANGED: ("shipments", _shipments(about[EventType.SHIPMENT_CHANGED])),
        EventType.CANCELLATION_CHANGED: ("cancellations", _cancellations(about[EventType.CANCELLATION_CHANGED])),
        EventType.RETURN_CHANGED: ("returns", _returns(about[EventType.RETURN_CHANGED])),
    }
    bodies = []
    for event, event_type, connection in events:
        data: dict[str, Any] = {"order": _order(event.order, connection), "event": _event(event)}
        if event_type in details:
            name, found = details[event_type]
            data[name] = found.get(event.order_id, [])
        bodies.append(body_of(event_type.value, event.at, data))
    return bodies


def stock_body(product: Product, at: datetime) -> str:
    """Return the body that tells of a product's stock; `available` is what marketplaces may sell of it."""
    asked = urlencode({"project": product.project_id, "product_id": product.shop_product_id})
    told = {
        "product_id": product.shop_product_id,
        "project": product.project_id,
        "sku": product.sku,
        "ean": product.ean,
        "stock": product.stock,
        "reserved": product.reserved,
        "available": sellable(product, at),
        "url": f"{link('v1:products')}?{asked}",
    }
    return body_of(EventType.STOCK_CHANGED.value, at, {"product": told})


def _order(order: Order, connection: OrderConnection) -> dict[str, Any]:
    return {
        "id": order.pk,
        "reference": order.reference,
        "number": order.number,
        "marketplace_order_id": order.marketplace_order_id,
        "marketplace": connection.account.marketplace,
        "connection": connection.pk,
        "project": connection.project_id,
        "state": label_of(order),
        "status": order.status,
        "place": order.place,
        "hold": order.hold,
        "is_test": order.is_test,
        "url": link("v1:order", order.pk),
    }


def _event(event: OrderEvent) -> dict[str, Any]:
    return {"id": event.pk, "code": event.code, "level": event.level}


def _shipments(orders: Collection[int]) -> Rows:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for shipment in Shipment.objects.filter(order__in=orders).order_by("pk") if orders else ():
        row = {"id": shipment.pk, "reference": shipment.shop_shipment_id, "state": shipment.state}
        found[shipment.order_id].append(row)
    return found


def _cancellations(orders: Collection[int]) -> Rows:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    lines = Cancellation.objects.filter(order_line__order__in=orders).select_related("order_line")
    for one in lines.order_by("pk") if orders else ():
        row = {"id": one.pk, "line": one.order_line_id, "quantity": one.quantity, "state": one.state}
        found[one.order_line.order_id].append(row)
    return found


def _returns(orders: Collection[int]) -> Rows:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    lines = ReturnLine.objects.filter(order_line__order__in=orders).select_related("order_line", "registered_return")
    for line in lines.order_by("pk") if orders else ():
        row = {
            "id": line.pk,
            "return_id": line.registered_return.marketplace_return_id,
            "quantity": line.quantity,
            "state": line.state,
            "decision": line.decision,
            "url": link("v1:return", line.pk),
        }
        if line.order_line is not None:
            found[line.order_line.order_id].append(row)
    return found
