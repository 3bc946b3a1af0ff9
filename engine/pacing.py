"""One pace for each remote account and bucket, shared by all workers through Redis; without it each paces alone.

Uses the moving window of the `limits` library: it counts exactly, and Redis does the arithmetic in one script.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import cache

from django.conf import settings
from django.core.cache import cache as shared_cache
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from adapterkit.errors import RateLimited
from adapterkit.spec import RateLimit

logger = logging.getLogger(__name__)
LONGEST_WAIT = 2.0  # seconds; for more the message is put back, so that the thread is free


@cache
def _limiter(url: str) -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(storage_from_string(url) if url else MemoryStorage())


@cache
def _alone() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


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

    def acquire(self, bucket: str) -> None:
        """Take the right to make one call; wait a moment for it, or raise `RateLimited` when it would be long."""
        paused = self._paused_for(bucket)
        if paused > 0:
            raise RateLimited("The remote side asked us to wait", retry_after=paused)
        limit = self.limits.get(bucket) or self.limits.get("default")
        if limit is None:
            return
        item = RateLimitItemPerSecond(limit.calls, max(int(limit.per), 1))
        waited = 0.0
        while not self._hit(item, bucket):
            pause = min(0.05 + limit.per / max(limit.calls, 1) / 2, 0.5)
            if waited + pause > LONGEST_WAIT:
                raise RateLimited("Our own pace for this account is used up", retry_after=limit.per)
            self.wait(pause)
            waited += pause

    def pause(self, bucket: str, seconds: float) -> None:
        """Nobody calls this bucket before so many seconds have passed."""
        try:
            shared_cache.set(self._pause_key(bucket), self.clock() + seconds, timeout=max(int(seconds) + 1, 1))
        except Exception as error:  # noqa: BLE001 - the cache is a convenience; the lane's own circuit still closes
            logger.warning("The pause of %s could not be shared: %s", self.lane, type(error).__name__)

    def _paused_for(self, bucket: str) -> float:
        try:
            until = shared_cache.get(self._pause_key(bucket))
        except Exception as error:  # noqa: BLE001 - see `pause`
            logger.warning("The pause of %s could not be read: %s", self.lane, type(error).__name__)
            return 0.0
        return max(until - self.clock(), 0.0) if until else 0.0

    def _hit(self, item: RateLimitItemPerSecond, bucket: str) -> bool:
        try:
            return _limiter(settings.ORDERSYNC_PACING_URL).hit(item, self.lane, bucket)
        except Exception as error:  # noqa: BLE001 - any error of the storage
            logger.warning("Pacing without the shared store: %s", type(error).__name__)
            return _alone().hit(item, self.lane, bucket)

    def _pause_key(self, bucket: str) -> str:
        return f"pause:{self.lane}:{bucket}"
