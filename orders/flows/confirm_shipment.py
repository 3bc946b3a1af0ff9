"""Message `confirm_shipment`: reports one parcel to the marketplace; never twice.

After an unknown outcome the marketplace is asked for the shipments of these lines, those it is still handling
included, before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapterkit import records
from adapterkit.marketplace import ConfirmsShipments, FindsShipments, Marketplace
from carriers.catalogue import carrier_name
from connections.adapters import open_account
from connections.models import Direction
from connections.submissions import ask
from engine import outbox
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, discarded, done, held, of_submission, rejected
from engine.registry import Call, ExchangeLog, Result
from orders import messages
from orders.history import event
from orders.locking import lock_orders_of
from orders.models import OrderEvent, Shipment, ShipmentLine

State = Shipment.State
STILL_DECIDING = 30.0  # seconds until we look again at what the marketplace has not decided
LOOKS = 2  # unknown outcomes in a row until a report that nobody can find is sent again


@dataclass(slots=True)
class LoadedShipment:
    shipment: Shipment
    lines: list[ShipmentLine] = field(default_factory=list)

    @property
    def record(self) -> records.Shipment:
        """The parcel as it is reported."""
        shipment = self.shipment
        return records.Shipment(
            order_id=shipment.order.marketplace_order_id,
            sales_channel=shipment.order.sales_channel,
            reference=f"{shipment.order.reference}-{shipment.pk}",
            number=shipment.pk,
            lines=tuple(
                records.LineQuantity(line_id=line.order_line.marketplace_line_id, quantity=line.quantity)
                for line in self.lines
            ),
            carrier_code=shipment.carrier_code,
            carrier_name=carrier_name(shipment.carrier, said=shipment.carrier_name),
            tracking_code=shipment.reported_code,
            shipped_at=shipment.shipped_at,
        )


def load_shipments(shipment_ids: Sequence[int]) -> dict[int, LoadedShipment]:
    """Read shipments with their order, account and lines; two statements."""
    shipments = Shipment.objects.filter(pk__in=shipment_ids).select_related("order__connection__account")
    loaded = {shipment.pk: LoadedShipment(shipment) for shipment in shipments}
    for line in ShipmentLine.objects.filter(shipment__in=loaded).select_related("order_line").order_by("pk"):
        loaded[line.shipment_id].lines.append(line)
    return loaded


class ConfirmShipment:
    kind = messages.CONFIRM

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        loaded = load_shipments([message.record_id for message in messages])
        return {
            message.pk: _job(loaded[message.record_id], message, logs[message.pk])
            if message.record_id in loaded
            else discarded("shipment_gone")
            for message in messages
        }

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        ids = [result.message.record_id for result in results]
        lock_orders_of(Shipment.objects.filter(pk__in=ids), "order")
        loaded = load_shipments(ids)
        events: list[OrderEvent] = []
        for result in results:
            if result.message.record_id in loaded:
                events += _write_down(loaded[result.message.record_id].shipment, result, now)
        OrderEvent.objects.bulk_create(events)


def _job(loaded: LoadedShipment, message: OutboxMessage, log: ExchangeLog) -> Call | Outcome:
    shipment = loaded.shipment
    if shipment.state == State.CONFIRMED:
        return done()
    if shipment.order.connection.report_paused:
        return held(Direction.REPORT.column)
    marketplace = open_account(shipment.order.connection.account, log)
    if message.submission_reference:
        reference = message.submission_reference
        return lambda: ask(marketplace, reference)
    if not shipment.carrier_code:
        return held("no_carrier", carrier=shipment.carrier_name, tracking=shipment.tracking_code)
    record, look_first = loaded.record, message.look_first
    return lambda: _report(marketplace, record, look_first=look_first, looks=message.failures)


def _report(marketplace: Marketplace, shipment: records.Shipment, *, look_first: bool, looks: int) -> Outcome:
    assert isinstance(marketplace, ConfirmsShipments)  # noqa: S101 - otherwise no message is posted
    if look_first:
        if not isinstance(marketplace, FindsShipments):
            return rejected(outbox.CANNOT_LOOK)
        wanted = {line.line_id for line in shipment.lines}
        found = marketplace.find_shipments(shipment.order_id, sorted(wanted))
        ours = [made for made in found if made.is_report_of(shipment)]
        if ours:
            return done(records.Submission(state=records.SubmissionState.DONE, entity_id=ours[0].shipment_id))
        if any(
            not made.reference
            and not made.number
            and not made.shipment_id
            and wanted & {line.line_id for line in made.lines}
            for made in found
        ):
            # The marketplace is still working on it, and may yet refuse it.
            return Outcome(verdict=Verdict.UNKNOWN, code="still_being_decided", retry_after=STILL_DECIDING)
        if looks < LOOKS:
            # What was cut off may still be on its way: look once more after the settling time.
            wait = marketplace.spec.settling_time.total_seconds()
            return Outcome(verdict=Verdict.UNKNOWN, code="not_found_yet", retry_after=wait)
    return of_submission(marketplace.confirm_shipment(shipment))


def _write_down(shipment: Shipment, result: Result, now: datetime) -> list[OrderEvent]:
    outcome, row = result.outcome, Shipment.objects.filter(pk=shipment.pk)
    about: dict[str, Any] = {"carrier": shipment.carrier_code, "tracking": shipment.reported_code}
    match outcome.verdict:
        case Verdict.DONE:
            entity = outcome.value.entity_id if isinstance(outcome.value, records.Submission) else ""
            moved = row.exclude(state=State.CONFIRMED).update(
                state=State.CONFIRMED,
                confirmed_at=now,
                marketplace_shipment_id=entity or shipment.marketplace_shipment_id,
                problem_code="",
                problem={},
            )
            return [event(shipment.order, "shipment_confirmed", now, **about)] if moved else []
        case Verdict.SUBMITTED:
            moved = row.exclude(state=State.CONFIRMING).update(state=State.CONFIRMING)
            return [event(shipment.order, "shipment_reported", now, **about)] if moved else []
        case Verdict.HELD if outcome.code == Direction.REPORT.column:
            return []
        case Verdict.HELD | Verdict.REJECTED:
            problem = {key: value for key, value in outcome.params.items() if value}
            row.update(state=State.NEEDS_ATTENTION, problem_code=outcome.code, problem=problem)
            return [event(shipment.order, "shipment_problem", now, problem_code=outcome.code, **problem)]
        case _:
            return []
