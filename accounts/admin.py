"""Companies, people and keys for support staff."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
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
    Company,
    Membership,
    ModulePrice,
    User,
)

# People manage these themselves, and what they hold is secret.
admin.site.unregister([EmailAddress, Authenticator])


class Members(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        """A company that has members keeps at least one owner."""
        super().clean()
        kept = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        if kept and not any(member.get("role") == Membership.Role.OWNER for member in kept):
            raise ValidationError(_("A company keeps at least one owner."))


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = Membership
    formset = Members
    extra = 0
    hide_title = True
    autocomplete_fields = ("user",)


@admin.register(Company)
class CompanyAdmin(BaseAdmin):
    """What support changes is told to the merchant."""

    list_display = ("name", "created_at")
    search_fields = ("name",)
    inlines: ClassVar = [MembershipInline]

    def has_delete_permission(self, request: HttpRequest, obj: Company | None = None) -> bool:
        """All its orders would go with it."""
        return bool(request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and form.changed_data:
            by, fields = cast(User, request.user), ", ".join(form.changed_data)
            write_audit(obj, by, "company_changed", f"company:{obj.pk}", timezone.now(), fields=fields)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        changed = [("member_joined", member) for member in formset.new_objects]
        changed += [("member_changed", member) for member, _fields in formset.changed_objects]
        changed += [("member_removed", member) for member in formset.deleted_objects]
        for action, member in changed:
            subject, by = f"member:{member.user.email}", cast(User, request.user)
            write_audit(form.instance, by, action, subject, timezone.now(), role=member.role)


@admin.register(User)
class UserAdmin(BaseAdmin):
    """Merchants' people for support; support's own people, and what they may do, for superusers alone."""

    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff", "groups")
    filter_horizontal = ("groups",)
    actions = ("remove_second_factors",)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return () if request.user.is_superuser else ("is_staff", "groups")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return bool(super().has_delete_permission(request, obj)) and _may_touch(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for member in obj.memberships.select_related("company") if form.changed_data else ():
            about = {"fields": ", ".join(form.changed_data), "name": form.initial.get("email", obj.email)}
            subject, by = f"member:{obj.email}", cast(User, request.user)
            write_audit(member.company, by, "person_changed", subject, timezone.now(), **about)

    @admin.action(description=_("Remove the second factor of somebody who lost it"), permissions=["change"])
    def remove_second_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Only superusers do so for support's own people: nobody else may weaken their sign-in."""
        people = queryset if request.user.is_superuser else queryset.filter(is_superuser=False, is_staff=False)
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


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return bool(request.user.is_superuser) or user is None or not (user.is_staff or user.is_superuser)


@admin.register(ModulePrice)
class ModulePriceAdmin(BaseAdmin):
    list_display = ("module", "monthly", "currency")


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "company", "prefix", "expires_at", "last_used_at", "revoked_at")
    exclude = ("hash",)
    list_select_related = ("company",)


@admin.register(AccessEntry)
class AccessEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "company", "user", "subject")
    search_fields = ("subject", "user__email")
    list_select_related = ("company", "user")
