"""What every test gets: no network, an empty cache, cheap passwords."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.road import bol, clock, make_road, mounts, road, shop  # noqa: F401 - fixtures of the whole suite
from tests.sockets import SocketGuard

guard = SocketGuard()


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 is slow on purpose
    redis = urlsplit(os.environ["REDIS_URL"])
    guard.services = frozenset({(redis.hostname or "127.0.0.1", redis.port or 6379)})
    guard.install()


def pytest_unconfigure(config: pytest.Config) -> None:
    guard.remove()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    guard.loopback = any(item.get_closest_marker(name) for name in ("sockets", "browser"))
    try:
        return (yield)  # type: ignore[return-value]
    finally:
        guard.loopback = False


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Shared tokens, paces and pauses of one test are unknown to the next."""
    from django.core.cache import cache

    cache.clear()
