"""Carrier plans for support staff."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from unfold.admin import TabularInline

from accounts.admin_base import BaseAdmin
from carriers.models import CarrierPlan, CarrierRule


class RuleInline(TabularInline):  # type: ignore[misc]
    model = CarrierRule
    extra = 0


@admin.register(CarrierPlan)
class CarrierPlanAdmin(BaseAdmin):
    list_display = ("name", "company", "default_carrier")
    list_select_related = ("company",)
    inlines: ClassVar = [RuleInline]
