"""What every test gets: no network, an empty cache, cheap passwords."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.amazon_road import amazon, amazon_road  # noqa: F401 - fixtures of the whole suite
from tests.road import bol, clock, make_road, mounts, road, shop  # noqa: F401 - fixtures of the whole suite
from tests.sockets import SocketGuard

guard = SocketGuard()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--second-database", action="store_true", help="leave out what no database makes a difference to")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the second database, run the tests that use one; a browser and generated requests are tried on the first."""
    if config.getoption("--second-database"):
        left = [item for item in items if not _asks_a_database(item)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if _asks_a_database(item)]


def _asks_a_database(item: pytest.Item) -> bool:
    once = any(item.get_closest_marker(name) for name in ("browser", "once"))
    fixtures = set(getattr(item, "fixturenames", ()))
    return not once and (
        item.get_closest_marker("django_db") is not None or bool(fixtures & {"db", "transactional_db"})
    )


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
    guard.anywhere = item.get_closest_marker("live") is not None
    try:
        return (yield)  # type: ignore[return-value]
    finally:
        guard.loopback = guard.anywhere = False


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Shared tokens, paces and pauses of one test are unknown to the next."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(autouse=True)
def own_language() -> None:
    """The language of one test's last page is not that of the next test."""
    from django.utils import translation

    translation.activate("en-gb")
