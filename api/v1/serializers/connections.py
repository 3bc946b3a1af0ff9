"""Order connections, and what is left to do before one may be activated."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from adapterkit.records import Fulfilment
from api.told import Told, ToldRecord
from connections.models import OrderConnection
from engine.models import Lane
from orders.setup_list import Check, StepState, setup_list
from orders.words.problems import explain


class HealthSerializer(Told):
    """How one side answers."""

    side = serializers.ChoiceField(choices=["marketplace", "shop"])
    state = serializers.ChoiceField(choices=Lane.State.choices)
    since = serializers.DateTimeField(allow_null=True)


class StepSerializer(Told):
    """One step of the set-up list. `code` is stable; `problem` and `mend` are sentences in the caller's language."""

    step = serializers.CharField()
    state = serializers.ChoiceField(choices=[(state.value, state.value) for state in StepState])
    code = serializers.CharField(allow_blank=True)
    problem = serializers.SerializerMethodField()
    mend = serializers.SerializerMethodField()

    def get_problem(self, check: Check) -> str:
        return explain(check.code, check.params).what if check.code else ""

    def get_mend(self, check: Check) -> str:
        return explain(check.code, check.params).mend if check.code else ""


class ConnectionSerializer(ToldRecord):
    """An order connection: one marketplace account, one fulfilment, one shop."""

    marketplace = serializers.CharField(source="account.marketplace")
    fulfilment = serializers.ChoiceField(choices=[(one.value, one.value) for one in Fulfilment])
    platform = serializers.SerializerMethodField()
    paused = serializers.SerializerMethodField()
    health = serializers.SerializerMethodField()

    class Meta:
        model = OrderConnection
        fields = (
            "id",
            "name",
            "state",
            "marketplace",
            "platform",
            "project",
            "fulfilment",
            "country",
            "shipping_method",
            "activated_from",
            "paused",
            "health",
        )

    @extend_schema_field(serializers.CharField(allow_blank=True))
    def get_platform(self, connection: OrderConnection) -> str:
        shop = getattr(connection.project, "shop", None)
        return shop.platform if shop else ""

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_paused(self, connection: OrderConnection) -> list[str]:
        return [name for name in ("fetch", "push", "report", "stock") if getattr(connection, f"{name}_paused")]

    @extend_schema_field(HealthSerializer(many=True))
    def get_health(self, connection: OrderConnection) -> list[dict[str, Any]]:
        lanes = self.context["lanes"]
        sides = zip(("marketplace", "shop"), connection.lanes, strict=False)
        return [{"side": side, **lanes.get(lane, {"state": "open", "since": None})} for side, lane in sides]


class ConnectionDetailSerializer(ConnectionSerializer):
    """An order connection with its set-up list."""

    steps = serializers.SerializerMethodField()

    class Meta(ConnectionSerializer.Meta):
        fields = (*ConnectionSerializer.Meta.fields, "steps")  # type: ignore[assignment]

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, connection: OrderConnection) -> Any:
        return StepSerializer(setup_list(connection), many=True).data
