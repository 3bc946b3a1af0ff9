"""Reads the feeds that are due: opens their walks together, and goes them in threads."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from engine import cursors, leases
from engine.clock import Clock, elapsed
from engine.database import is_passing
from engine.database_thread import DatabaseThread
from engine.journey import Journey
from engine.models import SyncCursor
from engine.outcomes import mistake
from engine.registry import ExchangeLog, Feed, feed_of

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Reading:
    """One round of reading. `threads=1` walks in the caller's thread, one feed after the other."""

    clock: Clock
    threads: int = 32
    limit: int = 64
    counts: Counter[str] = field(default_factory=Counter)

    def run(self) -> Counter[str]:
        """Read the feeds that are due; return how many walks succeeded and failed, and what they brought."""
        # One thread cannot renew a lease during a call, so it takes one that lasts as long as the call may.
        lease = leases.LONGEST if self.threads == 1 else leases.LEASE
        journeys = self._open_all(cursors.claim(now=self.clock(), limit=self.limit, lease=lease))
        if self.threads == 1:
            for journey in journeys:
                journey.go()
        elif journeys:
            self._go_together(journeys)
        for journey in journeys:
            self.counts.update(journey.counts)
        return +self.counts

    def _open_all(self, claimed: Sequence[SyncCursor]) -> list[Journey]:
        database = DatabaseThread()
        journeys = []
        for name in sorted({cursor.feed for cursor in claimed}):
            mine = [cursor for cursor in claimed if cursor.feed == name]
            try:
                journeys += self._open(feed_of(name), mine, database)
            except Exception as error:
                if is_passing(error):
                    raise
                for cursor in mine:
                    journeys += self._open_alone(feed_of(name), cursor, database)
        return journeys

    def _open(self, feed: Feed, mine: Sequence[SyncCursor], database: DatabaseThread) -> list[Journey]:
        logs = {cursor.pk: ExchangeLog() for cursor in mine}
        walks = feed.open(mine, logs)
        gone = [cursor for cursor in mine if cursor.pk not in walks]
        if gone:
            cursors.forget(gone)
        return [
            Journey(
                feed=feed,
                cursor=cursor,
                walk=walks[cursor.pk],
                log=logs[cursor.pk],
                database=database,
                clock=self.clock,
            )
            for cursor in mine
            if cursor.pk in walks
        ]

    def _open_alone(self, feed: Feed, cursor: SyncCursor, database: DatabaseThread) -> list[Journey]:
        """Open one of several that could not be opened together; the one that is the cause stops alone."""
        try:
            return self._open(feed, [cursor], database)
        except Exception as error:
            if is_passing(error):
                raise
            self.counts["failed_walks"] += 1
            cursors.fail(cursor, mistake(error, f"Opening the feed {cursor}"), self.clock())
            return []

    def _go_together(self, journeys: Sequence[Journey]) -> None:
        """Walk side by side; of each lane no more than it bears, one after the other in turn."""
        database, renewed = journeys[0].database, elapsed()
        with ThreadPoolExecutor(self.threads, thread_name_prefix="read") as pool:
            try:
                flying: list[Future[None]] = [
                    pool.submit(_walk_in_turn, queue)
                    for queue in _queues(journeys)
                    for _ in range(min(len(queue), queue[0].cursor.side_by_side))
                ]
                while not all(future.done() for future in flying):
                    database.serve(timeout=0.02)
                    if elapsed() - renewed >= leases.RENEW_EVERY:
                        renewed = elapsed()
                        self._renew([journey.cursor for journey in journeys if journey.is_alive()])
            finally:
                database.close()
        for future in flying:
            future.result()

    def _renew(self, walked: Sequence[SyncCursor]) -> None:
        try:
            cursors.renew(walked, self.clock())
        except Exception as error:
            if not is_passing(error):
                raise
            logger.warning("The leases of what is being read could not be renewed: %s", type(error).__name__)


def _queues(journeys: Sequence[Journey]) -> list[deque[Journey]]:
    of_lane: dict[str, deque[Journey]] = defaultdict(deque)
    for journey in journeys:
        of_lane[journey.cursor.lane].append(journey)
    return list(of_lane.values())


def _walk_in_turn(queue: deque[Journey]) -> None:
    """Walk what is left of a lane, which other threads do as well."""
    while True:
        try:
            journey = queue.popleft()
        except IndexError:
            return
        journey.go()


def read(*, clock: Clock, threads: int = 32, limit: int = 64) -> Counter[str]:
    """Read every feed that is due; see `Reading`."""
    return Reading(clock=clock, threads=threads, limit=limit).run()
