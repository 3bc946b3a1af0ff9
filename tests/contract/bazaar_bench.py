"""The bench of the bazaar, which is no part of the product."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from adapterkit.records import Fulfilment, StockLevel, Submission
from tests.clock import Clock
from tests.contract.bench import URL, Bench, Seen
from tests.foreign.bazaar.simulator import BazaarSimulator

SECRET = "B4zaar+S3cret/<of>&you="


class BazaarBench(Bench):
    code = "bazaar"
    version = 3
    page_size = 20
    details = 0
    list_method = "POST"
    unreadable = (
        ("placed", "yesterday"),
        ("changed", None),
        ("currency", None),
        ("buyer.country", None),
        ("lines.0.price", "twelve"),
        ("lines.0.total", None),
        ("lines.0.quantity", 1.5),
        ("lines.0.accepted", "perhaps"),
        ("lines", []),
    )
    token_path, list_path, shipment_path = "", "/xml/listOrders", "/xml/shipParcel"

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.bazaar = self.simulator = BazaarSimulator(seller="S-4711", secret=SECRET, version=self.version)

    @property
    def settings(self) -> dict[str, str]:
        return {"seller": "S-4711", "base_url": URL}

    @property
    def credentials(self) -> dict[str, str]:
        return {"secret": SECRET}

    def secrets(self) -> list[str]:
        return [SECRET]

    def place(
        self, *, fulfilment: Fulfilment = Fulfilment.MERCHANT, quantity: int = 1, lines: int = 1, discount: str = "0"
    ) -> str:
        return self._place(lines, accepted=True, quantity=quantity, discount=discount)

    def place_waiting(self, *, lines: int = 1) -> str:
        return self._place(lines, accepted=False)

    def _place(self, lines: int, *, accepted: bool, **row: Any) -> str:
        items = [{"sku": f"TST-{n:03d}", "price": "12.10", **row} for n in range(1, lines + 1)]
        return self.bazaar.place_order(items=items, accepted=accepted)

    def address_of(self, order_id: str) -> list[str]:
        buyer = self.bazaar.orders[order_id]["buyer"]
        words = [buyer["name"], *buyer["address"], buyer["zip"], buyer["city"], buyer["country"]]
        return " ".join(words).split()

    def saying(self, text: str) -> str:
        return f"<bazaar><message>{escape(text)}</message></bazaar>"

    def line_ids(self, order_id: str) -> list[str]:
        return self.bazaar.lines_of(order_id)

    def close(self, order_id: str) -> None:
        self.bazaar.cancel_order(order_id)

    def request_cancellation(self, order_id: str, line_id: str) -> None:
        self.bazaar.request_cancellation(order_id, line_id)

    def corrupt(self, order_id: str, field: str, value: Any) -> None:
        self.bazaar.corrupt_order(order_id, field, value)

    def detail_calls(self) -> int:
        return len(self.bazaar.requests_to("POST", "/xml/getOrder"))

    def settle(self) -> None:
        self.bazaar.decide()

    def forget(self) -> None:
        self.bazaar.feeds.clear()

    def submit(self, adapter: Any) -> Submission:
        self.add_offer("TST-001", 3)
        return adapter.update_stock([StockLevel(sku="TST-001", quantity=7)])[0]  # type: ignore[no-any-return]

    def shipments(self, order_id: str) -> list[Seen]:
        return [
            Seen(
                parcel["reference"],
                parcel["carrier"],
                parcel["code"],
                {line["id"]: int(line["quantity"]) for line in parcel["lines"]},
            )
            for parcel in self.bazaar.parcels_of(order_id)
        ]

    def shipment_calls(self) -> int:
        return len(self.bazaar.requests_to("POST", self.shipment_path))

    def cancelled(self) -> list[tuple[str, str]]:
        return self.bazaar.cancellations

    def revoke(self) -> None:
        self.bazaar.secret = "another secret"

    def expire(self) -> None:
        """A signature is made for every call: nothing runs out."""

    def limit(self, calls: int, per: float) -> None:
        self.bazaar.limit = (calls, per)

    def add_offer(self, sku: str, stock: int) -> str:
        return self.bazaar.add_offer(sku, stock)

    def stock(self, sku: str) -> int | None:
        return self.bazaar.stock_of(sku)


class OldBazaarBench(BazaarBench):
    code = "old_bazaar"
    version = 2
