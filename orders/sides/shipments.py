"""Message `confirm_shipment`: has the marketplace know one parcel as it is to be known; reports it never twice.

After an unknown outcome the marketplace is asked for the shipments of these lines, those it is still handling
included, before anything is sent again; one that cannot be asked, but refuses to take a parcel twice, is told again.
Carrier and code that change later are corrected where the marketplace takes that; an answer is about the version that
was sent, so that a code which changes meanwhile is corrected, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import F

from adapterkit import records
from adapterkit.errors import AlreadyExists
from adapterkit.marketplace import ConfirmsShipments, CorrectsTracking, FindsShipments, Marketplace
from carriers.catalogue import carrier_name
from connections.adapters import open_account
from connections.models import Direction
from connections.submissions import ask
from engine import outbox
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, again, attempt, discarded, done, held, of_submission, rejected
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


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a call, and which version of the parcel it was about."""

    version: int
    value: Any = None
    taken: bool = True  # whether the marketplace takes what this is about


class ShipmentSide:
    kind = messages.CONFIRM

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        loaded = load_shipments([message.record_id for message in messages])
        jobs = {
            message.pk: _job(loaded[message.record_id], message, logs[message.pk])
            if message.record_id in loaded
            else discarded("shipment_gone")
            for message in messages
        }
        # Before it is sent: should the answer be lost, what is found is known to be this.
        sent = [m.record_id for m in messages if not isinstance(jobs[m.pk], Outcome) and not m.look_first]
        asked_after = {m.record_id for m in messages if m.submission_reference}
        Shipment.objects.filter(pk__in=set(sent) - asked_after).update(sent_version=F("version"))
        return jobs

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        ids = [result.message.record_id for result in results]
        lock_orders_of(Shipment.objects.filter(pk__in=ids), "order")
        loaded = load_shipments(ids)
        events: list[OrderEvent] = []
        for result in results:
            if result.message.record_id in loaded:
                events += _write_down(loaded[result.message.record_id].shipment, result, now)
                _go_on(loaded[result.message.record_id].shipment, result)
        OrderEvent.objects.bulk_create(events)


def _job(loaded: LoadedShipment, message: OutboxMessage, log: ExchangeLog) -> Call | Outcome:
    shipment, reference = loaded.shipment, message.submission_reference
    if not reference and shipment.acknowledged_version == shipment.version:
        return done(Told(shipment.version))
    if shipment.order.connection.report_paused:
        return held(Direction.REPORT.column)
    marketplace = open_account(shipment.order.connection.account, log)
    if reference:
        return partial(_about, shipment.sent_version, lambda: ask(marketplace, reference))
    if not shipment.carrier_code:
        return held("no_carrier", carrier=shipment.carrier_name, tracking=shipment.tracking_code)
    if shipment.acknowledged_version:
        return partial(_correct, marketplace, loaded.record, shipment.version)
    looks = message.failures if message.look_first else None
    return partial(_report, marketplace, loaded.record, shipment.version, shipment.sent_version, looks)


def _correct(marketplace: Marketplace, shipment: records.Shipment, version: int) -> Outcome:
    if not isinstance(marketplace, CorrectsTracking):
        return done(Told(version, taken=False))
    return _about(version, lambda: of_submission(marketplace.correct_tracking(shipment)))


def _about(version: int, call: Call) -> Outcome:
    """Keep with the outcome of a call which version of the parcel it is about, also where it fails."""
    outcome = attempt(call)
    return replace(outcome, value=Told(version, outcome.value))


def _report(
    marketplace: Marketplace, shipment: records.Shipment, version: int, sent_version: int, looks: int | None
) -> Outcome:
    """Report a parcel. `looks` is None unless an earlier try may have arrived: how often it was looked for in vain."""
    if looks is not None:
        found = attempt(lambda: _found(marketplace, shipment, looks))
        if found.verdict is Verdict.REJECTED:
            return replace(found, value=None)  # of the look, which says nothing about the report
        if found.verdict is not Verdict.DONE or found.value is not None:
            return replace(found, value=Told(max(sent_version, 1), found.value))
    assert isinstance(marketplace, ConfirmsShipments)  # noqa: S101 - otherwise no message is posted
    there = False

    def report() -> Outcome:
        nonlocal there
        try:
            return of_submission(marketplace.confirm_shipment(shipment))
        except AlreadyExists:
            if looks is None or not marketplace.spec.refuses_repeats:
                raise
            there = True
            return done()

    outcome = _about(version, report)
    # What is there is an earlier try's, made perhaps of an older version; then that is corrected.
    return replace(outcome, value=Told(max(sent_version, 1))) if there else outcome


def _found(marketplace: Marketplace, shipment: records.Shipment, looks: int) -> Outcome:
    """Look for the report; done without a value when it is not there, and may be sent again."""
    if not isinstance(marketplace, FindsShipments):
        return done() if marketplace.spec.refuses_repeats else rejected(outbox.CANNOT_LOOK)
    wanted = {line.line_id for line in shipment.lines}
    found = marketplace.find_shipments(shipment.order_id, sorted(wanted))
    ours = [made for made in found if made.is_report_of(shipment)]
    if ours:
        return done(records.Submission(state=records.SubmissionState.DONE, entity_id=ours[0].shipment_id))
    if any(_undecided(made) and wanted & {line.line_id for line in made.lines} for made in found):
        # The marketplace is still working on it, and may yet refuse it.
        return Outcome(verdict=Verdict.UNKNOWN, code="still_being_decided", retry_after=STILL_DECIDING)
    if looks < LOOKS:
        # What was cut off may still be on its way: look once more after the settling time.
        wait = marketplace.spec.settling_time.total_seconds()
        return Outcome(verdict=Verdict.UNKNOWN, code="not_found_yet", retry_after=wait)
    return done()


def _undecided(made: records.Shipment) -> bool:
    return not (made.reference or made.number or made.shipment_id)


def _write_down(shipment: Shipment, result: Result, now: datetime) -> list[OrderEvent]:
    outcome, row = result.outcome, Shipment.objects.filter(pk=shipment.pk)
    about: dict[str, Any] = {"carrier": shipment.carrier_code, "tracking": shipment.reported_code}
    match outcome.verdict:
        case Verdict.DONE if isinstance(outcome.value, Told):
            return _acknowledge(shipment, outcome.value, now)
        case Verdict.SUBMITTED:
            if isinstance(outcome.value, Told):
                row.update(sent_version=outcome.value.version)
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


def _acknowledge(shipment: Shipment, told: Told, now: datetime) -> list[OrderEvent]:
    """The marketplace has what was sent; what was sent is not always what is wanted by now."""
    first, known = not shipment.acknowledged_version, shipment.acknowledged_version
    entity = told.value.entity_id if first and isinstance(told.value, records.Submission) else ""
    shipment.acknowledged_version = max(told.version, known)
    Shipment.objects.filter(pk=shipment.pk).update(
        state=State.CONFIRMED,
        acknowledged_version=shipment.acknowledged_version,
        confirmed_at=shipment.confirmed_at or now,
        marketplace_shipment_id=entity or shipment.marketplace_shipment_id,
        problem_code="",
        problem={},
    )
    if told.version <= known:
        return []
    code = "shipment_confirmed" if first else "tracking_corrected" if told.taken else "tracking_not_corrected"
    return [event(shipment.order, code, now, carrier=shipment.carrier_code, tracking=shipment.reported_code)]


def _go_on(shipment: Shipment, result: Result) -> None:
    """Where carrier or code changed while a version was on its way, the newer one follows at once."""
    told, verdict = result.outcome.value, result.outcome.verdict
    if verdict not in {Verdict.DONE, Verdict.REJECTED} or not isinstance(told, Told):
        return  # nothing came of a report yet; or nobody can tell, and a second one may be one too many
    known = told.version if verdict is Verdict.REJECTED else shipment.acknowledged_version
    if known < shipment.version:
        result.outcome = again()
