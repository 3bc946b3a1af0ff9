"""The circuit of each remote account: open, down (tried ever less often) or refused (credentials); and its width."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from engine.backoff import next_try
from engine.models import Lane, OutboxMessage, Pause
from engine.outcomes import Outcome, Verdict

REFUSED_RETRY = timedelta(hours=1)
DOWN_AFTER = 3  # failures in a row until a side is shown as down
WITNESSES = 2  # endpoints that refuse the key: a single one may be all that the key does not open,
ALONE = timedelta(minutes=30)  # but for so long without any call that went well
WIDEST = 16  # calls of one account in flight, over all workers
REACHED = frozenset({Verdict.DONE, Verdict.AGAIN, Verdict.SUBMITTED, Verdict.REJECTED})
JUDGED = ("state", "failures", "failed_at", "closed_until", "reason", "since", "refused_by", "width")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one call says about its lane. `began` is when its message or feed was taken in hand."""

    company_id: int
    lane: str
    outcome: Outcome
    began: datetime


def note(reports: Iterable[Report], now: datetime) -> frozenset[str]:
    """Update the circuits after calls that belong together; return the lanes whose key is refused now.

    Costs one statement when all is well and was well before. In whichever order the calls ended, the same comes of it.
    """
    told: dict[str, list[Report]] = defaultdict(list)
    for report in reports:
        if report.outcome.verdict in REACHED or report.outcome.blames_lane or report.outcome.strained:
            told[report.lane].append(report)
    if not told:
        return frozenset()
    known = {lane.key: lane for lane in _locked(Lane.objects.filter(key__in=told))}
    changed = []
    for key, of_lane in sorted(told.items()):
        lane = known.setdefault(key, Lane(company_id=of_lane[0].company_id, key=key))
        before = [getattr(lane, name) for name in JUDGED]
        _judge(lane, of_lane, now)
        if before != [getattr(lane, name) for name in JUDGED]:
            changed.append(lane)
    Lane.objects.bulk_create(changed, update_conflicts=True, unique_fields=["key"], update_fields=JUDGED)
    return frozenset(key for key in told if known[key].state == Lane.State.REFUSED)


def reopen(key: str) -> None:
    """Forget a lane's trouble: a call succeeded, or the merchant saved new credentials."""
    Lane.objects.filter(key=key).update(**_untroubled())


def room_of(companies: Mapping[str, int]) -> Mapping[str, tuple[int, int]]:
    """Return how many calls each lane bears in flight, and how many there are, over all workers; see `lock`."""
    here = lock(companies)
    flying = OutboxMessage.objects.filter(state=OutboxMessage.State.SENDING, lane__in=companies).order_by()
    calls = flying.values_list("lane", "together", "kind", "lease_token", "submission_reference")
    taken = Counter[str]()
    for lane, together, *_, count in calls.annotate(Count("pk")):
        taken[lane] += 1 if together > 1 else count
    return {key: (here[key].width if key in here else 0, taken[key]) for key in companies}


def lock(companies: Mapping[str, int]) -> Mapping[str, Lane]:
    """Lock the lanes until the transaction ends, and return them; without those that another worker looks at now.

    `companies` names the lanes, each with its company.
    """
    here = _free(companies)
    if len(here) < len(companies):
        missing = [Lane(company_id=company, key=key) for key, company in sorted(companies.items())]
        Lane.objects.bulk_create(missing, ignore_conflicts=True)
        here = _free(companies)
    return here


def pause(pauses: Iterable[tuple[str, str, datetime]]) -> None:
    """Keep back what is sent of one kind to one lane until a moment: its calls are used up, and nobody failed."""
    latest: dict[tuple[str, str], datetime] = {}
    for lane, kind, until in pauses:
        latest[lane, kind] = max(until, latest.get((lane, kind), until))
    Pause.objects.bulk_create(
        [Pause(lane=lane, kind=kind, until=until) for (lane, kind), until in sorted(latest.items())],
        update_conflicts=True,
        unique_fields=["lane", "kind"],
        update_fields=["until"],
    )


def forget_pauses(now: datetime) -> int:
    """Remove those that are over; return how many."""
    return Pause.objects.filter(until__lte=now).delete()[0]


def _free(companies: Mapping[str, int]) -> Mapping[str, Lane]:
    rows = Lane.objects.filter(key__in=companies).order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return {lane.key: lane for lane in rows}


def _locked(lanes: QuerySet[Lane]) -> QuerySet[Lane]:
    lanes = lanes.order_by("pk")
    return lanes.select_for_update() if connection.features.has_select_for_update else lanes


def _judge(lane: Lane, reports: Sequence[Report], now: datetime) -> None:
    reached = any(report.outcome.verdict in REACHED for report in reports)
    if any(report.outcome.strained for report in reports):
        lane.width = max(lane.width // 2, 1)
    elif reached and lane.width < WIDEST:
        lane.width += 1
    if reached:  # what works for one is not down, and does not refuse the key
        _forget_trouble(lane)
        return
    blamed = [report for report in reports if report.outcome.blames_lane]
    _fail([report for report in blamed if report.outcome.verdict != Verdict.REFUSED], lane, now)
    _refuse([report.outcome for report in blamed if report.outcome.verdict == Verdict.REFUSED], lane, now)


def _fail(reports: Sequence[Report], lane: Lane, now: datetime) -> None:
    """Count one more failure. What was in hand already when the lane last failed shares that one: it is one blip."""
    if not reports:
        return
    asked = max((report.outcome.retry_after or 0.0 for report in reports), default=0.0)
    lane.reason, lane.since = reports[-1].outcome.code, lane.since or now
    if lane.failed_at is None or any(report.began > lane.failed_at for report in reports):
        lane.failures, lane.failed_at = lane.failures + 1, now
        lane.closed_until = next_try(now, lane.failures, retry_after=asked or None)
    elif asked:
        lane.closed_until = max(lane.closed_until or now, next_try(now, lane.failures, retry_after=asked))
    if lane.state == Lane.State.OPEN and lane.failures >= DOWN_AFTER:
        lane.state = Lane.State.DOWN


def _refuse(outcomes: Sequence[Outcome], lane: Lane, now: datetime) -> None:
    """The key is refused when who gives out access says so, when several endpoints do, or one for long."""
    if not outcomes:
        return
    witnesses = {*lane.refused_by, *(outcome.by for outcome in outcomes)}
    lane.refused_by, lane.reason, lane.since = sorted(witnesses), outcomes[-1].code, lane.since or now
    if "" in witnesses or len(witnesses) >= WITNESSES or now - lane.since >= ALONE:
        lane.state, lane.closed_until = Lane.State.REFUSED, now + REFUSED_RETRY
        lane.failures += 1


def _forget_trouble(lane: Lane) -> None:
    for name, value in _untroubled().items():
        setattr(lane, name, value)


def _untroubled() -> Mapping[str, Any]:
    nothing = dict.fromkeys(("failed_at", "closed_until", "since"))
    return {"state": Lane.State.OPEN, "failures": 0, "reason": "", "refused_by": [], **nothing}
