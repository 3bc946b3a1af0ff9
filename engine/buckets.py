"""Token buckets, as remote sides publish them: calls come back at a rate, and up to a burst of them is saved.

A bucket is kept as the moment when it will be full again (the generic cell rate algorithm): one number, which Redis
moves in one script, so that all workers draw from one bucket. Moments are seconds since 1970 by the caller's clock.
Libraries that have buckets on Redis (limits, throttled-py) let nobody empty one or change its rate, as a remote side's
answers ask for, and count by Redis's own clock.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import redis

from adapterkit.spec import RateLimit

SLACK = 0.001  # seconds by which rounding may miss

_LUA = """
local kept = redis.call('HMGET', KEYS[1], 'full_at', 'rate')
local now, rate, burst = tonumber(ARGV[1]), tonumber(kept[2] or ARGV[2]), tonumber(ARGV[3])
local cost, patience = tonumber(ARGV[4]), tonumber(ARGV[5])
local full_at = math.max(tonumber(kept[1] or '0'), now) + cost / rate
local wait = full_at - now - burst / rate
if wait <= patience then
  redis.call('HSET', KEYS[1], 'full_at', string.format('%.6f', full_at))
  redis.call('EXPIRE', KEYS[1], math.ceil(full_at - now) + 86400)
end
return string.format('%.6f', wait)
"""
_EMPTY = """
local rate = tonumber(redis.call('HGET', KEYS[1], 'rate') or ARGV[2])
redis.call('HSET', KEYS[1], 'full_at', string.format('%.6f', tonumber(ARGV[1]) + tonumber(ARGV[3]) / rate))
redis.call('EXPIRE', KEYS[1], math.ceil(tonumber(ARGV[3]) / rate) + 86400)
return string.format('%.6f', 1 / rate)
"""


class Buckets(Protocol):
    """Where buckets are kept."""

    def take(self, key: str, limit: RateLimit, now: float, cost: float, patience: float) -> float:
        """Return after how many seconds the call may be made; it is taken if that is no more than `patience`.

        Whoever takes it waits so long and then calls. A call that costs more than the whole burst takes all of it.
        """

    def drain(self, key: str, limit: RateLimit, now: float) -> float:
        """The remote side says that the bucket is empty; return after how many seconds there is a call again."""

    def learn(self, key: str, limit: RateLimit, rate: float) -> None:
        """Calls come back at this rate from now on."""


@dataclass(slots=True)
class _Bucket:
    full_at: float = 0.0
    rate: float | None = None


class MemoryBuckets:
    """Buckets of one process."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._guard = threading.Lock()

    def take(self, key: str, limit: RateLimit, now: float, cost: float, patience: float) -> float:
        with self._guard:
            bucket = self._buckets.setdefault(key, _Bucket())
            rate = bucket.rate or limit.rate
            full_at = max(bucket.full_at, now) + min(cost, limit.room) / rate
            wait = full_at - now - limit.room / rate
            if wait <= patience + SLACK:
                bucket.full_at = full_at
            return _past_rounding(wait)

    def drain(self, key: str, limit: RateLimit, now: float) -> float:
        with self._guard:
            bucket = self._buckets.setdefault(key, _Bucket())
            rate = bucket.rate or limit.rate
            bucket.full_at = now + limit.room / rate
            return 1 / rate

    def learn(self, key: str, limit: RateLimit, rate: float) -> None:  # noqa: ARG002 - the protocol's
        with self._guard:
            self._buckets.setdefault(key, _Bucket()).rate = rate


class RedisBuckets:
    """Buckets shared by all workers."""

    def __init__(self, url: str) -> None:
        self._client: Any = redis.from_url(url, decode_responses=True)
        self._take, self._empty = self._client.register_script(_LUA), self._client.register_script(_EMPTY)
        self._told: dict[str, float] = {}  # what this process wrote last

    def take(self, key: str, limit: RateLimit, now: float, cost: float, patience: float) -> float:
        arguments: list[str | float] = [f"{now:.6f}", limit.rate, limit.room, min(cost, limit.room), patience + SLACK]
        return _past_rounding(float(self._take(keys=[key], args=arguments)))

    def drain(self, key: str, limit: RateLimit, now: float) -> float:
        return float(self._empty(keys=[key], args=[f"{now:.6f}", limit.rate, limit.room]))

    def learn(self, key: str, limit: RateLimit, rate: float) -> None:
        if self._told.get(key, limit.rate) != rate:
            self._client.hset(key, "rate", rate)
            self._told[key] = rate


def _past_rounding(wait: float) -> float:
    return wait if wait > SLACK else 0.0


@cache
def buckets_at(url: str) -> Buckets:
    """Return the process's buckets: in Redis where there is one, else in memory."""
    return RedisBuckets(url) if url else MemoryBuckets()
