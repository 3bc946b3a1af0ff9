"""What the carrier pages show beside a plan: what its rules caught, and what is held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts.models import Company
from adapterkit.spec import CarrierCode
from carriers.catalogue import BY_CODE
from carriers.codes import codes_of
from carriers.matching import marketplace_code
from carriers.models import CarrierPlan
from carriers.plans import load_plans
from carriers.rules import Resolution, Why, resolve
from carriers.suggest import Suggestion, suggest
from marketplaces.registry import marketplace
from orders.models import Shipment
from orders.reading.parcels import CARRIER_PROBLEMS
from web.shared.words import CARRIERS

LOOKED_AT = 100
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Caught:
    """How many of the last codes a rule decided about, with examples."""

    count: int
    examples: Sequence[str]


@dataclass(frozen=True, slots=True)
class Trial:
    """What becomes of one code. `sent` is each marketplace with its own code for the carrier."""

    code: str
    resolution: Resolution
    sent: Sequence[tuple[str, str]]
    suggestion: Suggestion | None


def last_codes(company: Company) -> list[tuple[str, str]]:
    """Return the last tracking codes of the company with the carriers that the shop named; one statement."""
    parcels = company.shipments.filter(order__is_test=False).exclude(tracking_code="")
    return list(parcels.order_by("-pk").values_list("tracking_code", "carrier_name")[:LOOKED_AT])


def caught(plan: CarrierPlan, codes: Sequence[tuple[str, str]]) -> tuple[dict[int, Caught], Counter[str]]:
    """Return for each rule's position what it caught of these codes, and how many were decided otherwise."""
    record = load_plans([plan.pk])[plan.pk]
    found: dict[int, list[str]] = {}
    others: Counter[str] = Counter()
    for code, shop_says in codes:
        resolution = resolve(record, tracking_code=code, shop_carrier_name=shop_says)
        if resolution.position is None:
            others[resolution.why.value] += 1
        else:
            found.setdefault(resolution.position, []).append(code)
    return {position: Caught(len(hits), hits[:EXAMPLES]) for position, hits in found.items()}, others


def trials(plan: CarrierPlan, codes: Sequence[str]) -> list[Trial]:
    """Return what the plan makes of codes; nothing changes."""
    if not codes:
        return []
    record = load_plans([plan.pk])[plan.pk]
    sellers = {seller: codes_of(plan.company_id, seller) for seller in sellers_of(plan.company)}
    return [_trial(code.strip(), resolve(record, tracking_code=code), sellers) for code in codes if code.strip()]


def sellers_of(company: Company) -> list[str]:
    """Return the marketplaces that a company has accounts at."""
    return sorted(set(company.marketplace_accounts.values_list("marketplace", flat=True)))


def _trial(code: str, resolution: Resolution, sellers: Mapping[str, Sequence[CarrierCode]]) -> Trial:
    sent = []
    for seller, codes in sellers.items() if resolution.carrier else ():
        found = marketplace_code(resolution.carrier, codes)
        sent.append((marketplace(seller).spec.name, found.code if found else "–"))
    looks_like = suggest(code) if resolution.why in {Why.DEFAULT, Why.NOTHING} else None
    return Trial(code, resolution, sent, looks_like if looks_like and looks_like.carrier in BY_CODE else None)


@dataclass(frozen=True, slots=True)
class Held:
    """A parcel that waits for its carrier, with the carrier that its code looks like, if any."""

    parcel: Shipment
    suggestion: Suggestion | None


def held(company: Company) -> list[Held]:
    """Return the parcels that wait for their carrier, the oldest first."""
    stuck = company.shipments.filter(state=Shipment.State.NEEDS_ATTENTION)
    waiting = stuck.filter(problem_code__in=CARRIER_PROBLEMS).select_related("order").order_by("pk")[:LOOKED_AT]
    return [Held(parcel, suggest(parcel.tracking_code)) for parcel in waiting]


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A carrier of our catalogue, its code as shipped with the program, and the company's own."""

    carrier: str
    name: str
    shipped: str
    own: str


def code_rows(company: Company, seller: str) -> list[CodeRow]:
    """Return every carrier with what a marketplace calls it; two statements at most."""
    shipped = {code.carrier: code.code for code in reversed(marketplace(seller).spec.carriers)}
    own = dict(company.marketplace_carriers.filter(marketplace=seller).values_list("carrier", "code"))
    return [CodeRow(code, str(name), shipped.get(code, ""), own.get(code, "")) for code, name in CARRIERS]
