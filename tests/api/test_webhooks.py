"""Webhooks through the API: made, changed, tested, read and replayed by whoever may, and by nobody else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from accounts.models import AuditEntry, Company
from adapterkit.network import NetworkPolicy
from api.models import AnsweredRequest
from connections.flows.make_project import make_project
from engine.models import OutboxMessage
from orders.history import event
from orders.models import Order
from tests.api.calls import problem, program
from tests.road import Road, named
from tests.webhooks.receiver import Listening, listening, receiver  # noqa: F401 - fixtures
from webhooks.event_types import EventType
from webhooks.models import WebhookEndpoint, WebhookMessage

pytestmark = [pytest.mark.django_db, pytest.mark.either]
URL = "/api/v1/webhooks"
WISH = {"url": "https://erp.test/all", "types": ["order.created", "stock.changed"]}


@pytest.fixture(autouse=True)
def hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int) -> list[str]:
        if host == "nowhere.test":
            raise OSError
        return {"inside.test": ["10.0.0.1"], "127.0.0.1": ["127.0.0.1"]}.get(host, ["93.184.216.34"])

    monkeypatch.setattr("webhooks.addresses.network_policy", lambda: NetworkPolicy(resolver=resolve))


def deliver(listening: Listening) -> None:
    listening.road.clock.forward(seconds=1)
    listening.road.deliver()


def post(client: Any, path: str = "", body: Any = None, **headers: str) -> Any:
    return client.post(f"{URL}{path}", body or {}, format="json", headers=headers)


def test_a_webhook_is_made_and_its_secret_told_once(road: Road) -> None:
    client = program(road.demo.company)
    made = post(client, body=WISH)

    assert made.status_code == 201
    told = made.json()
    assert told["secret"].startswith("whsec_")
    webhook = told["webhook"]
    assert (webhook["url"], webhook["types"]) == (WISH["url"], WISH["types"])
    assert (webhook["enabled"], webhook["off_reason"], webhook["project"]) == (True, "", None)
    read = client.get(f"{URL}/{webhook['id']}")
    assert read.json() == webhook
    assert read["ETag"] == made["ETag"]
    assert client.get(URL).json()["results"] == [webhook]
    assert told["secret"] not in client.get(URL).content.decode()
    assert AuditEntry.objects.get(action="webhook_made").actor == WebhookEndpoint.objects.get().created_by


def test_a_lost_answer_is_given_again_and_is_not_readable_where_it_is_kept(road: Road) -> None:
    client = program(road.demo.company)
    first = post(client, body=WISH, **{"Idempotency-Key": "k1"})
    again = post(client, body=WISH, **{"Idempotency-Key": "k1"})

    assert again.json() == first.json()
    assert WebhookEndpoint.objects.count() == 1
    kept = bytes(AnsweredRequest.objects.get().body)
    assert first.json()["secret"].encode() not in kept
    assert b"erp.test" not in kept


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.test/all",
        "https://inside.test/",
        "https://127.0.0.1/",
        "https://nowhere.test/",
        "https://me:word@erp.test/",
        "ftp://erp.test",
        "erp",
    ],
)
def test_an_address_that_is_not_called_is_refused_with_the_reason(road: Road, url: str) -> None:
    client = program(road.demo.company)
    kept = post(client, body=WISH).json()["webhook"]

    refused = post(client, body={**WISH, "url": url})
    assert problem(refused) == (422, "address_refused")
    assert refused.json()["detail"].endswith(".")
    changed = client.put(f"{URL}/{kept['id']}", {**WISH, "url": url}, format="json")
    assert problem(changed) == (422, "address_refused")
    assert list(WebhookEndpoint.objects.values_list("url", flat=True)) == [WISH["url"]]


@pytest.mark.parametrize(
    "wrong",
    [{"types": []}, {"types": ["made.up"]}, {"types": ["test.ping"]}, {"url": 5}, {"project": "x"}, {"url": ""}],
)
def test_what_cannot_be_taken_is_named(road: Road, wrong: dict[str, Any]) -> None:
    status, code = problem(post(program(road.demo.company), body={**WISH, **wrong}))

    assert (status, code) in {(400, "invalid"), (422, "address_refused")}
    assert not WebhookEndpoint.objects.exists()


def test_only_keys_with_the_scope_admin_read_and_change_them(road: Road) -> None:
    made = post(program(road.demo.company), body=WISH).json()["webhook"]
    client = program(road.demo.company, "read", "orders", "stock")

    for path in ("", f"/{made['id']}", f"/{made['id']}/deliveries"):
        assert problem(client.get(f"{URL}{path}")) == (403, "scope_missing")
    assert problem(post(client, body=WISH)) == (403, "scope_missing")
    assert problem(client.delete(f"{URL}/{made['id']}")) == (403, "scope_missing")
    assert WebhookEndpoint.objects.filter(removed_at=None).count() == 1


def test_a_key_for_one_project_sees_and_makes_webhooks_of_that_project_alone(road: Road) -> None:
    company, project = road.demo.company, road.demo.shop.project_id
    other = make_project(company=company, name="Other", now=road.clock(), by=None)
    whole = post(program(company), body=WISH).json()["webhook"]
    client = program(company, project_id=project)

    mine = post(client, body=WISH).json()["webhook"]
    assert mine["project"] == project
    assert [row["id"] for row in client.get(URL).json()["results"]] == [mine["id"]]
    assert problem(client.get(f"{URL}/{whole['id']}")) == (404, "not_found")
    assert problem(post(client, body={**WISH, "project": other.pk})) == (404, "not_found")
    stranger = Company.objects.create(name="Elsewhere")
    assert problem(post(program(stranger), body={**WISH, "project": project})) == (404, "not_found")
    assert WebhookEndpoint.objects.count() == 2


def test_two_who_change_it_do_not_undo_each_other_s_work(road: Road) -> None:
    client = program(road.demo.company)
    made = post(client, body=WISH)
    url, etag = f"{URL}/{made.json()['webhook']['id']}", made["ETag"]
    changed = client.put(url, {**WISH, "types": ["order.changed"]}, format="json", headers={"If-Match": etag})
    late = client.put(url, {**WISH, "enabled": False}, format="json", headers={"If-Match": etag})

    assert changed.json()["types"] == ["order.changed"]
    assert changed["ETag"] != etag
    assert problem(late) == (412, "changed_meanwhile")
    assert client.get(url).json()["enabled"]
    assert problem(client.delete(url, headers={"If-Match": etag})) == (412, "changed_meanwhile")
    assert client.delete(url, headers={"If-Match": changed["ETag"]}).status_code == 204
    assert problem(client.get(url)) == (404, "not_found")
    assert problem(client.delete(url)) == (404, "not_found")


def test_a_company_has_twenty_at_most(road: Road) -> None:
    client = program(road.demo.company)
    made = [post(client, body=WISH).status_code for _ in range(20)]

    assert made == [201] * 20
    assert problem(post(client, body=WISH)) == (409, "too_many_webhooks")
    assert WebhookEndpoint.objects.count() == 20


def test_a_new_secret_is_told_once_and_how_long_the_old_one_is_good(listening: Listening) -> None:
    client = program(listening.company)
    told = post(client, f"/{listening.endpoint.pk}/secret").json()

    assert told["secret"] != listening.secret
    endpoint = listening.current()
    assert endpoint.secrets == {"secret": told["secret"], "previous_secret": listening.secret}
    assert client.get(f"{URL}/{endpoint.pk}").json()["previous_until"] == told["previous_until"]


def test_the_log_tells_what_was_sent_and_how_it_went(listening: Listening) -> None:
    listening.receiver.status = lambda told: 500 if told["type"] == "order.changed" else 200
    listening.order()
    client, url = program(listening.company), f"{URL}/{listening.endpoint.pk}/deliveries"
    rows = client.get(url).json()["results"]

    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    by_type = {row["type"]: row for row in rows}
    good, bad = by_type["order.created"], by_type["order.changed"]
    assert (good["state"], good["status"], good["attempts"], good["answer"]) == ("delivered", 200, 1, "answer 200")
    assert (bad["state"], bad["status"], bad["answer"]) == ("waiting", 500, "answer 500")
    assert bad["next_attempt_at"] is not None
    detail = client.get(f"{url}/{bad['id']}").json()
    assert detail["body"] == json.loads(WebhookMessage.objects.get(pk=bad["id"]).body)
    assert [one["status"] for one in detail["tries"]] == [500] * bad["attempts"]
    assert listening.secret.removeprefix("whsec_") not in json.dumps(detail)

    def ids(**asked: Any) -> list[int]:
        return [row["id"] for row in client.get(url, asked).json()["results"]]

    assert ids(delivered="true") == [row["id"] for row in rows if row["state"] == "delivered"]
    assert bad["id"] in ids(delivered="false")
    assert ids(type="order.changed") == [bad["id"]]
    assert ids(order=Order.objects.get().pk) == [bad["id"], good["id"]]
    assert ids(until=good["at"]) == []
    assert problem(client.get(url, {"type": "nonsense"})) == (400, "invalid")


def test_a_test_says_how_it_went(listening: Listening) -> None:
    client = program(listening.company)
    sent = post(client, f"/{listening.endpoint.pk}/test")
    assert (sent.status_code, sent.json()["type"], sent.json()["state"]) == (201, "test.ping", "waiting")
    listening.receiver.status = lambda told: 401
    deliver(listening)

    read = client.get(f"{URL}/{listening.endpoint.pk}/deliveries/{sent.json()['id']}").json()
    assert (read["state"], read["status"]) == ("not_taken", 401)
    assert read["body"]["data"] == {"webhook": listening.endpoint.pk}


def test_messages_are_replayed_one_by_one_and_by_the_time(listening: Listening) -> None:
    listening.order()
    client, road = program(listening.company), listening.road
    before = [(message_id, body) for message_id, body, _ in listening.receiver.calls]
    first = listening.owed()[0]
    replayed = post(client, f"/{listening.endpoint.pk}/deliveries/{first.pk}/replay")
    assert (replayed.status_code, replayed.json()["state"]) == (200, "waiting")
    deliver(listening)
    assert listening.receiver.calls[-1][:2] == before[0]

    span = {"since": road.clock() - timedelta(days=1), "until": road.clock()}
    missed = {**span, "only_undelivered": True}
    assert post(client, f"/{listening.endpoint.pk}/replay", missed).json() == {"messages": 0}
    again = post(client, f"/{listening.endpoint.pk}/replay", span)
    assert again.json() == {"messages": len(before)}
    listening.receiver.calls.clear()
    deliver(listening)
    assert sorted(message_id for message_id, _, _ in listening.receiver.calls) == sorted(one for one, _ in before)
    assert AuditEntry.objects.filter(action="webhook_replayed").count() == 2
    assert post(client, f"/{listening.endpoint.pk}/replay", {**span, "until": span["since"]}).json() == {"messages": 0}


def test_what_is_off_is_not_replayed_but_kept(listening: Listening) -> None:
    listening.order()
    client, url = program(listening.company), f"{URL}/{listening.endpoint.pk}"
    wish = {**WISH, "types": EventType.values}
    off = client.put(url, {**wish, "enabled": False}, format="json").json()
    assert (off["enabled"], off["off_reason"]) == (False, "by_hand")
    first = listening.owed()[0]
    span = {"since": first.at, "until": first.at + timedelta(days=1)}
    assert problem(post(client, f"/{listening.endpoint.pk}/replay", span)) == (409, "webhook_off")
    assert problem(post(client, f"/{listening.endpoint.pk}/deliveries/{first.pk}/replay")) == (409, "webhook_off")
    event(Order.objects.get(), "resumed", listening.road.clock()).save()
    deliver(listening)
    (kept,) = [row for row in client.get(f"{url}/deliveries").json()["results"] if row["state"] == "held"]

    on = client.put(url, wish, format="json").json()
    assert (on["enabled"], on["off_reason"]) == (True, "")
    deliver(listening)
    assert client.get(f"{url}/deliveries/{kept['id']}").json()["state"] == "delivered"


def test_one_that_is_not_taken_can_be_skipped_once(listening: Listening) -> None:
    listening.receiver.status = lambda told: 400
    listening.order()
    client = program(listening.company)
    message = listening.owed(OutboxMessage.State.QUEUED)[0]
    path = f"/{listening.endpoint.pk}/deliveries/{message.pk}/skip"

    assert post(client, path).json()["state"] == "skipped"
    assert problem(post(client, path)) == (409, "conflict")
    assert AuditEntry.objects.filter(action="webhook_message_skipped").count() == 1


def test_more_messages_cost_no_more_statements(listening: Listening) -> None:
    client = program(listening.company)
    listening.order()

    def statements(path: str) -> int:
        client.get(f"{URL}{path}")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"{URL}{path}").status_code == 200
        return len(captured)

    paths = ("", f"/{listening.endpoint.pk}/deliveries")
    before = [statements(path) for path in paths]
    listening.also("second")
    listening.order(sku="TST-002", price="10.90")
    listening.order(sku="TST-002", price="10.90")
    assert [statements(path) for path in paths] == before


SCHEMA: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


def test_each_message_is_as_the_schema_tells_and_names_things_as_the_api_does(listening: Listening) -> None:
    road = listening.road
    order_id = listening.order(quantity=2)
    listening.order(sku="NOBODY-KNOWS")
    road.bol.register_return(order_id)
    (made,) = road.shop.orders_with(named(order_id))
    road.shop.ship(made["id"], tracking_code="3SABC1")
    road.go(rounds=4)
    cancelled = listening.order(sku="TST-002", price="10.90")
    (made,) = road.shop.orders_with(named(cancelled))
    road.shop.set_status(made["id"], "cancelled")
    road.go(rounds=3)
    post(program(listening.company), f"/{listening.endpoint.pk}/test")
    deliver(listening)

    told = listening.receiver.told()
    assert {body["type"] for body in told} == {*EventType.values, "test.ping"} == set(SCHEMA["webhooks"])
    for body in told:
        described = SCHEMA["webhooks"][body["type"]]["post"]["requestBody"]["content"]["application/json"]["schema"]
        validator = Draft202012Validator({**described, "components": SCHEMA["components"]})
        assert list(validator.iter_errors(body)) == []
        form = SCHEMA["components"]["schemas"][described["$ref"].rsplit("/", 1)[1]]
        assert set(body) == set(form["properties"])

    client = program(listening.company)
    last = next(body["data"] for body in reversed(told) if body["type"] == "cancellation.changed")
    path = last["order"].pop("url").removeprefix("http://localhost:8000")
    order = client.get(path).json()
    assert last["order"] == {name: order[name] for name in last["order"]}
    listed = {one["id"]: one for one in order["cancellations"]}
    assert all(listed[one["id"]] == {**listed[one["id"]], **one} for one in last["cancellations"])
    stock = next(body["data"]["product"] for body in reversed(told) if body["type"] == "stock.changed")
    (product,) = client.get(stock["url"].removeprefix("http://localhost:8000")).json()["results"]
    assert {name: stock[name] for name in ("product_id", "sku", "ean")} == {
        name: product[name] for name in ("product_id", "sku", "ean")
    }
