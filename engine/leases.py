"""How long a worker keeps what it has in hand without a sign of life.

Leases are short and renewed together, while the calls under them are within their time: the work of a killed worker
goes on within seconds, and a call that hangs is not kept for ever.
"""

from __future__ import annotations

from datetime import timedelta

LEASE = timedelta(seconds=30)
RENEW_EVERY = 5.0  # seconds
LONGEST = timedelta(minutes=3)  # that one message may take, or that a walk may show no sign of life
