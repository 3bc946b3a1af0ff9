"""The list of returns, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Company
from orders.models import Order, OrderLine, Return, ReturnLine
from ordersync.plans import scans
from tests.api.calls import program
from tests.road import Road

pytestmark = pytest.mark.django_db
URL = "/api/v1/returns"


def came_back(road: Road, times: int) -> None:
    """Have some returns of one order, of two lines each."""
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    order = Order.objects.get()
    for number in range(times):
        made = Return.objects.create(
            company=order.company, connection=order.connection, marketplace_return_id=f"R{number % 2}{number}",
            fingerprint="", registered_at=road.clock(), payload={},
        )  # fmt: skip
        for line in "ab":
            ReturnLine.objects.create(registered_return=made, marketplace_line_id=line, quantity=1)


def test_pages_hold_every_line_once_the_last_return_first(road: Road) -> None:
    came_back(road, times=5)
    client: Any = program(road.demo.company)
    seen, page = [], client.get(URL, {"limit": 3}).json()
    while True:
        seen += [row["id"] for row in page["results"]]
        if page["next"] is None:
            break
        page = client.get(page["next"]).json()

    assert seen == list(ReturnLine.objects.order_by("-pk").values_list("pk", flat=True))
    back = client.get(page["previous"]).json()["results"]
    assert [row["id"] for row in back] == seen[6:9]


def test_what_belongs_to_a_test_order_says_so(road: Road) -> None:
    came_back(road, times=1)
    of_an_order, of_none = ReturnLine.objects.order_by("pk")
    ReturnLine.objects.filter(pk=of_an_order.pk).update(order_line=OrderLine.objects.get())
    client: Any = program(road.demo.company)

    def told() -> dict[int, bool]:
        return {row["id"]: row["is_test"] for row in client.get(URL).json()["results"]}

    assert told() == {of_an_order.pk: False, of_none.pk: False}
    Order.objects.update(is_test=True)
    assert told() == {of_an_order.pk: True, of_none.pk: False}


def test_the_few_in_a_state_are_found_by_it_among_very_many(road: Road) -> None:
    came_back(road, times=1)
    of = Return.objects.get().pk
    many = [
        ReturnLine(registered_return_id=of, marketplace_line_id=f"m{n}", quantity=1, state="accepted")
        for n in range(3000)
    ]
    ReturnLine.objects.bulk_create(many)
    rejected = ReturnLine.objects.order_by("pk")[0]
    ReturnLine.objects.filter(pk=rejected.pk).update(state="rejected")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_returnline")

    with CaptureQueriesContext(connection) as asked:
        found = program(road.demo.company).get(URL, {"state": "rejected"}).json()["results"]

    assert [row["id"] for row in found] == [rejected.pk]
    seen = [scan for query in asked if query["sql"].startswith("SELECT") for scan in scans(query["sql"])]
    assert {scan.index for scan in seen if scan.table == "orders_returnline"} == {"return_line_of_state"}


def test_a_key_for_another_project_or_company_sees_none(road: Road) -> None:
    came_back(road, times=1)
    empty = road.demo.company.projects.create(name="Empty")

    assert len(program(road.demo.company, project_id=road.demo.shop.project_id).get(URL).json()["results"]) == 2
    assert program(road.demo.company, project_id=empty.pk).get(URL).json()["results"] == []
    assert program(Company.objects.create(name="Other")).get(URL).json()["results"] == []
