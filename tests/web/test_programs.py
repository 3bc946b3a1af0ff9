"""Company > API keys and Company > Webhooks: what is shown once is shown once, and each button does what it says."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiKey, AuditEntry, Company
from adapterkit.network import NetworkPolicy
from connections.models import Project
from engine.models import OutboxMessage
from tests.api.calls import client_with
from tests.road import Road
from tests.web.test_pages import signed_in
from tests.webhooks.receiver import Listening, listening, receiver  # noqa: F401 - fixtures
from webhooks.models import WebhookEndpoint

pytestmark = [pytest.mark.django_db, pytest.mark.either]
FORM = {"url": "https://erp.test/hook/?token=t0ken", "types": ["order.created", "stock.changed"]}
KEY, SECRET = re.compile(r"osk_[a-z0-9]{10}_[\w-]{43}"), re.compile(r"whsec_[A-Za-z0-9+/=]{44}")


@pytest.fixture(autouse=True)
def hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = NetworkPolicy(resolver=lambda host, port: ["10.0.0.1" if host == "inside.test" else "93.184.216.34"])
    monkeypatch.setattr("webhooks.addresses.network_policy", lambda: policy)


def text(client: Client, name: str, *arguments: int, query: str = "") -> str:
    answer = client.get(reverse(f"web:{name}", args=arguments) + query)
    assert answer.status_code == 200
    return answer.content.decode()


class TestKeys:
    def test_a_key_is_made_shown_once_and_works(self, road: Road) -> None:
        client, project = signed_in(road.demo.company), road.demo.shop.project
        form = {"name": "ERP", "scopes": ["read", "stock"], "project": project.pk, "days": "90"}
        shown = client.post(reverse("web:api_keys"), form, follow=True)
        (whole,) = set(KEY.findall(shown.content.decode()))

        assert shown["Cache-Control"].find("no-store") >= 0
        key = ApiKey.objects.get()
        assert (key.name, key.scopes, key.project) == ("ERP", ["read", "stock"], project)
        assert key.expires_at is not None
        assert timedelta(days=89) < key.expires_at - timezone.now() <= timedelta(days=90)
        assert client_with(whole).get("/api/v1/connections").status_code == 200
        again = text(client, "api_keys")
        assert KEY.findall(again) == []
        assert f"osk_{key.prefix}_…" in again
        assert AuditEntry.objects.filter(action="api_key_made").count() == 1

    def test_the_session_does_not_hold_the_key_in_the_clear(self, road: Road) -> None:
        client = signed_in(road.demo.company)
        client.post(reverse("web:api_keys"), {"name": "ERP", "scopes": ["read"], "days": "0"})

        assert ApiKey.objects.get().expires_at is None
        assert KEY.search(str(dict(client.session))) is None
        assert KEY.search(text(client, "api_keys"))

    def test_what_is_not_filled_in_is_asked_for(self, road: Road) -> None:
        elsewhere = Project.objects.create(company=Company.objects.create(name="Elsewhere"), name="Theirs")
        form = {"name": "", "scopes": ["everything"], "project": elsewhere.pk, "days": "1"}
        answer = signed_in(road.demo.company).post(reverse("web:api_keys"), form)

        assert (answer.status_code, set(answer.context["form"].errors)) == (422, set(form))
        assert not ApiKey.objects.exists()

    def test_a_revoked_key_is_refused_at_once(self, road: Road) -> None:
        client = signed_in(road.demo.company)
        shown = client.post(reverse("web:api_keys"), {"name": "ERP", "scopes": ["read"], "days": "365"}, follow=True)
        (whole,) = set(KEY.findall(shown.content.decode()))
        for _ in range(2):
            client.post(reverse("web:revoke_api_key", args=[ApiKey.objects.get().pk]))

        assert client_with(whole).get("/api/v1/connections").status_code == 401
        assert AuditEntry.objects.filter(action="api_key_revoked").count() == 1
        assert "Revoked" in text(client, "api_keys")


class TestWebhooks:
    def test_one_is_made_and_its_secret_shown_once(self, road: Road) -> None:
        client = signed_in(road.demo.company)
        shown = client.post(reverse("web:new_webhook"), FORM, follow=True).content.decode()

        endpoint = WebhookEndpoint.objects.get()
        assert set(SECRET.findall(shown)) == {endpoint.secrets["secret"]}
        assert (endpoint.url, endpoint.types, endpoint.project) == (FORM["url"], FORM["types"], None)
        assert SECRET.findall(text(client, "webhook", endpoint.pk)) == []
        listed = text(client, "webhooks")
        assert "https://erp.test/hook/" in listed
        assert "t0ken" not in listed

    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("http://erp.test/", "starts with https://"),
            ("https://inside.test/", "private network"),
            ("x", "no web address"),
        ],
    )
    def test_an_address_that_is_not_called_is_explained(self, road: Road, url: str, why: str) -> None:
        answer = signed_in(road.demo.company).post(reverse("web:new_webhook"), {**FORM, "url": url})

        assert answer.status_code == 422
        assert why in answer.content.decode()
        assert not WebhookEndpoint.objects.exists()

    def test_it_is_changed(self, listening: Listening) -> None:
        client = signed_in(listening.company)
        client.post(reverse("web:webhook_settings", args=[listening.endpoint.pk]), FORM)

        endpoint = listening.current()
        assert (endpoint.url, endpoint.types, endpoint.enabled) == (FORM["url"], FORM["types"], True)
        assert endpoint.secrets["secret"] == listening.secret

    def test_a_test_is_sent_and_its_page_follows_it(self, listening: Listening) -> None:
        client = signed_in(listening.company)
        page = client.post(reverse("web:test_webhook", args=[listening.endpoint.pk]), follow=True)
        assert 'hx-trigger="every 1s"' in page.content.decode()
        listening.receiver.status = lambda told: 418
        listening.road.deliver()

        (message,) = listening.endpoint.messages.all()
        shown = text(client, "webhook_message", listening.endpoint.pk, message.pk)
        assert "hx-trigger" not in shown
        assert "418" in shown
        assert "answer 418" in shown
        assert "Not taken" in shown

    def test_it_is_switched_off_and_on(self, listening: Listening) -> None:
        client, switch = signed_in(listening.company), reverse("web:switch_webhook", args=[listening.endpoint.pk])
        off = client.post(switch, follow=True).content.decode()
        assert "It is switched off." in off
        assert not listening.current().enabled

        client.post(switch, {"on": "1"})
        assert listening.current().enabled
        assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[-2:] == [
            "webhook_off",
            "webhook_on",
        ]

    def test_a_new_secret_is_shown_once(self, listening: Listening) -> None:
        client = signed_in(listening.company)
        shown = client.post(reverse("web:rotate_secret", args=[listening.endpoint.pk]), follow=True).content.decode()

        assert set(SECRET.findall(shown)) == {listening.current().secrets["secret"]} != {listening.secret}
        again = text(client, "webhook", listening.endpoint.pk)
        assert SECRET.findall(again) == []
        assert "The one before is good until" in again

    def test_the_log_shows_what_was_not_delivered_and_the_older_ones(self, listening: Listening) -> None:
        listening.receiver.status = lambda told: 500 if told["type"] == "order.changed" else 200
        listening.order()
        client, pk = signed_in(listening.company), listening.endpoint.pk
        everything = client.get(reverse("web:webhook", args=[pk])).context["entries"]
        undelivered = client.get(reverse("web:webhook", args=[pk]) + "?only=undelivered").context["entries"]

        assert {entry.message.type for entry in undelivered} < {entry.message.type for entry in everything}
        before = f"?before={everything[0].message.pk}"
        older = client.get(reverse("web:webhook", args=[pk]) + before).context["entries"]
        assert [entry.message.pk for entry in older] == [entry.message.pk for entry in everything[1:]]
        for nonsense in ("x", "-1", "9" * 40, "²"):
            assert client.get(reverse("web:webhook", args=[pk]), {"before": nonsense}).status_code == 200

    def test_messages_are_sent_again_and_left_out(self, listening: Listening) -> None:
        listening.order()
        client, pk, message = signed_in(listening.company), listening.endpoint.pk, listening.owed()[0]
        told = client.post(reverse("web:replay_message", args=[pk, message.pk]), follow=True).content.decode()
        assert "It is sent again." in told
        assert message in listening.owed(OutboxMessage.State.QUEUED)

        told = client.post(reverse("web:skip_message", args=[pk, message.pk]), follow=True).content.decode()
        assert "It is left out" in told
        assert message not in listening.owed(OutboxMessage.State.QUEUED)
        span = {"since": "2026-11-20T00:00", "until": "2026-11-21T00:00"}
        told = client.post(reverse("web:replay_webhook", args=[pk]), span, follow=True).content.decode()
        assert f"{len(listening.owed())} messages are sent again." in told
        wrong = client.post(reverse("web:replay_webhook", args=[pk]), {**span, "until": "2026-11-19T00:00"})
        assert (wrong.status_code, "This is not after the beginning." in wrong.content.decode()) == (422, True)

    def test_one_that_is_removed_is_gone_from_every_page(self, listening: Listening) -> None:
        listening.order()
        client, pk, message = signed_in(listening.company), listening.endpoint.pk, listening.owed()[0]
        told = client.post(reverse("web:remove_webhook", args=[pk]), follow=True).content.decode()

        assert "No webhooks yet" in told
        assert client.get(reverse("web:webhook", args=[pk])).status_code == 404
        assert client.get(reverse("web:webhook_message", args=[pk, message.pk])).status_code == 404
        assert listening.current().secrets == {}
        before = len(listening.receiver.calls)
        listening.order(sku="TST-002", price="10.90")
        assert len(listening.receiver.calls) == before

    def test_what_an_address_answers_stays_text(self, listening: Listening) -> None:
        listening.order()
        message = listening.owed()[0]
        hostile = "<script>alert(1)</script>"
        type(message).objects.update(answer=hostile, error=hostile, status=None)
        listening.company.exchanges.update(response_body=hostile, error=hostile, status=None)
        client = signed_in(listening.company)

        for page in (
            text(client, "webhook", listening.endpoint.pk),
            text(client, "webhook_message", listening.endpoint.pk, message.pk),
        ):
            assert hostile not in page
            assert "&lt;script&gt;" in page
