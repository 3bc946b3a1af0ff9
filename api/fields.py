"""Fields that a program fills in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers


class Amount(serializers.DecimalField):
    """An amount as text, at least nought."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": Decimal(0), **options})


class Text(serializers.RegexField):
    """A text that holds more than spaces, which are taken off its ends."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"\S", **options)


class AmountSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Tells of just those texts that are taken; the library's own pattern admits the empty one."""

    target_class = "api.fields.Amount"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        whole, places = self.target.max_whole_digits, self.target.decimal_places
        return {"type": "string", "format": "decimal", "pattern": rf"^[0-9]{{1,{whole}}}(\.[0-9]{{1,{places}}})?$"}
