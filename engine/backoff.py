"""How long to wait before the next try."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

LONGEST = timedelta(minutes=15)
LONGEST_ASKED = timedelta(hours=6)  # nobody may put us to sleep for longer with a Retry-After
_random: random.Random = random.SystemRandom()


def spread(low: float, high: float) -> float:
    """Return a number between the two, so that what began together does not come back together."""
    return _random.uniform(low, high)


def next_try(now: datetime, failures: int, *, retry_after: float | None = None, shortest: float = 5.0) -> datetime:
    """Return when to try again after so many failures in a row (1 or more): doubling, with jitter, up to 15 minutes.

    A remote side's own `retry_after` (seconds) is honoured, with a little jitter added so that not all come at once.
    """
    if retry_after is not None:
        asked = min(timedelta(seconds=max(retry_after, 0.0)), LONGEST_ASKED)
        return now + asked + timedelta(seconds=spread(0, 1))
    seconds = min(shortest * 2 ** min(max(failures, 1) - 1, 16), LONGEST.total_seconds())
    return now + timedelta(seconds=seconds * spread(0.75, 1.0))
