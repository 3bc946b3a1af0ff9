"""The bases of the support staff's pages. On django-unfold; plain `ModelAdmin` would do in its place."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.admin import ModelAdmin

from accounts.models import AccessEntry


class BaseAdmin(ModelAdmin):  # type: ignore[misc]
    list_per_page = 50
    show_full_result_count = False


class ReadOnlyAdmin(BaseAdmin):
    """Records that only the program writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PersonalAdmin(ReadOnlyAdmin):
    """Records that hold buyers' data: every look at one is written down."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        found = self.get_object(request, object_id)
        if found is not None and answer.status_code == 200:  # noqa: PLR2004 - it was shown
            note_access(request, found, f"{self.model._meta.model_name}:{object_id}")
        return answer


def note_access(request: HttpRequest, record: Any, subject: str) -> None:
    """Write down that this person looked at a record of a company."""
    AccessEntry.objects.create(user_id=request.user.pk, company=record.company, subject=subject, at=timezone.now())
