"""The pace of a remote account: token buckets as published, shared by all workers, kept with a clock that is moved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings

from adapterkit.errors import RateLimited
from adapterkit.spec import RateLimit
from engine import buckets
from engine.buckets import MemoryBuckets, RedisBuckets
from engine.pacing import AccountPacer

LISTS = RateLimit(0.0056, burst=20)  # about one in three minutes, twenty saved
LIMITS = {"lists": LISTS, "writes": RateLimit(2, burst=10), "default": RateLimit(5)}
START = 1_800_000_000.0


class Time:
    """A clock that moves when somebody waits."""

    def __init__(self) -> None:
        self.now = START
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(params=["redis", "memory"], autouse=True)
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the buckets are: shared, or in this process because there is no Redis."""
    url = settings.ORDERSYNC_PACING_URL if request.param == "redis" else ""
    monkeypatch.setattr(settings, "ORDERSYNC_PACING_URL", url)
    fresh = RedisBuckets(url) if url else MemoryBuckets()
    monkeypatch.setattr("engine.pacing.buckets_at", lambda _: fresh)
    return str(request.param)


@pytest.fixture
def pacer(time: Time) -> AccountPacer:
    return AccountPacer("account:1", LIMITS, wait=time.wait, clock=time)


def calls_until_refused(pacer: AccountPacer, bucket: str) -> tuple[int, RateLimited]:
    for number in range(1000):
        try:
            pacer.acquire(bucket)
        except RateLimited as error:
            return number, error
    raise AssertionError("never refused")


def test_a_burst_goes_at_once_and_then_one_comes_back_at_the_published_rate(pacer: AccountPacer, time: Time) -> None:
    went, refused = calls_until_refused(pacer, "lists")

    assert (went, time.waits) == (20, [])
    assert refused.retry_after == pytest.approx(1 / 0.0056, abs=0.001)
    time.now += 1 / 0.0056 - 2.5
    assert calls_until_refused(pacer, "lists")[0] == 0
    time.now += 2.5
    assert calls_until_refused(pacer, "lists")[0] == 1


def test_no_more_than_the_burst_is_saved(pacer: AccountPacer, time: Time) -> None:
    calls_until_refused(pacer, "lists")
    time.now += 7 * 24 * 3600

    assert calls_until_refused(pacer, "lists")[0] == 20


def test_a_short_wait_is_waited_to_the_very_moment(pacer: AccountPacer, time: Time) -> None:
    for _ in range(14):
        pacer.acquire("writes")

    assert time.waits == pytest.approx([0.5] * 4, abs=0.001)
    assert time.now - START == pytest.approx(2.0, abs=0.001)


def test_all_workers_draw_from_one_bucket(pacer: AccountPacer, time: Time) -> None:
    other = AccountPacer("account:1", LIMITS, wait=time.wait, clock=time)
    for _ in range(10):
        pacer.acquire("lists")

    assert calls_until_refused(other, "lists")[0] == 10
    assert calls_until_refused(pacer, "lists")[0] == 0


def test_accounts_and_operations_are_apart(pacer: AccountPacer, time: Time) -> None:
    calls_until_refused(pacer, "lists")

    assert calls_until_refused(AccountPacer("account:2", LIMITS, clock=time), "lists")[0] == 20
    pacer.acquire("writes")


def test_a_refusal_by_the_remote_side_empties_the_bucket(pacer: AccountPacer, time: Time) -> None:
    pacer.acquire("lists")

    assert pacer.pause("lists", None) == pytest.approx(1 / 0.0056)

    went, refused = calls_until_refused(pacer, "lists")
    assert went == 0
    assert not refused.asked
    time.now += 1 / 0.0056
    assert calls_until_refused(pacer, "lists")[0] == 1


def test_a_refusal_that_names_a_time_is_honoured(pacer: AccountPacer, time: Time) -> None:
    assert pacer.pause("writes", 30.0) == 30.0

    with pytest.raises(RateLimited) as refused:
        pacer.acquire("writes")
    assert refused.value.retry_after == pytest.approx(30.0)
    time.now += 30.0
    pacer.acquire("writes")


def test_a_rate_that_the_remote_side_tells_is_kept(pacer: AccountPacer, time: Time) -> None:
    pacer.learn("lists", 0.1)
    calls_until_refused(pacer, "lists")

    time.now += 10
    assert calls_until_refused(pacer, "lists")[0] == 1
    assert pacer.pause("lists", None) == pytest.approx(10)


def test_a_refusal_without_a_time_or_a_published_rate_names_none(pacer: AccountPacer) -> None:
    assert pacer.pause("anything", None) is None


def test_without_a_burst_calls_are_spread_evenly(pacer: AccountPacer, time: Time) -> None:
    for _ in range(11):
        pacer.acquire("anything")

    assert time.waits == pytest.approx([0.2] * 10, abs=0.001)


def test_many_at_once_are_told_each_its_own_moment(time: Time) -> None:
    """Nobody waits in vain: who is told to wait has its call then, and who has none is told when there is one."""
    waits: list[float] = []
    pacer = AccountPacer("account:1", LIMITS, wait=waits.append, clock=time)  # time stands still meanwhile

    went, refused = calls_until_refused(pacer, "writes")

    assert went == 14
    assert waits == pytest.approx([0.5, 1.0, 1.5, 2.0], abs=0.001)
    assert (refused.retry_after, refused.asked) == (pytest.approx(2.5, abs=0.001), False)


def test_a_call_takes_what_it_costs(pacer: AccountPacer, time: Time) -> None:
    pacer.acquire("lists", 15)

    with pytest.raises(RateLimited) as refused:
        pacer.acquire("lists", 6)
    assert refused.value.retry_after == pytest.approx(1 / 0.0056, abs=0.001)
    pacer.acquire("lists", 5)
    assert calls_until_refused(pacer, "lists")[0] == 0
    time.now += 20 / 0.0056
    pacer.acquire("lists", 1000)  # all there is, once it is full
    assert calls_until_refused(pacer, "lists")[0] == 0
    assert time.waits == []


def test_a_lost_store_stops_nothing(pacer: AccountPacer, monkeypatch: pytest.MonkeyPatch) -> None:
    class Lost:
        def __getattr__(self, name: str) -> Callable[..., float]:
            raise ConnectionError(name)

    monkeypatch.setattr("engine.pacing.buckets_at", lambda _: Lost())
    monkeypatch.setattr("engine.pacing._buckets_alone", lambda alone=MemoryBuckets(): alone)  # noqa: B008

    assert calls_until_refused(pacer, "lists")[0] == 20
    assert pacer.pause("lists", None) == pytest.approx(1 / 0.0056)
    pacer.learn("lists", 1.0)


def test_a_process_has_one_store() -> None:
    assert buckets.buckets_at("") is buckets.buckets_at("")
    assert isinstance(buckets.buckets_at(""), MemoryBuckets)
