"""Declarations: what an adapter states as facts instead of coding them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, StrEnum
from typing import Literal, TypedDict, Unpack

from adapterkit.records import Fulfilment

Answers = Literal["json", "xml", "bytes", "text", "none"]
"""How an answer's body is decoded: to Python's own types, to an `xml.etree.ElementTree.Element`, or not at all.

Text is for a side that mixes what it means to say with a web page's or PHP's own words: the adapter picks it out.
None: only the status counts; no more of the body is read than an exchange may show.
"""


class Effect(Enum):
    """Whether a call may be repeated when its answer did not arrive."""

    READS = "reads"
    REPLACES = "replaces"  # sets an absolute value: twice is the same as once
    CREATES = "creates"  # never repeated blindly


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
    accept: str = ""  # overrides the spec's media type
    content_type: str = ""
    answers: Answers = "json"
    elsewhere: bool = False
    kept: float = 0  # seconds for which an answer serves the account's other calls too: facts that seldom change


class Media(TypedDict, total=False):
    """What an endpoint may say of its address and of the bodies it takes and gives; see `Endpoint`."""

    accept: str
    content_type: str
    answers: Answers
    elsewhere: bool
    kept: float


def reads(path: str, bucket: str = "default", *, method: str = "GET", **more: Unpack[Media]) -> Endpoint:
    return Endpoint(method=method, path=path, bucket=bucket, effect=Effect.READS, **more)


def replaces(path: str, bucket: str = "default", *, method: str = "PUT", **more: Unpack[Media]) -> Endpoint:
    return Endpoint(method=method, path=path, bucket=bucket, effect=Effect.REPLACES, **more)


def creates(path: str, bucket: str = "default", *, method: str = "POST", **more: Unpack[Media]) -> Endpoint:
    return Endpoint(method=method, path=path, bucket=bucket, effect=Effect.CREATES, **more)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `calls` in any `per` seconds, for one remote account and bucket.

    With `burst` it is a token bucket, as remote sides publish them: `calls` come back every `per` seconds, and up to
    `burst` of them are saved while nobody calls. `RateLimit(0.5, burst=30)` lets 30 calls go at once, then one every
    two seconds.
    """

    calls: float
    per: float = 1.0
    burst: int = 0

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.per


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
class RefreshToken:
    """OAuth 2 refresh token, sent as a form: the access token is shared by all workers and renewed when refused."""

    token_url: str
    client_id: str = "client_id"
    client_secret: str = "client_secret"  # noqa: S105 - the name of a setting
    refresh_token: str = "refresh_token"  # noqa: S105 - the name of a setting
    header: str = "Authorization"  # where the access token goes
    prefix: str = "Bearer "
    token_url_setting: str = ""  # a setting that overrides token_url (own test server)
    refusals: frozenset[int] = frozenset({401})  # how a token that ran out is answered


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth1:
    """OAuth 1.0a with keys handed over by the merchant; no body is signed. Each field names a setting.

    Without `token` it is one-legged, as WooCommerce has it over plain HTTP.
    """

    consumer_key: str
    consumer_secret: str
    token: str = ""
    token_secret: str = ""
    signature: Literal["HMAC-SHA1", "HMAC-SHA256"] = "HMAC-SHA256"
    place: Literal["header", "query"] = "query"


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicOrOAuth1:
    """HTTP Basic over https; over plain http the secret is never sent, requests are signed with OAuth 1.0a instead."""

    key: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PathKey:
    """A key that stands in the address: it fills `{name}` in every endpoint's path. `setting` names the secret."""

    setting: str
    name: str = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardWebhook:
    """Signed as standardwebhooks.com describes (1.0.0): who gets the message knows the secret, and proves it from that.

    Each field names a setting. While the secret is being replaced, the message carries the signature of the one before
    as well.
    """

    message_id: str = "message_id"
    secret: str = "secret"  # noqa: S105 - the name of a setting
    previous_secret: str = "previous_secret"  # noqa: S105 - the name of a setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that a login opens and the body of every later call carries; shared and renewed like a token.

    A body sent to `path`, where the login goes too, holds `mark` where the session's id belongs; one without it, or
    sent elsewhere, is left alone. `login` makes the login's body of the account's fields, `opened` reads the id from
    its answer (raises `AdapterError` when refused), `over` tells whether an answer, whatever its status, says that the
    session has ended.
    """

    path: str  # below the base address
    login: Callable[[Mapping[str, str]], bytes]
    opened: Callable[[str], str]
    over: Callable[[bytes], bool]
    account: tuple[str, ...]  # the settings that tell two accounts apart
    mark: str
    content_type: str
    lasts: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Several kinds in one account, each for what it knows: a key in some paths, a session in some bodies."""

    auths: tuple[Auth, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthBySetting:
    """The merchant chose how requests are signed: `choices` by the value of `setting`, the first one by default."""

    setting: str
    choices: Mapping[str, Auth]


Auth = (
    HeaderKey
    | Basic
    | ClientCredentials
    | RefreshToken
    | OAuth1
    | BasicOrOAuth1
    | PathKey
    | StandardWebhook
    | Session
    | AllOf
    | AuthBySetting
)


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
    media_type: str = "application/json"
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
    carriers: tuple[CarrierCode, ...] = ()
    tracking_required: bool = False
    keep_buyer_data: timedelta = timedelta(days=90)  # after delivery
    stock_at_once: int = 1  # levels that one call of `update_stock` takes
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
    media_type: str = "application/json"
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
