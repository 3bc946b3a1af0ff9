"""Message `cancel_at_marketplace`: tells the marketplace that a line will not be shipped. Twice is harmless.

Where a marketplace cancels whole orders only, the first of an order's cancellations tells it of all of them.
"""

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
from engine.outcomes import Outcome, Verdict, discarded, done, held, later, of_submission, rejected
from engine.registry import Call, ExchangeLog, Result
from marketplaces.registry import marketplace
from orders import messages
from orders.copies import renew_wishes
from orders.history import event
from orders.locking import lock_orders_of
from orders.models import Cancellation, Order, OrderEvent, OrderLine
from orders.status import status_of

State = Cancellation.State
TOGETHER = 60.0  # seconds until a cancellation that another speaks for looks what came of it


class CancellationSide:
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
        ids = [result.message.record_id for result in results]
        lock_orders_of(Cancellation.objects.filter(pk__in=ids), "order_line__order")
        loaded = _load([result.message for result in results])
        events: list[OrderEvent] = []
        for result in results:
            if result.message.record_id in loaded:
                events += _write_down(loaded[result.message.record_id], result.outcome, now)
        OrderEvent.objects.bulk_create(events)
        renew_wishes({one.order_line.order_id for one in loaded.values()}, now)


def _load(messages: Sequence[OutboxMessage]) -> dict[int, Cancellation]:
    return (
        Cancellation.objects.filter(pk__in=[message.record_id for message in messages])
        .select_related("order_line__order__connection__account")
        .in_bulk()
    )


def _job(cancellation: Cancellation, message: OutboxMessage, log: ExchangeLog) -> Call | Outcome:
    line, order = cancellation.order_line, cancellation.order_line.order
    if cancellation.state == State.SETTLED:
        return done()  # the order was cancelled with another of its lines
    if message.look_first and line.quantity_open < cancellation.quantity:
        return done()  # the marketplace's own record of the order shows that it happened
    if order.connection.report_paused:
        return held(Direction.REPORT.column)
    marketplace = open_account(order.connection.account, log)
    reference = message.submission_reference
    if reference:
        return lambda: ask(marketplace, reference)
    together = _unsettled(order) if marketplace.spec.whole_order_cancellation else [cancellation]
    if cancellation.pk != _speaker(cancellation, together):
        return later("told_with_its_order", retry_after=TOGETHER)
    record = records.Cancellation(
        order_id=order.marketplace_order_id,
        sales_channel=order.sales_channel,
        lines=tuple(
            records.LineQuantity(line_id=one.order_line.marketplace_line_id, quantity=one.quantity) for one in together
        ),
        reason=records.CancellationReason(cancellation.reason),
    )
    return lambda: _report(marketplace, record)


def _unsettled(order: Order) -> list[Cancellation]:
    """The cancellations of an order that the marketplace has not taken, the oldest first."""
    rows = Cancellation.objects.filter(order_line__order=order).exclude(state=State.SETTLED)
    return list(rows.select_related("order_line").order_by("pk"))


def _speaker(cancellation: Cancellation, together: Sequence[Cancellation]) -> int:
    """Return which one tells the marketplace of all; one that a person tries again speaks for itself."""
    waiting = [one.pk for one in together if one.state == State.REPORTING]
    return waiting[0] if cancellation.pk in waiting else cancellation.pk


def _report(marketplace: Marketplace, cancellation: records.Cancellation) -> Outcome:
    if not isinstance(marketplace, CancelsLines):
        return rejected("cancel_at_marketplace_yourself")
    submissions = marketplace.cancel_lines(cancellation)
    # One line is one call; were it more, the first that is not done decides.
    undecided = [submission for submission in submissions if submission.state != SubmissionState.DONE]
    return of_submission((undecided or submissions)[0])


def _write_down(cancellation: Cancellation, outcome: Outcome, now: datetime) -> list[OrderEvent]:
    order = cancellation.order_line.order
    match outcome.verdict:
        case Verdict.DONE:
            spec = marketplace(order.connection.account.marketplace).spec
            settled = _unsettled(order) if spec.whole_order_cancellation else [cancellation]
            return [found for one in settled for found in _settle(one, order, now)]
        case Verdict.REJECTED:
            Cancellation.objects.filter(pk=cancellation.pk).update(state=State.NEEDS_ATTENTION)
            params = {key: value for key, value in outcome.params.items() if value}
            return [event(order, "problem", now, problem_code=outcome.code, **params)]
    return []


def _settle(cancellation: Cancellation, order: Order, now: datetime) -> list[OrderEvent]:
    line, row = cancellation.order_line, Cancellation.objects.filter(pk=cancellation.pk)
    if not row.exclude(state=State.SETTLED).update(state=State.SETTLED, settled_at=now):
        return []
    _close(line, cancellation.quantity, order)
    return [event(order, "cancellation_confirmed", now, sku=line.sku, quantity=cancellation.quantity)]


def _close(line: OrderLine, quantity: int, order: Order) -> None:
    """Count the pieces as cancelled, unless the marketplace's own record did so already."""
    fits = OrderLine.objects.filter(
        pk=line.pk, quantity__gte=F("quantity_shipped") + F("quantity_cancelled") + quantity
    )
    fits.update(quantity_cancelled=F("quantity_cancelled") + quantity)
    lines = OrderLine.objects.filter(order=order)
    Order.objects.filter(pk=order.pk).update(status=status_of(lines, pending=order.pending))
