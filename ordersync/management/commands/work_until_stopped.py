"""What a worker does, without a broker to wake it: for benchmarks, which make processes of it."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from engine.clock import moment
from engine.delivery import Delivery
from engine.reading import read

PAUSE = 0.2  # seconds between rounds that found nothing


class Command(BaseCommand):
    help = "Reads and delivers, round after round, until it is stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            threads = settings.ORDERSYNC_THREADS
            found = read(clock=moment, threads=threads) + Delivery(clock=moment, threads=threads, seconds=5).run()
            if not found:
                time.sleep(PAUSE)
