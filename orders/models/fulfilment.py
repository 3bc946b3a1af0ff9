"""What became of an order: shipments, cancellations and returns."""

from __future__ import annotations

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from adapterkit.records import CancellationReason
from orders.models.order import Order, OrderLine


class Shipment(models.Model):
    """One parcel, as the shop knows it (or, for the marketplace's own fulfilment, as the marketplace does)."""

    class State(models.TextChoices):
        RECEIVED = "received"
        WAITING_FOR_TRACKING = "waiting_for_tracking"
        CONFIRMING = "confirming"
        CONFIRMED = "confirmed"
        NEEDS_ATTENTION = "needs_attention"
        NOT_REPORTED = "not_reported"  # a test order, or shipped by the marketplace itself

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="shipments")
    shop_shipment_id = models.CharField(max_length=120)
    state = models.CharField(max_length=24, choices=State.choices, default=State.RECEIVED)
    carrier_name = models.TextField(blank=True)  # in the shop's words
    tracking_code = models.TextField(blank=True)  # as the shop gave it
    tracking_url = models.TextField(blank=True)
    carrier = models.CharField(max_length=40, blank=True)  # of our catalogue, resolved
    carrier_code = models.CharField(max_length=40, blank=True)  # the marketplace's, resolved
    reported_code = models.TextField(blank=True)  # tracking code without the rule's marker
    shipped_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    marketplace_shipment_id = models.CharField(max_length=120, blank=True)
    problem_code = models.CharField(max_length=40, blank=True)
    problem = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "shop_shipment_id"], name="shipment_once_per_order"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.shop_shipment_id}"


class ShipmentLine(models.Model):
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="shipment_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shipment", "order_line"], name="shipment_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_line_has_pieces"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.order_line_id}"


class Cancellation(models.Model):
    """Pieces of a line that will not be shipped, and who said so."""

    class Origin(models.TextChoices):
        MARKETPLACE = "marketplace"
        SHOP = "shop"
        MERCHANT = "merchant"  # in our own pages

    class State(models.TextChoices):
        REPORTING = "reporting"
        SETTLED = "settled"
        NEEDS_ATTENTION = "needs_attention"

    order_line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="cancellations")
    origin = models.CharField(max_length=12, choices=Origin.choices)
    state = models.CharField(max_length=16, choices=State.choices)
    quantity = models.PositiveIntegerField()
    reason = models.CharField(max_length=24, choices=[(reason.value, reason.value) for reason in CancellationReason])
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order_line", "origin"], name="cancellation_once_per_line_and_origin"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cancellation_has_pieces"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.order_line_id}"


class Return(models.Model):
    """A return that the marketplace registered."""

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="returns")
    connection = models.ForeignKey("connections.OrderConnection", on_delete=models.PROTECT, related_name="returns")
    marketplace_return_id = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    registered_at = models.DateTimeField()
    payload = models.JSONField(encoder=DjangoJSONEncoder)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "marketplace_return_id"], name="return_once_per_connection"),
        ]

    def __str__(self) -> str:
        return self.marketplace_return_id


class ReturnLine(models.Model):
    class State(models.TextChoices):
        NEW = "new"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        REPAIRED = "repaired"
        EXCHANGED = "exchanged"
        KEEPS = "keeps"
        CANCELLED = "cancelled"

    registered_return = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines")
    marketplace_line_id = models.CharField(max_length=120)
    order_line = models.ForeignKey(
        OrderLine, null=True, blank=True, on_delete=models.SET_NULL, related_name="return_lines"
    )
    marketplace_order_id = models.CharField(max_length=120)
    title = models.TextField(blank=True)
    ean = models.TextField(blank=True)
    quantity = models.PositiveIntegerField()
    reason = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    tracking_code = models.TextField(blank=True)
    carrier_name = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.NEW)
    result = models.TextField(blank=True)  # the marketplace's own word
    # What we decided; the state follows once the marketplace took it.
    decision = models.CharField(max_length=12, choices=State.choices, blank=True)
    decided_quantity = models.PositiveIntegerField(null=True, blank=True)
    problem_code = models.CharField(max_length=40, blank=True)
    problem = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["registered_return", "marketplace_line_id"], name="return_line_once_per_return"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_line_has_pieces"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.title}"
