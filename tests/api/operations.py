"""Every operation of version 1, from its schema, and of Channable's dialect, from its addresses; and things for them.

An operation that is new has to be given a body here, or the tests that try each one fail.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.urls import resolve, reverse
from drf_spectacular.generators import SchemaGenerator

from accounts.models import AccessEntry, ApiKey
from api.channable.urls import ROOT, urlpatterns
from api.models import AnsweredRequest
from tests.api.custom import Platform
from tests.laid import lay
from webhooks.flows.make_webhook import make_webhook
from webhooks.flows.send_test import send_test

METHODS = ("get", "post", "put", "patch", "delete")
SCHEMA: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
OURS = {"accounts", "api", "carriers", "connections", "engine", "orders", "stock", "webhooks"}
URL = "https://127.0.0.1:9/"
PAPER = base64.b64encode(b"%PDF-1.7 an invoice").decode()


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address: its name, and the template of its path as Django's `reverse` or the schema knows it."""

    name: str
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method}-{self.name}"

    @property
    def dialect(self) -> bool:
        return self.path.startswith(ROOT)

    @property
    def writes(self) -> bool:
        return self.method != "get"

    @property
    def names_a_thing(self) -> bool:
        """Whether the address names something of a company's."""
        tail = self.path.removeprefix(ROOT)
        return any(mark in tail for mark in ("{id}", "<int:pk>", "<int:config>"))


V1 = [
    Operation(methods[method]["operationId"], method, path)
    for path, methods in SCHEMA["paths"].items()
    for method in METHODS
    if method in methods
]
DIALECT = [
    Operation(f"channable:{pattern.name}", method, str(pattern.pattern))
    for pattern in urlpatterns
    if hasattr(pattern.callback, "view_class")
    for method in METHODS
    if hasattr(pattern.callback.view_class, method)
]
# What a valid request for an operation says, where it needs a body.
BODIES: dict[str, Any] = {
    "acknowledge_order": {"shop_order_id": "X-1"},
    "create_shipment": {"reference": "X", "carrier": "dhl", "tracking_code": "X"},
    "correct_shipment": {"carrier": "dhl", "tracking_code": "Y"},
    "cancel_order": {"reason": "other"},
    "decide_return": {"decision": "accepted", "quantity": 1},
    "store_products": {"products": [{"product_id": "p1", "title": "Taken over"}]},
    "set_stock": {"stock": [{"product_id": "p1", "stock": 0}]},
    "send_test_order": {
        "token": "0b7c1c1e-4b7b-4d5e-9a53-9f5fb4a51111",
        "country": "NL",
        "lines": [{"product": "TST-001", "price": "1.00"}],
    },
    "make_webhook": {"url": URL, "types": ["order.created"]},
    "change_webhook": {"url": URL, "types": ["order.created", "order.changed"]},
    "replay_webhook": {"since": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"},
    "channable:shipment": {"tracking_code": "X", "transporter": "dhl"},
    "channable:cancel": {},
    "channable:manual": {},
    "channable:new_return": {},
    "channable:attachments": {"file": PAPER},
    "channable:test_order": {"country": "NL", "products": [{"id": "TST-001", "quantity": 1, "price": "9.99"}]},
    "channable:return_status": {"status": "accepted"},
    "channable:stock_updates": [{"id": "p1", "stock": 0}],
}
# Operations that say in their body for which project they are.
OF_A_PROJECT = {"store_products", "set_stock", "make_webhook", "change_webhook"}


def body_of(operation: Operation, things: dict[str, Any]) -> Any:
    """Return a valid body; fails for an operation that needs one and has none here."""
    if not operation.writes:
        return None
    if operation.name == "channable:test_return":
        return {"order_id": things["orders"]}
    needed = operation.dialect or "requestBody" in SCHEMA["paths"][operation.path][operation.method]
    assert not needed or operation.name in BODIES, f"say in BODIES what a valid request for {operation} is"
    body = BODIES.get(operation.name, {})
    return {**body, "project": things["project"]} if operation.name in OF_A_PROJECT else body


def address_of(operation: Operation, things: dict[str, Any], root: tuple[int, int] | None = None) -> str:
    """Return an operation's path for these things; `root` is the company and project that the dialect's names."""
    if not operation.dialect:
        kind = operation.path.split("/")[3]
        named = {"shipment": things["shipment"], "delivery": things["delivery"], "code": "bol"}
        return operation.path.format(id=things.get(kind), **named)
    company, project = root or (things["company"], things["project"])
    tail = operation.path.removeprefix(ROOT)
    marks = {
        "<int:pk>": things["returns" if tail.startswith("/returns") else "orders"],
        "<int:config>": things["connections"],
        "<int:document>": things["document"],
        "<str:code>": "bol" if "/channel/" in tail else "postnl",
    }
    for mark, value in marks.items():
        tail = tail.replace(mark, str(value))
    path = reverse("channable:orders", args=["v2", company, project]).removesuffix("/orders") + tail
    assert resolve(path).view_name == operation.name
    return path


def ask(client: Any, operation: Operation, path: str, body: Any, **headers: str) -> Any:
    sent = {"data": body, "format": "json"} if operation.writes else {}
    return getattr(client, operation.method)(path, headers=headers, **sent)


def everything() -> list[Any]:
    """Return all rows of the product's tables but those that a call itself leaves."""
    models = [model for model in apps.get_models() if model._meta.app_label in OURS]
    kept = [model for model in models if model not in {ApiKey, AccessEntry, AnsweredRequest}]
    return [(model.__name__, list(model._default_manager.order_by("pk").values())) for model in kept]


@pytest.fixture
def theirs(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Things of a company, of each kind that an address can name."""
    road = platform.road
    monkeypatch.setattr("webhooks.addresses.check_webhook_url", lambda url, policy: url)
    return lay("theirs", lambda: _theirs(platform), (road.bol, road.shop), road.clock, on="platform")


def _theirs(platform: Platform) -> dict[str, Any]:
    road = platform.road
    endpoint, _ = make_webhook(
        company=platform.project.company,
        url=URL,
        types=["order.created"],
        project_id=platform.project.pk,
        now=road.clock(),
        by=None,
    )
    message = send_test(endpoint=endpoint, now=road.clock())
    assert message
    sold = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    (order,) = platform.new()
    platform.post(f"orders/{order['id']}/acknowledgement", {"shop_order_id": "W-1"})
    parcel = {"reference": "P1", "carrier": "postnl", "tracking_code": ""}
    shipment = platform.post(f"orders/{order['id']}/shipments", parcel).json()
    road.bol.register_return(str(sold))
    road.go(rounds=2, hours=2)
    returned = platform.client.get("/api/v1/returns").json()["results"][0]
    things = {
        "company": platform.project.company_id,
        "orders": order["id"],
        "shipment": shipment["id"],
        "returns": returned["id"],
        "connections": platform.connection.pk,
        "project": platform.project.pk,
        "webhooks": endpoint.pk,
        "delivery": message.pk,
    }
    root = reverse("channable:attachments", args=["v2", things["company"], things["project"], order["id"]])
    kept = platform.client.post(root, {"file": PAPER}, format="json").json()
    platform.client.get("/api/v1/orders", {"changed_since": "0"})  # numbers the changes, as any reader may
    return {**things, "document": kept["order_attachment_id"]}
