"""What measures time in the engine, fixed once: moments by the process's clock, durations by one that never jumps."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

Clock = Callable[[], datetime]
moment: Clock = timezone.now
elapsed: Callable[[], float] = time.monotonic  # seconds; only differences mean anything
