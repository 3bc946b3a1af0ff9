"""One pace for each remote account and bucket, shared by all workers through Redis; without it each paces alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache as shared_cache

from adapterkit.errors import RateLimited
from adapterkit.spec import RateLimit
from engine.buckets import Buckets, MemoryBuckets, buckets_at

logger = logging.getLogger(__name__)
LONGEST_WAIT = 2.0  # seconds; for more the message is put back, so that the thread is free
T = TypeVar("T")


@cache
def _buckets_alone() -> Buckets:
    return MemoryBuckets()


class AccountPacer:
    """The pacer of one remote account. A lost Redis never stops the work: this worker then counts for itself."""

    def __init__(
        self,
        lane: str,
        limits: Mapping[str, RateLimit],
        *,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.lane = lane
        self.limits = limits
        self.wait = wait
        self.clock = clock

    def acquire(self, bucket: str, cost: float = 1) -> None:
        """Take the right to make one call; wait a moment for it, or raise `RateLimited` with the moment it is due."""
        paused = self._paused_for(bucket)
        if paused > 0:
            raise self._unasked(RateLimited("The remote side asked us to wait", retry_after=paused))
        limit = self._limit(bucket)
        if limit is None:
            return
        key, now = self._key(bucket), self.clock()
        wait = self._shared(lambda buckets: buckets.take(key, limit, now, cost, LONGEST_WAIT))
        if wait > LONGEST_WAIT:
            raise self._unasked(RateLimited("Our own pace for this account is used up", retry_after=wait))
        if wait:
            self.wait(wait)

    def pause(self, bucket: str, seconds: float | None) -> float | None:
        """Nobody calls this bucket before so many seconds have passed, or before its own limit has a call again."""
        limit = self._limit(bucket)
        if seconds is not None:
            self._share_pause(bucket, seconds)
        elif limit is not None and limit.burst:
            key, now = self._key(bucket), self.clock()
            return self._shared(lambda buckets: buckets.drain(key, limit, now))
        return seconds

    def learn(self, bucket: str, rate: float) -> None:
        """The remote side told how many calls a second it allows now."""
        limit = self._limit(bucket)
        if limit is not None and limit.burst:
            key = self._key(bucket)
            self._shared(lambda buckets: buckets.learn(key, limit, rate))

    def _limit(self, bucket: str) -> RateLimit | None:
        return self.limits.get(bucket) or self.limits.get("default")

    @staticmethod
    def _unasked(error: RateLimited) -> RateLimited:
        error.asked = False
        return error

    @staticmethod
    def _shared(act: Callable[[Buckets], T]) -> T:
        try:
            return act(buckets_at(settings.ORDERSYNC_PACING_URL))
        except Exception as error:  # noqa: BLE001 - any error of the storage
            logger.warning("Pacing without the shared store: %s", type(error).__name__)
            return act(_buckets_alone())

    def _share_pause(self, bucket: str, seconds: float) -> None:
        try:
            shared_cache.set(self._pause_key(bucket), self.clock() + seconds, timeout=max(int(seconds) + 1, 1))
        except Exception as error:  # noqa: BLE001 - the cache is a convenience; the lane's own circuit still closes
            logger.warning("The pause of %s could not be shared: %s", self.lane, type(error).__name__)

    def _paused_for(self, bucket: str) -> float:
        try:
            until = shared_cache.get(self._pause_key(bucket))
        except Exception as error:  # noqa: BLE001 - see `_share_pause`
            logger.warning("The pause of %s could not be read: %s", self.lane, type(error).__name__)
            return 0.0
        return max(until - self.clock(), 0.0) if until else 0.0

    def _key(self, bucket: str) -> str:
        return f"pace:{self.lane}:{bucket}"

    def _pause_key(self, bucket: str) -> str:
        return f"pause:{self.lane}:{bucket}"
