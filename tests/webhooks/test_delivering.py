"""Messages arrive at least once and in their order; an endpoint that takes nothing is tried for three days."""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from standardwebhooks import Webhook

from accounts.models import AuditEntry, Membership, User
from adapterkit.network import NetworkPolicy
from adapterkit.simulator import Response
from connections.adapters import mounted
from engine.delivery import Delivery
from engine.flows.keep_house import keep_house
from engine.models import Exchange, Lane, OutboxMessage
from orders.history import event
from orders.models import Order
from tests.webhooks.receiver import HOST, Listening
from webhooks.flows.deliver_webhook import DELAYS
from webhooks.flows.replay_messages import replay_message
from webhooks.flows.rotate_secret import rotate_secret
from webhooks.flows.send_test import send_test
from webhooks.flows.skip_message import skip_message
from webhooks.flows.switch_webhook import switch_webhook
from webhooks.flows.tell_changes import pump_changes
from webhooks.models import WebhookEndpoint, WebhookMessage

pytestmark = pytest.mark.django_db
State = OutboxMessage.State


def owner(listening: Listening, language: str = "en-gb") -> User:
    listening.company.language = language
    listening.company.save()
    user = User.objects.create_user("owner@shop.example", "a-long-password")
    Membership.objects.create(user=user, company=listening.company, role="owner")
    return user


def happen(listening: Listening, times: int = 1) -> None:
    """Have something happen to the one order, and be told."""
    order = Order.objects.order_by("pk")[0]
    for _ in range(times):
        event(order, "resumed", listening.road.clock()).save()
    listening.road.deliver()


def days_of_trying(listening: Listening, days: float, every: timedelta = timedelta(minutes=30)) -> None:
    end = listening.road.clock() + timedelta(days=days)
    while listening.road.clock() < end:
        listening.road.clock.forward(seconds=every.total_seconds())
        listening.road.deliver()


def test_a_message_that_is_not_taken_keeps_back_those_of_its_order_alone(listening: Listening) -> None:
    receiver = listening.receiver
    listening.order(sku="TST-001")
    first = Order.objects.get()
    receiver.status = lambda told: 400 if told["data"].get("order", {}).get("id") == first.pk else 200
    event(first, "resumed", listening.road.clock()).save()
    event(first, "address_corrected", listening.road.clock()).save()
    listening.order(sku="TST-002", price="10.90")
    second = Order.objects.exclude(pk=first.pk).get()

    taken = [body for body in receiver.told() if body["data"].get("order", {}).get("id") == second.pk]
    assert [body["data"]["event"]["code"] for body in taken] == ["imported", "sent_to_shop"]
    refused = [body["data"]["event"]["code"] for _, body, status in receiver.calls if status == 400]
    assert set(refused) == {"resumed"}

    receiver.status = lambda told: 200
    days_of_trying(listening, 0.1)
    codes = [body["data"]["event"]["code"] for body in receiver.told() if "event" in body["data"]]
    assert codes[-2:] == ["resumed", "address_corrected"]
    assert not listening.owed(State.QUEUED)


def test_whatever_fails_each_message_arrives_in_the_order_of_its_order_with_its_own_id(listening: Listening) -> None:
    listening.order()
    listening.order(sku="TST-002", price="10.90")
    answers = iter([500, 503, 200, 429, 404, 200, 302, 200, 401, 500] * 5)
    listening.receiver.status = lambda told: next(answers)
    for number in range(6):
        order = Order.objects.order_by("pk")[number % 2]
        event(order, ["resumed", "address_corrected", "hold_released"][number % 3], listening.road.clock()).save()
    days_of_trying(listening, 1)

    listening.receiver.status = lambda told: 200
    days_of_trying(listening, 1)
    assert not listening.owed(State.QUEUED)
    by_order = defaultdict(list)
    for message_id, body, status in listening.receiver.calls:
        if status == 200 and "order" in body["data"]:
            by_order[body["data"]["order"]["id"]].append((body["data"]["event"]["id"], message_id))
    for told in by_order.values():
        assert told == sorted(told, key=lambda pair: pair[0])
        assert len({message_id for _, message_id in told}) == len(told)
    ids = {message_id for message_id, _, _ in listening.receiver.calls}
    assert ids == set(WebhookMessage.objects.values_list("message_id", flat=True))


def test_a_worker_that_is_stopped_after_sending_has_it_sent_again_with_the_same_id(listening: Listening) -> None:
    road = listening.road
    listening.order()
    event(Order.objects.get(), "resumed", road.clock()).save()
    pump_changes(road.clock())
    stopped = Delivery(clock=road.clock, threads=1)
    claimed = [flight for flight in stopped._claim(limit=20) if flight.messages[0].kind == "deliver_webhook"]
    for flight in claimed:
        flight.make()
    sent = [message_id for message_id, _, _ in listening.receiver.calls][-len(claimed) :]
    road.clock.forward(minutes=4)
    road.deliver()

    assert len(claimed) == 1
    assert [message_id for message_id, _, _ in listening.receiver.calls][-1:] == sent
    assert not OutboxMessage.objects.filter(kind="deliver_webhook").exclude(state=State.DONE).exists()


def test_the_tries_are_seconds_apart_at_first_and_hours_in_the_end(listening: Listening) -> None:
    listening.order()
    listening.receiver.status = lambda told: 400
    happen(listening)
    gaps, last = [], listening.road.clock()
    while listening.current().enabled:
        before = len(listening.receiver.calls)
        message = listening.owed(State.QUEUED)[0]
        owed = OutboxMessage.objects.get(kind="deliver_webhook", record_id=message.pk)
        listening.road.clock.move_to(owed.next_attempt_at)
        listening.road.deliver()
        assert len(listening.receiver.calls) == before + 1
        gaps.append((listening.road.clock() - last).total_seconds())
        last = listening.road.clock()

    for gap, longest in zip(gaps, [*DELAYS, *[DELAYS[-1]] * 20], strict=False):
        assert 0 < gap <= longest + 1
    assert gaps[0] < 10 < gaps[1] < 40
    assert max(gaps) > 5 * 3600
    assert timedelta(days=3) <= timedelta(seconds=sum(gaps)) < timedelta(days=3, minutes=1)
    assert 15 <= len(gaps) <= 30


def test_after_three_days_it_is_switched_off_with_a_mail_and_nothing_is_lost(listening: Listening) -> None:
    owner(listening)
    listening.order()
    taken = len(listening.receiver.told())
    listening.receiver.status = lambda told: 500
    happen(listening)
    days_of_trying(listening, 2.9)
    keep_house(now=listening.road.clock())
    assert listening.current().enabled
    assert mail.outbox == []

    days_of_trying(listening, 0.3)
    endpoint = listening.current()
    assert (endpoint.enabled, endpoint.off_reason) == (False, "failing")
    happen(listening, times=2)
    calls = len(listening.receiver.calls)
    days_of_trying(listening, 1)
    assert len(listening.receiver.calls) == calls
    assert {message.type for message in listening.owed(State.HELD)} == {"order.changed"}
    assert len(listening.owed(State.HELD)) == 3

    for _ in range(3):
        keep_house(now=listening.road.clock())
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["owner@shop.example"], "OrderSync: A webhook was switched off")
    assert f"http://localhost:8000/webhooks/{endpoint.pk}" in letter.body
    assert "https://erp.test/all" in letter.body
    assert "switch the webhook on again" in letter.body
    assert AuditEntry.objects.filter(action="webhook_off", actor=None).count() == 1

    listening.receiver.status = lambda told: 200
    assert switch_webhook(endpoint=endpoint, on=True, now=listening.road.clock(), by=None)
    listening.road.deliver()
    told = listening.receiver.told()[taken:]
    assert [body["data"]["event"]["code"] for body in told] == ["resumed"] * 3
    assert [body["data"]["event"]["id"] for body in told] == sorted(body["data"]["event"]["id"] for body in told)
    assert not listening.owed(State.HELD)
    assert AuditEntry.objects.filter(action="webhook_on").count() == 1


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("fr", "Un webhook a été désactivé"),
        ("nl", "Een webhook is uitgeschakeld"),
        ("de", "Ein Webhook wurde ausgeschaltet"),
    ],
)
def test_the_mail_is_in_the_company_s_language(listening: Listening, language: str, subject: str) -> None:
    owner(listening, language)
    listening.receiver.status = lambda told: 410
    listening.order()
    keep_house(now=listening.road.clock())

    (letter,) = mail.outbox
    assert letter.subject == f"OrderSync: {subject}"
    assert "nothing is lost" not in letter.body.lower()


def test_gone_switches_it_off_at_once(listening: Listening) -> None:
    owner(listening)
    listening.receiver.status = lambda told: 410
    listening.order()

    endpoint = listening.current()
    assert (endpoint.enabled, endpoint.off_reason) == (False, "gone")
    assert not listening.owed(State.QUEUED)
    calls = len(listening.receiver.calls)  # what was claimed together with the first one was sent, too
    assert calls <= 2
    days_of_trying(listening, 0.5)
    assert len(listening.receiver.calls) == calls
    keep_house(now=listening.road.clock())
    assert "(410)" in mail.outbox[0].body


def test_one_message_that_is_never_taken_waits_for_a_person_while_the_others_go_on(listening: Listening) -> None:
    owner(listening)
    listening.order()
    order = Order.objects.get()
    listening.receiver.status = lambda told: (
        422 if told["data"].get("event", {}).get("code") == "address_corrected" else 200
    )
    event(order, "address_corrected", listening.road.clock()).save()
    event(order, "hold_released", listening.road.clock()).save()
    for _ in range(5):
        days_of_trying(listening, 0.7, every=timedelta(hours=1))
        listening.road.bol.place_order(sku="TST-002", price="10.90")
        listening.road.go(rounds=2)

    assert listening.current().enabled
    (stuck,) = listening.owed(State.NEEDS_ATTENTION)
    assert (stuck.status, stuck.answer) == (422, "answer 422")
    assert not any("hold_released" in str(body) for body in listening.receiver.told())
    keep_house(now=listening.road.clock())
    keep_house(now=listening.road.clock())
    (letter,) = mail.outbox
    assert letter.subject == "OrderSync: A webhook does not take a message"

    assert skip_message(message=stuck, now=listening.road.clock(), by=None)
    assert not skip_message(message=stuck, now=listening.road.clock(), by=None)
    listening.road.deliver()
    assert "hold_released" in str(listening.receiver.told()[-1])


def test_an_endpoint_that_comes_back_gets_at_once_what_waits_for_hours(listening: Listening) -> None:
    listening.order()
    listening.receiver.status = lambda told: 500
    happen(listening)
    days_of_trying(listening, 1.5)
    listening.receiver.status = lambda told: 200
    before = len(listening.receiver.told())
    assert listening.owed(State.QUEUED)
    assert send_test(endpoint=listening.endpoint, now=listening.road.clock())
    listening.road.deliver()
    listening.road.deliver()

    assert [body["type"] for body in listening.receiver.told()[before:]] == ["test.ping", "order.changed"]
    assert not Lane.objects.filter(failures__gt=0).exists()


def test_a_test_is_tried_once_whether_the_endpoint_is_on_or_off(listening: Listening) -> None:
    now = listening.road.clock()
    switch_webhook(endpoint=listening.endpoint, on=False, now=now, by=None)
    listening.receiver.status = lambda told: 404
    message = send_test(endpoint=listening.endpoint, now=now)
    assert message
    listening.road.deliver()
    listening.road.clock.forward(days=4)
    listening.road.deliver()

    message.refresh_from_db()
    assert (message.status, message.answer, message.delivered_at) == (404, "answer 404", None)
    assert len(listening.receiver.calls) == 1
    assert listening.receiver.calls[0][1]["type"] == "test.ping"
    assert not Lane.objects.exclude(reason="").exists()


def test_a_host_that_leads_inside_is_never_called(listening: Listening, monkeypatch: Any) -> None:
    answers = iter([["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:169.254.169.254"]])
    # A name of its own, because connections are kept for policies that are equal, whoever resolves for them.
    own = frozenset({"only-of-this-test.example"})
    inside = NetworkPolicy(allowed_private_hosts=own, resolver=lambda host, port: next(answers, ["127.0.0.1"]))
    monkeypatch.setattr("connections.adapters.network_policy", lambda: inside)
    WebhookEndpoint.objects.update(url="https://rebound.test/hook")
    listening.order()
    days_of_trying(listening, 0.02, every=timedelta(minutes=2))

    message = listening.owed()[0]
    assert message.status is None
    assert "inside a private network" in message.error
    assert listening.owed(State.QUEUED)
    assert listening.receiver.calls == []


def test_redirects_are_not_followed(listening: Listening) -> None:
    class Leads(type(listening.receiver)):  # type: ignore[misc]
        def answer(self, request: Any) -> Response:
            self.requests.append(request)
            return Response(302, b"", {"Location": "http://169.254.169.254/latest/meta-data"})

    leading = Leads()
    with mounted({HOST: leading.mount()}):
        listening.order()

    assert {request.url for request in leading.requests} == {"https://erp.test/all"}
    assert listening.owed()[0].status == 302


def test_a_secret_is_replaced_without_a_gap(listening: Listening) -> None:
    old, road = listening.secret, listening.road
    new = rotate_secret(endpoint=listening.endpoint, now=road.clock(), by=None)
    assert new
    listening.order()  # the receiver still verifies with the old one
    happen(listening)
    (last,) = listening.receiver.requests[-1:]
    headers = {name.lower(): value for name, value in last.headers.items()}
    assert len(headers["webhook-signature"].split(" ")) == 2
    Webhook(new).verify(last.body, headers)
    Webhook(old).verify(last.body, headers)

    listening.receiver.secrets["all"] = new
    road.clock.forward(days=1, seconds=1)
    happen(listening)
    headers = {name.lower(): value for name, value in listening.receiver.requests[-1].headers.items()}
    assert len(headers["webhook-signature"].split(" ")) == 1
    assert not listening.owed(State.QUEUED)


def test_a_secret_is_stored_and_logged_nowhere(listening: Listening, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    WebhookEndpoint.objects.update(url="https://erp.test/all?token=hush-hush")
    listening.receiver.status = lambda told: 500
    listening.order()
    listening.receiver.status = lambda told: 200
    days_of_trying(listening, 0.1)

    texts = [*(str(row) for row in Exchange.objects.filter(lane=listening.endpoint.lane).values()), caplog.text]
    texts += [str(row) for row in OutboxMessage.objects.values()] + [str(row) for row in AuditEntry.objects.values()]
    texts += [str(row) for row in WebhookMessage.objects.values()]
    assert Exchange.objects.filter(lane=listening.endpoint.lane, status=500).exists()
    bare = listening.secret.removeprefix("whsec_")
    assert [text for text in texts if bare in text or "hush-hush" in text or "v1," in text] == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM webhooks_webhookendpoint")
        assert bare not in str(cursor.fetchall())


def test_what_was_replayed_has_the_same_id_and_body(listening: Listening) -> None:
    listening.order()
    message = listening.owed()[0]
    assert replay_message(message=message, now=listening.road.clock())
    message.refresh_from_db()
    assert message.delivered_at is None
    listening.road.deliver()

    told = [(message_id, body) for message_id, body, _ in listening.receiver.calls]
    assert told[-1] == told[0]
    message.refresh_from_db()
    assert message.delivered_at is not None
