"""What flows: orders with their lines, shipments, cancellations, returns and history."""

from orders.models.document import OrderDocument
from orders.models.fulfilment import Cancellation, Return, ReturnLine, Shipment, ShipmentLine
from orders.models.order import ChangeCounter, Order, OrderAddress, OrderEvent, OrderLine, OrderPayload
from orders.models.remote import RemoteOrder
from orders.models.search import SearchKey
from orders.models.special import LeftOut, TestOrder

__all__ = [
    "Cancellation",
    "ChangeCounter",
    "LeftOut",
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
    "TestOrder",
]
