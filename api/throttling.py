"""How many requests a key may make: told in every answer, in the header fields that clients know."""

from __future__ import annotations

import time
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, cast

from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.storage import Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from api.caller import Caller

if TYPE_CHECKING:
    from rest_framework.views import APIView


@cache
def limiter(address: str) -> MovingWindowRateLimiter:
    """Counts in Redis where there is one, so that all web processes count together."""
    return MovingWindowRateLimiter(cast("Storage", storage_from_string(address or "memory://")))


class PerKey(BaseThrottle):
    """So many requests in any minute, by key. Leaves `rate` on the request, for the header fields."""

    seconds: int = 1

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, Caller):
            return True
        limits, item = limiter(settings.ORDERSYNC_PACING_URL), RateLimitItemPerMinute(settings.ORDERSYNC_API_PER_MINUTE)
        name = f"api:{request.user.key.pk}"
        allowed = limits.hit(item, name)
        left = limits.get_window_stats(item, name)
        self.seconds = max(ceil(left.reset_time - time.time()), 1)
        request._request.api_rate = (item.amount, left.remaining, self.seconds)
        return allowed

    def wait(self) -> float:
        return float(self.seconds)


def rate_headers(request: Request) -> dict[str, str]:
    """Return the fields of draft-ietf-httpapi-ratelimit-headers, in the form most clients read."""
    rate = getattr(request._request, "api_rate", None)
    if rate is None:
        return {}
    limit, remaining, seconds = rate
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(remaining),
        "RateLimit-Reset": str(seconds),
    }
