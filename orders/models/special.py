"""Orders out of the ordinary: tests."""

from __future__ import annotations

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from orders.models.order import Order


class TestOrder(models.Model):
    """A test order of a connection. Its order is marked as a test, and never leaves for the marketplace."""

    __test__ = False  # no test case, whatever its name

    connection = models.ForeignKey("connections.OrderConnection", on_delete=models.CASCADE, related_name="test_orders")
    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="test_order")
    token = models.UUIDField()  # of the form that was sent: a second click sends nothing
    asked_for = models.JSONField(encoder=DjangoJSONEncoder)
    made_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    lent = models.BooleanField(default=False)  # its pieces are out of the shop's count, or may be
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "token"], name="test_order_once_per_token"),
        ]

    def __str__(self) -> str:
        return str(self.order)
