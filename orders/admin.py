"""Orders with all that belongs to them, for support staff: the same records that the merchant sees."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.admin import TabularInline
from unfold.decorators import action

from accounts.admin_base import PersonalAdmin, note_access, with_reason
from accounts.models import User
from orders import connection_admin  # noqa: F401 - registers its page
from orders.bundle import bundle_of
from orders.flows.release_hold import release_hold
from orders.models import Order, OrderAddress, OrderEvent, OrderLine, Return, ReturnLine, Shipment
from orders.search import matching
from orders.words.events import event_text
from orders.words.problems import explain


def _money(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else f"{number_format(amount, 2)} {currency}"


class ReadOnlyInline(TabularInline):  # type: ignore[misc]
    extra = 0
    can_delete = False
    hide_title = True
    related: ClassVar[tuple[str, ...]] = ()  # shown by their names

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        return found.select_related(*self.related) if self.related else found

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LineInline(ReadOnlyInline):
    model = OrderLine
    related = ("product",)
    fields = ("sku", "title", "product", "quantity", "quantity_shipped", "quantity_cancelled", "amount")
    readonly_fields = ("amount",)

    @admin.display(description=_("total"))
    def amount(self, line: OrderLine) -> str:
        return number_format(line.total, 2)


class AddressInline(ReadOnlyInline):
    model = OrderAddress
    fields = ("role", "first_name", "last_name", "company", "lines", "postcode", "city", "country")


class ShipmentInline(ReadOnlyInline):
    model = Shipment
    fields = ("shop_shipment_id", "state", "carrier_code", "reported_code", "confirmed_at", "problem_code")


class EventInline(ReadOnlyInline):
    model = OrderEvent
    related = ("actor",)
    fields = readonly_fields = ("at", "level", "words", "actor")

    @admin.display(description=_("what happened"))
    def words(self, event: OrderEvent) -> str:
        return event_text(event)


STATE = ("reference", "company", "connection", "status", "place", "hold", "trouble", "problem_code", "problem")
SHOP = ("shop_order_number", "shop_order_id", "shop_order_state", "shop_amount", "shop_order_url")
MONEY = ("amount", "shipping", "shipping_tax_rate", "discounts")
MOMENTS = (
    "placed_at",
    "changed_at",
    "ship_by",
    "deliver_by",
    "expires_at",
    "imported_at",
    "read_at",
    "buyer_blanked_at",
)
MORE = (
    "marketplace_order_id", "number", "pending", "is_test", "handled_manually", "business",
    "customer_reference", "shipping_method", "pickup_point", "remark", "language",
)  # fmt: skip


@admin.register(Order)
class OrderAdmin(PersonalAdmin):
    list_display = (
        "reference",
        "company",
        "status",
        "place",
        "in_short",
        "shop_order_number",
        "amount",
        "placed_at",
    )
    list_filter = ("status", "place", "is_test", "company")
    search_fields = ("search_keys",)  # shows the field; `get_search_results` finds
    search_help_text = _("Any number a customer may quote, a name, a postcode, an e-mail address or a SKU")
    list_select_related = ("company", "connection")
    fieldsets = (
        (None, {"fields": STATE}),
        (_("In the shop"), {"fields": SHOP}),
        (_("Money"), {"fields": MONEY}),
        (_("Moments"), {"fields": MOMENTS}),
        (_("More"), {"fields": MORE}),
    )
    readonly_fields = ("trouble", "amount", "shop_amount", "shipping")
    inlines: ClassVar = [LineInline, ShipmentInline, EventInline, AddressInline]
    actions_detail: ClassVar = ["steps", "exchanges", "bundle"]
    actions = ("release",)

    @admin.display(description=_("problem"), ordering="problem_code")
    def in_short(self, order: Order) -> str:
        return explain(order.problem_code, order.problem).title if order.problem_code else ""

    @admin.display(description=_("problem"))
    def trouble(self, order: Order) -> str:
        why = explain(order.problem_code, order.problem) if order.problem_code else None
        return " ".join((why.title + ".", why.what, why.mend)).strip() if why else ""

    @admin.display(description=_("total"), ordering="total")
    def amount(self, order: Order) -> str:
        return _money(order.total, order.currency)

    @admin.display(description=_("total in the shop"))
    def shop_amount(self, order: Order) -> str:
        return _money(order.shop_order_total, order.currency)

    @admin.display(description=_("shipping cost"))
    def shipping(self, order: Order) -> str:
        return _money(order.shipping_cost, order.currency)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Find orders of all companies by what the merchants' pages find them by."""
        return (matching(queryset, search_term) if search_term else queryset), False

    @action(description=_("Its steps"), url_path="steps", permissions=["view"])  # type: ignore[untyped-decorator]
    def steps(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._found("admin:engine_outboxmessage_changelist", request, object_id)

    @action(description=_("What was said"), url_path="exchanges", permissions=["view"])  # type: ignore[untyped-decorator]
    def exchanges(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._found("admin:engine_exchange_changelist", request, object_id)

    def _found(self, name: str, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to what belongs to the order in another list."""
        order = self.get_object(request, object_id)
        if order is None:
            raise Http404
        return redirect(f"{reverse(name)}?{urlencode({'q': order.subject})}")

    @action(description=_("Support bundle"), url_path="bundle", permissions=["view"])  # type: ignore[untyped-decorator]
    def bundle(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A file for whoever helps: everything about the order but its buyer and any secret."""
        order = self.get_object(request, object_id)
        if order is None:
            raise Http404
        note_access(request, order.company, f"bundle:{order.pk}")
        answer = HttpResponse(json.dumps(bundle_of(order), indent=2, default=str), content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="order-{order.pk}.json"'
        return answer

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("engine.steer_outboxmessage")

    @admin.action(description=_("Release from hold"), permissions=["release"])
    def release(self, request: HttpRequest, queryset: QuerySet[Order]) -> TemplateResponse | None:
        by, now = cast(User, request.user), timezone.now()
        return with_reason(
            self,
            request,
            queryset.select_related("connection__account", "connection__project__shop"),
            lambda order, reason: release_hold(order=order, now=now, by=by, reason=reason),
            ngettext_lazy(
                "%(count)d order released; one that is not on hold is left alone.",
                "%(count)d orders released; one that is not on hold is left alone.",
                "count",
            ),
        )


class ReturnLineInline(ReadOnlyInline):
    model = ReturnLine
    related = ("order_line",)


@admin.register(Return)
class ReturnAdmin(PersonalAdmin):
    list_display = ("marketplace_return_id", "company", "connection", "registered_at")
    search_fields = ("marketplace_return_id__exact",)
    search_help_text = _("The number of a return; its order is found by it too")
    list_select_related = ("company", "connection")
    inlines: ClassVar = [ReturnLineInline]
