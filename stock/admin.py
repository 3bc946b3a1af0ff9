"""Products, offers and the stock ledger for support staff."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin
from stock.models import Offer, Product, StockMovement


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ("sku", "title", "project", "stock", "reserved", "seen_at")
    search_fields = ("sku", "ean", "shop_product_id")
    list_select_related = ("project",)


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    list_display = (
        "reference",
        "account",
        "desired_quantity",
        "acknowledged_quantity",
        "acknowledged_at",
        "problem_code",
    )
    search_fields = ("reference", "offer_id")
    list_select_related = ("account",)


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    list_display = ("at", "product", "cause", "change", "stock", "order_reference")
    search_fields = ("order_reference", "product__sku")
    list_select_related = ("product",)
