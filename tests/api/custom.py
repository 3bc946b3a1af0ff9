"""A shop whose platform nobody knows, joined to the simulated bol through the API alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from rest_framework.test import APIClient

from connections.flows.connect_shop import connect_shop
from connections.flows.make_project import make_project
from connections.flows.set_up_connection import Wish, set_up_connection
from connections.models import OrderConnection, Project
from connections.starting import start
from ordersync.demo import Demo, build_demo
from tests.api.calls import client_with, key_for
from tests.clock import Clock
from tests.laid import lay
from tests.road import BOL, SHOP, Road


@dataclass
class Platform:
    """The platform's program: a client of the API, and the orders it made so far."""

    road: Road
    project: Project
    connection: OrderConnection
    client: APIClient

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(f"/api/v1/{path}", body or {}, format="json", headers=headers)

    def put(self, path: str, body: Any) -> Any:
        return self.client.put(f"/api/v1/{path}", body, format="json")

    def new(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.client.get("/api/v1/orders", {"state": "new"}).json()["results"]
        return rows


@pytest.fixture
def platform(db: None, mounts: None, clock: Clock, bol: Any, shop: Any) -> Platform:
    demo, project, connection, key = lay("platform", lambda: _platform(clock), (bol, shop), clock)
    return Platform(Road(clock, bol, shop, demo), project, connection, client_with(key))


def _platform(clock: Clock) -> tuple[Demo, Project, OrderConnection, str]:
    demo = build_demo(bol_url=BOL, shop_url=SHOP, now=clock(), active=False)
    project = make_project(company=demo.company, name="Own platform", now=clock(), by=None)
    project.carrier_plan.default_carrier = "dhl"  # type: ignore[union-attr]
    project.carrier_plan.save()  # type: ignore[union-attr]
    connect_shop(project=project, platform="custom", name="Own shop", settings={}, credentials={}, now=clock(), by=None)
    wish = Wish(project=project, account=demo.account, name="bol to own platform", fulfilment="merchant")
    connection = set_up_connection(wish=wish, now=clock(), by=None)
    start(connection=connection, activated_from=None, now=clock(), by=None)
    key = key_for(demo.company)[1]
    products = [{"product_id": "p1", "sku": "TST-001", "price": "12.10", "stock": 10}]
    stored = {"project": project.pk, "products": products}
    assert client_with(key).put("/api/v1/products", stored, format="json").status_code == 200
    return demo, project, connection, key
