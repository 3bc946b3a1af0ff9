"""The health page: whether the database answers, and when the engine's rounds last ended."""

from __future__ import annotations

from datetime import timedelta

from django.core.cache import cache
from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from engine.models import Beat

LATE = timedelta(minutes=5)
STARTED_AT = timezone.now()


def healthz(_: HttpRequest) -> JsonResponse:
    """Answer 200 when all is well, else 503 with what is not."""
    found: dict[str, str] = {"database": "ok", "cache": "ok"}
    try:
        beats = {beat.name: beat.at for beat in Beat.objects.all()}
    except Error:
        return JsonResponse({"database": "not reachable"}, status=503)
    try:
        cache.get("health")
    except Exception as error:  # noqa: BLE001 - whichever error its client has
        found["cache"] = f"not reachable ({type(error).__name__})"
    for name in ("read", "deliver", "keep_house"):
        # Until each round has had the time to run once, nothing is late.
        last = max(beats.get(name, STARTED_AT), STARTED_AT)
        found[name] = "ok" if timezone.now() - last < LATE else "late: is a worker running?"
    return JsonResponse(found, status=200 if set(found.values()) == {"ok"} else 503)
