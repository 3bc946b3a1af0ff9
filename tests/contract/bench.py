"""What a marketplace's bench gives a test: an order placed, broken, shipped, whatever the marketplace is.

A bench derives from `Bench` and acts on the simulator's world, never through the adapter. What the marketplace cannot
do it says in three ways: a capability that the adapter has not is skipped by itself, and so are the verbs of that
capability, which may raise; a fact of the spec is looked at; for all else there are the class variables.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from adapterkit.auth import MemoryTokens
from adapterkit.marketplace import Marketplace
from adapterkit.opening import open_adapter
from adapterkit.records import Fulfilment, LineQuantity, Shipment, Submission
from adapterkit.simulator import Simulator
from adapterkit.transport import UNPACED, Pacer
from marketplaces.registry import marketplace
from tests.clock import Clock
from tests.contract.requirements import Exchanges

URL = "https://marketplace.test"


@dataclass(frozen=True)
class Seen:
    """A shipment as the marketplace has it."""

    reference: str
    carrier_code: str
    tracking_code: str
    pieces: Mapping[str, int]


class Bench(ABC):
    """A simulated marketplace with the adapter in front of it, and the verbs of a test."""

    code: ClassVar[str]
    page_size: ClassVar[int]  # orders on a page of the list; no smaller than a page of returns
    # A field of the marketplace's own record, as `corrupt` takes it, and what cannot be read in it; None is nothing.
    unreadable: ClassVar[Sequence[tuple[str, Any]]]
    lag: ClassVar[timedelta] = timedelta(0)  # until a change is in the list
    details: ClassVar[int] = 1  # calls for an order's details, beside the list
    unknown_order: ClassVar[str] = "UNKNOWN-1"  # an id that no order has
    list_method: ClassVar[str] = "GET"  # of the list of orders, and of the others
    shipment_method: ClassVar[str] = "POST"
    token_method: ClassVar[str] = "POST"
    status_alone: ClassVar[bool] = False  # counts where a shipment is reported, whatever the answer says
    tells_time: ClassVar[bool] = True  # each answer tells when it was given
    tells_requests: ClassVar[bool] = True  # that the buyer wants a line cancelled
    simulator: Simulator

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.exchanges = Exchanges()
        self.waits: list[float] = []
        self.adapter_class = marketplace(self.code)

    def open(self, *, pacer: Pacer = UNPACED) -> Marketplace:
        return open_adapter(
            self.adapter_class,
            settings=self.settings,
            credentials=self.credentials,
            pacer=pacer,
            recorder=self.exchanges,
            tokens=MemoryTokens(),
            mounts={URL: self.simulator.mount()},
            wait=self.waits.append,
        )

    @property
    @abstractmethod
    def settings(self) -> dict[str, str]: ...

    @property
    @abstractmethod
    def credentials(self) -> dict[str, str]: ...

    @property
    @abstractmethod
    def token_path(self) -> str:
        """Where tokens are given out; empty when there are none."""

    @property
    @abstractmethod
    def list_path(self) -> str: ...

    @abstractmethod
    def secrets(self) -> list[str]:
        """Everything that must never be kept: credentials and the tokens given out so far."""

    @abstractmethod
    def place(
        self, *, fulfilment: Fulfilment = Fulfilment.MERCHANT, quantity: int = 1, lines: int = 1, discount: str = "0"
    ) -> str:
        """Place an order of TST-001 and so on, in euros, and return its id. It may be shipped at once.

        Each of so many `lines` has `quantity` pieces at 12.10, less `discount` for the line.
        """

    @abstractmethod
    def address_of(self, order_id: str) -> Sequence[str]:
        """Return every word of the delivery address that a parcel's label needs, as the marketplace has it."""

    def place_waiting(self, *, lines: int = 1) -> str:
        """Place an order that waits for the merchant to accept its lines; `place` places accepted ones."""
        raise AssertionError(f"{self.code} waits for nobody")

    @abstractmethod
    def line_ids(self, order_id: str) -> list[str]:
        """Return `OrderLine.line_id` of its lines, in the order in which they were placed."""

    @abstractmethod
    def close(self, order_id: str) -> None:
        """The marketplace cancels the order: it is not open any more, and changed now."""

    @abstractmethod
    def request_cancellation(self, order_id: str, line_id: str) -> None:
        """The buyer asks for a line to be cancelled; see `tells_requests`."""

    @abstractmethod
    def corrupt(self, order_id: str, field: str, value: Any) -> None:
        """Show an order with another value in a field from now on (`adapterkit.simulator.replaced`)."""

    @abstractmethod
    def detail_calls(self) -> int:
        """Return how often an order's details were asked for so far."""

    @abstractmethod
    def settle(self) -> None:
        """The marketplace decides all that it has submitted to it; nothing is to be done where it does so at once."""

    @abstractmethod
    def forget(self) -> None:
        """The marketplace forgets its submissions (`ChecksSubmissions`)."""

    @abstractmethod
    def shipments(self, order_id: str) -> list[Seen]:
        """Return the parcels that the marketplace has, in the order in which it took them."""

    @abstractmethod
    def shipment_calls(self) -> int:
        """Return how often a parcel was reported so far, in vain or not."""

    @property
    @abstractmethod
    def shipment_path(self) -> str:
        """The beginning of the path on which a parcel is reported."""

    @abstractmethod
    def cancelled(self) -> list[tuple[str, str]]:
        """Line ids with the marketplace's own reason, in the order in which they were cancelled."""

    @abstractmethod
    def revoke(self) -> None:
        """The marketplace refuses the credentials from now on, and the tokens that were given for them."""

    @abstractmethod
    def expire(self) -> None:
        """The tokens that were given out run out; nothing is to be done where there are none."""

    @abstractmethod
    def limit(self, calls: int, per: float) -> None:
        """The marketplace refuses from now on more than so many calls in `per` seconds, and says how long to wait."""

    @abstractmethod
    def add_offer(self, sku: str, stock: int) -> str:
        """Offer a SKU with so many pieces; return the marketplace's id of the offer."""

    @abstractmethod
    def stock(self, sku: str) -> int | None:
        """Return the pieces that the marketplace may sell of a SKU, None without an offer."""

    def register_return(self, order_id: str) -> str:
        """The buyer returns the first piece of an order; return the id of the return."""
        raise AssertionError(f"{self.code} tells of no returns")

    def saying(self, text: str) -> Any:
        """Return a body, written as the marketplace writes, that says this and nothing else."""
        return {"message": text}

    def hold_stock(self, sku: str, available: int) -> None:
        """The marketplace counts what it holds in its own warehouses, where it tells."""
        raise AssertionError(f"{self.code} does not tell what it holds")

    def submit(self, adapter: Any) -> Submission:
        """Write something that the marketplace decides later."""
        return adapter.confirm_shipment(self.shipment(self.place()))  # type: ignore[no-any-return]

    def sales_channel(self, order_id: str) -> str:
        """The marketplace's id of the store that an order was bought in."""
        return ""

    def mark(self, shipment: Shipment) -> str:
        """What the marketplace keeps of our reference."""
        return shipment.reference

    def shipment(self, order_id: str, *, reference: str = "OS-1-1", quantity: int = 1) -> Shipment:
        """A parcel with so many pieces of every line, sent with the first carrier of the spec."""
        return Shipment(
            order_id=order_id,
            sales_channel=self.sales_channel(order_id),
            reference=reference,
            number=int(reference.rsplit("-", maxsplit=1)[1]),
            shipped_at=self.clock(),
            lines=tuple(LineQuantity(line_id=line_id, quantity=quantity) for line_id in self.line_ids(order_id)),
            carrier_code=self.adapter_class.spec.carriers[0].code,
            carrier_name=self.adapter_class.spec.carriers[0].name,
            tracking_code="3SABC00012345",
        )
