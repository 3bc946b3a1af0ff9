"""Message `cancel_at_marketplace`: tells the marketplace that a line will not be shipped. Twice is harmless."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import F

from adapterkit import records
from adapterkit.marketplace import CancelsLines, Marketplace
from adapterkit.records import SubmissionState
from connections.adapters import open_account
from connections.models import Direction
from connections.submissions import ask
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, discarded, done, held, of_submission, rejected
from engine.registry import Call, ExchangeLog, Result
from orders import messages
from orders.history import event
from orders.models import Cancellation, Order, OrderEvent, OrderLine
from orders.status import status_of

State = Cancellation.State


class CancelAtMarketplace:
    kind = messages.CANCEL_AT_MARKETPLACE

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        loaded = _load(messages)
        return {
            message.pk: _job(loaded[message.record_id], message, logs[message.pk])
            if message.record_id in loaded
            else discarded("cancellation_gone")
            for message in messages
        }

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        loaded = _load([result.message for result in results])
        events: list[OrderEvent] = []
        for result in results:
            if result.message.record_id in loaded:
                events += _write_down(loaded[result.message.record_id], result.outcome, now)
        OrderEvent.objects.bulk_create(events)


def _load(messages: Sequence[OutboxMessage]) -> dict[int, Cancellation]:
    return (
        Cancellation.objects.filter(pk__in=[message.record_id for message in messages])
        .select_related("order_line__order__connection__account")
        .in_bulk()
    )


def _job(cancellation: Cancellation, message: OutboxMessage, log: ExchangeLog) -> Call | Outcome:
    line = cancellation.order_line
    if message.look_first and line.quantity_open < cancellation.quantity:
        return done()  # the marketplace's own record of the order shows that it happened
    if line.order.connection.report_paused:
        return held(Direction.REPORT.column)
    marketplace = open_account(line.order.connection.account, log)
    record = records.Cancellation(
        order_id=line.order.marketplace_order_id,
        lines=(records.LineQuantity(line_id=line.marketplace_line_id, quantity=cancellation.quantity),),
        reason=records.CancellationReason(cancellation.reason),
    )
    reference = message.submission_reference
    return lambda: ask(marketplace, reference) if reference else _report(marketplace, record)


def _report(marketplace: Marketplace, cancellation: records.Cancellation) -> Outcome:
    if not isinstance(marketplace, CancelsLines):
        return rejected("cancel_at_marketplace_yourself")
    submissions = marketplace.cancel_lines(cancellation)
    # One line is one call; were it more, the first that is not done decides.
    undecided = [submission for submission in submissions if submission.state != SubmissionState.DONE]
    return of_submission((undecided or submissions)[0])


def _write_down(cancellation: Cancellation, outcome: Outcome, now: datetime) -> list[OrderEvent]:
    line, row = cancellation.order_line, Cancellation.objects.filter(pk=cancellation.pk)
    match outcome.verdict:
        case Verdict.DONE:
            if row.exclude(state=State.SETTLED).update(state=State.SETTLED, settled_at=now):
                _close(line, cancellation.quantity)
                return [event(line.order, "cancellation_confirmed", now, sku=line.sku, quantity=cancellation.quantity)]
        case Verdict.REJECTED:
            row.update(state=State.NEEDS_ATTENTION)
            params = {key: value for key, value in outcome.params.items() if value}
            return [event(line.order, "problem", now, problem_code=outcome.code, **params)]
    return []


def _close(line: OrderLine, quantity: int) -> None:
    """Count the pieces as cancelled, unless the marketplace's own record did so already."""
    fits = OrderLine.objects.filter(
        pk=line.pk, quantity__gte=F("quantity_shipped") + F("quantity_cancelled") + quantity
    )
    fits.update(quantity_cancelled=F("quantity_cancelled") + quantity)
    lines = OrderLine.objects.filter(order=line.order_id)
    Order.objects.filter(pk=line.order_id).update(status=status_of(lines, pending=line.order.pending))
