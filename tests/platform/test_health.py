"""The health page says which part is ill."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from engine.models import Beat

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ROUNDS = ("read", "deliver", "keep_house")


@pytest.fixture(autouse=True)
def started_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordersync.health.STARTED_AT", NOW - timedelta(days=1))


@pytest.fixture
def beats(db: None) -> None:
    Beat.objects.bulk_create(Beat(name=name, at=NOW) for name in ROUNDS)


def test_all_well(beats: None, client: Client) -> None:
    with time_machine.travel(NOW + timedelta(minutes=4, seconds=59), tick=False):
        answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "cache": "ok", "read": "ok", "deliver": "ok", "keep_house": "ok"}


def test_a_round_that_is_late_is_named(beats: None, client: Client) -> None:
    Beat.objects.filter(name="deliver").update(at=NOW - timedelta(seconds=1))
    with time_machine.travel(NOW + timedelta(minutes=4, seconds=59), tick=False):
        answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json() == {
        "database": "ok",
        "cache": "ok",
        "read": "ok",
        "deliver": "late: is a worker running?",
        "keep_house": "ok",
    }


@pytest.mark.django_db
def test_a_round_that_never_ended_is_late(client: Client) -> None:
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert {answer.json()[name] for name in ROUNDS} == {"late: is a worker running?"}


@pytest.mark.django_db
def test_what_started_a_moment_ago_has_the_time_to_run_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordersync.health.STARTED_AT", NOW)
    with time_machine.travel(NOW + timedelta(minutes=4, seconds=59), tick=False):
        early = client.get("/healthz").status_code
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        late = client.get("/healthz").status_code

    assert (early, late) == (200, 503)


def test_a_cache_that_does_not_answer_is_named(beats: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ConnectionError("redis://:hunter2@redis:6379")

    monkeypatch.setattr(type(cache._connections[cache._alias]), "get", refuse)  # type: ignore[attr-defined]
    with time_machine.travel(NOW, tick=False):
        answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["cache"] == "not reachable (ConnectionError)"
    assert b"hunter2" not in answer.content


def test_a_database_that_does_not_answer_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(Beat.objects, "all", refuse)
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json() == {"database": "not reachable"}
