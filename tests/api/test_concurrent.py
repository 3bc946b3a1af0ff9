"""Programs and workers at the same time, each with its own connection: nothing missed, nothing told or done twice."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.flows.make_api_key import make_api_key
from api.models import AnsweredRequest
from orders.history import event
from orders.models import Order, OrderEvent, Shipment
from tests.api.calls import ALL, client_with
from tests.api.custom import Platform, platform  # noqa: F401 - a fixture
from tests.at_once import at_once
from tests.road import Road
from webhooks.flows.change_webhook import change_webhook
from webhooks.models import WebhookEndpoint

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time"),
]
assert connection  # named in the condition above
READERS, WRITERS, EACH = 2, 3, 25


def key(road: Road) -> str:
    return make_api_key(company=road.demo.company, name="ERP", scopes=ALL, now=road.clock(), by=None)[1]


def told_since(client: Any, since: str, limit: int = 3) -> tuple[list[tuple[int, int]], str]:
    """Read on to the end; return each order told with where it was told of, and where to read on."""
    found: list[tuple[int, int]] = []
    page = client.get("/api/v1/orders", {"changed_since": since, "limit": limit}).json()
    while True:
        found += [(row["id"], page["results"].index(row)) for row in page["results"]]
        since = page["changed_since"]
        if page["next"] is None:
            return found, since
        page = client.get(page["next"]).json()


def test_what_was_begun_first_and_committed_last_is_told_later_and_not_missed(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.bol.place_order(sku="TST-002", price="10.90")
    road.go(rounds=3)
    slow, quick = Order.objects.order_by("pk")
    client = client_with(key(road))
    _, since = told_since(client, "0")
    begun, go = threading.Event(), threading.Event()
    seen: list[list[int]] = []

    def slowly() -> None:
        with transaction.atomic():
            event(slow, "resumed", road.clock()).save()  # has the lower id
            begun.set()
            assert go.wait(30)

    def quickly() -> None:
        assert begun.wait(30)
        event(quick, "resumed", road.clock()).save()
        found, after = told_since(client_with(whole), since)
        seen.append([order for order, _ in found])
        go.set()
        where.append(after)

    whole, where = key(road), []
    at_once(slowly, quickly)

    assert seen == [[quick.pk]]
    assert [order for order, _ in told_since(client, where[0])[0]] == [slow.pk]


def test_readers_among_writers_learn_of_the_last_change_of_every_order(road: Road) -> None:
    for _ in range(4):
        road.bol.place_order(sku="TST-001")
    road.go(rounds=3)
    orders = list(Order.objects.order_by("pk"))
    whole, done = key(road), threading.Event()
    reads: list[list[list[int]]] = []
    writing = Counter[str]()

    def write(number: int) -> None:
        for turn in range(EACH):
            with transaction.atomic():
                for order in (orders[(number + turn) % 4], orders[(number + turn + 1) % 4]):
                    event(order, "resumed", road.clock()).save()
        writing["finished"] += 1
        if writing["finished"] == WRITERS:
            done.set()

    def read() -> None:
        client, since, mine = client_with(whole), "0", []
        while True:
            last = done.is_set()
            found, since = told_since(client, since)
            mine.append([order for order, _ in found])
            if last:
                reads.append(mine)
                assert told_since(client, since) == ([], since)
                return

    at_once(*[lambda n=number: write(n) for number in range(WRITERS)], *[read] * READERS)  # type: ignore[misc]

    assert not OrderEvent.objects.filter(number=None).exists()
    numbers = sorted(OrderEvent.objects.values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    for order in Order.objects.all():
        assert order.change_number == max(order.events.values_list("number", flat=True))
    for mine in reads:
        assert {order for turn in mine for order in turn} == {order.pk for order in orders}
    assert len(reads) == READERS


def test_requests_with_one_key_at_the_same_time_happen_once_and_are_answered_alike(platform: Platform) -> None:
    platform.road.bol.place_order(sku="TST-001", quantity=3)
    platform.road.go(rounds=2)
    (order,) = platform.new()
    platform.post(f"orders/{order['id']}/acknowledgement", {"shop_order_id": "W-1"})
    whole, answers, gate = key(platform.road), [], threading.Barrier(4)
    place = f"companies/{platform.road.demo.company.pk}/projects/{platform.project.pk}"
    wishes = {
        "k1": (f"/api/v1/orders/{order['id']}/shipments", {"reference": "P1", "carrier": "dhl", "tracking_code": "X1"}),
        "k2": (f"/channable/v1/{place}/orders/{order['id']}/cancel", {}),
    }
    piece = [{"line": order["lines"][0]["id"], "quantity": 1}]
    wishes["k1"][1]["lines"] = piece  # type: ignore[assignment]

    def ask(name: str) -> None:
        client, (path, body) = client_with(whole), wishes[name]
        gate.wait(30)
        answer = client.post(path, body, format="json", headers={"Idempotency-Key": name})
        answers.append((name, answer.status_code, answer.content, answer.get("Idempotency-Replayed")))

    at_once(*[lambda: ask("k1")] * 4)
    at_once(*[lambda: ask("k2")] * 4)

    by_key = {name: [one[1:] for one in answers if one[0] == name] for name in wishes}
    assert [status for status, *_ in by_key["k1"]] == [201] * 4
    assert [status for status, *_ in by_key["k2"]] == [200] * 4
    for told in by_key.values():
        assert len({content for _, content, _ in told}) == 1
        assert sorted(replayed is not None for *_, replayed in told) == [False, True, True, True]
    assert Shipment.objects.count() == 1
    assert AnsweredRequest.objects.count() == 2
    assert Order.objects.get().events.filter(code="cancelled_by_hand").count() == 1


def test_of_writers_who_read_the_same_one_is_let_through(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.addresses.check_webhook_url", lambda url, policy: url)
    whole, statuses, both = key(platform.road), list[int](), threading.Barrier(2)
    wish = {"url": "https://127.0.0.1:9/", "types": ["stock.changed"]}
    made = client_with(whole).post("/api/v1/webhooks", wish, format="json")
    path = f"/api/v1/webhooks/{made.json()['webhook']['id']}"

    def change(kind: str) -> None:
        answer = client_with(whole).put(
            path, {**wish, "types": [kind]}, format="json", headers={"If-Match": made["ETag"]}
        )
        statuses.append(answer.status_code)

    def met(**wished: Any) -> bool:
        """Give the other writer time to come as far, which none may."""
        with suppress(threading.BrokenBarrierError):
            both.wait(2)
        return change_webhook(**wished)

    monkeypatch.setattr("api.v1.views.webhooks.change_webhook", met)
    at_once(lambda: change("order.created"), lambda: change("order.changed"))

    assert both.broken
    assert sorted(statuses) == [200, 412]
    assert WebhookEndpoint.objects.get().version == 2
