"""Message `accept_lines`: tells a marketplace that waits for it that lines can be delivered. Twice is harmless.

Where it takes whole orders alone, nothing is told while one of the lines cannot be delivered: a person sees which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from adapterkit.marketplace import AcceptsLines, Marketplace
from connections.adapters import open_account
from connections.models import Direction
from connections.submissions import ask
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, again, attempt, discarded, held, of_submission, rejected
from engine.registry import Call, ExchangeLog, Result
from orders import messages
from orders.history import event
from orders.loading import LoadedOrder, load_orders
from orders.locking import lock_orders
from orders.models import Order, OrderEvent, OrderLine


@dataclass(frozen=True, slots=True)
class Told:
    """The lines that a call was about."""

    lines: tuple[str, ...]


class AcceptanceSide:
    kind = messages.ACCEPT

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        loaded = load_orders([message.record_id for message in messages])
        return {
            message.pk: _job(loaded[message.record_id], message, logs[message.pk])
            if message.record_id in loaded
            else discarded("order_gone")
            for message in messages
        }

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        loaded = lock_orders([result.message.record_id for result in results])
        events: list[OrderEvent] = []
        for result in results:
            if result.message.record_id in loaded:
                events += _write_down(loaded[result.message.record_id], result, now)
        OrderEvent.objects.bulk_create(events)


def _job(loaded: LoadedOrder, message: OutboxMessage, log: ExchangeLog) -> Call | Outcome:
    lines = tuple(loaded.to_accept)
    if not lines:
        return discarded("no_longer_wanted")
    if loaded.connection.report_paused:
        return held(Direction.REPORT.column)
    marketplace = open_account(loaded.connection.account, log)
    if reference := message.submission_reference:
        return partial(_about, lines, lambda: ask(marketplace, reference))
    return partial(_about, lines, partial(_accept, marketplace, loaded.order.marketplace_order_id, lines))


def _accept(marketplace: Marketplace, order_id: str, lines: Sequence[str]) -> Outcome:
    if not isinstance(marketplace, AcceptsLines):
        return rejected("accept_it_yourself")
    return of_submission(marketplace.accept_lines(order_id, lines))


def _about(lines: tuple[str, ...], call: Call) -> Outcome:
    """Keep with the outcome of a call which lines it is about, also where it fails."""
    return replace(attempt(call), value=Told(lines))


def _write_down(loaded: LoadedOrder, result: Result, now: datetime) -> list[OrderEvent]:
    order, told = loaded.order, result.outcome.value
    match result.outcome.verdict:
        case Verdict.DONE if isinstance(told, Told):
            mine = [line for line in loaded.lines if line.marketplace_line_id in told.lines]
            OrderLine.objects.filter(pk__in=[line.pk for line in mine]).update(accepted_at=now)
            for line in mine:
                line.accepted_at = now
            if loaded.to_accept:  # more of it can be delivered by now
                result.outcome = again()
            return [event(order, "lines_accepted", now, lines=[line.sku or line.title for line in mine])]
        case Verdict.REJECTED:
            problem = {key: value for key, value in result.outcome.params.items() if value}
            Order.objects.filter(pk=order.pk).update(
                place=Order.Place.NEEDS_ATTENTION, problem_code=result.outcome.code, problem=problem
            )
            return [event(order, "problem", now, problem_code=result.outcome.code, **problem)]
    return []
