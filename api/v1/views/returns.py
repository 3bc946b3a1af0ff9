"""Returns, and what is decided about them."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from adapterkit.records import ReturnDecision
from api.base import ApiView
from api.problems import Conflict
from api.v1.filters import chosen
from api.v1.serializers.returns import DecisionSerializer, ReturnSerializer
from orders.models import ReturnLine
from orders.sides.returns import decide_return


class ReturnFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.ChoiceFilter(choices=ReturnLine.State.choices)
    connection = django_filters.ModelChoiceFilter(
        field_name="registered_return__connection", queryset=lambda request: request.user.connections
    )
    registered_from = django_filters.IsoDateTimeFilter(field_name="registered_return__registered_at", lookup_expr="gte")

    class Meta:
        model = ReturnLine
        fields: tuple[str, ...] = ()


class ReturnsView(ApiView):
    serializer_class = ReturnSerializer

    def get_queryset(self) -> QuerySet[ReturnLine]:
        mine = ReturnLine.objects.filter(registered_return__company=self.caller.company)
        if self.caller.key.project_id:
            mine = mine.filter(registered_return__connection__in=self.caller.connections)
        return mine.select_related("registered_return", "order_line__order")


class ReturnList(ReturnsView):
    filterset_class = ReturnFilter

    @extend_schema(operation_id="list_returns", responses=ReturnSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the products that buyers send back, the last registered first."""
        found = chosen(ReturnFilter(request.query_params, queryset=self.get_queryset(), request=request))
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)


class ReturnDetail(ReturnsView):
    @extend_schema(operation_id="read_return")
    def get(self, request: Request, pk: int) -> Response:
        """Read one product of a return."""
        return Response(self.get_serializer(self.get_object()).data)


class Decide(ReturnsView):
    @extend_schema(operation_id="decide_return", request=DecisionSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Decide about a product that came back; the marketplace is told once."""
        line: ReturnLine = self.get_object()
        given = DecisionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        decision, quantity = ReturnDecision(given.validated_data["decision"]), given.validated_data["quantity"]
        try:
            decided = decide_return(
                line=line, decision=decision, quantity=quantity, now=timezone.now(), by=self.caller.user
            )
        except ValueError as error:
            raise Conflict("too_many_pieces") from error
        if not decided:
            raise Conflict("already_answered")
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data)
