"""What a marketplace's bench gives a test: an order placed, broken, shipped, whatever the marketplace is."""

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
    page_size: ClassVar[int]
    unreadable: ClassVar[Sequence[tuple[str, Any]]]  # a field of an order and what cannot be read in it
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
        """Place an order of TST-001 and so on, in euros, at 12.10 each; `discount` is taken off each line."""

    @abstractmethod
    def address_of(self, order_id: str) -> Sequence[str]:
        """Return every word of the delivery address that a parcel's label needs, as the marketplace has it."""

    def place_waiting(self, *, lines: int = 1) -> str:
        """Place an order that waits for the merchant to accept its lines; `place` places accepted ones."""
        raise AssertionError(f"{self.code} waits for nobody")

    @abstractmethod
    def line_ids(self, order_id: str) -> list[str]: ...

    @abstractmethod
    def close(self, order_id: str) -> None:
        """The marketplace cancels the order: it is not open any more, and changed now."""

    @abstractmethod
    def request_cancellation(self, order_id: str, line_id: str) -> None: ...

    @abstractmethod
    def corrupt(self, order_id: str, field: str, value: Any) -> None: ...

    @abstractmethod
    def detail_calls(self) -> int: ...

    @abstractmethod
    def settle(self) -> None:
        """The marketplace decides what it has accepted."""

    @abstractmethod
    def forget(self) -> None: ...

    @abstractmethod
    def shipments(self, order_id: str) -> list[Seen]: ...

    @abstractmethod
    def shipment_calls(self) -> int: ...

    @property
    @abstractmethod
    def shipment_path(self) -> str: ...

    @abstractmethod
    def cancelled(self) -> list[tuple[str, str]]:
        """Line ids with the marketplace's own reason, in the order in which they were cancelled."""

    @abstractmethod
    def revoke(self) -> None: ...

    @abstractmethod
    def expire(self) -> None: ...

    @abstractmethod
    def limit(self, calls: int, per: float) -> None: ...

    @abstractmethod
    def add_offer(self, sku: str, stock: int) -> str: ...

    @abstractmethod
    def stock(self, sku: str) -> int | None: ...

    @abstractmethod
    def register_return(self, order_id: str) -> str: ...

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
