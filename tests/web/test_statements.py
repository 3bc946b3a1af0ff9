"""No page takes more than twelve statements, whatever the number of records."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.flows.keep_document import keep_document
from orders.models import Order
from tests.road import Road
from tests.web.test_pages import signed_in
from tests.web.test_permissions import EXPECTED, arguments  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
MOST = 12
PAGES = sorted(
    name for name, rows in EXPECTED.items() if rows[0][0] == "get" and name not in {"join", "export_orders", "consent"}
)


def statements(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN"))]


def test_a_page_takes_few_statements(road: Road, arguments: dict[str, list[Any]]) -> None:
    client, urls = signed_in(road.demo.company), {}
    for name in PAGES:
        url = reverse(f"web:{name}", args=arguments.get(name, []))
        urls[name] = f"{url}?marketplace=bol" if name == "new_connection" else url
        client.get(urls[name])
    few = {name: statements(client, url) for name, url in urls.items()}
    for _ in range(4):
        road.bol.place_order(sku="TST-001")
        road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=2)
    for made in list(road.shop.world.orders.values())[:3]:
        road.shop.ship(made["id"], tracking_code=f"3S{made['id']}")
    road.go(rounds=3)
    for order in Order.objects.all():
        keep_document(order=order, kind="INVOICE", name="2.pdf", content=b"%PDF-1.7", now=road.clock(), by=None)
    many = {name: statements(client, url) for name, url in urls.items()}

    shown = {name: [sql[:60] + sql[sql.find(" FROM") :][:60] for sql in asked] for name, asked in many.items()}
    assert {name: asked for name, asked in shown.items() if len(asked) > MOST} == {}
    # 3: a prefetch of something that was empty before
    assert {name: asked for name, asked in shown.items() if len(asked) > len(few[name]) + 3} == {}
