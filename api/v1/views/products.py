"""Products and stock, in bulk."""

from __future__ import annotations

import django_filters
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiKey
from adapterkit import records
from api.base import ApiView
from api.problems import Conflict
from api.v1.filters import chosen
from api.v1.serializers.products import (
    ProductSerializer,
    ProductsSerializer,
    ReceivedStockSerializer,
    StockSerializer,
    StoredProductsSerializer,
)
from connections.models import Project
from stock.flows.import_products import import_products
from stock.levels import store_levels
from stock.models import HeldStock, Product


class ProductFilter(django_filters.FilterSet):  # type: ignore[misc]
    project = django_filters.ModelChoiceFilter(queryset=lambda request: request.user.projects)
    product_id = django_filters.CharFilter(field_name="shop_product_id", max_length=64)
    sku = django_filters.CharFilter(max_length=190)
    ean = django_filters.CharFilter(max_length=64)

    class Meta:
        model = Product
        fields: tuple[str, ...] = ()


class ProductsView(ApiView):
    serializer_class = ProductSerializer
    writes = ApiKey.Scope.STOCK

    def get_queryset(self) -> QuerySet[Product]:
        held = Prefetch("held", HeldStock.objects.order_by("connection", "reference", "place"))
        return Product.objects.filter(project__in=self.caller.projects).prefetch_related(held)

    def project_that_is_told(self, pk: int) -> Project:
        """Return the project whose products are told here; raises `NotFound` or `Conflict`."""
        project = self.caller.projects.select_related("shop").filter(pk=pk).first()
        if project is None:
            raise NotFound
        shop = getattr(project, "shop", None)
        if shop is None or not shop.is_pulled:
            raise Conflict("shop_keeps_products")
        return project


class ProductList(ProductsView):
    filterset_class = ProductFilter

    @extend_schema(operation_id="list_products", responses=ProductSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List products with their stock."""
        found = chosen(ProductFilter(request.query_params, queryset=self.get_queryset(), request=request))
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)

    @extend_schema(operation_id="store_products", request=ProductsSerializer, responses=StoredProductsSerializer)
    def put(self, request: Request) -> Response:
        """Store up to 500 products of your platform, new ones and changed ones; the others stay as they are."""
        given = ProductsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        project = self.project_that_is_told(given.validated_data["project"])
        items = [records.Product(**row) for row in given.validated_data["products"]]
        changed = set(import_products(project=project, items=items, now=timezone.now()))
        answers = [
            {"product_id": item.product_id, "result": "stored" if item.product_id in changed else "unchanged"}
            for item in items
        ]
        return Response({"products": answers})


class Stock(ProductsView):
    @extend_schema(operation_id="set_stock", request=StockSerializer, responses=ReceivedStockSerializer)
    def put(self, request: Request) -> Response:
        """Set the stock of up to 500 products; each is answered for itself, and told to the marketplaces at once."""
        given = StockSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        project = self.project_that_is_told(given.validated_data["project"])
        levels = {row["product_id"]: row["stock"] for row in given.validated_data["stock"]}
        answers = store_levels(project=project, levels=levels, now=timezone.now())
        return Response({"stock": [{"product_id": name, "result": result} for name, result in answers.items()]})
