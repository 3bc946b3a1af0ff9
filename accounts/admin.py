"""Companies, people and keys for support staff."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline

from accounts.admin_base import BaseAdmin, ReadOnlyAdmin
from accounts.audit import write_audit
from accounts.flows.remove_second_factor import remove_second_factor
from accounts.models import (
    AccessEntry,
    ApiKey,
    AuditEntry,
    Company,
    Membership,
    ModulePrice,
    ModuleSubscription,
    Subscription,
    User,
)

# People manage these themselves, and what they hold is secret.
admin.site.unregister([EmailAddress, Authenticator])


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


class ModuleInline(TabularInline):  # type: ignore[misc]
    model = ModuleSubscription
    extra = 0


@admin.register(Company)
class CompanyAdmin(BaseAdmin):
    list_display = ("name", "created_at")
    search_fields = ("name",)
    inlines: ClassVar = [MembershipInline]


@admin.register(User)
class UserAdmin(BaseAdmin):
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff")
    actions = ("remove_second_factors",)

    @admin.action(description=_("Remove the second factor of somebody who lost it"), permissions=["change"])
    def remove_second_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Only superusers do so for superusers: nobody else may weaken their sign-in."""
        people = queryset if request.user.is_superuser else queryset.filter(is_superuser=False)
        by = cast(User, request.user)
        weakened = [user for user in people if remove_second_factor(user=user, now=timezone.now(), by=by)]
        for user in weakened:
            get_adapter().send_notification_mail("mfa/email/second_factor_removed", user)
        told = ngettext(
            "%(count)d person signs in with the password alone now.",
            "%(count)d people sign in with the password alone now.",
            len(weakened),
        )
        self.message_user(request, told % {"count": len(weakened)}, messages.SUCCESS)


@admin.register(Subscription)
class SubscriptionAdmin(BaseAdmin):
    list_display = ("company", "plan", "active")
    list_select_related = ("company",)
    search_fields = ("company__name",)
    inlines: ClassVar = [ModuleInline]

    def log_change(self, request: HttpRequest, obj: Subscription, message: Any) -> Any:
        """The merchant sees what support changed, too."""
        changed = ", ".join(f"{m.get_module_display()}: {'on' if m.active else 'off'}" for m in obj.modules.all())
        subject, now = f"subscription:{obj.pk}", timezone.now()
        write_audit(obj.company, cast(User, request.user), "subscription_changed", subject, now, fields=changed)
        return super().log_change(request, obj, message)


@admin.register(ModulePrice)
class ModulePriceAdmin(BaseAdmin):
    list_display = ("module", "monthly", "currency")


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "company", "prefix", "expires_at", "last_used_at", "revoked_at")
    exclude = ("hash",)
    list_select_related = ("company",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "company", "actor", "action", "subject")
    list_filter = ("action",)
    list_select_related = ("company", "actor")


@admin.register(AccessEntry)
class AccessEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "company", "user", "subject")
    search_fields = ("subject", "user__email")
    list_select_related = ("company", "user")
