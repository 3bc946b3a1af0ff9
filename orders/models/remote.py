"""What a marketplace has, whether or not it is ours to ship."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class RemoteOrder(models.Model):
    """An order of a marketplace account as it was last read, without anything that is a buyer's.

    It says which connection each of its lines belongs to (`orders.routing`), and spares the details of an order that is
    not ours from being read, and written, again.
    """

    account = models.ForeignKey(
        "connections.MarketplaceAccount", on_delete=models.CASCADE, related_name="remote_orders", db_index=False
    )
    marketplace_order_id = models.TextField()
    fingerprint = models.CharField(max_length=64)
    seen_at = models.DateTimeField()  # when it was last read, new or changed
    is_open = models.BooleanField()  # pieces were left to be shipped then
    placed_at = models.DateTimeField()
    country = models.TextField(blank=True)
    lines = models.JSONField(default=list)  # see `orders.routing.stored`
    untaken = models.BooleanField(default=False)  # no connection took some of those pieces when it was last read
    wanted_at = models.DateTimeField(null=True, blank=True)  # since when it is to be read by its id

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "marketplace_order_id"], name="remote_order_once_per_account"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "placed_at"], name="remote_order_open", condition=Q(is_open=True)),
            models.Index(
                fields=["account", "-placed_at"], name="remote_order_untaken", condition=Q(is_open=True, untaken=True)
            ),
            models.Index(
                fields=["account", "wanted_at"], name="remote_order_wanted", condition=Q(wanted_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.marketplace_order_id


class Exclusion(models.Model):
    """An order that support left out of a connection when its date was set back; it never comes in there by itself."""

    connection = models.ForeignKey("connections.OrderConnection", on_delete=models.CASCADE, related_name="exclusions")
    remote_order = models.ForeignKey(RemoteOrder, on_delete=models.CASCADE, related_name="exclusions")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "remote_order"], name="excluded_once"),
        ]

    def __str__(self) -> str:
        return str(self.remote_order)
