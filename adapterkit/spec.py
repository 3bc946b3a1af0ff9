"""Declarations: what an adapter states as facts instead of coding them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, StrEnum
from typing import TypedDict, Unpack

from adapterkit.auth.base import Auth
from adapterkit.dialects import JSON, Dialect
from adapterkit.records import Fulfilment


class Effect(Enum):
    """Whether a call may be repeated when its answer did not arrive."""

    READS = "reads"
    REPLACES = "replaces"  # sets an absolute value: twice is the same as once
    CREATES = "creates"  # never repeated blindly

    @property
    def repeatable(self) -> bool:
        return self is not Effect.CREATES


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One remote operation. `path` may hold `{names}`, filled in (and quoted) by `Transport.call`.

    One that is `elsewhere` is called at an address that the remote side gave, on whatever host: it is never signed, and
    `path` is only its name.
    """

    method: str
    path: str
    bucket: str = "default"
    effect: Effect
    dialect: Dialect | None = None  # the spec's where it names none
    elsewhere: bool = False
    scope: str = ""  # what the token of this call is to be good for, where the kind of signing knows scopes
    kept: float = 0  # seconds for which an answer serves the account's other calls too: facts that seldom change
    cost: float = 1  # of one call, in what its bucket counts


class More(TypedDict, total=False):
    """What an endpoint may say beside its address; see `Endpoint`."""

    dialect: Dialect | None
    elsewhere: bool
    scope: str
    kept: float
    cost: float


def reads(path: str, bucket: str = "default", *, method: str = "GET", **more: Unpack[More]) -> Endpoint:
    return Endpoint(method=method, path=path, bucket=bucket, effect=Effect.READS, **more)


def replaces(path: str, bucket: str = "default", *, method: str = "PUT", **more: Unpack[More]) -> Endpoint:
    return Endpoint(method=method, path=path, bucket=bucket, effect=Effect.REPLACES, **more)


def creates(path: str, bucket: str = "default", *, method: str = "POST", **more: Unpack[More]) -> Endpoint:
    return Endpoint(method=method, path=path, bucket=bucket, effect=Effect.CREATES, **more)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A token bucket of one remote account: `calls` come back every `per` seconds, evenly, and up to `burst` are saved.

    `RateLimit(0.5, burst=30)` lets 30 calls go at once, then one every two seconds. Without a `burst`, which a remote
    side publishes, none is saved: that is a pace of our own, and what the remote side refuses all the same says nothing
    of when there is a call again.
    """

    calls: float
    per: float = 1.0
    burst: int = 0

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.per

    @property
    def room(self) -> int:
        """How many calls are saved at most; one always is."""
        return max(self.burst, 1)


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of the connect form. A secret is stored encrypted and never shown again."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""


class Creation(StrEnum):
    """How a shop lets an order be created exactly once; the strongest rung it has."""

    CLIENT_ID = "client_id"  # we choose the id: repeat freely
    UNIQUE_REFERENCE = "unique_reference"  # a repeat is refused with the first one's id
    IDEMPOTENCY_KEY = "idempotency_key"
    INERT_THEN_ACTIVATE = "inert_then_activate"  # needs no assumption about time
    SEARCH = "search"  # look, wait for the settling time, look again
    PULLED = "pulled"  # the platform's own program fetches the order from our API and acknowledges it once
    NONE = "none"  # an unknown outcome needs a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The merchant may let us in on the remote side's own page (OAuth 2), instead of pasting the secret."""

    needs: tuple[str, ...]  # settings that have to be filled in before
    secret: str = "refresh_token"  # noqa: S105 - the name of the setting that it fills in
    code: str = "code"  # the parameter that comes back with what is traded for the secret
    brings: Mapping[str, str] = field(default_factory=dict)  # other parameters, and the setting each fills in


@dataclass(frozen=True, slots=True)
class CarrierCode:
    """A marketplace's own code for a carrier; `carrier` is the code in our catalogue (`carriers`)."""

    code: str
    carrier: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketplaceSpec:
    code: str
    name: str
    base_url: str
    settings: tuple[Setting, ...]
    auth: Auth
    identified_by: str = ""  # the setting that says whose account it is there
    consent: Consent | None = None
    dialect: Dialect = JSON
    countries: tuple[str, ...] = ()
    fulfilments: tuple[Fulfilment, ...] = (Fulfilment.MERCHANT,)
    currency: str = ""
    rate_limits: Mapping[str, RateLimit] = field(default_factory=dict)
    rate_header: str = ""  # of an answer: how many calls a second the remote side allows now
    poll_every: timedelta = timedelta(minutes=5)
    # The same for orders that the marketplace ships, which wait for nobody, where both share few calls.
    poll_shipped_every: timedelta = timedelta(minutes=5)
    overlap: timedelta = timedelta(minutes=15)
    history: timedelta = timedelta(days=90)  # how far back orders can be listed
    sweep: timedelta = timedelta(days=3)  # how far back the daily sweep reads, for what the list told too late
    lists_open: bool = False  # whether each walk meets all orders that are open, so that one it does not meet is not
    settling_time: timedelta = timedelta(minutes=2)  # until a write that was cut off shows up when read back
    refuses_repeats: bool = False  # of a parcel's report, by `Shipment.reference` or `number`: with `AlreadyExists`
    carriers: tuple[CarrierCode, ...] = ()
    tracking_required: bool = False
    keep_buyer_data: timedelta = timedelta(days=90)  # after delivery
    stock_at_once: int = 1  # levels that one call of `update_stock` takes
    whole_order_acceptance: bool = False  # only all lines that wait for it together
    partial_cancellation: bool = False  # part of a line's quantity
    whole_order_cancellation: bool = False  # only all lines together, and only while nothing of them is shipped
    # What one order costs beside the pages of the list: its details, the report of its one parcel, and asking what
    # became of that; the contract suite counts them.
    calls_per_order: int
    notification_secret: str = ""  # the setting that signs incoming notifications
    evidence: str = "simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSpec:
    code: str
    name: str
    settings: tuple[Setting, ...]
    auth: Auth
    dialect: Dialect = JSON
    rate_limits: Mapping[str, RateLimit] = field(default_factory=dict)
    rate_header: str = ""  # of an answer: how many calls a second the remote side allows now
    creation: Creation
    # From looking for it to the active order, for two lines; and what the first order of a minute costs beside that:
    # facts of the shop that are kept (`Endpoint.kept`). The contract suite counts both.
    calls_per_order: int
    calls_beforehand: int = 0
    remaining_window: str  # what is left of the window in which an order could be doubled, in words
    shipping_method: str  # what becomes of the one chosen for a connection, and which are offered, in a sentence or two
    caution: str = ""  # what a merchant should know before choosing this way, in a sentence or two
    # How long the shop may need to finish a creation that was cut off; nothing is created again before. Zero where the
    # rung needs no assumption about time.
    settling_time: timedelta = timedelta(minutes=2)
    poll_every: timedelta = timedelta(minutes=5)
    overlap: timedelta = timedelta(minutes=15)
    reread_at_once: int = 200  # open orders read again in one round, where the shop has `RereadsOrders`
    ships_marketplace_orders: bool = True  # takes an order that arrives as shipped
    decimals: int = 2
    notification_secret: str = ""  # the setting that signs incoming notifications
    evidence: str = "simulated"
