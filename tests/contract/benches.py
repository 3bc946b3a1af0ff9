"""The benches of the marketplaces: how a test places an order, breaks it, ships it, whatever the marketplace is.

A new marketplace adds its bench to `BENCHES`; the suite refuses to run without one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from adapterkit.auth import MemoryTokens
from adapterkit.marketplace import Marketplace
from adapterkit.opening import open_adapter
from adapterkit.records import Fulfilment, LineQuantity, Shipment
from adapterkit.simulator import Simulator
from adapterkit.transport import UNPACED, Pacer
from marketplaces.bol.simulator import BolSimulator
from marketplaces.registry import marketplace
from tests.contract.requirements import Exchanges
from tests.road import Clock

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
    simulator: Simulator

    def __init__(self) -> None:
        self.clock = Clock()
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
    def place(self, *, fulfilment: Fulfilment = Fulfilment.MERCHANT, quantity: int = 1, lines: int = 1) -> str: ...

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

    def shipment(self, order_id: str, *, reference: str = "OS-1-1", quantity: int = 1) -> Shipment:
        """A parcel with so many pieces of every line, sent with the first carrier of the spec."""
        return Shipment(
            order_id=order_id,
            reference=reference,
            lines=tuple(LineQuantity(line_id=line_id, quantity=quantity) for line_id in self.line_ids(order_id)),
            carrier_code=self.adapter_class.spec.carriers[0].code,
            carrier_name=self.adapter_class.spec.carriers[0].name,
            tracking_code="3SABC00012345",
        )


class BolBench(Bench):
    code = "bol"
    page_size = 50
    unreadable = (
        ("orderPlacedDateTime", "yesterday"),
        ("orderItems.0.unitPrice", "twelve"),
        ("orderItems.0.totalPrice", None),
        ("orderItems.0.quantity", 1.5),
        ("orderItems.0.fulfilment.method", "DRONE"),
        ("orderItems.0.fulfilment.latestDeliveryDate", "soon"),
        ("orderItems", []),
    )
    token_path, list_path, shipment_path = "/token", "/retailer/orders", "/retailer/shipments"

    def __init__(self) -> None:
        super().__init__()
        self.bol = self.simulator = BolSimulator(
            now=self.clock, client_id="a1b2c3d4-client", client_secret="T0p+S3cret/of=bol"
        )
        self.tokens: list[str] = []

    @property
    def settings(self) -> dict[str, str]:
        return {"client_id": "a1b2c3d4-client", "base_url": URL, "token_url": f"{URL}/token"}

    @property
    def credentials(self) -> dict[str, str]:
        return {"client_secret": "T0p+S3cret/of=bol"}

    def secrets(self) -> list[str]:
        return ["T0p+S3cret/of=bol", *self.bol.tokens, *self.tokens]

    def place(self, *, fulfilment: Fulfilment = Fulfilment.MERCHANT, quantity: int = 1, lines: int = 1) -> str:
        items = [{"sku": f"TST-{n:03d}", "price": "12.10", "quantity": quantity} for n in range(1, lines + 1)]
        return self.bol.place_order(items=items, fulfilment="FBR" if fulfilment is Fulfilment.MERCHANT else "FBB")

    def line_ids(self, order_id: str) -> list[str]:
        return self.bol.items_of(order_id)

    def close(self, order_id: str) -> None:
        self.bol.cancel_order(order_id)

    def request_cancellation(self, order_id: str, line_id: str) -> None:
        self.bol.request_cancellation(order_id, line_id)

    def corrupt(self, order_id: str, field: str, value: Any) -> None:
        self.bol.corrupt_order(order_id, field, value)

    def detail_calls(self) -> int:
        return len(self.bol.requests_to("GET", "/retailer/orders/"))

    def settle(self) -> None:
        self.bol.settle_processes()

    def forget(self) -> None:
        self.bol.forget_processes()

    def shipments(self, order_id: str) -> list[Seen]:
        return [
            Seen(
                row["shipmentReference"],
                row["transport"]["transporterCode"],
                row["transport"].get("trackAndTrace", ""),
                {item["orderItemId"]: item["quantity"] for item in row["shipmentItems"]},
            )
            for row in self.bol.shipments_of(order_id)
        ]

    def shipment_calls(self) -> int:
        return len(self.bol.requests_to("POST", "/retailer/shipments"))

    def cancelled(self) -> list[tuple[str, str]]:
        return [(row["orderItemId"], row["reasonCode"]) for row in self.bol.cancellations]

    def revoke(self) -> None:
        self.bol.revoke_access()

    def expire(self) -> None:
        self.tokens += self.bol.tokens
        self.bol.expire_access()

    def limit(self, calls: int, per: float) -> None:
        self.bol.limit_calls(calls, per)

    def add_offer(self, sku: str, stock: int) -> str:
        return self.bol.add_offer(sku, stock=stock)

    def stock(self, sku: str) -> int | None:
        return self.bol.stock_of(sku)

    def register_return(self, order_id: str) -> str:
        return self.bol.register_return(order_id)


BENCHES: Mapping[str, Callable[[], Bench]] = {"bol": BolBench}
