"""What programs read of orders: everything, nobody else's, and every change once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company
from orders.flows.handle_manually import handle_manually
from orders.models import Order
from orders.status import LABELS, label_of, with_label
from tests.api.calls import problem, program
from tests.laid import lay
from tests.road import Road

pytestmark = pytest.mark.django_db
URL = "/api/v1/orders"


def ids(response: Any) -> list[int]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


@pytest.fixture
def sold(road: Road) -> Road:
    """Three orders in the shop, and one whose product nobody knows."""
    lay("three orders and one", lambda: _sell(road), (road.bol, road.shop), road.clock, on="road")
    return road


def _sell(road: Road) -> None:
    for sku in ("TST-001", "NOBODY-KNOWS", "TST-001", "TST-001"):
        road.bol.place_order(sku=sku, quantity=2)
    road.go(rounds=3)


def test_an_order_is_told_whole(sold: Road) -> None:
    client = program(sold.demo.company)
    order = Order.objects.filter(place="in_shop").first()
    assert order is not None

    response = client.get(f"{URL}/{order.pk}")

    got = response.json()
    assert got["reference"] == order.reference
    assert (got["state"], got["status"], got["marketplace"]) == ("in_shop", "open", "bol")
    assert got["total"] == f"{order.total:.4f}"
    assert got["shop_order"]["number"] == order.shop_order_number
    delivery = order.addresses.get(role="delivery")
    assert got["delivery"]["city"] == delivery.city
    assert delivery.lines == []
    assert got["delivery"]["lines"] == [f"{delivery.street} {delivery.house_number}"]
    assert [line["quantity_open"] for line in got["lines"]] == [2]
    assert got["problem"] is None
    assert response["ETag"].startswith(f'"{order.pk}-')


def test_a_problem_is_told_with_the_way_to_mend_it(sold: Road) -> None:
    troubled = program(sold.demo.company).get(URL, {"state": "needs_attention"}).json()["results"]

    assert [order["problem"]["code"] for order in troubled] == ["unknown_product"]
    assert troubled[0]["problem"]["mend"]


def test_another_company_s_orders_are_not_there(sold: Road) -> None:
    stranger = program(Company.objects.create(name="Other"))
    order = Order.objects.first()
    assert order is not None

    assert ids(stranger.get(URL)) == []
    assert problem(stranger.get(f"{URL}/{order.pk}")) == (404, "not_found")
    assert problem(stranger.get(f"{URL}/{order.pk}/events")) == (404, "not_found")
    assert problem(stranger.get(URL, {"connection": sold.demo.connection.pk})) == (400, "invalid")


def test_each_label_finds_the_orders_that_have_it(sold: Road) -> None:
    first = Order.objects.filter(place="needs_attention").get()
    handle_manually(order=first, now=timezone.now(), by=None)
    Order.objects.filter(place="in_shop").update(hold="")
    orders = list(Order.objects.all())

    for label in LABELS:
        assert set(with_label(Order.objects.all(), [label])) == {one for one in orders if label_of(one) == label}
    assert set(with_label(Order.objects.all(), LABELS)) == set(orders)


@pytest.mark.parametrize(
    "asked",
    [
        {"state": "nowhere"},
        {"placed_from": "yesterday"},
        {"connection": "x"},
        {"changed_since": "-1"},
        {"marketplace": "m"},
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(sold: Road, asked: dict[str, str]) -> None:
    response = program(sold.demo.company).get(URL, asked)

    assert problem(response) == (400, "invalid")
    assert response.json()["errors"][0]["pointer"] == f"/{next(iter(asked))}"


def test_filters_narrow(sold: Road) -> None:
    client, order = program(sold.demo.company), Order.objects.order_by("pk").first()
    assert order is not None

    assert ids(client.get(URL, {"reference": order.reference})) == [order.pk]
    assert ids(client.get(URL, {"marketplace": "bol", "connection": order.connection_id})) == ids(client.get(URL))
    assert ids(client.get(URL, {"search": order.marketplace_order_id[:6].lower()})) == ids(client.get(URL))
    assert ids(client.get(URL, {"search": order.shop_order_number or order.number})) == [order.pk]
    assert ids(client.get(URL, {"search": "nobody-has-this"})) == []
    assert ids(client.get(URL, {"placed_before": "2020-01-01T00:00:00Z"})) == []
    assert len(ids(client.get(URL, {"state": ["needs_attention", "in_shop"]}))) == 4


def test_pages_hold_every_order_once_while_new_ones_come(sold: Road) -> None:
    client, seen = program(sold.demo.company), []
    page = client.get(URL, {"limit": 2}).json()
    while True:
        seen += [row["id"] for row in page["results"]]
        if page["next"] is None:
            break
        sold.bol.place_order(sku="TST-001")
        sold.read()
        page = client.get(page["next"]).json()

    assert len(seen) == len(set(seen))
    assert len(seen) >= 4


def read_on(client: Any, since: str, limit: int = 2) -> tuple[list[int], str]:
    found: list[int] = []
    page = client.get(URL, {"changed_since": since, "limit": limit}).json()
    while True:
        found += [row["id"] for row in page["results"]]
        since = page["changed_since"]
        if page["next"] is None:
            return found, since
        page = client.get(page["next"]).json()


def test_reading_on_tells_every_change_and_none_twice(sold: Road) -> None:
    client = program(sold.demo.company)

    everything, since = read_on(client, "0")
    nothing, same = read_on(client, since)
    sold.bol.place_order(sku="TST-001")
    sold.go(rounds=2)
    fresh, _ = read_on(client, same)

    assert sorted(everything) == sorted(Order.objects.order_by("pk").values_list("pk", flat=True)[:4])
    assert (nothing, same) == ([], since)
    assert fresh == [Order.objects.latest("pk").pk]


def test_events_are_sentences_in_order(sold: Road) -> None:
    order = Order.objects.filter(place="in_shop").first()
    assert order is not None

    told = program(sold.demo.company).get(f"{URL}/{order.pk}/events").json()["results"]

    assert [event["code"] for event in told][:2] == ["imported", "sent_to_shop"]
    assert all(event["text"] for event in told)


@pytest.mark.parametrize("asked", [{}, {"changed_since": "0"}, {"state": "in_shop"}])
def test_a_list_takes_as_many_statements_for_many_orders_as_for_one(road: Road, asked: dict[str, str]) -> None:
    client, counts = program(road.demo.company), []
    for more in (1, 9):
        for _ in range(more):
            road.bol.place_order(sku="TST-001")
        road.go(rounds=2)
        client.get(URL, asked)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(URL, asked)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 12
