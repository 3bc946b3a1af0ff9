"""Companies, people and keys for support staff."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from unfold.admin import TabularInline

from accounts.admin_base import BaseAdmin, ReadOnlyAdmin
from accounts.models import ApiKey, AuditEntry, Company, Membership, ModulePrice, ModuleSubscription, Subscription, User


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


@admin.register(Subscription)
class SubscriptionAdmin(BaseAdmin):
    list_display = ("company", "plan", "active")
    list_select_related = ("company",)
    inlines: ClassVar = [ModuleInline]


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
