"""Removes what is only kept for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine import lanes
from engine.models import Attempt, Exchange, OutboxMessage, SyncRun
from engine.registry import chores

KEEP_RUNS = timedelta(days=30)
KEEP_SETTLED = timedelta(days=90)
AT_ONCE = 1000


def keep_house(*, now: datetime) -> dict[str, int]:
    """Delete expired exchanges, old sync runs and the attempts of long settled messages, some at a time;
    then the chores of the other parts.

    Messages themselves stay: their keys are what keeps an order from being sent twice.
    """
    expired = Exchange.objects.filter(expires_at__lt=now).values("pk")[:AT_ONCE]
    runs = SyncRun.objects.filter(started_at__lt=now - KEEP_RUNS).values("pk")[:AT_ONCE]
    settled = OutboxMessage.objects.filter(settled_at__lt=now - KEEP_SETTLED)
    attempts = Attempt.objects.filter(message__in=settled).values("pk")[:AT_ONCE]
    counts = {
        "exchanges": Exchange.objects.filter(pk__in=list(expired.values_list("pk", flat=True))).delete()[0],
        "runs": SyncRun.objects.filter(pk__in=list(runs.values_list("pk", flat=True))).delete()[0],
        "attempts": Attempt.objects.filter(pk__in=list(attempts.values_list("pk", flat=True))).delete()[0],
        "pauses": lanes.forget_pauses(now),
    }
    for chore in chores():
        counts.update(chore(now))
    return counts
