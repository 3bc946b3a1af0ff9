"""Token buckets, as remote sides publish them: calls come back at a rate, and up to a burst of them is saved.

A bucket is kept as the moment when it will be full again (the generic cell rate algorithm): one number, which Redis
moves in one script, so that all workers draw from one bucket. Moments are seconds since 1970 by the caller's clock.
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
local act, now, rate, burst = ARGV[1], tonumber(ARGV[2]), tonumber(kept[2] or ARGV[3]), tonumber(ARGV[4])
local full_at = math.max(tonumber(kept[1] or '0'), now)
if act == 'drain' then
  full_at = now + burst / rate
elseif full_at - now - (burst - 1) / rate > tonumber(ARGV[5]) then
  return string.format('%.6f', full_at - now - (burst - 1) / rate)
else
  full_at = full_at + 1 / rate
end
redis.call('HSET', KEYS[1], 'full_at', string.format('%.6f', full_at))
redis.call('EXPIRE', KEYS[1], math.ceil(burst / rate) + 86400)
return '0'
"""


class Buckets(Protocol):
    """Where buckets are kept."""

    def take(self, key: str, limit: RateLimit, now: float) -> float:
        """Take one call and return 0, or take nothing and return after how many seconds there is one."""

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

    def take(self, key: str, limit: RateLimit, now: float) -> float:
        with self._guard:
            bucket = self._buckets.setdefault(key, _Bucket())
            rate = bucket.rate or limit.rate
            full_at = max(bucket.full_at, now)
            wait = full_at - now - (limit.burst - 1) / rate
            if wait > SLACK:
                return wait
            bucket.full_at = full_at + 1 / rate
            return 0.0

    def drain(self, key: str, limit: RateLimit, now: float) -> float:
        with self._guard:
            bucket = self._buckets.setdefault(key, _Bucket())
            rate = bucket.rate or limit.rate
            bucket.full_at = now + limit.burst / rate
            return 1 / rate

    def learn(self, key: str, limit: RateLimit, rate: float) -> None:  # noqa: ARG002 - the protocol's
        with self._guard:
            self._buckets.setdefault(key, _Bucket()).rate = rate


class RedisBuckets:
    """Buckets shared by all workers."""

    def __init__(self, url: str) -> None:
        self._client: Any = redis.from_url(url, decode_responses=True)
        self._move = self._client.register_script(_LUA)
        self._told: dict[str, float] = {}  # what this process wrote last

    def take(self, key: str, limit: RateLimit, now: float) -> float:
        return self._run("take", key, limit, now)

    def drain(self, key: str, limit: RateLimit, now: float) -> float:
        self._run("drain", key, limit, now)
        return 1 / float(self._client.hget(key, "rate") or limit.rate)

    def learn(self, key: str, limit: RateLimit, rate: float) -> None:
        if self._told.get(key, limit.rate) != rate:
            self._client.hset(key, "rate", rate)
            self._told[key] = rate

    def _run(self, act: str, key: str, limit: RateLimit, now: float) -> float:
        return float(self._move(keys=[key], args=[act, f"{now:.6f}", limit.rate, limit.burst, SLACK]))


@cache
def buckets_at(url: str) -> Buckets:
    """Return the process's buckets: in Redis where there is one, else in memory."""
    return RedisBuckets(url) if url else MemoryBuckets()
