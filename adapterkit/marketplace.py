"""The contract of a marketplace adapter.

An adapter has no state but its transport and its settings. It does not sleep, retry, log, cache or touch a database.
Every method may raise any `adapterkit.errors.AdapterError`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable

from adapterkit.notifications import SendsNotifications
from adapterkit.records import (
    Cancellation,
    Fulfilment,
    HeldStock,
    Known,
    Order,
    Page,
    Return,
    ReturnAnswer,
    Shipment,
    StockLevel,
    Submission,
    nothing_known,
)
from adapterkit.spec import MarketplaceSpec
from adapterkit.transport import Transport


class Marketplace(ABC):
    spec: ClassVar[MarketplaceSpec]

    def __init__(self, transport: Transport, settings: Mapping[str, str]) -> None:
        self.transport = transport
        self.settings = settings

    @classmethod
    def base_url(cls, settings: Mapping[str, str]) -> str:
        """Return where the API is for these settings; an adapter with a test environment overrides it."""
        return settings.get("base_url") or cls.spec.base_url

    @abstractmethod
    def verify_credentials(self) -> None:
        """Make the cheapest authenticated call; raise `AuthenticationFailed` when refused."""

    @abstractmethod
    def fetch_orders(
        self, changed_since: datetime, fulfilment: Fulfilment | None, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[Order]]:
        """Yield pages of the orders that changed at or after `changed_since`, with lines of this fulfilment.

        With None, those of either: nothing is left out for who ships it. An order comes whole: its lines say who ships
        them, and one may have lines of both fulfilments.

        An order may come twice; none may be missing. Orders that `known` recognises by their fingerprint are left out,
        which saves the call for their details. An order that cannot be read is named in `Page.unreadable` and never
        stops the others. The first page's `as_of` is the next walk's starting point.

        With the `Page.resume` of a page the walk goes on after it, hours later and elsewhere; one that cannot be taken
        up (any more) is refused with `Rejected`: then it has to begin anew.
        """

    @abstractmethod
    def fetch_order(self, order_id: str) -> Order:
        """Read one order as it is now; raise `NotFound` when there is none."""


# A capability is one small Protocol; an adapter has it as soon as it has the method.


@runtime_checkable
class AsksConsent(Protocol):
    @classmethod
    def consent_url(cls, settings: Mapping[str, str], *, state: str, redirect_uri: str) -> str:
        """Return the page on which the merchant lets us in; it sends them back with `state`. See `Consent`."""


@runtime_checkable
class AcceptsLines(Protocol):
    def accept_lines(self, order_id: str, line_ids: Sequence[str]) -> Submission:
        """Accept lines that wait for it (`OrderLine.to_accept`): the merchant can deliver them. Twice is harmless.

        Never asked for what the shop does not know; the others may be asked for later. Where the spec says
        `whole_order_acceptance`, it is asked for all lines that wait, or not at all. Raises `Rejected` for what cannot
        be accepted any more, and for an unknown order.
        """


@runtime_checkable
class ConfirmsShipments(Protocol):
    def confirm_shipment(self, shipment: Shipment) -> Submission:
        """Report one parcel. Never repeated blindly: after `OutcomeUnknown` the caller uses `find_shipments`.

        `entity_id` of the answer is the marketplace's id of the parcel, where it tells one. Where the spec says
        `refuses_repeats`, a second report with the same `Shipment.reference` raises `AlreadyExists`, whatever else is
        wrong with it: then a report is repeated that cannot be looked for.
        """


@runtime_checkable
class FindsShipments(Protocol):
    def find_shipments(self, order_id: str, line_ids: Sequence[str]) -> list[Shipment]:
        """Return the shipments of these lines that the marketplace knows, those it is still handling included."""


@runtime_checkable
class CorrectsTracking(Protocol):
    def correct_tracking(self, shipment: Shipment) -> Submission:
        """Replace carrier and code of a parcel that was reported; twice is harmless.

        `Shipment.reference`, `number` and `lines` are those it was reported with. Raises `NotFound` when the
        marketplace has no such parcel.
        """


@runtime_checkable
class CancelsLines(Protocol):
    def cancel_lines(self, cancellation: Cancellation) -> list[Submission]:
        """Cancel lines. One submission for each call the marketplace needs.

        Twice is harmless: where the marketplace refuses what is cancelled already, the adapter looks why it is closed,
        and answers as for the first time. What is shipped is refused with `Rejected`.
        """


@runtime_checkable
class FetchesReturns(Protocol):
    def fetch_returns(
        self, changed_since: datetime, fulfilment: Fulfilment, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[Return]]:
        """Yield pages of returns; the rules of `fetch_orders` hold."""


@runtime_checkable
class AnswersReturns(Protocol):
    def answer_return(self, answer: ReturnAnswer) -> Submission:
        """Tell what was decided; twice is harmless."""


@runtime_checkable
class UpdatesStock(Protocol):
    def update_stock(self, levels: Sequence[StockLevel]) -> Sequence[Submission]:
        """Set the absolute stock of offers in one call; twice is harmless. Return what became of each, in their order.

        Never called for the marketplace's own fulfilment, nor for more than `spec.stock_at_once` levels. Where the
        marketplace decides later about all of them, each has the same `reference`; see `Submission.results`, whose keys
        are the levels' SKUs. What is raised is the answer for all: they are then sent in smaller calls, until the one
        that is refused is alone.

        What is not offered there is `SubmissionState.NOT_FOUND` in its answer or its result; of one level alone
        `NotFound` may be raised as well. `entity_id` of what is done, in the answer or in its result, is the
        marketplace's id of the offer: it is stored, and given next time as `StockLevel.offer_id`.
        """


@runtime_checkable
class FetchesHeldStock(Protocol):
    def fetch_held_stock(self, resume: str = "") -> Iterator[Page[HeldStock]]:
        """Yield all that the marketplace has in its own warehouses to ship for the merchant; nothing is written."""


@runtime_checkable
class ChecksSubmissions(Protocol):
    def check_submission(self, reference: str) -> Submission:
        """Ask what became of a submission; raise `NotFound` when the marketplace forgot it.

        One of many records is asked after once for all of them, and says in `Submission.results` what became of each.
        """


CAPABILITIES: tuple[type, ...] = (
    AsksConsent,
    AcceptsLines,
    ConfirmsShipments,
    FindsShipments,
    CorrectsTracking,
    CancelsLines,
    FetchesReturns,
    AnswersReturns,
    UpdatesStock,
    FetchesHeldStock,
    ChecksSubmissions,
    SendsNotifications,
)
