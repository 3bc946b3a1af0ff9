"""The client. One method for each operation of the schema, named as it is there."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import requests

from ordersync_client import models
from ordersync_client.errors import Refused, Unavailable

AGAIN = frozenset({429, 502, 503, 504})
LONGEST_WAIT = 60.0  # seconds


class OrderSync:
    """Calls OrderSync at `url`, for example `https://orders.example`, with a key made under Company > API keys.

    Every request is repeated when no answer came or the server asks to wait, `attempts` times in all; a change goes out
    with an Idempotency-Key, so that repeating it is safe. Raises `Refused` and `Unavailable`.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 30.0,
        attempts: int = 5,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._root = url.rstrip("/") + "/api/v1/"
        self._timeout, self._attempts, self._sleep = timeout, attempts, sleep
        self._session = session or requests.Session()
        self._session.headers["Authorization"] = f"Bearer {key}"

    # Orders

    def list_orders(self, **filters: Any) -> Iterator[models.Order]:
        """Yield orders, the last imported first. Filters: state, connection, project, marketplace, placed_from, ..."""
        return self._pages("orders", filters)

    def new_orders(self) -> Iterator[models.Order]:
        """Yield the orders that your platform is to make, and has not acknowledged yet."""
        return self.list_orders(state="new")

    def changes(self, since: str = "0") -> tuple[list[models.Order], str]:
        """Return the orders that changed after `since`, and where to read on next time."""
        orders: list[models.Order] = []
        page = self._call("GET", "orders", params={"changed_since": since, "limit": 200})
        while True:
            orders += page["results"]
            since = page["changed_since"]
            if not page["next"]:
                return orders, since
            page = self._call("GET", page["next"])

    def read_order(self, order: int) -> models.Order:
        return self._call("GET", f"orders/{order}")

    def list_order_events(self, order: int) -> Iterator[models.Event]:
        return self._pages(f"orders/{order}/events", {})

    def acknowledge_order(self, order: int, body: models.Acknowledgement, *, idempotency_key: str = "") -> models.Order:
        return self._change("POST", f"orders/{order}/acknowledgement", body, idempotency_key)

    def create_shipment(self, order: int, body: models.NewShipment, *, idempotency_key: str = "") -> models.Shipment:
        return self._change("POST", f"orders/{order}/shipments", body, idempotency_key)

    def correct_shipment(
        self, order: int, shipment: int, body: models.Correction, *, idempotency_key: str = ""
    ) -> models.Shipment:
        return self._change("PUT", f"orders/{order}/shipments/{shipment}", body, idempotency_key)

    def cancel_order(self, order: int, body: models.Cancel, *, idempotency_key: str = "") -> models.Order:
        return self._change("POST", f"orders/{order}/cancellation", body, idempotency_key)

    def resume_order(self, order: int, *, idempotency_key: str = "") -> models.Order:
        return self._change("POST", f"orders/{order}/resumption", None, idempotency_key)

    def handle_order_manually(self, order: int, *, idempotency_key: str = "") -> models.Order:
        return self._change("POST", f"orders/{order}/manual-handling", None, idempotency_key)

    # Returns

    def list_returns(self, **filters: Any) -> Iterator[models.Return]:
        return self._pages("returns", filters)

    def read_return(self, line: int) -> models.Return:
        return self._call("GET", f"returns/{line}")

    def decide_return(self, line: int, body: models.Decision, *, idempotency_key: str = "") -> models.Return:
        return self._change("POST", f"returns/{line}/decision", body, idempotency_key)

    # Products and stock

    def list_products(self, **filters: Any) -> Iterator[models.Product]:
        return self._pages("products", filters)

    def store_products(
        self, project: int, products: Sequence[models.NewProduct], *, idempotency_key: str = ""
    ) -> models.StoredProducts:
        """Store up to 500 products."""
        body = {"project": project, "products": list(products)}
        return self._change("PUT", "products", body, idempotency_key)

    def set_stock(
        self, project: int, stock: Sequence[models.Level], *, idempotency_key: str = ""
    ) -> models.ReceivedStock:
        """Set the absolute stock of up to 500 products."""
        return self._change("PUT", "stock", {"project": project, "stock": list(stock)}, idempotency_key)

    # Connections

    def list_connections(self) -> Iterator[models.Connection]:
        return self._pages("connections", {})

    def read_connection(self, connection: int) -> models.ConnectionDetail:
        return self._call("GET", f"connections/{connection}")

    def activate_connection(self, connection: int, *, idempotency_key: str = "") -> models.ConnectionDetail:
        return self._change("POST", f"connections/{connection}/activation", None, idempotency_key)

    def pause_connection(self, connection: int, *, idempotency_key: str = "") -> models.ConnectionDetail:
        return self._change("POST", f"connections/{connection}/pause", None, idempotency_key)

    def send_test_order(self, connection: int, body: models.NewTestOrder, *, idempotency_key: str = "") -> models.Order:
        return self._change("POST", f"connections/{connection}/test-orders", body, idempotency_key)

    # Carriers and figures

    def list_carriers(self) -> list[models.Carrier]:
        return self._call("GET", "carriers")

    def list_marketplace_carriers(self, marketplace: str) -> list[models.MarketplaceCarrier]:
        return self._call("GET", f"marketplaces/{marketplace}/carriers")

    def read_statistics(self, **period: Any) -> list[models.Day]:
        return self._call("GET", "statistics", params=period)

    # Webhooks

    def list_webhooks(self) -> Iterator[models.Webhook]:
        return self._pages("webhooks", {})

    def make_webhook(self, body: models.WishedWebhook, *, idempotency_key: str = "") -> models.NewWebhook:
        """Have an address told what happens from now on; keep the secret, which is told this once."""
        return self._change("POST", "webhooks", body, idempotency_key)

    def read_webhook(self, webhook: int) -> models.Webhook:
        return self._call("GET", f"webhooks/{webhook}")

    def change_webhook(self, webhook: int, body: models.WishedWebhook, *, idempotency_key: str = "") -> models.Webhook:
        return self._change("PUT", f"webhooks/{webhook}", body, idempotency_key)

    def remove_webhook(self, webhook: int, *, idempotency_key: str = "") -> None:
        self._change("DELETE", f"webhooks/{webhook}", None, idempotency_key)

    def rotate_webhook_secret(self, webhook: int, *, idempotency_key: str = "") -> models.Secret:
        """Replace the secret; for a day messages carry the signatures of both."""
        return self._change("POST", f"webhooks/{webhook}/secret", None, idempotency_key)

    def test_webhook(self, webhook: int, *, idempotency_key: str = "") -> models.Delivery:
        return self._change("POST", f"webhooks/{webhook}/test", None, idempotency_key)

    def replay_webhook(self, webhook: int, body: models.Range, *, idempotency_key: str = "") -> models.Replayed:
        """Send once more what happened in a time, up to 10,000 messages."""
        return self._change("POST", f"webhooks/{webhook}/replay", body, idempotency_key)

    def list_webhook_deliveries(self, webhook: int, **filters: Any) -> Iterator[models.Delivery]:
        """Yield what a webhook was told and is owed, the last first. Filters: type, delivered, since, until, order."""
        return self._pages(f"webhooks/{webhook}/deliveries", filters)

    def read_webhook_delivery(self, webhook: int, delivery: int) -> models.DeliveryDetail:
        return self._call("GET", f"webhooks/{webhook}/deliveries/{delivery}")

    def replay_webhook_delivery(
        self, webhook: int, delivery: int, *, idempotency_key: str = ""
    ) -> models.DeliveryDetail:
        return self._change("POST", f"webhooks/{webhook}/deliveries/{delivery}/replay", None, idempotency_key)

    def skip_webhook_delivery(self, webhook: int, delivery: int, *, idempotency_key: str = "") -> models.DeliveryDetail:
        """Leave a message out that is not taken, so that the later ones about the same thing go on."""
        return self._change("POST", f"webhooks/{webhook}/deliveries/{delivery}/skip", None, idempotency_key)

    # How it is done

    def _pages(self, path: str, filters: dict[str, Any]) -> Iterator[Any]:
        page = self._call("GET", path, params=filters)
        while True:
            yield from page["results"]
            if not page["next"]:
                return
            page = self._call("GET", page["next"])

    def _change(self, method: str, path: str, body: Any, idempotency_key: str) -> Any:
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        return self._call(method, path, json={} if body is None else body, headers=headers)

    def _call(self, method: str, path: str, **request: Any) -> Any:
        url = path if path.startswith(("http://", "https://")) else self._root + path
        if not url.startswith(self._root):
            raise Unavailable(f"{url} is not below {self._root}; the key is not sent there")
        told = "no answer"
        for attempt in range(self._attempts):
            try:
                answer = self._session.request(method, url, timeout=self._timeout, **request)
            except (requests.ConnectionError, requests.Timeout) as error:
                told, wait = str(error), _pause(attempt)
            else:
                if answer.status_code not in AGAIN:
                    return _result(answer)
                told, wait = f"{answer.status_code} {answer.reason}", _asked(answer) or _pause(attempt)
            if attempt + 1 < self._attempts:
                self._sleep(min(wait, LONGEST_WAIT))
        raise Unavailable(f"{method} {url}: {told}, {self._attempts} times")


def _result(answer: requests.Response) -> Any:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    if answer.ok:
        return body
    raise Refused(answer.status_code, body if isinstance(body, dict) else {})


def _asked(answer: requests.Response) -> float:
    wait = answer.headers.get("Retry-After", "")
    return float(wait) if wait.isdecimal() else 0.0


def _pause(attempt: int) -> float:
    return float(2**attempt * random.uniform(0.25, 0.5))  # noqa: S311 - spreads clients, hides nothing
