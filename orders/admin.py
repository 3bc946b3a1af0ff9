"""Orders with all that belongs to them, for support staff: the same records that the merchant sees."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from unfold.admin import TabularInline
from unfold.decorators import action

from accounts.admin_base import PersonalAdmin, ReadOnlyAdmin, note_access
from orders import connection_admin  # noqa: F401 - registers its page
from orders.bundle import bundle_of
from orders.models import Order, OrderAddress, OrderEvent, OrderLine, Return, ReturnLine, Shipment
from orders.wording import event_text


class ReadOnlyInline(TabularInline):  # type: ignore[misc]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LineInline(ReadOnlyInline):
    model = OrderLine
    fields = ("sku", "title", "product", "quantity", "quantity_shipped", "quantity_cancelled", "total")


class AddressInline(ReadOnlyInline):
    model = OrderAddress
    fields = ("role", "first_name", "last_name", "company", "lines", "postcode", "city", "country")


class ShipmentInline(ReadOnlyInline):
    model = Shipment
    fields = ("shop_shipment_id", "state", "carrier_code", "reported_code", "confirmed_at", "problem_code")


class EventInline(ReadOnlyInline):
    model = OrderEvent
    fields = readonly_fields = ("at", "level", "words", "actor")

    @admin.display(description="What happened")
    def words(self, event: OrderEvent) -> str:
        return event_text(event)


@admin.register(Order)
class OrderAdmin(PersonalAdmin):
    list_display = (
        "reference",
        "company",
        "connection",
        "status",
        "place",
        "problem_code",
        "shop_order_number",
        "total",
        "placed_at",
    )
    list_filter = ("status", "place", "is_test", "company")
    search_fields = (
        "reference",
        "marketplace_order_id",
        "number",
        "shop_order_number",
        "shop_order_id",
        "shipments__tracking_code",
        "addresses__postcode",
        "addresses__email",
        "company__name",
    )
    list_select_related = ("company", "connection")
    inlines: ClassVar = [LineInline, ShipmentInline, EventInline, AddressInline]
    actions_detail: ClassVar = ["bundle"]

    @action(description="Support bundle", url_path="bundle")  # type: ignore[untyped-decorator]
    def bundle(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A file for whoever helps: everything about the order but its buyer and any secret."""
        order = get_object_or_404(Order, pk=object_id)
        note_access(request, order, f"bundle:{object_id}")
        answer = HttpResponse(json.dumps(bundle_of(order), indent=2, default=str), content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="order-{order.pk}.json"'
        return answer


class ReturnLineInline(ReadOnlyInline):
    model = ReturnLine


@admin.register(Return)
class ReturnAdmin(ReadOnlyAdmin):
    list_display = ("marketplace_return_id", "company", "connection", "registered_at")
    search_fields = ("marketplace_return_id",)
    list_select_related = ("company", "connection")
    inlines: ClassVar = [ReturnLineInline]
