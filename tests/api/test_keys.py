"""Who may call: keys, tokens for them, scopes, projects, limits, and how a refusal is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.flows.make_api_key import make_api_key
from accounts.flows.revoke_api_key import revoke_api_key
from accounts.models import ApiKey, AuditEntry, Company
from connections.models import Project
from tests.api.calls import client_with, key_for, problem, program
from tests.road import Road

pytestmark = [pytest.mark.django_db, pytest.mark.either]
URL = "/api/v1/connections"


def test_a_key_reads_its_company_alone(road: Road) -> None:
    other = Company.objects.create(name="Other")

    mine, theirs = program(road.demo.company).get(URL), program(other).get(URL)

    assert [row["id"] for row in mine.json()["results"]] == [road.demo.connection.pk]
    assert theirs.json()["results"] == []
    assert problem(program(other).get(f"{URL}/{road.demo.connection.pk}")) == (404, "not_found")


def test_a_key_for_one_project_reads_no_other(road: Road) -> None:
    empty = Project.objects.create(company=road.demo.company, name="Empty", created_at=timezone.now())

    assert program(road.demo.company, project_id=empty.pk).get(URL).json()["results"] == []
    assert len(program(road.demo.company, project_id=road.demo.shop.project_id).get(URL).json()["results"]) == 1


def test_only_the_hash_is_stored_and_the_last_use_is_noted(road: Road) -> None:
    key, whole = key_for(road.demo.company)
    client_with(whole).get(URL)

    stored = ApiKey.objects.get(pk=key.pk)
    assert stored.last_used_at is not None
    secret = whole.removeprefix(f"osk_{key.prefix}_")
    assert len(secret) == 43
    assert secret not in str(ApiKey.objects.filter(pk=key.pk).values())
    assert AuditEntry.objects.filter(action="api_key_made").count() == 1


@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer osk_nothing", "Bearer \x00", "Basic abc", "Bearer a.b.c"])
def test_without_a_valid_key_nothing_is_told(road: Road, sent: str) -> None:
    response = client_with("").get(URL, headers={"Authorization": sent})

    assert problem(response) in {(401, "not_authenticated"), (401, "invalid_key")}
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_and_an_expired_one_end_at_once_and_a_second_one_stays(road: Road) -> None:
    old, old_whole = key_for(road.demo.company)
    _, new_whole = key_for(road.demo.company, days=400)
    assert client_with(old_whole).get(URL).status_code == 200

    assert revoke_api_key(key=old, now=timezone.now(), by=None) is True
    assert revoke_api_key(key=old, now=timezone.now(), by=None) is False

    assert problem(client_with(old_whole).get(URL)) == (401, "invalid_key")
    with time_machine.travel(timezone.now() + timedelta(days=399), tick=False):
        assert client_with(new_whole).get(URL).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=401), tick=False):
        assert problem(client_with(new_whole).get(URL)) == (401, "invalid_key")


def test_a_scope_that_there_is_not_makes_no_key(road: Road) -> None:
    with pytest.raises(ValueError, match="everything"):
        make_api_key(company=road.demo.company, name="x", scopes=["read", "everything"], now=timezone.now(), by=None)
    assert not ApiKey.objects.exists()


def test_a_key_without_the_scope_is_told_which_one_it_lacks(road: Road) -> None:
    response = program(road.demo.company, "stock").get(URL)

    assert problem(response) == (403, "scope_missing")
    assert "read" in response.json()["detail"]


def tokened(whole: str, **form: str) -> Any:
    body = urlencode({"grant_type": "client_credentials", "client_secret": whole, **form})
    return Client().post(reverse("v1:token"), body, content_type="application/x-www-form-urlencoded")


def test_a_key_is_handed_in_for_a_token_that_ends_with_it(road: Road) -> None:
    key, whole = key_for(road.demo.company, "read", "stock")

    answer = tokened(whole, client_id=key.prefix, scope="read")

    given = answer.json()
    assert (answer.status_code, given["token_type"], given["scope"], given["expires_in"]) == (
        200,
        "Bearer",
        "read",
        3600,
    )
    assert client_with(given["access_token"]).get(URL).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=3605), tick=False):
        assert problem(client_with(given["access_token"]).get(URL)) == (401, "invalid_key")
    revoke_api_key(key=key, now=timezone.now(), by=None)
    assert problem(client_with(given["access_token"]).get(URL)) == (401, "invalid_key")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": "read admin"}, "invalid_scope"),
        ({"client_id": "somebody"}, "invalid_client"),
        ({"client_secret": "osk_wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_token_is_refused_as_the_standard_says(road: Road, form: dict[str, str], error: str) -> None:
    _, whole = key_for(road.demo.company, "read")

    answer = tokened(whole, **form)

    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == error


def test_every_answer_tells_the_limit_and_the_one_too_many_waits(road: Road, settings: Any) -> None:
    settings.ORDERSYNC_API_PER_MINUTE = 3
    client, other = program(road.demo.company), program(road.demo.company)
    answers = [client.get(URL) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[0]["RateLimit-Limit"] == "3"
    assert problem(answers[3]) == (429, "throttled")
    assert 1 <= int(answers[3]["Retry-After"]) <= 60
    assert other.get(URL).status_code == 200


def test_a_refusal_speaks_the_caller_s_language(road: Road) -> None:
    answers = {
        language: program(road.demo.company, **{"Accept-Language": language}).get(f"{URL}/0").json()["title"]
        for language in ("en", "fr", "nl", "de")
    }

    assert len(set(answers.values())) == 4


def test_a_connection_tells_what_is_left_to_do_and_how_its_sides_are(road: Road) -> None:
    got = program(road.demo.company).get(f"{URL}/{road.demo.connection.pk}").json()

    assert (got["marketplace"], got["platform"], got["state"]) == ("bol", "woocommerce", "active")
    assert [side["state"] for side in got["health"]] == ["open", "open"]
    steps = {step["step"]: step["state"] for step in got["steps"]}
    assert steps["module"] == "done"
    assert all(step["mend"] for step in got["steps"] if step["state"] != "done")


def test_the_documentation_comes_from_this_server_alone() -> None:
    page = Client().get(reverse("v1:docs"))

    assert page.status_code == 200
    assert "http" not in page.content.decode().replace("http://testserver", "").replace("http://www.w3.org", "")
    assert Client().get(reverse("v1:schema")).status_code == 200
