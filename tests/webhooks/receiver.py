"""A program that listens: it checks every signature with the library's own verifier, and keeps what it was told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from standardwebhooks import Webhook

from accounts.models import Company
from adapterkit.simulator import Request, Response, Simulator, route
from connections.adapters import mounted
from engine.models import OutboxMessage
from tests.road import Road
from webhooks.event_types import EventType
from webhooks.flows.make_webhook import make_webhook
from webhooks.messages import KIND
from webhooks.models import WebhookEndpoint, WebhookMessage

HOST = "https://erp.test"


class Receiver(Simulator):
    """Takes what is posted to any path; `status` is how it answers, and may depend on what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[str, str] = {}
        self.calls: list[tuple[str, dict[str, Any], int]] = []  # message id, body, answer
        self.status: Callable[[dict[str, Any]], int] = lambda told: 200
        self.status_of: Callable[[str, dict[str, Any]], int] = lambda path, told: self.status(told)

    @route("POST", "/{path}")
    def take(self, request: Request, path: str) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        told = Webhook(self.secrets[path]).verify(request.body, headers)
        status = self.status_of(path, told)
        self.calls.append((headers["webhook-id"], told, status))
        return Response(status, f"answer {status}".encode())

    def told(self, *names: str) -> list[dict[str, Any]]:
        """Return the bodies that were taken, of some types or of all."""
        return [body for _, body, status in self.calls if status < 300 and (not names or body["type"] in names)]


@dataclass
class Listening:
    """The road, and an endpoint that is told of everything."""

    road: Road
    receiver: Receiver
    endpoint: WebhookEndpoint
    secret: str
    others: list[WebhookEndpoint] = field(default_factory=list)

    @property
    def company(self) -> Company:
        return self.road.demo.company

    def also(self, path: str, **wish: Any) -> WebhookEndpoint:
        """Have another path told."""
        endpoint, self.receiver.secrets[path] = listen(self.road, path, **wish)
        return endpoint

    def order(self, **wish: Any) -> str:
        """Have an order come in, and reach the shop."""
        order_id: str = self.road.bol.place_order(sku=wish.pop("sku", "TST-001"), **wish)
        self.road.go(rounds=3)
        return order_id

    def current(self) -> WebhookEndpoint:
        return WebhookEndpoint.objects.get(pk=self.endpoint.pk)

    def owed(self, state: str = "") -> list[WebhookMessage]:
        """Return the endpoint's messages whose outbox message is in this state, or any."""
        found = OutboxMessage.objects.filter(kind=KIND, lane=self.endpoint.lane)
        ids = (found.filter(state=state) if state else found).values("record_id")
        return list(WebhookMessage.objects.filter(pk__in=ids).order_by("pk"))


def listen(
    road: Road, path: str = "all", *, types: Any = tuple(EventType.values), project_id: int | None = None
) -> tuple[WebhookEndpoint, str]:
    return make_webhook(
        company=road.demo.company, url=f"{HOST}/{path}", types=types, project_id=project_id, now=road.clock(), by=None
    )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with mounted({HOST: receiver.mount()}):
        yield receiver


@pytest.fixture
def listening(road: Road, receiver: Receiver) -> Listening:
    endpoint, secret = listen(road)
    receiver.secrets["all"] = secret
    return Listening(road, receiver, endpoint, secret)
