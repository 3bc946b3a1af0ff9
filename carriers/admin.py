"""Carrier plans for support staff, to read: the merchants' pages alone see to it that nobody's change is lost."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from unfold.admin import TabularInline

from accounts.admin_base import ReadOnlyAdmin
from carriers.models import CarrierPlan, CarrierRule


class RuleInline(TabularInline):  # type: ignore[misc]
    model = CarrierRule
    extra = 0
    can_delete = False
    hide_title = True


@admin.register(CarrierPlan)
class CarrierPlanAdmin(ReadOnlyAdmin):
    list_display = ("name", "company", "default_carrier")
    list_select_related = ("company",)
    inlines: ClassVar = [RuleInline]
