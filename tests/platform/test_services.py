"""The suite's own footing."""

from __future__ import annotations

import os
import socket

import pytest
from django.core.cache import cache
from django.db import connection

from tests import services
from tests.sockets import SocketGuard


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for() -> None:
    assert connection.vendor == os.environ.get("ORDERSYNC_TEST_DB", "sqlite")


@pytest.mark.django_db
def test_the_database_runs_as_in_the_product() -> None:
    question, answer = {
        "sqlite": ("PRAGMA journal_mode", "wal"),
        "postgresql": ("SHOW server_encoding", "UTF8"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(question)
        assert cursor.fetchone() == (answer,)


def test_the_cache_is_redis() -> None:
    cache.set("a", 1, timeout=30)

    assert cache.get("a") == 1
    assert "Redis" in type(cache._connections[cache._alias]).__name__  # type: ignore[attr-defined]


def test_each_xdist_worker_has_a_redis_database_of_its_own() -> None:
    assert services._own_database("redis://127.0.0.1:7000/0", "gw0") == "redis://127.0.0.1:7000/1"
    assert services._own_database("redis://:secret@redis:6379/2", "gw3") == "redis://:secret@redis:6379/6"


def test_an_unknown_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERSYNC_TEST_DB", "oracle")

    with pytest.raises(services.NotStarted, match=r"'oracle'; it may be sqlite or postgresql\."):
        services.provide()


class TestSocketGuard:
    def test_a_connection_fails_the_test_and_cannot_be_taken_for_an_outage(self) -> None:
        with pytest.raises(pytest.fail.Exception, match="A test connects to"):
            socket.create_connection(("127.0.0.1", 9), timeout=1)

        assert not issubclass(pytest.fail.Exception, Exception)

    def test_a_look_up_fails_the_test(self) -> None:
        with pytest.raises(pytest.fail.Exception, match=r"A test looks up shop\.example"):
            socket.getaddrinfo("shop.example", 443)

    def test_services_and_unix_sockets_are_allowed(self) -> None:
        guard = SocketGuard(services=frozenset({("127.0.0.1", 6379)}))

        guard.check(("127.0.0.1", 6379))
        guard.check("/run/socket")
        with pytest.raises(pytest.fail.Exception):
            guard.check(("127.0.0.1", 6380))

    def test_the_marker_allows_this_machine_only(self) -> None:
        guard = SocketGuard(loopback=True)

        guard.check(("127.0.0.1", 6380))
        guard.check(("::1", 6380, 0, 0))
        with pytest.raises(pytest.fail.Exception):
            guard.check(("93.184.216.34", 443))
