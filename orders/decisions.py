"""What people decided about orders: written down where they do, read where a wish is worked out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import User
from orders.models import Decision, Order, Shipment

Kind = Decision.Kind


@dataclass(slots=True)
class Decided:
    """What stands of an order: lines whose buyer's request was decided about, and addresses corrected by hand."""

    released: frozenset[str] = frozenset()
    corrected: set[str] = field(default_factory=set)


def decide(
    order: Order, kind: Decision.Kind, now: datetime, by: User | None, *, subject: str = "", **about: Any
) -> None:
    """Write a decision down; it replaces an earlier one of the same kind and subject."""
    Decision.objects.update_or_create(
        order=order, kind=kind, subject=subject, defaults={"about": about, "by": by, "at": now}
    )


def decisions_of(order_ids: Collection[int]) -> Mapping[int, Decided]:
    """Return what stands of each order; one statement."""
    found: dict[int, Decided] = defaultdict(Decided)
    rows = Decision.objects.filter(order__in=order_ids, kind__in=[Kind.RELEASED_HOLD, Kind.CORRECTED_ADDRESS])
    for row in rows:
        if row.kind == Kind.RELEASED_HOLD:
            found[row.order_id].released = frozenset(row.about["lines"])
        else:
            found[row.order_id].corrected.add(row.subject)
    return found


def chosen_carrier(shipment: Shipment) -> str:
    """Return the carrier that a person chose for a parcel, or nothing; one statement."""
    chosen = Decision.objects.filter(order=shipment.order_id, kind=Kind.CHOSEN_CARRIER, subject=str(shipment.pk))
    return str(chosen.values_list("about__carrier", flat=True).first() or "")


def forget_release(order: Order, decided: Decided, still_asked: Collection[str]) -> None:
    """The buyer does not ask any more for some of the lines that were decided about: who asks anew is heard anew."""
    left = decided.released & set(still_asked)
    if left == decided.released:
        return
    rows = Decision.objects.filter(order=order, kind=Kind.RELEASED_HOLD)
    if left:
        rows.update(about={"lines": sorted(left)})
    else:
        rows.delete()
