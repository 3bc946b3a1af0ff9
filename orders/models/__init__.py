"""What flows: orders with their lines, shipments, cancellations, returns and history."""

from orders.models.fulfilment import Cancellation, Return, ReturnLine, Shipment, ShipmentLine
from orders.models.order import Order, OrderAddress, OrderEvent, OrderLine, OrderPayload
from orders.models.special import LeftOut, TestOrder

__all__ = [
    "Cancellation",
    "LeftOut",
    "Order",
    "OrderAddress",
    "OrderEvent",
    "OrderLine",
    "OrderPayload",
    "Return",
    "ReturnLine",
    "Shipment",
    "ShipmentLine",
    "TestOrder",
]
