"""The engine's records for support staff: to read, and to queue again or give up a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.admin import TabularInline

from accounts.admin_base import PersonalAdmin, ReadOnlyAdmin, in_words, with_reason
from accounts.models import Company, User
from engine.flows.discard_message import discard_message
from engine.flows.requeue_message import requeue_message
from engine.models import Attempt, Exchange, Lane, OutboxMessage, SyncCursor, SyncRun, UnreadableRecord
from engine.registry import kinds


class AttemptInline(TabularInline):  # type: ignore[misc]
    model = Attempt
    extra = 0
    can_delete = False
    fields = readonly_fields = ("number", "started_at", "ended_at", "came_of_it", "detail")
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("outcome"))
    def came_of_it(self, attempt: Attempt) -> str:
        return in_words(attempt.outcome) if attempt.outcome else ""


class KindFilter(admin.SimpleListFilter):
    """The kinds that there can be: to ask the table which ones it holds is to read all of it."""

    title, parameter_name = _("kind"), "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, in_words(kind)) for kind in kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class AnswerFilter(admin.SimpleListFilter):
    """How the other side answered."""

    title, parameter_name = _("answer"), "answer"
    ANSWERS: ClassVar = {
        "good": (_("good"), Q(status__lt=400)),
        "refused": (_("refused (4xx)"), Q(status__gte=400, status__lt=500)),
        "failed": (_("failed (5xx)"), Q(status__gte=500)),
        "none": (_("none came"), Q(status=None)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, str(name)) for code, (name, _chosen) in self.ANSWERS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Exchange]) -> QuerySet[Exchange]:
        _name, chosen = self.ANSWERS.get(self.value() or "", ("", Q()))
        return queryset.filter(chosen)


@admin.register(OutboxMessage)
class OutboxMessageAdmin(PersonalAdmin):
    """Its problem may hold what the other side said of a buyer."""

    list_display = ("key", "state", "company", "lane", "attempts", "problem_code", "next_attempt_at")
    list_filter = ("state", KindFilter, "company")
    search_fields = ("key__startswith", "subject__exact")
    search_help_text = _("The beginning of a key, or a subject such as order:123")
    list_select_related = ("company",)
    inlines: ClassVar = [AttemptInline]
    actions = ("queue_again", "give_up")

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("engine.steer_outboxmessage")

    @admin.action(description=_("Queue again, or release what is held"), permissions=["steer"])
    def queue_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> TemplateResponse | None:
        told = ngettext_lazy("%(count)d step queued again.", "%(count)d steps queued again.", "count")
        return self._steer(request, queryset, requeue_message, told)

    @admin.action(description=_("Give up"), permissions=["steer"])
    def give_up(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> TemplateResponse | None:
        told = ngettext_lazy(
            "%(count)d step given up; what may have been sent already is left alone.",
            "%(count)d steps given up; what may have been sent already is left alone.",
            "count",
        )
        return self._steer(request, queryset, discard_message, told)

    def _steer(
        self, request: HttpRequest, queryset: QuerySet[OutboxMessage], flow: Callable[..., bool], told: Any
    ) -> TemplateResponse | None:
        by, now = cast(User, request.user), timezone.now()
        return with_reason(
            self, request, queryset, lambda message, reason: flow(message=message, reason=reason, now=now, by=by), told
        )


@admin.register(Lane)
class LaneAdmin(ReadOnlyAdmin):
    list_display = ("key", "state", "company", "failures", "closed_until", "reason")
    list_filter = ("state",)
    list_select_related = ("company",)


@admin.register(SyncCursor)
class SyncCursorAdmin(PersonalAdmin):
    """Its problem may hold what the other side said of a buyer."""

    list_display = (
        "feed",
        "owner_id",
        "company",
        "active",
        "position",
        "last_success_at",
        "next_run_at",
        "problem_code",
    )
    list_filter = ("feed", "active", "company")
    list_select_related = ("company",)


@admin.register(SyncRun)
class SyncRunAdmin(PersonalAdmin):
    """Its problem may hold what the other side said of a buyer."""

    list_display = ("cursor", "company", "started_at", "succeeded", "brought", "problem_code")
    list_filter = ("succeeded",)
    list_select_related = ("cursor__company",)
    search_fields = ("cursor__company__name",)
    search_help_text = _("A company")

    @admin.display(description=_("company"))
    def company(self, run: SyncRun) -> Company:
        return run.cursor.company

    @admin.display(description=_("what it brought"))
    def brought(self, run: SyncRun) -> str:
        return ", ".join(f"{in_words(kind)}: {count}" for kind, count in run.counts.items())

    def company_of(self, record: SyncRun) -> Company:
        return record.cursor.company


@admin.register(UnreadableRecord)
class UnreadableRecordAdmin(PersonalAdmin):
    """What could not be read, and so the reason, may name a buyer: neither is in the list."""

    list_display = ("record_id", "cursor", "first_seen_at", "resolved_at")
    search_fields = ("record_id",)
    list_select_related = ("cursor__company",)

    def company_of(self, record: UnreadableRecord) -> Company:
        return record.cursor.company


@admin.register(Exchange)
class ExchangeAdmin(PersonalAdmin):
    list_display = ("at", "method", "endpoint", "status", "company", "lane", "subject")
    list_filter = (AnswerFilter,)
    search_fields = ("subject__exact",)
    search_help_text = _("A subject such as order:123")
    list_select_related = ("company",)
