"""One walk of one cursor: each page is stored in one transaction, and the cursor moved at the end."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction

from adapterkit.errors import AdapterError, Rejected
from adapterkit.records import Page, Unreadable
from adapterkit.sentences import kept, say
from engine import cursors, lanes, leases
from engine.clock import Clock, elapsed
from engine.database import is_passing, persist
from engine.database_thread import DatabaseThread
from engine.exchanges import exchange_row
from engine.models import Exchange, SyncCursor, SyncRun, UnreadableRecord
from engine.outcomes import Outcome, mistake, of_error
from engine.registry import Concludes, ExchangeLog, Feed, Walk
from engine.walked import Met, keep, mark, take

T = TypeVar("T")
logger = logging.getLogger(__name__)
SHORT_OVERLAP = timedelta(minutes=7)  # beside the adapter's own margin: some orders are listed late
SLICE = timedelta(minutes=1)  # of a walk at a time: then it is the turn of others, and it goes on after them


class LeaseLost(Exception):
    """Another worker reads this feed now; what this one has not stored yet is left to it."""


class SliceOver(Exception):
    """The walk has gone on long enough for now; where it goes on is stored."""


@dataclass(slots=True, kw_only=True)
class Course:
    """What all parts of a walk share: since when it reads, and what is known of it so far. Kept in the cursor."""

    since: datetime
    sweep: bool
    as_of: datetime | None = None
    flawed: bool = False  # some of it could not be read
    hurry: bool = False  # calls ran out in the midst of it

    @classmethod
    def of(cls, resume: Mapping[str, Any]) -> Course:
        return cls(
            since=datetime.fromisoformat(resume["since"]),
            sweep=resume["sweep"],
            as_of=datetime.fromisoformat(resume["as_of"]) if resume["as_of"] else None,
            flawed=resume["flawed"],
            hurry=bool(resume.get("hurry")),
        )

    def at(self, place: str) -> dict[str, Any]:
        """Return what the cursor keeps when the walk goes on there."""
        moment = self.as_of.isoformat() if self.as_of else ""
        known = {"since": self.since.isoformat(), "as_of": moment, "sweep": self.sweep, "flawed": self.flawed}
        return {"at": place, **known, **({"hurry": True} if self.hurry else {})}


@dataclass(slots=True, kw_only=True)
class Journey:
    """One walk of one cursor, or a part of it: it is taken up where the last part, or a worker that died, came to."""

    feed: Feed
    cursor: SyncCursor
    walk: Walk
    log: ExchangeLog
    database: DatabaseThread
    clock: Clock
    counts: Counter[str] = field(default_factory=Counter)
    started_at: datetime = field(init=False)
    course: Course = field(init=False)
    marks: bytearray = field(default_factory=bytearray)  # of what was met since the last page that was stored
    in_parts: bool = False  # what was met before them is stored
    place: Mapping[str, Any] = field(default_factory=dict)  # where the walk goes on, should it be stopped
    is_over: bool = False

    def __post_init__(self) -> None:
        self.started_at = self.clock()

    def is_alive(self) -> bool:
        """Whether it may be kept: it is under way, and no call of it has taken longer than any may."""
        return not self.is_over and elapsed() - self.log.alive_at < leases.LONGEST.total_seconds()

    def go(self) -> None:
        """Walk to the end, or until something stops it. Only the network part runs in this thread."""
        try:
            self._go()
        finally:
            self.is_over = True

    def _go(self) -> None:
        try:
            if self.cursor.resume.get("since"):
                self._walk_on()
            else:
                self._walk_anew()
            while isinstance(self.walk, Concludes) and self.database.run(lambda: self._persist(self._conclude)):
                pass
            self.database.run(lambda: self._persist(self._arrive))
        except LeaseLost:
            return
        except SliceOver:
            self.database.run(lambda: self._persist(self._hand_on))
            return
        except AdapterError as error:
            outcome = of_error(error)
        except Exception as error:  # noqa: BLE001 - the entrance of a worker thread: one feed never stops the others
            outcome = mistake(error, f"Reading the feed {self.cursor}")
        else:
            return
        self.database.run(lambda: self._persist(lambda: self._stop(outcome)))

    def _walk_anew(self, *, hurry: bool = False) -> None:
        """Walk from the cursor's position; `hurry` says that calls ran out before."""
        self.marks.clear()
        self.in_parts, self.place = False, {}
        if self.cursor.position is None:
            since, sweep = self.walk.start(self.started_at), True
        else:
            overlap = timedelta(seconds=self.feed.overlap_seconds)
            # Where calls are so few that a walk ran out of them, reading all twice would use up those of new ones.
            short = self.cursor.resume.get("hurry") and not self.cursor.resume.get("at")
            since = self.cursor.position - (min(overlap, SHORT_OVERLAP) if short else overlap)
            back = self.walk.sweep_from(self.started_at)
            sweep = back is not None and cursors.sweep_due(self.cursor, self.started_at)
            since = min(since, back) if back is not None and sweep else since
        since = min(since, self.cursor.reach_back_to or since)
        self.course = Course(since=since, sweep=sweep)
        self.course.hurry = hurry
        self._walk("")

    def _walk_on(self) -> None:
        """Take up a walk; begin anew when the remote side does not know any more where that was."""
        self.course, self.in_parts, self.place = Course.of(self.cursor.resume), True, self.cursor.resume
        try:
            self._walk(self.cursor.resume["at"])
        except Rejected:
            self._walk_anew(hurry=self.course.hurry)

    def _walk(self, resume: str) -> None:
        began = elapsed()
        for page in self.walk.pages(self.course.since, resume, self._known):
            self.course.as_of = self.course.as_of or page.as_of
            self.course.flawed |= bool(page.unreadable)
            self._meet([self.walk.identify(item) for item in page.items])
            self._meet([record.record_id for record in page.unreadable])
            if page.resume:
                self.place = self.course.at(page.resume)
            if page.items or page.unreadable or page.resume:
                self.database.run(lambda page=page: self._store(page))  # type: ignore[misc]
            if page.resume and elapsed() - began >= SLICE.total_seconds():
                raise SliceOver

    def _meet(self, record_ids: Iterable[str]) -> None:
        if self.feed.lists_all:
            self.marks += b"".join(map(mark, record_ids))

    def _known(self, fingerprints: Mapping[str, str]) -> AbstractSet[str]:
        if not fingerprints:
            return frozenset()
        self._meet(fingerprints)
        return self.database.run(lambda: self.walk.known(fingerprints))

    def _store(self, page: Page[Any]) -> None:
        """Store one page in one transaction; where a record of it cannot be stored, store the others without it.

        What is nobody's fault (see `engine.database`) is raised: the walk stops, and its cursor stays where it is.
        """
        before = self.cursor.resume
        try:
            self._apply(page.items, page.unreadable, page.expected, self.place)
        except LeaseLost:
            raise
        except Exception as error:
            if is_passing(error):
                raise
            logger.warning("A page of %s could not be stored as one: %s", self.cursor, type(error).__name__)
            self.cursor.resume = before
            for item in page.items:
                self._store_alone(item)
            self._apply((), page.unreadable, None, self.place)

    def _store_alone(self, item: Any) -> None:
        try:
            self._apply((item,), ())
        except LeaseLost:
            raise
        except Exception as error:
            if is_passing(error):
                raise
            logger.warning("A record of %s could not be stored", self.cursor, exc_info=error)
            why = (str(error).splitlines() or [type(error).__name__])[0][:300]
            reason = say("The record could not be stored: %(why)s", why=why)
            self._apply((), (Unreadable(record_id=self.walk.identify(item), reason=reason),))

    def _apply(
        self,
        items: Sequence[Any],
        unreadable: Sequence[Unreadable],
        expected: int | None = None,
        note: Mapping[str, Any] | None = None,
    ) -> None:
        self.counts.update(self._persist(lambda: self._apply_once(items, unreadable, expected, note)))
        self.counts["unreadable"] += len(unreadable)
        if note:
            self.marks.clear()
            self.in_parts = True

    def _persist(self, work: Callable[[], T]) -> T:
        """Do the work in the database, again where it was given up: with the cursor as it was before."""
        resume, expected = self.cursor.resume, self.cursor.expected

        def once() -> T:
            self.cursor.resume, self.cursor.expected = resume, expected
            return work()

        return persist(once)

    def _apply_once(
        self,
        items: Sequence[Any],
        unreadable: Sequence[Unreadable],
        expected: int | None,
        note: Mapping[str, Any] | None,
    ) -> Mapping[str, int]:
        now = self.clock()
        with transaction.atomic():
            if not cursors.still_ours(self.cursor, now, self.cursor.resume if note is None else note):
                raise LeaseLost
            if note and self.feed.lists_all:
                keep(self.cursor, bytes(self.marks), first=not self.in_parts)
            if expected is not None and expected != self.cursor.expected:
                cursors.expect(self.cursor, expected)
            changed = self.walk.apply(items, now) if items else {}
            if unreadable:
                _keep_unreadable(self.cursor, unreadable, now)
            if changed:
                _resolve_unreadable(self.cursor, [self.walk.identify(item) for item in items], now)
        return changed

    def _conclude(self) -> bool:
        assert isinstance(self.walk, Concludes)  # noqa: S101 - see `_go`
        now = self.clock()
        with transaction.atomic():
            if not cursors.still_ours(self.cursor, now, self.cursor.resume):
                raise LeaseLost
            return self.walk.conclude(now)

    def _arrive(self) -> None:
        now = self.clock()
        self.counts["walks"] = 1
        eventful = any(count for name, count in self.counts.items() if name != "walks")
        course = self.course
        with transaction.atomic():
            if self.cursor.failures:
                lanes.reopen(self.cursor.lane)  # lanes are locked before cursors
            if not cursors.succeed(
                self.cursor,
                position=course.as_of,
                since=course.since,
                swept=course.sweep,
                hurry=course.hurry,
                now=now,
            ):
                return
            self.walk.finish(self._met(), now)
            if eventful:
                self._write_run(None, now)

    def _met(self) -> Met | None:
        if not self.feed.lists_all:
            return None
        met = Met([*(take(self.cursor) if self.in_parts else ()), bytes(self.marks)])
        return None if self.course.flawed else met

    def _hand_on(self) -> None:
        """The rest of the walk has its turn later; what was read so far is stored."""
        now = self.clock()
        eventful = any(self.counts.values())
        with transaction.atomic():
            if cursors.hand_on(self.cursor, now) and eventful:
                self._write_run(None, now)

    def _stop(self, outcome: Outcome) -> None:
        now = self.clock()
        if outcome.code == "rate_limited" and outcome.retry_after is not None:
            self._wait(outcome.retry_after, now)
            return
        self.counts["walks"], self.counts["failed_walks"] = 0, 1
        cursor = self.cursor
        report = lanes.Report(company_id=cursor.company_id, lane=cursor.lane, outcome=outcome, began=self.started_at)
        with transaction.atomic():
            if not cursors.is_ours(cursor):
                return
            refused = lanes.note([report], now)
            cursors.fail(cursor, outcome, now, shut=cursor.lane in refused)
            self._write_run(outcome, now)

    def _wait(self, seconds: float, now: datetime) -> None:
        """The calls for this are used up; what was read so far is stored, and the walk goes on when there are more."""
        eventful = any(self.counts.values())
        self.counts["postponed_walks"] = 1
        with transaction.atomic():
            if cursors.postpone(self.cursor, seconds=seconds, now=now) and eventful:
                self._write_run(None, now)

    def _write_run(self, outcome: Outcome | None, now: datetime) -> None:
        SyncRun.objects.create(
            cursor=self.cursor,
            started_at=self.started_at,
            ended_at=now,
            succeeded=outcome is None,
            counts={name: count for name, count in self.counts.items() if count},
            problem_code=outcome.code if outcome else "",
            problem={key: value for key, value in outcome.params.items() if value} if outcome else {},
        )
        Exchange.objects.bulk_create(
            exchange_row(
                exchange,
                company_id=self.cursor.company_id,
                lane=self.cursor.lane,
                subject=f"feed:{self.cursor.pk}",
                now=now,
            )
            for exchange in self.log.exchanges
        )


def _keep_unreadable(cursor: SyncCursor, unreadable: Sequence[Unreadable], now: datetime) -> None:
    rows = {
        record.record_id: UnreadableRecord(
            cursor=cursor,
            record_id=record.record_id[:120],
            reason=record.reason,
            sentence=kept(record.reason),
            payload=record.payload,
            first_seen_at=now,
            last_seen_at=now,
        )
        for record in unreadable
    }
    UnreadableRecord.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["cursor", "record_id"],
        update_fields=["reason", "sentence", "payload", "last_seen_at", "resolved_at"],
    )


def _resolve_unreadable(cursor: SyncCursor, record_ids: Sequence[str], now: datetime) -> None:
    UnreadableRecord.objects.filter(cursor=cursor, record_id__in=record_ids, resolved_at=None).update(resolved_at=now)
