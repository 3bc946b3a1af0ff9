"""The bench of bol."""

from __future__ import annotations

from typing import Any

from adapterkit.records import Fulfilment
from marketplaces.bol.simulator import BolSimulator
from tests.clock import Clock
from tests.contract.bench import URL, Bench, Seen


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

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.bol = self.simulator = BolSimulator(client_id="a1b2c3d4-client", client_secret="T0p+S3cret/of=bol")
        self.tokens: list[str] = []

    @property
    def settings(self) -> dict[str, str]:
        return {"client_id": "a1b2c3d4-client", "base_url": URL, "token_url": f"{URL}/token"}

    @property
    def credentials(self) -> dict[str, str]:
        return {"client_secret": "T0p+S3cret/of=bol"}

    def secrets(self) -> list[str]:
        return ["T0p+S3cret/of=bol", *self.bol.tokens, *self.tokens]

    def place(
        self, *, fulfilment: Fulfilment = Fulfilment.MERCHANT, quantity: int = 1, lines: int = 1, discount: str = "0"
    ) -> str:
        row = {"price": "12.10", "quantity": quantity, "discount": discount}
        items = [{"sku": f"TST-{n:03d}", **row} for n in range(1, lines + 1)]
        return self.bol.place_order(items=items, fulfilment="FBR" if fulfilment is Fulfilment.MERCHANT else "FBB")

    def address_of(self, order_id: str) -> list[str]:
        details = self.bol.world.orders[order_id]["shipmentDetails"]
        fields = ("firstName", "surname", "streetName", "houseNumber", "zipCode", "city", "countryCode")
        return [details[field] for field in fields]

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
