"""The log is kept for 30 days, endpoints that are removed leave nothing behind, and support sees no secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, User
from engine.flows.keep_house import keep_house
from engine.models import Attempt, OutboxMessage
from tests.webhooks.receiver import Listening
from webhooks.flows.forget_messages import forget_messages
from webhooks.flows.remove_webhook import remove_webhook
from webhooks.flows.tell_owners import AGAIN_AFTER, tell_owners
from webhooks.models import WebhookEndpoint, WebhookMessage

pytestmark = pytest.mark.django_db


def test_after_thirty_days_messages_are_forgotten_delivered_or_not(listening: Listening) -> None:
    listening.receiver.status = lambda told: 200 if told["type"] == "order.created" else 500
    listening.order()
    now = listening.road.clock()
    assert forget_messages(now + timedelta(days=29)) == {"webhook_messages": 0}
    assert len(listening.owed()) > 2

    count = WebhookMessage.objects.count()
    assert forget_messages(now + timedelta(days=31)) == {"webhook_messages": count}
    assert not WebhookMessage.objects.exists()
    assert not OutboxMessage.objects.filter(kind="deliver_webhook").exists()
    assert not Attempt.objects.filter(message__kind="deliver_webhook").exists()
    assert OutboxMessage.objects.exists()
    assert WebhookEndpoint.objects.count() == 1


def test_what_is_being_sent_is_not_forgotten(listening: Listening) -> None:
    listening.order()
    kept = listening.owed()[0]
    OutboxMessage.objects.filter(kind="deliver_webhook", record_id=kept.pk).update(
        state="sending", lease_token="0b7c1c1e-4b7b-4d5e-9a53-9f5fb4a51111", lease_until=listening.road.clock()
    )
    forget_messages(listening.road.clock() + timedelta(days=31))

    assert list(WebhookMessage.objects.all()) == [kept]


def test_a_removed_endpoint_leaves_nothing_behind(listening: Listening) -> None:
    listening.receiver.status = lambda told: 500
    listening.order()
    other = listening.also("other")
    remove_webhook(endpoint=listening.endpoint, now=listening.road.clock(), by=None)
    before = len(listening.receiver.calls)
    listening.road.clock.forward(days=1)
    listening.road.deliver()
    assert len(listening.receiver.calls) == before

    keep_house(now=listening.road.clock())
    assert list(WebhookEndpoint.objects.all()) == [other]
    assert not listening.owed()


def test_a_mail_that_cannot_be_handed_in_is_sent_later(listening: Listening, monkeypatch: Any) -> None:
    user = User.objects.create_user("owner@shop.example", "a-long-password")
    Membership.objects.create(user=user, company=listening.company, role="owner")
    former = User.objects.create_user("former@shop.example", "a-long-password", is_active=False)
    Membership.objects.create(user=former, company=listening.company, role="owner")
    viewer = User.objects.create_user("viewer@shop.example", "a-long-password")
    Membership.objects.create(user=viewer, company=listening.company, role="viewer")
    listening.receiver.status = lambda told: 410
    listening.order()
    now = listening.road.clock()

    def closed(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as without_server:
        without_server.setattr("webhooks.flows.tell_owners.send_mail", closed)
        assert tell_owners(now) == {}
    assert tell_owners(now) == {}
    assert tell_owners(now + AGAIN_AFTER) == {"webhook_notices": 1}
    assert [letter.to for letter in mail.outbox] == [["owner@shop.example"]]
    assert tell_owners(now + 9 * AGAIN_AFTER) == {}


def test_support_reads_endpoints_and_messages_without_their_secrets(listening: Listening) -> None:
    WebhookEndpoint.objects.update(url="https://erp.test/all?token=hush-hush")
    listening.order()
    staff = Client()
    user = User.objects.create_superuser("root@ordersync.example", "a-long-password")
    staff.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    pages = [
        reverse("admin:webhooks_webhookendpoint_changelist"),
        reverse("admin:webhooks_webhookendpoint_change", args=[listening.endpoint.pk]),
        reverse("admin:webhooks_webhookmessage_changelist"),
        reverse("admin:webhooks_webhookmessage_change", args=[listening.owed()[0].pk]),
    ]

    for page in pages:
        answer = staff.get(page)
        assert answer.status_code == 200
        assert "https://erp.test/all" in answer.content.decode()
        for secret in ("hush-hush", listening.secret.removeprefix("whsec_")):
            assert secret not in answer.content.decode()
    assert staff.post(pages[1], {"enabled": ""}).status_code == 403
    assert staff.get(reverse("admin:webhooks_webhookendpoint_add")).status_code == 403
