"""What flows: orders with their lines, shipments, cancellations, returns and history."""

from orders.models.fulfilment import Cancellation, Return, ReturnLine, Shipment, ShipmentLine
from orders.models.order import Order, OrderAddress, OrderEvent, OrderLine, OrderPayload
from orders.models.test_order import TestOrder

__all__ = [
    "Cancellation",
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
