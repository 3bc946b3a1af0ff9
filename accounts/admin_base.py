"""The bases of the support staff's pages. On django-unfold; plain `ModelAdmin` would do in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.db.models import QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from accounts.models import AccessEntry, Company
from accounts.paging import LatestPages

LONGEST_REASON = 500


class BaseAdmin(ModelAdmin):  # type: ignore[misc]
    list_per_page = 50
    paginator = LatestPages

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read what the list shows of related records with it, for a single record's page too."""
        found: QuerySet[Any] = super().get_queryset(request)
        return found.select_related(*self.list_select_related) if self.list_select_related else found

    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Filter by what the list shows alone: else an address could ask for a hidden secret letter by letter."""
        own = [getattr(one, "parameter_name", one) for one in self.list_filter]
        asked = lookup.partition(LOOKUP_SEP)[0]
        return asked in {*self.list_display, *own} and bool(super().lookup_allowed(lookup, value, request))


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

    def company_of(self, record: Any) -> Company:
        return cast(Company, record.company)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        found = self.get_object(request, object_id)
        if found is not None and answer.status_code == 200:  # noqa: PLR2004 - it was shown
            note_access(request, self.company_of(found), f"{self.model._meta.model_name}:{object_id}")
        return answer


def note_access(request: HttpRequest, company: Company, subject: str) -> None:
    """Write down that this person looked at a record of a company."""
    AccessEntry.objects.create(user_id=request.user.pk, company=company, subject=subject, at=timezone.now())


def in_words(code: str) -> str:
    """Return a code of the program as words; `ordersync.desk_words` lists them for translation."""
    return _(code.replace("_", " "))


def with_reason(
    model_admin: ModelAdmin, request: HttpRequest, chosen: QuerySet[Any], do: Callable[[Any, str], bool], told: Any
) -> TemplateResponse | None:
    """Ask why first; then `do` each record, with the reason, and tell for how many something was done.

    `told` is an `ngettext_lazy` of that `count`.
    The reason is written where the merchant sees it. Called by an action of the same name as in the request.
    """
    reason = request.POST.get("reason", "").replace("\0", "").strip()
    chosen = chosen.select_related("company")
    if reason:
        count = sum(do(record, reason[:LONGEST_REASON]) for record in chosen)
        model_admin.message_user(request, told % {"count": count})
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Why?"),
        "asked_for": model_admin.get_actions(request)[request.POST["action"]][2],
        "opts": model_admin.model._meta,
        "chosen": chosen,
        "action": request.POST.get("action", ""),
        "asked": "reason" in request.POST,
    }
    return TemplateResponse(request, "admin/reason.html", context)
