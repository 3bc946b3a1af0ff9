"""The published bol document as the judge of our requests and of the simulator's answers.

The document is not part of the repository; without it these tests are skipped, visibly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adapterkit.simulator import Simulator
from marketplaces.bol.simulator import BolSimulator
from tests.road import Road, named, new_road

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs" / "marketplaces" / "bol"
DOCUMENTS = {"v10": "bol-v10-retailer-and-shared.merged.json", "v11": "bol-offers-v11.selfcontained.json"}
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SPECS.exists(), reason="the published bol document is not beside the repository"),
]


@cache
def document(version: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SPECS / DOCUMENTS[version]).read_text())
    return _plain(loaded)


def _plain(node: Any) -> Any:
    """Turn OpenAPI 3.0's `nullable` into JSON Schema's way of saying it."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _plain(value) for key, value in node.items()}
    return {"anyOf": [{"type": "null"}, found]} if node.get("nullable") is True else found


def operation(method: str, path: str, version: str) -> dict[str, Any]:
    for template, operations in document(version)["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in operations:
            return dict(operations[method.lower()])
    pytest.fail(f"The document has no {method} {path}")


def check(instance: Any, content: dict[str, Any], version: str, about: str) -> None:
    schema = next(iter(content.values())).get("schema") if content else None
    if schema is None:
        return
    rooted = {**schema, "components": document(version)["components"]}
    problems = [error.message[:200] for error in jsonschema.Draft7Validator(rooted).iter_errors(instance)]
    assert problems == [], about


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, int, Any]]:
    """Every request that reaches the simulated bol, with its answer."""
    seen: list[tuple[Any, int, Any]] = []
    original = BolSimulator._handle

    def handle(self: Simulator, request: Any) -> Any:
        response = original(self, request)  # type: ignore[arg-type]
        seen.append((request, response.status, json.loads(response.content) if response.content else None))
        return response

    monkeypatch.setattr(BolSimulator, "_handle", handle)
    return seen


def test_the_whole_road_speaks_as_the_document_says(
    answers: list[tuple[Any, int, Any]], make_road: Callable[..., Road]
) -> None:
    road = new_road(make_road)
    first = road.bol.place_order(sku="TST-001", quantity=2)
    second = road.bol.place_order(sku="TST-002", price="10.90")
    road.go(rounds=2)
    road.bol.fail_next("cut", after_handling=True, method="POST", path="/retailer/shipments")
    road.shop.ship(road.shop.orders_with(named(first))[0]["id"])
    road.shop.set_status(road.shop.orders_with(named(second))[0]["id"], "cancelled")
    road.bol.register_return(first)
    road.go(rounds=6, minutes=3)
    road.shop.correct_code(road.shop.orders_with(named(first))[0]["id"], "3SCORRECTED")
    road.go(rounds=3)

    spoken = set()
    for request, status, body in answers:
        if request.path == "/token":
            continue
        version = "v11" if "/offers" in request.path else "v10"
        found = operation(request.method, request.path, version)
        about = f"{request.method} {request.path}"
        spoken.add(re.sub(r"/(A?\d[\w-]*|[0-9a-f]{8}-[\w-]+)", "/…", about))
        if request.body:
            check(json.loads(request.body), found["requestBody"]["content"], version, f"request {about}")
        if body:
            # A token that ran out is answered 401 everywhere; the document leaves that to its chapter on signing in.
            documented = found["responses"].get(str(status), {})
            assert documented or status == 401, about
            check(body, documented.get("content", {}), version, f"answer {about}")
    assert spoken == {
        "GET /retailer/orders",
        "GET /retailer/orders/…",
        "GET /retailer/offers",
        "PATCH /retailer/offers/…",
        "POST /retailer/shipments",
        "GET /retailer/shipments",
        "GET /shared/process-status",
        "GET /shared/process-status/…",
        "PUT /retailer/orders/cancellation",
        "PUT /retailer/transports/…",
        "GET /retailer/returns",
    }
