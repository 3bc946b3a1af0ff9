"""Takes over the parcels of a shop's order and queues their report to the marketplace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapterkit.capabilities import has
from adapterkit.marketplace import CorrectsTracking
from adapterkit.records import Fulfilment, ShopShipment
from adapterkit.spec import CarrierCode
from carriers.codes import codes_of
from carriers.matching import marketplace_code
from carriers.plans import load_plans
from carriers.rules import PlanRecord, resolve
from engine import outbox
from marketplaces.registry import marketplace
from orders import messages, search
from orders.decisions import chosen_carrier
from orders.history import event
from orders.loading import LoadedOrder
from orders.models import OrderEvent, OrderLine, Shipment, ShipmentLine

State = Shipment.State
BY_HAND = "by-hand:"  # how the id of a parcel begins that no shop gave
CARRIER_PROBLEMS = ("no_carrier", "carrier_not_at_marketplace")  # a rule, a default or a person can mend them


@dataclass(slots=True)
class Parcels:
    """What taking over the parcels of several orders adds."""

    now: datetime
    events: list[OrderEvent] = field(default_factory=list)
    drafts: list[outbox.Draft] = field(default_factory=list)
    owed: list[outbox.Draft] = field(default_factory=list)  # of parcels that may have been told already
    recoded: set[int] = field(default_factory=set)  # orders that are found by other codes than before

    _codes: dict[tuple[int, str], Sequence[CarrierCode]] = field(default_factory=dict)

    def codes_of(self, company_id: int, seller: str) -> Sequence[CarrierCode]:
        """Return what a marketplace calls the carriers, read once."""
        key = (company_id, seller)
        if key not in self._codes:
            self._codes[key] = codes_of(*key)
        return self._codes[key]

    def write(self) -> None:
        search.renew_keys(self.recoded)
        OrderEvent.objects.bulk_create(self.events)
        outbox.post(self.drafts, self.now)
        outbox.want(self.owed, self.now, anew=[draft.key for draft in self.owed])


def take_over(
    loaded: LoadedOrder,
    parcels: Sequence[ShopShipment],
    plan: PlanRecord | None,
    into: Parcels,
    *,
    all_there_are: bool = False,
) -> int:
    """Store new parcels and new tracking codes of one order; return how many were new or changed. May be repeated.

    A further parcel, whose pieces all went with others, cannot be reported; with `all_there_are` its code is kept, and
    it may stand for one that the shop does not have any more: some take a code away and add another to correct it.
    """
    existing = {shipment.shop_shipment_id: shipment for shipment in loaded.order.shipments.order_by("pk")}
    changes = 0
    for parcel in parcels:
        shipment = existing.get(parcel.shipment_id) or _waiting_for(parcel, existing.values())
        if shipment is None and all_there_are and not _pieces(loaded.lines, parcel):
            shipment = _replaced(parcel, parcels, existing)
        if shipment is None:
            new = parcel.tracking_code not in {known.tracking_code for known in existing.values()}
            changes += _add(loaded, parcel, plan, into) or (all_there_are and new and _keep(loaded, parcel, into))
        elif _differs(shipment, parcel) and shipment.state in {State.WAITING_FOR_TRACKING, State.NEEDS_ATTENTION}:
            _complete(loaded, shipment, parcel, plan, into)
            changes += 1
        elif (
            _differs(shipment, parcel)
            and parcel.tracking_code
            and shipment.state in {State.CONFIRMING, State.CONFIRMED}
        ):
            changes += _correct(loaded, shipment, parcel, plan, into)
    return changes


def _replaced(parcel: ShopShipment, parcels: Sequence[ShopShipment], existing: dict[str, Shipment]) -> Shipment | None:
    """Return the one parcel that the shop does not have any more, under the id of the one that came instead."""
    there = {one.shipment_id for one in parcels}
    gone = [
        shipment
        for name, shipment in existing.items()
        if name not in there and not name.startswith(BY_HAND) and shipment.state != State.NOT_REPORTED
    ]
    if len(gone) != 1 or not parcel.tracking_code:
        return None
    existing[parcel.shipment_id] = existing.pop(gone[0].shop_shipment_id)
    gone[0].shop_shipment_id = parcel.shipment_id
    gone[0].save(update_fields=["shop_shipment_id"])
    return gone[0]


def _waiting_for(parcel: ShopShipment, shipments: Iterable[Shipment]) -> Shipment | None:
    """Return the shipment without a code that this parcel's code belongs to: shops give the code an id of its own."""
    if not parcel.tracking_code:
        return None
    waiting = [s for s in shipments if s.state == State.WAITING_FOR_TRACKING and not s.tracking_code]
    return waiting[0] if waiting else None


def _differs(shipment: Shipment, parcel: ShopShipment) -> bool:
    known = (shipment.tracking_code, shipment.carrier_name)
    return bool(parcel.tracking_code or parcel.carrier_name) and known != (parcel.tracking_code, parcel.carrier_name)


def _add(loaded: LoadedOrder, parcel: ShopShipment, plan: PlanRecord | None, into: Parcels) -> int:
    pieces = _pieces(loaded.lines, parcel)
    if not pieces:
        return 0
    shipment = Shipment(
        order=loaded.order,
        company_id=loaded.order.company_id,
        shop_shipment_id=parcel.shipment_id,
        received_at=into.now,
        shipped_at=parcel.shipped_at or into.now,
    )
    _fill(loaded, shipment, parcel, plan, into)
    shipment.save()
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, order_line=line, quantity=quantity) for line, quantity in pieces
    )
    for line, quantity in pieces:
        line.quantity_shipped += quantity
    OrderLine.objects.bulk_update([line for line, _ in pieces], ["quantity_shipped"])
    _announce(loaded, shipment, into)
    return 1


def _keep(loaded: LoadedOrder, parcel: ShopShipment, into: Parcels) -> int:
    """Show the code of a parcel that cannot be reported: the marketplace takes one for each piece."""
    if not parcel.tracking_code:
        return 0
    into.recoded.add(loaded.order.pk)
    shipment = Shipment.objects.create(
        order=loaded.order,
        company_id=loaded.order.company_id,
        shop_shipment_id=parcel.shipment_id,
        state=State.NOT_REPORTED,
        carrier_name=parcel.carrier_name,
        tracking_code=parcel.tracking_code,
        tracking_url=parcel.tracking_url,
        received_at=into.now,
        shipped_at=parcel.shipped_at or into.now,
    )
    code: dict[str, Any] = {"tracking": shipment.tracking_code, "carrier": shipment.carrier_name}
    into.events.append(event(loaded.order, "further_parcel", into.now, **code))
    return 1


def _pieces(lines: Sequence[OrderLine], parcel: ShopShipment) -> list[tuple[OrderLine, int]]:
    """Return which pieces a parcel holds, never more than are still open.

    A parcel without lines holds all of these, but what the merchant cancels, unless that is all there is.
    """
    open_lines = [line for line in lines if line.quantity_open > 0]
    if not parcel.lines:
        kept = [line for line in open_lines if not line.called_off] or open_lines
        return [(line, line.quantity_open) for line in kept]
    sent = {line.line_id: line.quantity for line in parcel.lines}
    found = [(line, min(sent.get(line.shop_line_id, 0), line.quantity_open)) for line in open_lines]
    return [(line, quantity) for line, quantity in found if quantity > 0]


def _complete(
    loaded: LoadedOrder, shipment: Shipment, parcel: ShopShipment, plan: PlanRecord | None, into: Parcels
) -> None:
    """A parcel that waited has its code or its carrier now: report it at once."""
    _fill(loaded, shipment, parcel, plan, into)
    shipment.save()
    code: dict[str, Any] = {"tracking": shipment.tracking_code, "carrier": shipment.carrier_name}
    into.events.append(event(loaded.order, "tracking_received", into.now, **code))
    into.owed.append(messages.confirm_shipment(shipment, loaded.connection, due=into.now))


def may_correct(shipment: Shipment) -> bool:
    """Whether another carrier or code can still be told: it was not reported, or the marketplace takes corrections."""
    if shipment.state == State.NOT_REPORTED:
        return False
    code = shipment.order.connection.account.marketplace
    return not shipment.acknowledged_version or has(marketplace(code), CorrectsTracking)


def _correct(
    loaded: LoadedOrder, shipment: Shipment, parcel: ShopShipment, plan: PlanRecord | None, into: Parcels
) -> int:
    """Another carrier or code of a parcel that was, or is being, reported: the marketplace is told if it takes that."""
    code: dict[str, Any] = {"tracking": parcel.tracking_code, "carrier": parcel.carrier_name}
    if not may_correct(shipment):
        shipment.carrier_name, shipment.tracking_code = parcel.carrier_name, parcel.tracking_code
        shipment.tracking_url = parcel.tracking_url
        shipment.save()
        into.recoded.add(loaded.order.pk)
        into.events.append(event(loaded.order, "tracking_not_corrected", into.now, **code))
        return 1
    _complete(loaded, shipment, parcel, plan, into)
    return 1


def _fill(
    loaded: LoadedOrder, shipment: Shipment, parcel: ShopShipment, plan: PlanRecord | None, into: Parcels
) -> None:
    """Write the parcel's carrier and code, resolved by the plan, and the state that follows from them."""
    shipment.carrier_name, shipment.tracking_code = parcel.carrier_name, parcel.tracking_code
    shipment.tracking_url = parcel.tracking_url
    into.recoded.add(loaded.order.pk)
    if loaded.order.is_test or loaded.connection.fulfilment == Fulfilment.MARKETPLACE:
        shipment.state = State.NOT_REPORTED
        return
    told = (shipment.carrier_code, shipment.reported_code)
    if shipment.pk and (chosen := chosen_carrier(shipment)):
        plan = PlanRecord(default_carrier=chosen)
    resolution = resolve(plan, tracking_code=parcel.tracking_code, shop_carrier_name=parcel.carrier_name)
    codes = into.codes_of(loaded.order.company_id, loaded.connection.account.marketplace)
    code = marketplace_code(resolution.carrier, codes) if resolution.carrier else None
    shipment.carrier = resolution.carrier or ""
    shipment.carrier_code = code.code if code else ""
    shipment.reported_code = resolution.tracking_code
    if shipment.pk and told != (shipment.carrier_code, shipment.reported_code):
        shipment.version += 1
    shipment.problem_code, shipment.problem = "", {}
    if not code:
        problem = "carrier_not_at_marketplace" if resolution.carrier else "no_carrier"
        shipment.state, shipment.problem_code = State.NEEDS_ATTENTION, problem
        shipment.problem = {"carrier": resolution.carrier or parcel.carrier_name, "tracking": parcel.tracking_code}
        into.events.append(event(loaded.order, "shipment_problem", into.now, problem_code=problem, **shipment.problem))
    else:
        shipment.state = State.CONFIRMING if parcel.tracking_code else State.WAITING_FOR_TRACKING


def _announce(loaded: LoadedOrder, shipment: Shipment, into: Parcels) -> None:
    code: dict[str, Any] = {"tracking": shipment.tracking_code, "carrier": shipment.carrier_name}
    into.events.append(event(loaded.order, "shipped_in_shop", into.now, **code))
    if shipment.state == State.NOT_REPORTED:
        return
    due = into.now
    if shipment.state == State.WAITING_FOR_TRACKING:
        due += timedelta(hours=loaded.connection.tracking_wait_hours)
        into.events.append(event(loaded.order, "waiting_for_tracking", into.now, until=due.isoformat()))
    into.drafts.append(messages.confirm_shipment(shipment, loaded.connection, due=due))


def resolve_again(loaded: LoadedOrder, shipments: Sequence[Shipment], plan: PlanRecord | None = None) -> None:
    """Resolve the carrier of parcels that waited for a person, by the plan as it is now, or by the one given."""
    plan_id = None if plan else plan_of(loaded)
    plan = plan or (load_plans([plan_id]).get(plan_id) if plan_id else None)
    for shipment in shipments:
        parcel = ShopShipment(
            shipment_id=shipment.shop_shipment_id,
            shop_order_id=loaded.order.shop_order_id,
            reference=loaded.order.reference,
            carrier_name=shipment.carrier_name,
            tracking_code=shipment.tracking_code,
            tracking_url=shipment.tracking_url,
        )
        # What it said before stands in the history already.
        _fill(loaded, shipment, parcel, plan, Parcels(shipment.received_at))
        shipment.save()
    search.renew_keys([loaded.order.pk])


def plan_of(loaded: LoadedOrder) -> int | None:
    """Return the carrier plan that decides: the connection's own, else the project's."""
    return loaded.connection.carrier_plan_id or loaded.connection.project.carrier_plan_id
