"""Message `answer_return`: tells the marketplace what was decided about a returned product. Twice is harmless."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from adapterkit import records
from adapterkit.marketplace import AnswersReturns, Marketplace
from connections.adapters import open_account
from connections.models import Direction
from connections.submissions import ask
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, discarded, done, held, of_submission, rejected
from engine.registry import Call, ExchangeLog, Result
from orders import messages
from orders.deciding import carry_out, count_returned, decide
from orders.history import event
from orders.locking import lock_orders_of
from orders.models import OrderEvent, ReturnLine

State = ReturnLine.State


def decide_return(
    *, line: ReturnLine, decision: records.ReturnDecision, quantity: int, now: datetime, by: User | None
) -> bool:
    """Store what was decided and queue the answer; False, with nothing changed, when that was done already.

    `quantity` is how many pieces came back, from 0 to those announced; ValueError otherwise. A decision that the
    marketplace did not take may be made anew.
    """
    if not 0 <= quantity <= line.quantity:
        raise ValueError(f"quantity is {quantity}, and {line.quantity} were announced")
    with transaction.atomic():
        return decide(line, decision, quantity, now, code="return_decided", by=by)


class AnswerReturn:
    kind = messages.ANSWER_RETURN

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        loaded = _load(messages)
        return {
            message.pk: _job(loaded[message.record_id], message, logs[message.pk])
            if message.record_id in loaded
            else discarded("return_gone")
            for message in messages
        }

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        ids = [result.message.record_id for result in results]
        lock_orders_of(ReturnLine.objects.filter(pk__in=ids), "order_line__order")
        loaded = _load([result.message for result in results])
        events: list[OrderEvent] = []
        for result in results:
            if result.message.record_id in loaded:
                events += _write_down(loaded[result.message.record_id], result.outcome, now)
        OrderEvent.objects.bulk_create(events)


def _load(messages: Sequence[OutboxMessage]) -> dict[int, ReturnLine]:
    return (
        ReturnLine.objects.filter(pk__in=[message.record_id for message in messages])
        .select_related("registered_return__connection__account", "order_line__order")
        .in_bulk()
    )


def _job(line: ReturnLine, message: OutboxMessage, log: ExchangeLog) -> Call | Outcome:
    if line.state != State.NEW:
        return done()  # the marketplace's own record shows that it is handled
    if line.registered_return.connection.report_paused:
        return held(Direction.REPORT.column)
    marketplace = open_account(line.registered_return.connection.account, log)
    answer = records.ReturnAnswer(
        return_line_id=line.marketplace_line_id,
        decision=records.ReturnDecision(line.decision),
        quantity=line.quantity if line.decided_quantity is None else line.decided_quantity,
    )
    reference = message.submission_reference
    return lambda: ask(marketplace, reference) if reference else _tell(marketplace, answer)


def _tell(marketplace: Marketplace, answer: records.ReturnAnswer) -> Outcome:
    if not isinstance(marketplace, AnswersReturns):
        return rejected("answer_return_yourself")
    return of_submission(marketplace.answer_return(answer))


def _write_down(line: ReturnLine, outcome: Outcome, now: datetime) -> list[OrderEvent]:
    row = ReturnLine.objects.filter(pk=line.pk, state=State.NEW)
    about: dict[str, Any] = {"title": line.title, "decision": line.decision}
    order = line.order_line.order if line.order_line else None
    match outcome.verdict:
        case Verdict.DONE:
            moved = carry_out(row)
            ReturnLine.objects.filter(pk=line.pk).update(problem_code="", problem={})
            count_returned({line.order_line.pk} if line.order_line else ())
            return [event(order, "return_answered", now, **about)] if moved and order else []
        case Verdict.REJECTED:
            problem = {key: value for key, value in outcome.params.items() if value}
            row.update(problem_code=outcome.code, problem=problem)
            return [event(order, "return_problem", now, **about, **problem)] if order else []
        case _:
            return []
