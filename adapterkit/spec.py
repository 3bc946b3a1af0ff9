"""Declarations: what an adapter states as facts instead of coding them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, StrEnum

from adapterkit.records import Fulfilment


class Effect(Enum):
    """Whether a call may be repeated when its answer did not arrive."""

    READS = "reads"
    REPLACES = "replaces"  # sets an absolute value: twice is the same as once
    CREATES = "creates"  # never repeated blindly


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One remote operation. `path` may hold `{names}`, filled in (and quoted) by `Transport.call`."""

    method: str
    path: str
    bucket: str = "default"
    effect: Effect
    accept: str = ""  # overrides the spec's media type
    content_type: str = ""


def reads(
    path: str, bucket: str = "default", *, method: str = "GET", accept: str = "", content_type: str = ""
) -> Endpoint:
    return Endpoint(
        method=method, path=path, bucket=bucket, effect=Effect.READS, accept=accept, content_type=content_type
    )


def replaces(
    path: str, bucket: str = "default", *, method: str = "PUT", accept: str = "", content_type: str = ""
) -> Endpoint:
    return Endpoint(
        method=method, path=path, bucket=bucket, effect=Effect.REPLACES, accept=accept, content_type=content_type
    )


def creates(
    path: str, bucket: str = "default", *, method: str = "POST", accept: str = "", content_type: str = ""
) -> Endpoint:
    return Endpoint(
        method=method, path=path, bucket=bucket, effect=Effect.CREATES, accept=accept, content_type=content_type
    )


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `calls` in any `per` seconds, for one remote account and bucket."""

    calls: int
    per: float = 1.0


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
    NONE = "none"  # an unknown outcome needs a person


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderKey:
    """A static key in a header. `setting` names the secret."""

    setting: str
    header: str = "Authorization"
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basic:
    """HTTP Basic with two settings."""

    username: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """OAuth 2 client credentials: one token, shared by all workers, renewed once when it is refused."""

    token_url: str
    client_id: str = "client_id"
    client_secret: str = "client_secret"  # noqa: S105 - the name of a setting
    token_url_setting: str = ""  # a setting that overrides token_url (own test server)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth1:
    """OAuth 1.0a one-legged, HMAC-SHA256, for WooCommerce over plain HTTP."""

    consumer_key: str
    consumer_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicOrOAuth1:
    """HTTP Basic over https; over plain http the secret is never sent, requests are signed with OAuth 1.0a instead."""

    key: str
    secret: str


Auth = HeaderKey | Basic | ClientCredentials | OAuth1 | BasicOrOAuth1


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
    media_type: str = "application/json"
    countries: tuple[str, ...] = ()
    fulfilments: tuple[Fulfilment, ...] = (Fulfilment.MERCHANT,)
    currency: str = ""
    rate_limits: Mapping[str, RateLimit] = field(default_factory=dict)
    poll_every: timedelta = timedelta(minutes=5)
    overlap: timedelta = timedelta(minutes=15)
    history: timedelta = timedelta(days=90)  # how far back orders can be listed
    settling_time: timedelta = timedelta(minutes=2)  # until a write that was cut off shows up when read back
    carriers: tuple[CarrierCode, ...] = ()
    tracking_required: bool = False
    keep_buyer_data: timedelta = timedelta(days=90)  # after delivery
    partial_cancellation: bool = False  # part of a line's quantity
    notification_secret: str = ""  # the setting that signs incoming notifications
    evidence: str = "simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSpec:
    code: str
    name: str
    settings: tuple[Setting, ...]
    auth: Auth
    media_type: str = "application/json"
    rate_limits: Mapping[str, RateLimit] = field(default_factory=dict)
    creation: Creation
    remaining_window: str  # what is left of the window in which an order could be doubled, in words
    settling_time: timedelta = timedelta(minutes=2)
    poll_every: timedelta = timedelta(minutes=5)
    overlap: timedelta = timedelta(minutes=15)
    ships_marketplace_orders: bool = True  # takes an order that arrives as shipped
    decimals: int = 2
    notification_secret: str = ""  # the setting that signs incoming notifications
    evidence: str = "simulated"
