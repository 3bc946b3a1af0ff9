"""The circuit of each remote account: open, down (tried ever less often) or refused (credentials)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.backoff import next_try
from engine.models import Lane
from engine.outcomes import Outcome, Verdict

REFUSED_RETRY = timedelta(hours=1)
DOWN_AFTER = 3  # failures in a row until a side is shown as down


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one call says about its lane."""

    company_id: int
    lane: str
    outcome: Outcome


def closed_lanes(now: datetime) -> set[str]:
    return set(Lane.objects.filter(closed_until__gt=now).values_list("key", flat=True))


def note(reports: Iterable[Report], now: datetime) -> None:
    """Update the circuits after calls. Costs one statement when all is well and was well before."""
    latest = {report.lane: report for report in reports if _says_something(report.outcome)}
    if not latest:
        return
    troubled = {lane.key: lane for lane in Lane.objects.filter(key__in=latest).order_by("pk")}
    for key, report in sorted(latest.items()):
        if report.outcome.blames_lane:
            _close(troubled.get(key) or Lane(company_id=report.company_id, key=key), report.outcome, now)
        elif key in troubled and (troubled[key].failures or troubled[key].state != Lane.State.OPEN):
            reopen(key)


def reopen(key: str) -> None:
    """Forget a lane's trouble: a call succeeded, or the merchant saved new credentials."""
    Lane.objects.filter(key=key).update(state=Lane.State.OPEN, failures=0, closed_until=None, reason="", since=None)


def _says_something(outcome: Outcome) -> bool:
    """Whether the remote side was reached, or could not be; an outcome that was never sent says nothing."""
    if outcome.blames_lane:
        return True
    return outcome.verdict in {Verdict.DONE, Verdict.SUBMITTED, Verdict.REJECTED}


def _close(lane: Lane, outcome: Outcome, now: datetime) -> None:
    lane.failures += 1
    lane.reason = outcome.code
    lane.since = lane.since or now
    if outcome.verdict == Verdict.REFUSED:
        lane.state = Lane.State.REFUSED
        lane.closed_until = now + REFUSED_RETRY
    else:
        if lane.state == Lane.State.OPEN and lane.failures >= DOWN_AFTER and outcome.code != "rate_limited":
            lane.state = Lane.State.DOWN
        lane.closed_until = next_try(now, lane.failures, retry_after=outcome.retry_after)
    Lane.objects.bulk_create(
        [lane],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["state", "failures", "closed_until", "reason", "since"],
    )
