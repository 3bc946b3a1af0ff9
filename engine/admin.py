"""The engine's records for support staff: to read, and to queue again or give up a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.admin import TabularInline

from accounts.admin_base import PersonalAdmin, ReadOnlyAdmin
from accounts.models import User
from engine.flows.discard_message import discard_message
from engine.flows.requeue_message import requeue_message
from engine.models import Attempt, Exchange, Lane, OutboxMessage, SyncCursor, SyncRun, UnreadableRecord


class AttemptInline(TabularInline):  # type: ignore[misc]
    model = Attempt
    extra = 0
    can_delete = False
    fields = readonly_fields = ("number", "started_at", "ended_at", "outcome", "detail")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = ("key", "state", "company", "lane", "attempts", "problem_code", "next_attempt_at")
    list_filter = ("state", "kind", "company")
    search_fields = ("key", "subject")
    list_select_related = ("company",)
    inlines: ClassVar = [AttemptInline]
    actions = ("queue_again", "give_up")

    @admin.action(description="Queue again")
    def queue_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> TemplateResponse | None:
        return self._with_reason(request, queryset, "queue_again", requeue_message, "%d queued again.")

    @admin.action(description="Give up")
    def give_up(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> TemplateResponse | None:
        told = "%d given up; what may have been sent already is left alone."
        return self._with_reason(request, queryset, "give_up", discard_message, told)

    def _with_reason(
        self,
        request: HttpRequest,
        queryset: QuerySet[OutboxMessage],
        action: str,
        flow: Callable[..., bool],
        told: str,
    ) -> TemplateResponse | None:
        """Ask for the reason first; it is written where the merchant sees it."""
        reason = request.POST.get("reason", "").strip()
        if not reason:
            context = {
                **self.admin_site.each_context(request),
                "title": "Why?",
                "opts": self.model._meta,
                "chosen": queryset.select_related("company"),
                "action": action,
                "asked": "reason" in request.POST,
            }
            return TemplateResponse(request, "admin/reason.html", context)
        by, now = cast(User, request.user), timezone.now()
        chosen = queryset.select_related("company")
        count = sum(flow(message=message, reason=reason[:500], now=now, by=by) for message in chosen)
        self.message_user(request, told % count)
        return None


@admin.register(Lane)
class LaneAdmin(ReadOnlyAdmin):
    list_display = ("key", "state", "company", "failures", "closed_until", "reason")
    list_filter = ("state",)
    list_select_related = ("company",)


@admin.register(SyncCursor)
class SyncCursorAdmin(ReadOnlyAdmin):
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
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = ("cursor", "started_at", "succeeded", "counts", "problem_code")
    list_filter = ("succeeded",)
    list_select_related = ("cursor",)


@admin.register(UnreadableRecord)
class UnreadableRecordAdmin(ReadOnlyAdmin):
    list_display = ("record_id", "cursor", "reason", "first_seen_at", "resolved_at")
    search_fields = ("record_id", "reason")
    list_select_related = ("cursor",)


@admin.register(Exchange)
class ExchangeAdmin(PersonalAdmin):
    list_display = ("at", "method", "endpoint", "status", "company", "lane", "subject")
    list_filter = ("method", "status")
    search_fields = ("subject", "endpoint", "url")
    list_select_related = ("company",)
