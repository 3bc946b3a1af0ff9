"""Products and their stock."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.fields import Amount, Text
from api.told import Told, ToldRecord
from stock.levels import Received
from stock.models import HeldStock, Product

AT_ONCE = 500
MOST_STOCK = 2_000_000_000


class HeldSerializer(ToldRecord):
    """What a marketplace holds of a product in its own warehouses, and ships to buyers in `country` itself."""

    country = serializers.CharField(source="place")

    class Meta:
        model = HeldStock
        fields = ("connection", "reference", "country", "available", "reserved", "coming", "changed_at")


class ProductSerializer(ToldRecord):
    """A sellable product. `reserved` are pieces of orders that the shop does not have yet.

    `held` is no part of `stock`: the marketplace sells it by itself.
    """

    product_id = serializers.CharField(source="shop_product_id")
    held = HeldSerializer(many=True)

    class Meta:
        model = Product
        fields = ("product_id", "project", "sku", "ean", "title", "price", "stock", "reserved", "held")


class NewProductSerializer(serializers.Serializer[Any]):
    """A product of your platform, whole: what is left out becomes empty. A variation is a product of its own."""

    product_id = Text(max_length=64)
    sku = serializers.CharField(max_length=190, allow_blank=True, default="")
    ean = serializers.CharField(max_length=64, allow_blank=True, default="")
    title = serializers.CharField(max_length=500, allow_blank=True, default="")
    price = Amount(max_digits=12, decimal_places=4, allow_null=True, default=None)
    stock = serializers.IntegerField(
        allow_null=True, default=None, min_value=-MOST_STOCK, max_value=MOST_STOCK, help_text="null: no count is kept"
    )


class ProductsSerializer(serializers.Serializer[Any]):
    project = serializers.IntegerField(min_value=1)
    products = serializers.ListField(child=NewProductSerializer(), min_length=1, max_length=AT_ONCE)


class StoredProductSerializer(Told):
    product_id = serializers.CharField()
    result = serializers.ChoiceField(choices=["stored", "unchanged"])


class StoredProductsSerializer(Told):
    products = StoredProductSerializer(many=True)


class LevelSerializer(serializers.Serializer[Any]):
    product_id = Text(max_length=64)
    stock = serializers.IntegerField(min_value=-MOST_STOCK, max_value=MOST_STOCK, help_text="Absolute, not a change")


class StockSerializer(serializers.Serializer[Any]):
    project = serializers.IntegerField(min_value=1)
    stock = serializers.ListField(child=LevelSerializer(), min_length=1, max_length=AT_ONCE)


class ReceivedSerializer(Told):
    product_id = serializers.CharField()
    result = serializers.ChoiceField(choices=[(one.value, one.value) for one in Received])


class ReceivedStockSerializer(Told):
    stock = ReceivedSerializer(many=True)
