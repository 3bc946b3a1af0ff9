"""Who changed what, for support staff: in the words that the merchant reads."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ReadOnlyAdmin
from accounts.models import AuditEntry
from web.shared.audit_words import audit_text


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "company", "words", "actor")
    list_select_related = ("company", "actor")
    search_fields = ("company__name", "subject", "actor__email")
    search_help_text = _("A company, a person's address, or a subject such as order:123")
    fields = ("at", "company", "words", "actor", "action", "subject", "params")
    readonly_fields = ("words",)

    @admin.display(description=_("what happened"))
    def words(self, entry: AuditEntry) -> str:
        return audit_text(entry)
