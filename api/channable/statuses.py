"""What an order's state is called in this dialect."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from orders.models import Cancellation, Order, OrderLine, Shipment

# Our problem codes by the dialect's reason; any other is the platform's.
REASONS = {
    "no_delivery_address": "address_parsing",
    "unknown_country": "address_parsing",
    "unknown_product": "missing_reference",
    "shop_product_missing": "missing_reference",
    "total_does_not_add_up": "pricing",
    "shop_total_differs": "pricing",
}
STATUSES = (
    "cancelled",
    "manual",
    "cancellation_request",
    "pending_cancellation",
    "waiting",
    "processing",  # known to its clients; none of our orders is
    "pending_shipment",
    "shipped",
    "partial",
    "awaiting_confirmation",
    "not_shipped",
)


def status_shipped(order: Order) -> str:
    """Return one of `STATUSES`; the order has its parcels and cancellations read."""
    parcels = {shipment.state for shipment in order.shipments.all()}
    asked = {one.state for line in order.lines.all() for one in line.cancellations.all()}
    facts = {
        "cancelled": order.status == Order.Status.CANCELLED,
        "manual": order.handled_manually,
        "cancellation_request": bool(order.hold),
        "pending_cancellation": Cancellation.State.REPORTING in asked,
        "waiting": Shipment.State.WAITING_FOR_TRACKING in parcels,
        "pending_shipment": Shipment.State.CONFIRMING in parcels,
        "shipped": order.status == Order.Status.SHIPPED,
        "partial": order.status == Order.Status.PARTIALLY_SHIPPED,
        "awaiting_confirmation": order.status == Order.Status.PENDING,
    }
    return next((status for status in STATUSES if facts.get(status)), "not_shipped")


def with_status(orders: QuerySet[Order], statuses: Collection[str]) -> QuerySet[Order]:
    """Return the orders for which `status_shipped` returns one of these."""
    parcels = Shipment.objects.filter(order=OuterRef("pk"))
    asked = OrderLine.objects.filter(order=OuterRef("pk"), cancellations__state=Cancellation.State.REPORTING)
    conditions = {
        "cancelled": Q(status=Order.Status.CANCELLED),
        "manual": Q(handled_manually=True),
        "cancellation_request": ~Q(hold=""),
        "pending_cancellation": Q(Exists(asked)),
        "waiting": Q(Exists(parcels.filter(state=Shipment.State.WAITING_FOR_TRACKING))),
        "processing": Q(pk__in=[]),
        "pending_shipment": Q(Exists(parcels.filter(state=Shipment.State.CONFIRMING))),
        "shipped": Q(status=Order.Status.SHIPPED),
        "partial": Q(status=Order.Status.PARTIALLY_SHIPPED),
        "awaiting_confirmation": Q(status=Order.Status.PENDING),
        "not_shipped": Q(status=Order.Status.OPEN),
    }
    wanted, earlier = Q(pk__in=[]), Q(pk__in=[])
    for status in STATUSES:
        if status in statuses:
            wanted |= conditions[status] & ~earlier
        earlier |= conditions[status]
    return orders.filter(wanted)


def status_paid(order: Order) -> str:
    if order.status == Order.Status.CANCELLED:
        return "cancelled"
    if order.hold:
        return "cancellation_request"
    if order.handled_manually:
        return "manual"
    return "not_paid" if order.pending else "paid"


def error_reason(order: Order) -> str | None:
    if order.problem_code:
        return REASONS.get(order.problem_code, "platform_failure")
    stuck = any(shipment.state == Shipment.State.NEEDS_ATTENTION for shipment in order.shipments.all())
    return "shipment_failure" if stuck else None
