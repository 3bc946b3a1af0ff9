"""Connections and subscriptions for support staff. Credentials are never shown, not even encrypted."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.admin import TabularInline

from accounts.admin_base import BaseAdmin, ReadOnlyAdmin
from accounts.audit import write_audit
from accounts.flows.add_module import add_module
from accounts.models import ModuleSubscription, Subscription, User
from accounts.modules import ModuleNeeded
from connections.flows.end_module import end_module
from connections.models import MarketplaceAccount, Project, Shop


class ModuleInline(TabularInline):  # type: ignore[misc]
    model = ModuleSubscription
    extra = 0
    can_delete = False
    hide_title = True


@admin.register(Subscription)
class SubscriptionAdmin(BaseAdmin):
    """Modules are added and ended as on the merchant's page: what depends on one is paused with it."""

    list_display = ("company", "plan", "active")
    list_select_related = ("company",)
    search_fields = ("company__name",)
    inlines: ClassVar = [ModuleInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Subscription | None = None) -> tuple[str, ...]:
        return ("company",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Subscription | None = None) -> bool:
        """One that is over is switched off."""
        return False

    def save_model(self, request: HttpRequest, obj: Subscription, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        by, now = cast(User, request.user), timezone.now()
        if not obj.active:
            for module in ModuleSubscription.Module.values:
                end_module(company=obj.company, module=module, now=now, by=by)
        if form.changed_data:
            fields = ", ".join(form.changed_data)
            write_audit(obj.company, by, "subscription_changed", f"subscription:{obj.pk}", now, fields=fields)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []  # for admin's own log
        wanted = {row.instance.module: row.instance.active for row in formset.forms if row.has_changed()}
        if not form.instance.active and any(wanted.values()):
            messages.error(request, _("No module was added: the subscription is switched off."))
            return
        about = {"company": form.instance.company, "now": timezone.now(), "by": cast(User, request.user)}
        for module in ModuleSubscription.Module.values:  # the needed before those that need them
            if wanted.get(module) is False:
                end_module(module=module, **about)
            elif wanted.get(module):
                try:
                    add_module(module=module, **about)
                except ModuleNeeded as needed:
                    names = {"module": _label(module), "needed": _label(needed.needed)}
                    messages.error(request, _("%(module)s was not added: it needs %(needed)s.") % names)


def _label(module: str) -> str:
    return str(ModuleSubscription.Module(module).label)


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
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
    exclude = ("credentials", "notification_token")
    list_select_related = ("company",)
