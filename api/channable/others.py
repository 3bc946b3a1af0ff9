"""Returns, stock and carriers of this dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiKey
from adapterkit.records import ReturnDecision
from adapterkit.spec import CarrierCode
from api.caller import caller_of
from api.channable.base import ChannableView, success
from api.channable.orders import MOST, Moment
from api.channable.shapes import return_shape
from api.problems import Conflict, TooLarge
from carriers.catalogue import BY_CODE, CARRIERS
from carriers.codes import codes_of
from marketplaces.registry import MARKETPLACES
from orders.flows.send_test_return import NotATest, send_test_return
from orders.models import OrderAddress, ReturnLine
from orders.search import matching
from orders.sides.returns import decide_return
from stock.levels import Received, store_levels

MOST_UPDATES = 50


class PageSerializer(serializers.Serializer[Any]):
    """What the list of returns is narrowed by. When one was changed is not kept, so nobody can ask for that."""

    status = serializers.ChoiceField(choices=ReturnLine.State.choices, required=False)
    errors = serializers.BooleanField(default=False)  # type: ignore[assignment]
    search = serializers.CharField(max_length=200, required=False)
    start_date = Moment(required=False)
    end_date = Moment(required=False)
    retrieved_at_start = Moment(required=False)
    retrieved_at_end = Moment(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=MOST)
    offset = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        for name in ("last_modified_after", "last_modified_before"):
            if name in self.initial_data:
                raise ValidationError({name: "returns are found by start_date and end_date"})
        return given


LOOKUPS = {
    "status": "state",
    "start_date": "registered_return__registered_at__gte",
    "end_date": "registered_return__registered_at__lte",
    "retrieved_at_start": "registered_return__registered_at__gte",
    "retrieved_at_end": "registered_return__registered_at__lte",
}


class ReturnsView(ChannableView):
    @property
    def returns(self) -> QuerySet[ReturnLine]:
        mine = ReturnLine.objects.filter(
            registered_return__company=self.caller.company, registered_return__connection__project=self.project
        )
        addresses = Prefetch("order_line__order__addresses", OrderAddress.objects.order_by("pk"))
        related = mine.select_related(
            "registered_return__connection__account",
            "registered_return__connection__project__shop",
            "order_line__order",
            "order_line__product",
        )
        return related.prefetch_related(addresses).order_by("-registered_return", "-pk")

    def line(self) -> ReturnLine:
        found: ReturnLine = get_object_or_404(self.returns, pk=self.kwargs["pk"])
        return found


class ReturnList(ReturnsView):
    anonymous = False

    def get(self, request: Request, **_: Any) -> Response:
        asked = PageSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        found = self.returns.filter(**{lookup: given[name] for name, lookup in LOOKUPS.items() if name in given})
        if "search" in given:
            orders = matching(self.caller.orders, given["search"], company=self.caller.company)
            found = found.filter(order_line__order__in=orders.values("pk"))
        troubled = found.exclude(problem_code="")
        shown = troubled if given["errors"] else found
        rows = [return_shape(line, anonymous=self.anonymous) for line in shown[given["offset"] :][: given["limit"]]]
        return Response({"total": len(rows), "error_count": troubled.order_by().count(), "returns": rows})


class AnonymousReturnList(ReturnList):
    anonymous = True


class ReturnDetail(ReturnsView):
    def get(self, request: Request, **_: Any) -> Response:
        return Response({"return": return_shape(self.line())})


class TestReturnSerializer(serializers.Serializer[Any]):
    order_id = serializers.IntegerField(min_value=1)


class TestReturn(ChannableView):
    def post(self, request: Request, **_: Any) -> Response:
        """Have a test order sent back, each of its products as a return of its own."""
        asked = TestReturnSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        order = get_object_or_404(self.orders, pk=asked.validated_data["order_id"])
        try:
            lines = send_test_return(order=order, now=timezone.now(), by=self.caller.user)
        except NotATest as refused:
            raise Conflict("no_test_order") from refused
        if not lines:
            raise Conflict
        made = [
            {"status": "success", "message": "The return was made", "response": "", "id": str(line.pk), "data": None}
            for line in lines
        ]
        return Response({"status": "success", "message": "The returns were made", "data": made}, status=201)


class ReturnStatusSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=[(decision.value, decision.value) for decision in ReturnDecision])


class ReturnStatus(ReturnsView):
    def post(self, request: Request, **_: Any) -> Response:
        """Decide about every piece of a returned product; the marketplace is told once."""
        line, asked = self.line(), ReturnStatusSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        decision = ReturnDecision(asked.validated_data["status"])
        if not decide_return(
            line=line, decision=decision, quantity=line.quantity, now=timezone.now(), by=self.caller.user
        ):
            raise Conflict("already_answered")
        return success("The decision was taken")


class UpdateSerializer(serializers.Serializer[Any]):
    """The whole new stock of a product, not a change."""

    id = serializers.CharField(max_length=64)
    stock = serializers.IntegerField(min_value=-(10**9), max_value=10**9)
    title = serializers.CharField(max_length=500, required=False, allow_blank=True, allow_null=True)
    gtin = serializers.CharField(max_length=64, required=False, allow_blank=True, allow_null=True)


class StockUpdates(ChannableView):
    writes = ApiKey.Scope.STOCK

    def post(self, request: Request, **_: Any) -> Response:
        """Set the stock of up to 50 products; each is answered for itself."""
        if not isinstance(request.data, list):
            raise ValidationError({"body": "a list of updates"})
        if len(request.data) > MOST_UPDATES:
            raise TooLarge
        asked = UpdateSerializer(data=request.data, many=True)
        asked.is_valid(raise_exception=True)
        if not self.is_pulled:
            raise Conflict("shop_keeps_products")
        levels = {row["id"]: row["stock"] for row in asked.validated_data}
        answers = store_levels(project=self.project, levels=levels, now=timezone.now())
        content = [
            {
                "id": product,
                "status": "error" if result == Received.UNKNOWN_PRODUCT else "success",
                "message": "Unknown product" if result == Received.UNKNOWN_PRODUCT else "Taken",
                "response": "",
                "data": None,
            }
            for product, result in answers.items()
        ]
        return Response({"status": "success", "message": "", "content": content})


class Transporters(ChannableView):
    def get(self, request: Request, **_: Any) -> Response:
        codes = _codes(request)
        return Response({"transporters": [_transporter(carrier.code, codes) for carrier in CARRIERS]})


class Transporter(ChannableView):
    def get(self, request: Request, **kwargs: Any) -> Response:
        if kwargs["code"] not in BY_CODE:
            raise NotFound
        return Response({"transporter": _transporter(kwargs["code"], _codes(request))})


class ChannelTransporters(ChannableView):
    def get(self, request: Request, **kwargs: Any) -> Response:
        if kwargs["code"] not in MARKETPLACES:
            raise NotFound
        codes = codes_of(caller_of(request).company.pk, kwargs["code"])
        return Response(
            {
                "channel": kwargs["code"],
                "transporters": [{"transporter": row.carrier, "code": row.code, "name": row.name} for row in codes],
            }
        )


def _codes(request: Request) -> dict[str, Sequence[CarrierCode]]:
    return {channel: codes_of(caller_of(request).company.pk, channel) for channel in MARKETPLACES}


def _transporter(code: str, codes: Mapping[str, Sequence[CarrierCode]]) -> dict[str, Any]:
    """A carrier with what each marketplace calls it."""
    channels = {channel: row.code for channel, rows in codes.items() for row in reversed(rows) if row.carrier == code}
    return {"transporter": code, "name": BY_CODE[code].name, "channels": channels}
