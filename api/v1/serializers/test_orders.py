"""Test orders: what is left out is made up, plausible for the country."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from adapterkit.records import Address, Fulfilment
from api.fields import Amount, Text
from connections.models import OrderConnection
from orders.flows.send_test_order import Wanted, Wish
from orders.proposals import COUNTRIES, proposal


class WantedLineSerializer(serializers.Serializer[Any]):
    """`product` is the value of the project's unique product id."""

    product = Text(max_length=190)
    quantity = serializers.IntegerField(min_value=1, max_value=999, default=1)
    price = Amount(max_digits=7, decimal_places=2)


class BuyerSerializer(serializers.Serializer[Any]):
    """Parts of an address; those that are left out are made up."""

    first_name = Text(max_length=100, required=False)
    last_name = Text(max_length=100, required=False)
    company = serializers.CharField(max_length=200, required=False, allow_blank=True)
    street = Text(max_length=300, required=False)
    house_number = serializers.CharField(max_length=30, required=False, allow_blank=True)
    house_number_addition = serializers.CharField(max_length=30, required=False, allow_blank=True)
    postcode = serializers.CharField(max_length=20, required=False, allow_blank=True)
    city = Text(max_length=100, required=False)
    region = serializers.CharField(max_length=60, required=False, allow_blank=True)
    email = serializers.EmailField(required=False)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    vat_number = serializers.CharField(max_length=30, required=False, allow_blank=True)


class NewTestOrderSerializer(serializers.Serializer[Any]):
    """A test order. `token` is yours: the same one again sends nothing."""

    token = serializers.UUIDField()
    country = serializers.ChoiceField(choices=[(code, code) for code in COUNTRIES])
    lines = serializers.ListField(child=WantedLineSerializer(), min_length=1, max_length=20)
    delivery = BuyerSerializer(required=False)
    billing = BuyerSerializer(required=False, help_text="The delivery address if left out")
    shipping_cost = Amount(max_digits=7, decimal_places=2, default=Decimal(0))
    discount = Amount(max_digits=7, decimal_places=2, default=Decimal(0))
    pickup_point = serializers.CharField(max_length=200, allow_blank=True, default="")
    business = serializers.BooleanField(default=False)
    fulfilment = serializers.ChoiceField(choices=[(one.value, one.value) for one in Fulfilment], required=False)
    remark = serializers.CharField(max_length=1000, allow_blank=True, default="")

    def wish(self, connection: OrderConnection, asked_for: Any) -> Wish:
        """Return what was asked for, the rest made up; the serializer has to be valid."""
        given = self.validated_data
        made_up = proposal(given["country"], business=given["business"])
        delivery = Address(**{**made_up, **given.get("delivery", {})})
        billing = Address(**{**made_up, **given["billing"]}) if "billing" in given else delivery
        return Wish(
            lines=[Wanted(**line) for line in given["lines"]],
            delivery=delivery,
            billing=billing,
            shipping_cost=given["shipping_cost"],
            discount=given["discount"],
            pickup_point=given["pickup_point"],
            business=given["business"],
            fulfilment=Fulfilment(given.get("fulfilment") or connection.fulfilment),
            remark=given["remark"],
            asked_for=asked_for,
        )
