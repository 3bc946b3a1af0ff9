"""What became of an order: shipments, cancellations and returns."""

from __future__ import annotations

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from adapterkit.records import CancellationReason
from orders.models.order import Order, OrderLine


class Shipment(models.Model):
    """One parcel, as the shop knows it (or, for the marketplace's own fulfilment, as the marketplace does)."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        WAITING_FOR_TRACKING = "waiting_for_tracking", _("Waiting For Tracking")
        CONFIRMING = "confirming", _("Confirming")
        CONFIRMED = "confirmed", _("Confirmed")
        NEEDS_ATTENTION = "needs_attention", _("Needs Attention")
        NOT_REPORTED = "not_reported", _("Not Reported")  # a test order, or shipped by the marketplace itself

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="shipments", db_index=False)
    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="shipments", db_index=False)
    shop_shipment_id = models.TextField()
    state = models.CharField(max_length=24, choices=State.choices, default=State.RECEIVED)
    carrier_name = models.TextField(blank=True)  # in the shop's words
    tracking_code = models.TextField(blank=True)  # as the shop gave it
    tracking_url = models.TextField(blank=True)
    carrier = models.CharField(max_length=40, blank=True)  # of our catalogue, resolved
    carrier_code = models.TextField(blank=True)  # the marketplace's, resolved
    reported_code = models.TextField(blank=True)  # tracking code without the rule's marker
    # What the marketplace is to know is carrier and code above: its version rises when they change. `sent` is the one
    # that was last reported, `acknowledged` the one that it has.
    version = models.PositiveIntegerField(default=1, editable=False)
    sent_version = models.PositiveIntegerField(default=0, editable=False)
    acknowledged_version = models.PositiveIntegerField(default=0, editable=False)
    shipped_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    marketplace_shipment_id = models.TextField(blank=True)
    problem_code = models.CharField(max_length=40, blank=True)
    problem = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "shop_shipment_id"], name="shipment_once_per_order"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["order"],
                name="shipment_unsettled",
                condition=Q(state__in=["waiting_for_tracking", "needs_attention"]),
            ),
            models.Index(fields=["company", "state", "id"], name="shipment_of_state"),
            models.Index(fields=["company", "-id"], name="shipment_of_company"),
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

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="returns", db_index=False)
    connection = models.ForeignKey(
        "connections.OrderConnection", on_delete=models.PROTECT, related_name="returns", db_index=False
    )
    marketplace_return_id = models.TextField()
    fingerprint = models.CharField(max_length=64)
    registered_at = models.DateTimeField()
    payload = models.JSONField(encoder=DjangoJSONEncoder)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "marketplace_return_id"], name="return_once_per_connection"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "-registered_at", "-id"], name="return_of_company"),
            models.Index(fields=["company", "-id"], name="return_imported"),
            models.Index(fields=["marketplace_return_id"], name="return_marketplace_id"),
        ]

    def __str__(self) -> str:
        return self.marketplace_return_id


class ReturnLine(models.Model):
    class State(models.TextChoices):
        NEW = "new", _("New")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        REPAIRED = "repaired", _("Repaired")
        EXCHANGED = "exchanged", _("Exchanged")
        KEEPS = "keeps", _("Keeps")
        CANCELLED = "cancelled", _("Cancelled")

    registered_return = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines", db_index=False)
    marketplace_line_id = models.TextField()
    order_line = models.ForeignKey(
        OrderLine, null=True, blank=True, on_delete=models.SET_NULL, related_name="return_lines"
    )
    marketplace_order_id = models.TextField()
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
    accepted = models.PositiveIntegerField(default=0)  # pieces that came back and were taken
    problem_code = models.CharField(max_length=40, blank=True)
    problem = models.JSONField(default=dict, blank=True)
    # Its id in a shop that keeps returns, and when the shop was last asked what the merchant decided there.
    shop_return_id = models.TextField(blank=True)
    shop_asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["registered_return", "marketplace_line_id"], name="return_line_once_per_return"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_line_has_pieces"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["registered_return"], name="return_line_undecided", condition=Q(state="new")),
            models.Index(fields=["state", "-id"], name="return_line_of_state"),  # rare ones among very many
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.title}"
