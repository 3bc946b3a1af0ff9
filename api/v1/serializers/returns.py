"""Returns that buyers announced, and what was decided about them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from adapterkit.records import ReturnDecision
from api.told import ToldRecord
from api.v1.serializers.orders import MOST_PIECES, ProblemSerializer, problem_of
from orders.models import ReturnLine


class ReturnSerializer(ToldRecord):
    """One product of a return. `decision` is what you decided, `state` what the marketplace took."""

    return_id = serializers.CharField(source="registered_return.marketplace_return_id")
    registered_at = serializers.DateTimeField(source="registered_return.registered_at")
    connection = serializers.IntegerField(source="registered_return.connection_id")
    order = serializers.SerializerMethodField()
    line = serializers.IntegerField(source="order_line_id", allow_null=True)
    is_test = serializers.SerializerMethodField(help_text="Whether it belongs to a test order, which no buyer placed")
    problem = serializers.SerializerMethodField()

    class Meta:
        model = ReturnLine
        fields = (
            "id",
            "return_id",
            "registered_at",
            "connection",
            "order",
            "line",
            "is_test",
            "marketplace_order_id",
            "title",
            "ean",
            "quantity",
            "reason",
            "comment",
            "tracking_code",
            "carrier_name",
            "state",
            "result",
            "decision",
            "decided_quantity",
            "problem",
        )

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_order(self, line: ReturnLine) -> int | None:
        return line.order_line.order_id if line.order_line else None

    def get_is_test(self, line: ReturnLine) -> bool:
        return line.order_line is not None and line.order_line.order.is_test

    @extend_schema_field(ProblemSerializer(allow_null=True))
    def get_problem(self, line: ReturnLine) -> dict[str, str] | None:
        return problem_of(line)


class DecisionSerializer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=[(decision.value, decision.value) for decision in ReturnDecision])
    quantity = serializers.IntegerField(min_value=0, max_value=MOST_PIECES, help_text="How many pieces came back")
