"""The contract of a shop adapter. The rules of `adapterkit.marketplace` hold here too."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable

from adapterkit.notifications import SendsNotifications
from adapterkit.records import (
    Known,
    Order,
    Page,
    Product,
    ReturnDecision,
    ReturnLine,
    ShopOrder,
    ShopUpdate,
    nothing_known,
)
from adapterkit.spec import ShopSpec
from adapterkit.transport import Transport

Products = Mapping[str, str]
"""Marketplace line id → the shop's product id (`Product.product_id`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopReturn:
    """One line of a return that a marketplace registered, with the order in the shop that it came from.

    `number` is ours: positive, and never given twice by one hub. `order` is as it stands in the shop.
    """

    number: int
    return_id: str  # the marketplace's
    line: ReturnLine
    order: Order
    reference: str  # ours, of the order
    shop_order_id: str
    product: Product  # as the shop has it


class Shop(ABC):
    spec: ClassVar[ShopSpec]

    def __init__(self, transport: Transport, settings: Mapping[str, str]) -> None:
        self.transport = transport
        self.settings = settings

    @classmethod
    def base_url(cls, settings: Mapping[str, str]) -> str:
        """Return where the API of this shop is; by default below the merchant's own address."""
        return settings["shop_url"].rstrip("/")

    @abstractmethod
    def verify_credentials(self) -> None:
        """Make the cheapest authenticated call; raise `AuthenticationFailed` when refused, or when writing is."""

    @abstractmethod
    def find_orders(self, reference: str, placed_at: datetime) -> list[ShopOrder]:
        """Return the orders that carry our reference, for example `bol-A000123`, oldest first; usually none or one.

        `placed_at` is when the customer ordered: nothing with this reference can be older.
        """

    @abstractmethod
    def fetch_order(self, shop_order_id: str) -> ShopUpdate:
        """Read one order with its shipments and refunds; raise `NotFound` when it is gone."""

    @abstractmethod
    def fetch_products(self, resume: str = "") -> Iterator[Page[Product]]:
        """Yield pages of all products with their stock, variations included.

        Every page but the last has a `Page.resume`, with which another call gives the pages after it; one that names no
        place (any more) is refused with `Rejected`, here and in all walks.
        """

    @abstractmethod
    def fetch_updates(
        self, changed_since: datetime, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[ShopUpdate]]:
        """Yield what became of orders that carry a reference of ours and changed at or after `changed_since`.

        Orders that `known` recognises (by shop order id and fingerprint) are left out. However many changed in one
        moment, none is passed over. With `resume` the walk goes on after that page.
        """


@runtime_checkable
class CreatesOrders(Protocol):
    def create_order(self, order: Order, reference: str, products: Products) -> ShopOrder:
        """Create a paid order that takes stock; one that the marketplace fulfils arrives as shipped and takes none.

        `adapterkit.creation` asks `find_orders` first. What comes of a repeat depends on `spec.creation`: where we
        choose the id (made from the reference), and where the reference goes along as an idempotency key, the first
        one's order is returned; where the reference is unique, `AlreadyExists` is raised.
        """


@runtime_checkable
class FinishesOrders(Protocol):
    """Beside `CreatesOrders`, where creating takes several calls: `find_orders` gives an unfinished one as inert."""

    def finish_order(self, shop_order_id: str, order: Order) -> ShopOrder:
        """Do what is left of creating this order, and return it as it is then; twice is harmless."""


@runtime_checkable
class CreatesInertOrders(Protocol):
    """The rung `Creation.INERT_THEN_ACTIVATE`: two inert orders do no harm, only one id is ever activated."""

    def create_inert_order(self, order: Order, reference: str, products: Products) -> ShopOrder:
        """Create the order so that it takes no stock, mails nobody and is not handled by the merchant."""

    def activate_order(self, shop_order_id: str, order: Order) -> ShopOrder:
        """Make that order a paid one (or a shipped one, when the marketplace fulfils it); twice is the same as once.

        Where the shop gives it another id, such as that of the order made from a cart, the answer's id is its id from
        then on, and either may be given here again.
        """


@runtime_checkable
class DiscardsInertOrders(Protocol):
    """Beside `CreatesInertOrders`; where a shop removes none, one that is not wanted stays inert there."""

    def discard_inert_order(self, shop_order_id: str) -> None:
        """Remove an inert order; raise `Rejected` when it is not inert. Twice is harmless."""


@runtime_checkable
class CancelsOrders(Protocol):
    def cancel_order(self, shop_order_id: str, reason: str) -> None:
        """Cancel an order and give its stock back; twice is harmless."""


@runtime_checkable
class HoldsOrders(Protocol):
    def hold_order(self, shop_order_id: str, reason: str) -> None:
        """Keep the merchant from shipping it, with a note that says why; twice is harmless."""

    def release_order(self, shop_order_id: str, reason: str) -> None:
        """End a hold; twice is harmless."""


@runtime_checkable
class RereadsOrders(Protocol):
    """For a shop that does not tell of every change: a parcel of part of an order, or tracking that came later.

    The hub has its open orders, and those whose parcels wait for tracking or for a person, read again by turns: at
    most `spec.reread_at_once` of them after each `fetch_updates`.
    """

    def reread_orders(self, shop_order_ids: Sequence[str], known: Known = nothing_known) -> Iterator[Page[ShopUpdate]]:
        """Yield these orders as `fetch_order` reads them, in as few calls as the shop allows.

        Orders that are gone, and those that `known` recognises (by shop order id and fingerprint), are left out.
        """


@runtime_checkable
class FetchesStock(Protocol):
    def fetch_stock(self, product_ids: list[str]) -> dict[str, int | None]:
        """Return the stock of these products now; an unknown product is left out."""


@runtime_checkable
class TellsCurrency(Protocol):
    def fetch_currency(self) -> str:
        """Return the currency in which the shop's orders are made (ISO 4217)."""


@runtime_checkable
class ListsShippingMethods(Protocol):
    def fetch_shipping_methods(self) -> list[str]:
        """Return the names of the shop's own shipping methods as its customers see them, each once."""


@runtime_checkable
class PreviewsOrders(Protocol):
    def preview_order(self, order: Order, reference: str, products: Products) -> Mapping[str, Any]:
        """Return the body that creating this order would send; nothing is called."""


@runtime_checkable
class AddsNotes(Protocol):
    def add_note(self, shop_order_id: str, text: str, order: Order) -> None:
        """Leave a note for the merchant, never mailed to the buyer. Twice is twice."""


@runtime_checkable
class CreatesReturns(Protocol):
    """For a shop that keeps the returns its marketplaces registered, and where the merchant decides about them."""

    def create_return(self, returned: ShopReturn) -> str:
        """Tell the shop of one returned line that waits for a decision; return the shop's id of it.

        Twice is twice, and nothing finds it again: after an unknown outcome it is not repeated.
        """

    def fetch_return(self, shop_return_id: str) -> ReturnDecision | None:
        """Return what was decided in the shop, None as long as nothing is.

        Raises `NotFound` when it was removed or called off there without a decision.
        """


@runtime_checkable
class ReceivesStock(Protocol):
    """For a shop that posts its stock to the address of its notifications."""

    def receive_stock(self, headers: Mapping[str, str], body: bytes) -> dict[str, int]:
        """Return product id → stock as the message gives it.

        Raises `Rejected` when it cannot be read, with the code `token` when it is not genuine.
        """

    def answer_stock(self, known: Mapping[str, bool]) -> Mapping[str, Any]:
        """Return the JSON that the shop expects for an answer: `known` says which product ids we have."""


@runtime_checkable
class TakesStockAddress(Protocol):
    def set_stock_address(self, url: str) -> None:
        """Tell the shop where to post its stock; raise `Rejected` when it will not. Twice is the same as once."""


CAPABILITIES: tuple[type, ...] = (
    CreatesOrders,
    FinishesOrders,
    CreatesInertOrders,
    DiscardsInertOrders,
    CancelsOrders,
    HoldsOrders,
    RereadsOrders,
    FetchesStock,
    TellsCurrency,
    ListsShippingMethods,
    PreviewsOrders,
    AddsNotes,
    CreatesReturns,
    SendsNotifications,
    ReceivesStock,
    TakesStockAddress,
)
