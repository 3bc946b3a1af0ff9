"""A change that is asked for twice happens once, and is answered the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.test import override_settings
from django.urls import include, path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Company
from api.base import ApiView, with_etag
from api.idempotency import KEPT_FOR, forget_answers
from api.models import AnsweredRequest
from api.problems import Conflict
from tests.api.calls import problem, program
from tests.road import Road

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class Notes(ApiView):
    """Makes a company as an example of a change."""

    refuse: ClassVar[bool] = False

    def post(self, request: Request) -> Response:
        made = Company.objects.create(name=str(request.data["name"]))
        if Notes.refuse:
            raise Conflict
        return with_etag({"id": made.pk}, '"1"', status=201)

    def put(self, request: Request) -> Response:
        self.check_match('"7"')
        return Response({"name": request.data["name"]})


urlpatterns = [path("notes", Notes.as_view()), path("", include("ordersync.urls"))]


def ask(client: Any, name: str, key: str = "k1") -> Any:
    return client.post("/notes", {"name": name}, format="json", headers={"Idempotency-Key": key})


def test_the_same_request_twice_happens_once_and_is_answered_the_same(road: Road) -> None:
    client = program(road.demo.company)

    first, second = ask(client, "A"), ask(client, "A")

    assert (first.status_code, second.status_code) == (201, 201)
    assert (first.json(), first["ETag"]) == (second.json(), second["ETag"])
    assert second["Idempotency-Replayed"] == "true"
    assert Company.objects.filter(name="A").count() == 1
    assert ask(client, "A", key="k2").json() != first.json()


def test_the_key_for_another_request_is_refused_and_nothing_happens(road: Road) -> None:
    client = program(road.demo.company)
    ask(client, "A")

    assert problem(ask(client, "B")) == (422, "key_reused")
    assert not Company.objects.filter(name="B").exists()


def test_another_program_s_key_of_the_same_name_is_another_key(road: Road) -> None:
    first, second = ask(program(road.demo.company), "A"), ask(program(road.demo.company), "A")

    assert first.json() != second.json()


def test_what_is_refused_is_undone_and_its_key_free_again(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    client = program(road.demo.company)
    monkeypatch.setattr(Notes, "refuse", True)
    assert problem(ask(client, "A")) == (409, "conflict")
    assert not Company.objects.filter(name="A").exists()
    assert not AnsweredRequest.objects.exists()
    monkeypatch.setattr(Notes, "refuse", False)

    assert ask(client, "B").status_code == 201


@pytest.mark.parametrize("key", ["x" * 256, "a b"])
def test_a_key_that_cannot_be_kept_is_refused(road: Road, key: str) -> None:
    assert problem(ask(program(road.demo.company), "A", key=key)) == (400, "invalid")
    assert not Company.objects.filter(name="A").exists()


def test_answers_are_forgotten_after_a_day(road: Road) -> None:
    ask(program(road.demo.company), "A")
    now = timezone.now()

    assert forget_answers(now)["answered_requests"] == 0
    assert forget_answers(now + KEPT_FOR)["answered_requests"] == 0
    assert forget_answers(now + KEPT_FOR + timedelta(microseconds=1))["answered_requests"] == 1


@pytest.mark.parametrize(("sent", "status"), [({}, 200), ('"7"', 200), ("*", 200), ('"1", "7"', 200), ('"1"', 412)])
def test_a_change_of_what_was_changed_meanwhile_is_refused(road: Road, sent: Any, status: int) -> None:
    headers = {"If-Match": sent} if sent else {}

    response = program(road.demo.company).put("/notes", {"name": "A"}, format="json", headers=headers)

    assert response.status_code == status
    if status == 412:
        assert problem(response) == (412, "changed_meanwhile")


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100)
def test_too_large_a_body_is_refused(road: Road) -> None:
    assert problem(ask(program(road.demo.company), "A" * 200)) == (413, "too_large")


def test_what_is_no_json_is_refused(road: Road) -> None:
    client = program(road.demo.company)

    assert problem(client.post("/notes", b"{", content_type="application/json")) == (400, "unreadable")
    assert problem(client.post("/notes", b"a=b", content_type="text/plain")) == (415, "unsupported_media_type")
    assert problem(client.delete("/notes")) == (405, "method_not_allowed")
