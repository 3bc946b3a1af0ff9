"""Canonical records: what every marketplace and shop is translated to.

Money is `Decimal` in the currency of its order and, unless a field says otherwise, includes VAT. Moments are
zone-aware. Texts are as the remote side gave them, stripped of U+0000 (PostgreSQL stores none). A field that the remote
side does not know is None or empty; nothing is invented. An unknown country or currency is kept as it came: the core,
not the adapter, tells the merchant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar

import orjson

T = TypeVar("T")

Payload = Mapping[str, Any]
"""A record exactly as the remote side sent it, decoded: objects, lists, texts, numbers, true, false and None.

Of another form (XML), the adapter makes such a record first; it is stored, shown and fingerprinted.
"""


def fingerprint(payload: Payload) -> str:
    """Return a short stable hash of a payload: equal payloads, whatever their key order, have equal fingerprints.

    Beside what JSON holds it takes Decimal, date, datetime, tuples, any Mapping with texts for keys, and the records of
    this module. Raises TypeError for all else, such as an XML element: what such an object says of itself may differ
    from run to run.
    """
    try:
        return hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS, default=_hashed)).hexdigest()[:40]
    except orjson.JSONEncodeError as error:
        raise error.__cause__ if isinstance(error.__cause__, TypeError) else error from None


def _hashed(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a payload holds {type(value).__name__}, which is no plain value: give what it says")


class Fulfilment(StrEnum):
    """Who ships: the merchant (FBR, MFN) or the marketplace (FBB, AFN)."""

    MERCHANT = "merchant"
    MARKETPLACE = "marketplace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address: the raw lines as received, or the parts where the remote side gives parts.

    One that comes in both forms has parts that say all that its lines say. A mapper splits nothing: the core does, see
    `adapterkit.addresses`; the name of a person who has only one is for `adapterkit.names`.
    """

    salutation: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    lines: tuple[str, ...] = ()
    street: str = ""
    house_number: str = ""
    house_number_addition: str = ""
    supplement: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""  # ISO 3166-1 alpha-2
    email: str = ""
    phone: str = ""
    vat_number: str = ""
    chamber_of_commerce_number: str = ""
    language: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.company


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupPoint:
    """Where a parcel is delivered for collection; its address is the order's delivery address."""

    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    title: str
    amount: Decimal  # positive, including VAT


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line. `total` is what the customer pays for all `quantity` pieces, after discounts and including VAT.

    A line that is `to_accept` is accepted by us as soon as its product is known in the shop (`AcceptsLines`); what
    waits for anything else, such as the payment, is only `Order.pending`.
    """

    line_id: str
    sku: str  # the merchant's own reference on the offer; may be empty
    ean: str = ""
    marketplace_product_id: str = ""
    offer_id: str = ""
    title: str = ""
    quantity: int
    quantity_shipped: int = 0
    quantity_cancelled: int = 0
    unit_price: Decimal
    total: Decimal
    tax_rate: Decimal | None = None  # per cent; None where the marketplace does not say
    tax: Decimal | None = None
    commission: Decimal | None = None
    discounts: tuple[Discount, ...] = ()
    services: tuple[str, ...] = ()
    cancellation_requested: bool = False
    cancellation_reason: str = ""
    to_accept: bool = False  # the marketplace waits for the merchant to say that it can be delivered; see `pending`
    fulfilment: Fulfilment | None = None  # where it is not the order's
    deliver_by: datetime | None = None  # where the marketplace tells it of the line; see `Order`
    expires_at: datetime | None = None

    @property
    def quantity_open(self) -> int:
        """Pieces still to be shipped."""
        return self.quantity - self.quantity_cancelled - self.quantity_shipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order of a marketplace.

    `pending` says that the marketplace does not yet allow it to be shipped, for whatever reason: nothing of it goes to
    the shop. While a line is `to_accept` it usually is, and `delivery` may be None as long.

    Each of the three moments is the latest: `ship_by` for handing it to the carrier, `deliver_by` for bringing it to
    the buyer, `expires_at` until the marketplace cancels by itself what is not shipped. Of an order whose lines have
    several, it is the earliest; of a day without an hour, its end there.
    """

    order_id: str
    number: str  # as the customer knows it; often equal to order_id
    sales_channel: str = ""  # the marketplace's own id of the store it was bought in, where it has several
    placed_at: datetime
    changed_at: datetime | None = None
    fulfilment: Fulfilment  # of the lines that do not say otherwise
    pending: bool = False
    currency: str  # ISO 4217
    lines: tuple[OrderLine, ...]
    shipping_cost: Decimal = Decimal(0)
    shipping_tax_rate: Decimal | None = None
    shipping_method: str = ""
    discounts: tuple[Discount, ...] = ()  # on the whole order, beside those of its lines
    total: Decimal  # what the customer pays, including VAT and shipping
    delivery: Address | None
    billing: Address | None = None
    pickup_point: PickupPoint | None = None
    business: bool = False
    customer_reference: str = ""
    remark: str = ""
    language: str = ""
    ship_by: datetime | None = None
    deliver_by: datetime | None = None
    expires_at: datetime | None = None
    is_test: bool = False
    is_half: bool = False  # of an order that both the merchant and the marketplace ship
    # Number of the try that creates it in a shop, or that made it there; never given twice by one hub, 0 for none.
    attempt: int = 0
    fingerprint: str  # changes whenever the marketplace's record changes; see `fetch_orders`
    payload: Payload = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineQuantity:
    """So many pieces of the order line with the marketplace's id `line_id`."""

    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """One parcel, as it is reported to a marketplace or read back from it.

    `reference` is ours and unique; `number` is the same for marketplaces that only number an order's parcels: ours,
    positive, and unique within the order.
    """

    order_id: str
    sales_channel: str = ""  # see `Order.sales_channel`
    reference: str
    number: int = 0
    lines: tuple[LineQuantity, ...]
    carrier_code: str = ""  # the marketplace's own code
    carrier_name: str = ""
    tracking_code: str = ""
    shipped_at: datetime | None = None
    shipment_id: str = ""  # the marketplace's id, when read back

    def is_report_of(self, sent: Shipment) -> bool:
        """Whether this one, read back, is the parcel that was `sent`."""
        if self.reference:
            return self.reference == sent.reference
        return self.number > 0 and self.number == sent.number


class CancellationReason(StrEnum):
    OUT_OF_STOCK = "out_of_stock"
    REQUESTED_BY_CUSTOMER = "requested_by_customer"
    BAD_CONDITION = "bad_condition"
    PRICE_ERROR = "price_error"
    CANNOT_DELIVER = "cannot_deliver"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Pieces of one order that will not be shipped. Marketplaces that cancel whole lines ignore the quantity."""

    order_id: str
    sales_channel: str = ""  # see `Order.sales_channel`
    lines: tuple[LineQuantity, ...]
    reason: CancellationReason


class ReturnOutcome(StrEnum):
    """What became of a returned product."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REPAIRED = "repaired"
    EXCHANGED = "exchanged"
    KEEPS = "keeps"
    CANCELLED = "cancelled"  # it was called off


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    return_line_id: str  # bol: rmaId
    order_id: str
    ean: str = ""
    title: str = ""
    quantity: int
    reason: str = ""
    comment: str = ""
    tracking_code: str = ""
    carrier_name: str = ""
    handled: bool = False
    result: str = ""  # the marketplace's word for what was decided, when handled
    outcome: ReturnOutcome | None = None  # the same in ours, where it is known
    accepted: int = 0  # pieces that came back and were taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    return_id: str
    registered_at: datetime
    fulfilment: Fulfilment
    lines: tuple[ReturnLine, ...]
    fingerprint: str
    payload: Payload = field(repr=False)


class ReturnDecision(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REPAIRED = "repaired"
    EXCHANGED = "exchanged"
    KEEPS = "keeps"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAnswer:
    return_line_id: str
    decision: ReturnDecision
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel:
    """The absolute number of pieces a marketplace may sell of one offer."""

    sku: str
    offer_id: str = ""  # empty when it has to be looked up by sku
    ean: str = ""
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldStock:
    """What a marketplace has of a SKU in its own warehouses. Only read, and no part of the shop's stock.

    `place` is the country to whose buyers it can be shipped; the same pieces may be told of several places, so that
    they cannot be added up.
    """

    sku: str
    place: str  # ISO 3166-1 alpha-2
    available: int  # can be sold and shipped now
    reserved: int = 0  # for orders, or being moved or looked at
    coming: int = 0  # sent by the merchant, and not there yet


class SubmissionState(StrEnum):
    DONE = "done"
    SUBMITTED = "submitted"  # the remote side decides later; ask with `reference`
    REJECTED = "rejected"
    NOT_FOUND = "not_found"  # the remote side has nothing that this could be written to
    UNKNOWN = "unknown"  # the remote side does not know itself what became of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What became of a write. `entity_id` is the id the remote side gave to what was written, once it is known.

    Of a write of many records that is decided, `results` says what became of each by the record's own key (a SKU), and
    `unnamed` what became of those that it does not name: a report that lists only errors has them done. Both are left
    out where all records share one fate, and where it is about one. While it is not decided, `results` may name some.
    """

    state: SubmissionState
    reference: str = ""
    entity_id: str = ""
    message: str = ""  # the remote side's own words, when rejected
    ask_after: float | None = None  # seconds until asking first makes sense, where the remote side is known to be slow
    decide_within: timedelta | None = None  # of being submitted, where a day is not right; then the facts are looked at
    results: Mapping[str, Submission] = field(default_factory=dict)
    unnamed: SubmissionState = SubmissionState.UNKNOWN

    def of_record(self, key: str) -> Submission:
        """Return what became of one of its records."""
        if key in self.results:
            return self.results[key]
        if self.results and self.state == SubmissionState.DONE:
            return Submission(state=self.unnamed)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A sellable product of a shop; a variation is a product of its own with `parent_id` set."""

    product_id: str  # unique within the shop, for example "10", or "14:15" for a variation
    parent_id: str = ""
    sku: str
    ean: str = ""
    title: str = ""
    price: Decimal | None = None
    stock: int | None = None  # None where the shop keeps no count
    changed_at: datetime | None = None


class ShopOrderState(StrEnum):
    INERT = "inert"  # made by us, not active: takes no stock, mails nobody
    OPEN = "open"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


CLOSED = frozenset({ShopOrderState.CANCELLED, ShopOrderState.REFUNDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOrderLine:
    line_id: str
    product_id: str  # empty when the shop did not recognise the product
    sku: str = ""
    quantity: int
    total: Decimal  # including VAT
    marketplace_line_id: str = ""  # ours, where the shop lets us store it with its line; else told by the product


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    refund_id: str
    amount: Decimal  # positive, including VAT
    reason: str = ""
    lines: tuple[LineQuantity, ...] = ()  # of shop lines


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOrder:
    """An order in the shop, as the shop shows it.

    `priced` is False where the shop tells no amounts, or an inert one has none yet; `itemised` is False where it tells
    neither lines nor currency. What is not told is not compared.
    """

    shop_order_id: str
    number: str
    reference: str  # ours, as found in the shop's record; empty when it carries none
    state: ShopOrderState
    total: Decimal  # including VAT
    tax: Decimal = Decimal(0)
    currency: str
    priced: bool = True
    itemised: bool = True
    double_of: str = ""  # id of the order that this one repeats, where the shop marks repeats
    lines: tuple[ShopOrderLine, ...]
    created_at: datetime | None = None
    changed_at: datetime | None = None
    url: str = ""  # where the merchant sees it


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopShipment:
    """One parcel as the shop knows it. No lines means: everything still open on the order."""

    shipment_id: str  # stable and unique within its order
    shop_order_id: str
    reference: str  # ours, of the order
    lines: tuple[LineQuantity, ...] = ()  # line ids of the shop's order lines
    carrier_name: str = ""  # in the shop's words
    tracking_code: str = ""
    tracking_url: str = ""
    shipped_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopUpdate:
    """Everything that became of one of our orders in the shop, read in one go."""

    order: ShopOrder
    shipments: tuple[ShopShipment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A record that could not be translated. It is kept, shown to the merchant and never stops the others."""

    record_id: str  # as far as it could be read; may be empty
    reason: str  # says which field is wrong and what was found
    payload: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a walk. `as_of` is the remote side's own clock when it answered.

    `expected` is how many records the whole walk has, where the remote side tells. With `resume` the walk can be taken
    up after this page by another call, hours later and elsewhere; it is empty where that cannot be, and at the end.
    """

    items: tuple[T, ...]
    unreadable: tuple[Unreadable, ...] = ()
    as_of: datetime | None = None
    expected: int | None = None
    resume: str = ""


Known = Callable[[Mapping[str, str]], Set[str]]
"""Given `{record id: fingerprint}` of a listed page, return the ids stored with exactly that fingerprint."""


def nothing_known(_: Mapping[str, str]) -> Set[str]:
    return frozenset()
