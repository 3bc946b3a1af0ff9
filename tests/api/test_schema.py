"""The API keeps its own schema, whatever is sent: no failure of ours, no answer that the schema does not tell of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS, load_all_checks

from adapterkit.network import NetworkPolicy
from orders.models import Order
from tests.api.calls import key_for
from tests.api.custom import Platform, platform  # noqa: F401 - a fixture
from tests.effort import LONG
from tests.laid import lay
from webhooks.flows.make_webhook import make_webhook
from webhooks.flows.send_test import send_test

SCHEMA: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
METHODS = {"get", "post", "put", "patch", "delete"}
OPERATIONS = [(method, path) for path, methods in SCHEMA["paths"].items() for method in methods if method in METHODS]
EXAMPLES, LEAST = (2000, 25) if LONG else (300, 5)  # of all operations together, and of one
api = schemathesis.openapi.from_dict(SCHEMA)
api.app = get_wsgi_application()
# What a valid request may be answered besides: its subject has moved on, or its Idempotency-Key is taken.
api.config.checks.positive_data_acceptance.expected_statuses += ["412", "422"]
# A schema has no word for it: U+0000 is refused in every text, as PostgreSQL stores none.
api.config.generation.update(allow_x00=False)
# Each bound of each value in turn: some thousands of calls.
api.config.phases.coverage.enabled = LONG
load_all_checks()


@pytest.fixture
def key(platform: Platform, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    settings.ORDERSYNC_API_PER_MINUTE = 1_000_000
    public = NetworkPolicy(resolver=lambda host, port: ["93.184.216.34"])
    monkeypatch.setattr("webhooks.addresses.network_policy", lambda: public)
    # As Django's own test client does: the connection holds the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    road = platform.road
    yield lay("of the schema", lambda: with_orders(platform), (road.bol, road.shop), road.clock, on="platform")
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def with_orders(platform: Platform) -> str:
    """Two orders and a webhook; return a key of the company."""
    platform.road.bol.place_order(sku="TST-001", quantity=2)
    platform.road.bol.place_order(sku="NOBODY-KNOWS")
    platform.road.go(rounds=2)
    assert Order.objects.count() == 2
    terms = {"company": platform.project.company, "project_id": None, "now": platform.road.clock(), "by": None}
    endpoint, _ = make_webhook(url="https://erp.test/", types=["order.created", "order.changed"], **terms)
    send_test(endpoint=endpoint, now=platform.road.clock())
    return key_for(platform.road.demo.company)[1]


@pytest.mark.once
@pytest.mark.django_db
@api.parametrize()
@settings(
    max_examples=max(-(-EXAMPLES // len(OPERATIONS)), LEAST),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_is_answered_otherwise_than_the_schema_says(case: Any, key: str) -> None:
    case.call_and_validate(
        headers={"Authorization": f"Bearer {key}"}, checks=[CHECKS.get_one(name) for name in CHECKS.get_all_names()]
    )
