"""Carriers, and what each marketplace calls them."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ApiView
from api.caller import caller_of
from api.told import Told
from carriers.catalogue import CARRIERS
from carriers.codes import codes_of
from marketplaces.registry import MARKETPLACES


class CarrierSerializer(Told):
    """A carrier; `tracking_url` holds `{code}`, and is empty where its page needs more than the code."""

    code = serializers.CharField()
    name = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    tracking_url = serializers.CharField(allow_blank=True)


class MarketplaceCarrierSerializer(Told):
    """A marketplace's own code; `carrier` is ours."""

    code = serializers.CharField()
    carrier = serializers.CharField()
    name = serializers.CharField(allow_blank=True)


class CarrierList(ApiView):
    serializer_class = CarrierSerializer
    pagination_class = None

    @extend_schema(operation_id="list_carriers", responses=CarrierSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the carriers that we know."""
        return Response(CarrierSerializer(CARRIERS, many=True).data)


class MarketplaceCarrierList(ApiView):
    serializer_class = MarketplaceCarrierSerializer
    pagination_class = None

    @extend_schema(operation_id="list_marketplace_carriers", responses=MarketplaceCarrierSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        """List the carrier codes of one marketplace."""
        if code not in MARKETPLACES:
            raise NotFound
        return Response(MarketplaceCarrierSerializer(codes_of(caller_of(request).company.pk, code), many=True).data)
