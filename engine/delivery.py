"""Sends what is due: claims messages in batches, makes their calls in threads, settles them in batches."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from engine import claiming, leases, settling
from engine.clock import Clock, elapsed
from engine.database import is_passing
from engine.lanes import WIDEST
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, attempt, later, mistake
from engine.registry import Call, ExchangeLog, Job, Pump, Result, handler_of, lane_rooms, pumps

logger = logging.getLogger(__name__)
PATIENCE = 3  # times in a row
SETTLED_AT_ONCE = 500  # messages in one transaction, or those of one call
AHEAD = 2  # calls that are claimed at once for each thread
GATHER = 0.02  # seconds
SHARE = 10  # parts that a call about many falls into when it fails as a whole


@dataclass(frozen=True, slots=True)
class Flight:
    """A call that is to be made, and the messages that it is about."""

    messages: Sequence[OutboxMessage]
    call: Call | Job

    def make(self) -> Mapping[int, Outcome]:
        """Make the call; return the outcome of each message by its id."""
        if not isinstance(self.call, Job):
            return self.all(attempt(self.call))
        outcomes = attempt(self.call.call)
        if isinstance(outcomes, Outcome):
            return self.all(self._in_parts(outcomes))
        if untold := [message for message in self.messages if message.pk not in outcomes]:
            error = LookupError(f"{len(untold)} without an outcome")
            return {**dict.fromkeys((message.pk for message in untold), mistake(error, "A shared call")), **outcomes}
        return outcomes

    def all(self, outcome: Outcome) -> Mapping[int, Outcome]:
        return {message.pk: outcome for message in self.messages}

    def _in_parts(self, outcome: Outcome) -> Outcome:
        """Have calls about fewer made where one record may have spoilt this one, until the culprit is alone with it.

        A side that is in trouble is asked for the same again at first.
        """
        tried = min(message.failures for message in self.messages)
        refused, unclear = outcome.verdict == Verdict.REJECTED, outcome.verdict == Verdict.UNKNOWN
        stuck = outcome.verdict == Verdict.LATER and outcome.blames_lane and tried >= PATIENCE
        if len(self.messages) == 1 or not (refused or unclear or stuck):
            return outcome
        fewer = replace(outcome, together=-(-len(self.messages) // SHARE))
        return replace(fewer, verdict=Verdict.LATER) if refused else fewer


@dataclass(slots=True)
class Delivery:
    """One round of sending. `threads=1` makes every call in the caller's thread, one after the other."""

    clock: Clock
    threads: int = 32
    seconds: float = 20.0  # no new claims after so long
    lane_room: int = WIDEST  # calls of one lane in flight, however many more it would bear
    counts: Counter[str] = field(default_factory=Counter)
    _logs: dict[int, ExchangeLog] = field(default_factory=dict)
    _flying: dict[Future[Mapping[int, Outcome]], Flight] = field(default_factory=dict)
    _start_before: dict[UUID, float] = field(default_factory=dict)  # by lease, in the time of `elapsed`
    _renewed: float = 0.0
    _finished: list[Result] = field(default_factory=list)
    _unsettled: int = 0  # times in a row that the database did not take what was finished

    def run(self) -> Counter[str]:
        """Send until nothing is due or the time is up; return how many messages had which outcome."""
        for pump in pumps():
            self._pump(pump)
        self.counts["expired"] = claiming.release_expired(self.clock())
        if self.threads == 1:
            self._run_inline()
        else:
            with ThreadPoolExecutor(self.threads, thread_name_prefix="deliver") as pool:
                self._run_pool(pool)
        return +self.counts

    def _pump(self, pump: Pump) -> None:
        """What one pump cannot do now keeps nothing else from being sent; it is tried again in the next round."""
        try:
            pump(self.clock())
        except Exception:
            logger.exception("Making messages of what has happened failed")

    def _run_inline(self) -> None:
        end = elapsed() + self.seconds
        while elapsed() < end:
            ready = self._claim(limit=20)
            if not ready and not self._finished:
                return
            for flight in ready:
                self._land(flight, self._in_time(flight))
                self._settle()
            self._settle()

    def _run_pool(self, pool: ThreadPoolExecutor) -> None:
        self._renewed = elapsed()
        end, stopped_by = self._renewed + self.seconds, None
        more = True
        while True:
            shared = False
            # More than there are threads, so that no thread waits while others are settled and claimed.
            free = self.threads * AHEAD - len(self._flying)
            if more and free >= max(self.threads // 4, 1) and elapsed() < end:
                try:
                    ready = self._claim(limit=free)
                except Exception as error:
                    if not self._flying:
                        raise
                    # What is in flight is brought home first: its outcomes are not let go of.
                    ready, end, stopped_by = [], 0.0, error
                for flight in ready:
                    self._flying[pool.submit(self._in_time, flight)] = flight
                more = bool(ready) or bool(self._finished) or bool(self._flying)
                shared = any(isinstance(flight.call, Job) for flight in ready)
            if not self._flying and not self._finished:
                if stopped_by:
                    raise stopped_by
                return
            # Of calls about several, one of each lane is claimed at a time: the next is not kept waiting for it.
            self._collect(patience=0.0 if shared else leases.RENEW_EVERY)
            self._settle()

    def _claim(self, limit: int) -> list[Flight]:
        """Claim and load for so many calls; what needs none is finished at once."""
        now, own = self.clock(), lane_rooms()
        narrow = sum(flight.messages[0].kind in own for flight in self._flying.values())
        narrow_room = limit if self.threads == 1 else max(self.threads // 2, 1) - narrow
        # One thread cannot renew a lease during a call, so it takes one that lasts as long as the call may.
        lease = leases.LONGEST if self.threads == 1 else leases.LEASE
        start_before = elapsed() + lease.total_seconds() / 2
        messages = claiming.claim(now=now, limit=limit, narrow_room=narrow_room, lane_room=self.lane_room, lease=lease)
        self._start_before.update((message.lease_token, start_before) for message in messages if message.lease_token)
        ready: list[Flight] = []
        for kind in sorted({message.kind for message in messages}):
            ready += self._load([message for message in messages if message.kind == kind], now)
        return ready

    def _load(self, messages: Sequence[OutboxMessage], now: datetime) -> list[Flight]:
        logs = {message.pk: ExchangeLog() for message in messages}
        self._logs.update(logs)
        jobs = _jobs_of(messages, logs, now)
        ready, shared = list[Flight](), dict[Job, list[OutboxMessage]]()
        for message in messages:
            job = jobs[message.pk]
            if isinstance(job, Outcome):
                self._finished.append(Result(message=message, outcome=job))
            elif isinstance(job, Job):
                shared.setdefault(job, []).append(message)
            else:
                ready.append(Flight([message], job))
        return ready + [Flight(those, job) for job, those in shared.items()]

    def _land(self, flight: Flight, outcomes: Mapping[int, Outcome]) -> None:
        self._finished += [Result(message=message, outcome=outcomes[message.pk]) for message in flight.messages]

    def _collect(self, patience: float) -> None:
        if not self._flying:
            return
        finished, others = wait(self._flying, timeout=patience, return_when=FIRST_COMPLETED)
        if len(others) >= self.threads:
            # Every thread has its next: what comes in a moment is settled with these, at hardly more than one costs.
            finished, _ = wait(self._flying, timeout=GATHER)
        self._renew()
        for future in finished:
            self._land(self._flying.pop(future), future.result())

    def _renew(self) -> None:
        """Keep what is in hand, all of it together; but nothing whose call has taken longer than any may."""
        if elapsed() - self._renewed < leases.RENEW_EVERY:
            return
        now, self._renewed = self.clock(), elapsed()
        flying = [flight.messages[0] for flight in self._flying.values()]
        young = {m.lease_token for m in flying if m.lease_token and now - m.claimed_at < leases.LONGEST}
        try:
            claiming.renew(young, now)
        except Exception as error:
            if not is_passing(error):
                raise
            logger.warning("The leases of what is in flight could not be renewed: %s", type(error).__name__)
            return
        start_before = self._renewed + leases.LEASE.total_seconds() / 2
        self._start_before = dict.fromkeys(young, start_before)

    def _in_time(self, flight: Flight) -> Mapping[int, Outcome]:
        """Make a call, unless its lease might end before it does. Runs in the threads."""
        lease = flight.messages[0].lease_token
        if lease is None or elapsed() > self._start_before.get(lease, 0.0):
            return flight.all(later("started_too_late", retry_after=0))
        return flight.make()

    def _settle(self) -> None:
        while self._finished:
            results = self._finished[: _settled_at_once(self._finished)]
            try:
                settled = settling.settle(results, self._logs, self.clock())
            except Exception as error:
                if not is_passing(error) or self._unsettled >= PATIENCE:
                    raise
                # The calls were made: what came of them is not let go of because the database is away for a moment.
                self._unsettled += 1
                return
            self._finished, self._unsettled = self._finished[len(results) :], 0
            for result in settled:
                self.counts[result.outcome.verdict] += 1
            for result in results:
                self._logs.pop(result.message.pk, None)


def _settled_at_once(results: Sequence[Result]) -> int:
    """Return how many of the first are settled in one transaction; what one call says of its lane is noted there."""
    size = min(SETTLED_AT_ONCE, len(results))
    while size < len(results) and _call_of(results[size]) == _call_of(results[size - 1]):
        size += 1
    return size


def _call_of(result: Result) -> tuple[object, ...]:
    message = result.message
    return message.lane, message.kind, message.lease_token, message.together, message.submission_reference


def _jobs_of(
    messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
) -> Mapping[int, Call | Job | Outcome]:
    """Load messages of one kind together; where that fails in halves, so that the culprit needs attention alone."""
    handler = handler_of(messages[0].kind)
    try:
        return handler.load(messages, logs, now)
    except Exception as error:
        if is_passing(error):
            raise
        if len(messages) == 1:
            return {messages[0].pk: mistake(error, f"Loading {messages[0]}", Verdict.REJECTED)}
    return {pk: job for half in settling.halves(messages) for pk, job in _jobs_of(half, logs, now).items()}
