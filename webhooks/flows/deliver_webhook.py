"""Sends messages to endpoints: at least once, those about one thing in their order, each for up to three days.

Every answer but a success is tried again, seconds later at first and hours later in the end. An endpoint that took
nothing at all for three days is switched off, and one that answers 410 Gone at once; its owners are mailed and what it
is owed is kept. A message that is not taken for three days by an endpoint that takes others waits for a person, and
with it those about the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from adapterkit.errors import AdapterError, TemporarilyUnavailable
from adapterkit.sentences import kept
from connections.adapters import send_webhook
from engine import lanes
from engine.backoff import spread
from engine.models import Lane, OutboxMessage
from engine.outcomes import Outcome, Verdict, discarded, done, held, later, rejected
from engine.registry import Call, ExchangeLog, Result
from webhooks.event_types import PING
from webhooks.messages import KIND, OFF, REMOVED, TEST, locked
from webhooks.models import WebhookEndpoint, WebhookMessage
from webhooks.switching import note_not_taken, switch_off

KEEP_TRYING = timedelta(days=3)
# After the first failure, the second, and so on; the last one again and again.
DELAYS = (5, 30, 2 * 60, 10 * 60, 30 * 60, 3600, 2 * 3600, 3 * 3600, 4 * 3600, 6 * 3600)
JITTER = 0.1  # of a delay
ABOUT_THE_MESSAGE = frozenset({400, 409, 413, 415, 422})  # the others are trouble of the endpoint as a whole
GONE = 410
SHOWN = 500  # characters of an answer
NOT_TAKEN = "webhook_not_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of one try."""

    status: int | None
    seconds: float
    answer: str = ""
    error: str = ""


class DeliverWebhook:
    kind = KIND

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        records = _records([message.record_id for message in messages])
        return {message.pk: _job(records.get(message.record_id), logs[message.pk], now) for message in messages}

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        records = _records([result.message.record_id for result in results])
        _hurry({result.message.lane for result in results if result.outcome.verdict is Verdict.DONE}, now)
        # The engine waits for an endpoint as a whole by what it answers, and for each message as is decided below.
        lanes.note((_report(result) for result in results if _is_failure(result, records)), now)
        settling = _Settling(now=now, records=records)
        for result in results:
            result.message.look_first = False  # one that may have arrived is sent again: the receiver knows its id
            if result.message.record_id in records:
                settling.settle(result)
        settling.write()


def _records(ids: Sequence[int]) -> dict[int, WebhookMessage]:
    known = WebhookMessage.objects.filter(pk__in=ids, endpoint__removed_at=None)
    return {record.pk: record for record in known.select_related("endpoint")}


def _job(record: WebhookMessage | None, log: ExchangeLog, now: datetime) -> Call | Outcome:
    if record is None:
        return discarded(REMOVED)
    if not record.endpoint.enabled and record.type != PING:
        return held(OFF)
    endpoint, body = record.endpoint, record.body.encode()
    send = partial(
        send_webhook,
        url=endpoint.url,
        message_id=record.message_id,
        body=body,
        secrets=endpoint.valid_secrets(now),
        recorder=log,
    )
    return partial(_try, send, log)


def _try(send: Callable[[], object], log: ExchangeLog) -> Outcome:
    try:
        send()
    except AdapterError as error:
        return Outcome(
            verdict=Verdict.LATER,
            value=_tried(log, error),
            code=NOT_TAKEN,
            params={"message": kept(error.message)},
            retry_after=error.retry_after if isinstance(error, TemporarilyUnavailable) else None,
            blames_lane=error.status not in ABOUT_THE_MESSAGE,
        )
    return done(_tried(log))


def _tried(log: ExchangeLog, error: AdapterError | None = None) -> Tried:
    exchange = log.exchanges[-1]  # one call, one exchange
    unanswered = error.remote or error.message if error is not None and exchange.status is None else ""
    return Tried(
        status=exchange.status,
        seconds=exchange.seconds,
        answer=exchange.response_body[:SHOWN],
        error=exchange.error or unanswered,
    )


def _is_failure(result: Result, records: Mapping[int, WebhookMessage]) -> bool:
    record = records.get(result.message.record_id)
    failed = result.outcome.verdict is Verdict.LATER and isinstance(result.outcome.value, Tried)
    return failed and record is not None and record.type != PING


def _report(result: Result) -> lanes.Report:
    message = result.message
    return lanes.Report(
        company_id=message.company_id, lane=message.lane, outcome=result.outcome, began=message.claimed_at
    )


def _hurry(taken: AbstractSet[str], now: datetime) -> None:
    """An endpoint that takes messages again after trouble, or a test, gets at once what waits for its next try."""
    keys = {lane.removesuffix(TEST) for lane in taken}
    back = list(Lane.objects.filter(key__in=keys, failures__gt=0).values_list("key", flat=True)) if keys else []
    for key in back:
        lanes.reopen(key)
    if back:
        waiting = OutboxMessage.objects.filter(kind=KIND, lane__in=back, state=OutboxMessage.State.QUEUED)
        waiting.filter(next_attempt_at__gt=now).update(next_attempt_at=now)


@dataclass(slots=True)
class _Settling:
    """Writes down what came of messages, and decides what becomes of those that were not taken."""

    now: datetime
    records: Mapping[int, WebhookMessage]
    _locked: dict[int, WebhookEndpoint] = field(default_factory=dict)
    _changed: list[WebhookMessage] = field(default_factory=list)

    def settle(self, result: Result) -> None:
        record, outcome = self.records[result.message.record_id], result.outcome
        if isinstance(outcome.value, Tried):
            self._note(record, outcome.value)
            if outcome.verdict is Verdict.DONE:
                record.delivered_at, record.tried_since = self.now, None
            else:
                result.outcome = self._next(result, record, outcome.value)
        elif outcome.verdict is Verdict.HELD and self._endpoint(record).enabled:
            result.outcome = later(OFF, retry_after=0)  # switched on while it was being put aside

    def write(self) -> None:
        columns = ["tried_since", "delivered_at", "status", "seconds", "answer", "error"]
        WebhookMessage.objects.bulk_update(self._changed, columns)

    def _note(self, record: WebhookMessage, tried: Tried) -> None:
        record.status, record.seconds = tried.status, tried.seconds
        record.answer, record.error = tried.answer, tried.error
        self._changed.append(record)

    def _next(self, result: Result, record: WebhookMessage, tried: Tried) -> Outcome:
        if record.type == PING:
            return discarded(NOT_TAKEN)  # a test tells how it went; it is made anew rather than tried again
        endpoint = self._endpoint(record)
        record.tried_since = record.tried_since or self.now
        left = record.tried_since + KEEP_TRYING - self.now
        if endpoint.enabled and tried.status == GONE:
            switch_off(endpoint, WebhookEndpoint.Off.GONE, self.now, None)
        elif endpoint.enabled and left <= timedelta(0):
            if _took_since(endpoint, record.tried_since):
                note_not_taken(endpoint, self.now)
                return rejected(NOT_TAKEN, message=tried.error or str(tried.status))
            switch_off(endpoint, WebhookEndpoint.Off.FAILING, self.now, None)
        if not endpoint.enabled:
            return held(OFF)
        return self._later(result, left)

    def _later(self, result: Result, left: timedelta) -> Outcome:
        longest = DELAYS[min(result.message.failures, len(DELAYS) - 1)]
        delay = max(longest * spread(1 - JITTER, 1), result.outcome.retry_after or 0.0)
        return Outcome(
            verdict=Verdict.LATER,
            code=NOT_TAKEN,
            params=result.outcome.params,
            value=result.outcome.value,
            retry_after=min(delay, left.total_seconds()),
        )

    def _endpoint(self, record: WebhookMessage) -> WebhookEndpoint:
        """Return the endpoint as it is, locked: nobody switches it meanwhile."""
        if not self._locked:
            ids = {one.endpoint_id for one in self.records.values()}
            rows = locked(WebhookEndpoint.objects.filter(pk__in=ids).select_related("company"))
            self._locked = {endpoint.pk: endpoint for endpoint in rows}
        return self._locked.get(record.endpoint_id, record.endpoint)


def _took_since(endpoint: WebhookEndpoint, moment: datetime) -> bool:
    return endpoint.messages.filter(delivered_at__gte=moment).exclude(type=PING).exists()
