"""Connections for support staff. Credentials are never shown, not even encrypted."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import BaseAdmin, ReadOnlyAdmin
from connections.models import MarketplaceAccount, Project, Shop


@admin.register(Project)
class ProjectAdmin(BaseAdmin):
    list_display = ("name", "company", "product_id_field", "carrier_plan")
    search_fields = ("name", "company__name")
    list_select_related = ("company", "carrier_plan")


@admin.register(Shop)
class ShopAdmin(ReadOnlyAdmin):
    list_display = ("name", "platform", "project", "currency")
    exclude = ("credentials", "notification_token")
    list_select_related = ("project",)


@admin.register(MarketplaceAccount)
class MarketplaceAccountAdmin(ReadOnlyAdmin):
    list_display = ("name", "marketplace", "company")
    exclude = ("credentials",)
    list_select_related = ("company",)
