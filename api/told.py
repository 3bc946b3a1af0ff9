"""What is told and never taken: every field of it is read-only, and so always there."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.fields import Field


class _Told:
    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        fields: dict[str, Field[Any, Any, Any, Any]] = super().get_fields()  # type: ignore[misc]
        for field in fields.values():
            field.read_only = True
        return fields


class Told(_Told, serializers.Serializer[Any]):
    """A part of an answer."""


class ToldRecord(_Told, serializers.ModelSerializer[Any]):
    """A record as an answer tells it."""
