"""What flows: orders with their lines, shipments, cancellations, returns and history."""

from orders.models.document import OrderDocument
from orders.models.fulfilment import Cancellation, Return, ReturnLine, Shipment, ShipmentLine
from orders.models.order import ChangeCounter, Order, OrderAddress, OrderEvent, OrderLine, OrderPayload
from orders.models.remote import Exclusion, RemoteOrder
from orders.models.search import SearchKey
from orders.models.shop_copy import Decision, ShopCopy
from orders.models.special import TestOrder

__all__ = [
    "Cancellation",
    "ChangeCounter",
    "Decision",
    "Exclusion",
    "Order",
    "OrderAddress",
    "OrderDocument",
    "OrderEvent",
    "OrderLine",
    "OrderPayload",
    "RemoteOrder",
    "Return",
    "ReturnLine",
    "SearchKey",
    "Shipment",
    "ShipmentLine",
    "ShopCopy",
    "TestOrder",
]
