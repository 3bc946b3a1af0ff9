"""The support desk's page of the system's health."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.admin_base import in_words
from engine.models import Beat, Lane, OutboxMessage, SyncCursor

State = OutboxMessage.State


def system_health(request: HttpRequest) -> HttpResponse:
    """Queues, the oldest message, due cursors, closed lanes, and when the workers' rounds last ended."""
    if not request.user.has_perm("engine.view_outboxmessage"):
        raise PermissionDenied
    now = timezone.now()
    waiting = OutboxMessage.objects.exclude(state__in=OutboxMessage.SETTLED)
    queues = waiting.values("kind", "state").annotate(count=Count("pk"), oldest=Min("created_at"))
    context = {
        **admin.site.each_context(request),
        "title": _("System health"),
        "now": now,
        "queues": [
            {**row, "kind_text": in_words(row["kind"]), "state_text": State(row["state"]).label}
            for row in queues.order_by("kind", "state")
        ],
        "oldest": waiting.filter(state=State.QUEUED, next_attempt_at__lte=now).order_by("created_at").first(),
        "due": SyncCursor.objects.filter(active=True, next_run_at__lte=now).count(),
        "failing": SyncCursor.objects.filter(active=True, failures__gt=0).select_related("company")[:50],
        "lanes": Lane.objects.exclude(state=Lane.State.OPEN).select_related("company")[:50],
        "beats": [(in_words(beat.name), beat.at) for beat in Beat.objects.order_by("name")],
    }
    return TemplateResponse(request, "admin/system_health.html", context)
