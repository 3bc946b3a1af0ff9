"""What the shop should have of an order, what it has by our doing, and what people decided about it."""

from __future__ import annotations

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from orders.models.order import Order


class ShopCopy(models.Model):
    """The order's copy in the shop: the wish, and the latest acknowledgement of it; see `orders.wishes`.

    The version rises only when the hash of the wish changes. The two are in line when the acknowledged version is the
    wish's. Which order of the shop it is, and what the shop says of it, stands on the order itself.
    """

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="copy", primary_key=True)
    wish = models.JSONField()
    wish_hash = models.CharField(max_length=32)
    version = models.PositiveIntegerField(default=1)
    acknowledged = models.JSONField(default=dict)  # what the shop has by our doing
    acknowledged_version = models.PositiveIntegerField(default=0)
    sent = models.JSONField(default=dict)  # what the latest try was about, should its answer be lost
    doubles = models.JSONField(default=list)  # ids of unfinished orders in the shop that were not chosen: to be removed

    def __str__(self) -> str:
        return f"shop's copy of order {self.order_id}"


class Decision(models.Model):
    """What a person decided about an order; a wish reads it for as long as it stands."""

    class Kind(models.TextChoices):
        RELEASED_HOLD = "released_hold"  # `about` the ids of the lines whose buyer asked to cancel
        CORRECTED_ADDRESS = "corrected_address"  # `subject` is the address's role
        CHOSEN_CARRIER = "chosen_carrier"  # `subject` is the parcel's key, `about` the carrier
        ACCEPTED_DIFFERENCE = "accepted_difference"  # `about` the version that it was accepted for
        HANDLED_BY_HAND = "handled_by_hand"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=24, choices=Kind.choices)
    subject = models.CharField(max_length=24, blank=True)
    about = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "kind", "subject"], name="decision_once_per_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of order {self.order_id}"
