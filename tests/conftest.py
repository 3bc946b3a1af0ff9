"""What every test gets: no network, an empty cache, cheap passwords."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.amazon_road import amazon, amazon_road  # noqa: F401 - fixtures of the whole suite
from tests.clock import AHEAD, ahead, clock  # noqa: F401 - a fixture of the whole suite
from tests.effort import DATABASES, LONG, turn_of
from tests.road import bol, make_road, mounts, road, shop  # noqa: F401 - fixtures of the whole suite
from tests.sockets import SocketGuard
from tests.web.browser import browser, page, started  # noqa: F401 - fixtures of the whole suite

guard, journey = SocketGuard(), ahead()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pass", dest="part", choices=["sqlite", "postgresql"], help="one of the suite's two passes")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays to the end: nobody need look through it again and again for what to free."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> Iterator[None]:
    """Each migration makes all models anew, and lets the old ones go: they are freed once, when all have run."""
    if fixturedef.argname != "django_db_setup":
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What uses a database runs in both passes, `either` in one of them by turns. The rest runs in one: a browser beside
    the first, all else beside the second, whose clock is ahead."""
    part = config.getoption("part")
    left = [item for item in items if _is_long(item) or (part and part not in _passes(item))]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


def _is_long(item: pytest.Item) -> bool:
    return not LONG and item.get_closest_marker("long") is not None


def _passes(item: pytest.Item) -> set[str]:
    if any(item.get_closest_marker(name) for name in ("browser", "once")):
        return {"sqlite"}
    fixtures = set(getattr(item, "fixturenames", ()))
    asks = item.get_closest_marker("django_db") is not None or bool(fixtures & {"db", "transactional_db"})
    if not asks:
        return {"postgresql"}
    # What the databases share out among them already is not halved again.
    halved = not LONG and item.get_closest_marker("either") and not item.get_closest_marker("shared")
    return {turn_of(item.nodeid)} if halved else set(DATABASES)


def pytest_report_header() -> str:
    return f"clock: {AHEAD.days} days ahead of this machine's" if _is_ahead() else "clock: this machine's"


def _is_ahead() -> bool:
    return os.environ.get("ORDERSYNC_TEST_DB") == "postgresql"


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    settings.WHITENOISE_AUTOREFRESH = True  # else each test's client looks through all static files first
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 is slow on purpose
    redis = urlsplit(os.environ["REDIS_URL"])
    guard.services = frozenset({(redis.hostname or "127.0.0.1", redis.port or 6379)})
    guard.install()
    if _is_ahead():
        journey.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _is_ahead():
        journey.stop()
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
