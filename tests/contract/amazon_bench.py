"""The bench of Amazon."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from adapterkit.records import Fulfilment, Shipment, StockLevel, Submission
from marketplaces.amazon.simulator import AmazonSimulator
from tests.clock import Clock
from tests.contract.bench import URL, Bench, Seen

CLIENT, SECRET, REFRESH = "amzn1.application-oa2-client.a1b2", "amzn1.oa2-cs.v1.T0p+S3cret/of=amzn", "Atzr|IwEBIOLd+/="


class AmazonBench(Bench):
    code = "amazon"
    page_size = 100
    lag = timedelta(minutes=2)
    details = 0
    unknown_order = "100-0000000-0000000"
    unreadable = (
        ("createdTime", "yesterday"),
        ("lastUpdatedTime", None),
        ("orderItems.0.proceeds.breakdowns.0.subtotal.amount", "twelve"),
        ("orderItems.0.quantityOrdered", 1.5),
        ("fulfillment.fulfilledBy", "DRONE"),
        ("fulfillment.fulfillmentStatus", "LOST"),
        ("fulfillment.shipByWindow.latestDateTime", "soon"),
        ("orderItems", []),
    )
    token_path, list_path = "/auth/o2/token", "/orders/2026-01-01/orders"
    shipment_path = "/orders/v0/orders/"

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.amazon = self.simulator = AmazonSimulator(
            client=(CLIENT, SECRET), refresh_token=REFRESH, seller_id="A2SELLER"
        )
        self.tokens: list[str] = []

    @property
    def settings(self) -> dict[str, str]:
        return {
            "stores": "NL, DE",
            "seller_id": "A2SELLER",
            "client_id": CLIENT,
            "base_url": URL,
            "token_url": f"{URL}/auth/o2/token",
        }

    @property
    def credentials(self) -> dict[str, str]:
        return {"client_secret": SECRET, "refresh_token": REFRESH}

    def secrets(self) -> list[str]:
        return [SECRET, REFRESH, *self.amazon.tokens, *self.tokens]

    def place(
        self, *, fulfilment: Fulfilment = Fulfilment.MERCHANT, quantity: int = 1, lines: int = 1, discount: str = "0"
    ) -> str:
        row = {"price": "12.10", "quantity": quantity, "discount": discount}
        items = [{"sku": f"TST-{n:03d}", **row} for n in range(1, lines + 1)]
        by = "MERCHANT" if fulfilment is Fulfilment.MERCHANT else "AMAZON"
        return self.amazon.place_order(items=items, fulfilled_by=by)

    def address_of(self, order_id: str) -> list[str]:
        details = self.amazon.world.orders[order_id]["recipient"]["deliveryAddress"]
        fields = ("name", "addressLine1", "addressLine2", "postalCode", "city", "countryCode")
        return [word for field in fields for word in str(details.get(field) or "").split()]

    def line_ids(self, order_id: str) -> list[str]:
        return self.amazon.items_of(order_id)

    def close(self, order_id: str) -> None:
        self.amazon.cancel_order(order_id)

    def request_cancellation(self, order_id: str, line_id: str) -> None:
        self.amazon.request_cancellation(order_id, line_id)

    def corrupt(self, order_id: str, field: str, value: Any) -> None:
        self.amazon.corrupt_order(order_id, field, value)

    def detail_calls(self) -> int:
        return len(self.amazon.requests_to("GET", f"{self.list_path}/"))

    def settle(self) -> None:
        self.amazon.settle()

    def forget(self) -> None:
        self.amazon.world.feeds.clear()
        self.amazon.world.listings.clear()

    def submit(self, adapter: Any) -> Submission:
        self.add_offer("TST-001", 3)
        return adapter.update_stock([StockLevel(sku="TST-001", quantity=7)])[0]  # type: ignore[no-any-return]

    def sales_channel(self, order_id: str) -> str:
        order = self.amazon.world.orders.get(order_id)
        return str(order["salesChannel"]["marketplaceId"]) if order else ""

    def mark(self, shipment: Shipment) -> str:
        return str(shipment.number)

    def shipments(self, order_id: str) -> list[Seen]:
        return [
            Seen(
                package["packageReferenceId"],
                package["carrier"],
                package["trackingNumber"],
                {item["orderItemId"]: item["quantity"] for item in package["packageItems"]},
            )
            for package in self.amazon.packages_of(order_id)
        ]

    def shipment_calls(self) -> int:
        return len(self.amazon.requests_to("POST", self.shipment_path))

    def cancelled(self) -> list[tuple[str, str]]:
        return self.amazon.world.cancellations

    def revoke(self) -> None:
        self.amazon.revoke_access()

    def expire(self) -> None:
        self.tokens += self.amazon.tokens
        self.amazon.expire_access()

    def limit(self, calls: int, per: float) -> None:
        self.amazon.limit_calls(calls, per)

    def add_offer(self, sku: str, stock: int) -> str:
        return self.amazon.add_listing(sku, stock=stock).asin

    def stock(self, sku: str) -> int | None:
        return self.amazon.stock_of(sku)

    def hold_stock(self, sku: str, available: int) -> None:
        self.amazon.hold_stock(sku, available=available)

    def register_return(self, order_id: str) -> str:
        raise AssertionError("Amazon has no returns to read")
