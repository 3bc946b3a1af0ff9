"""Answers kept in the cache, for all workers. Losing the cache costs the same calls once more, nothing else."""

from __future__ import annotations

import logging
from math import ceil
from typing import Any

from django.core.cache import cache

logger = logging.getLogger(__name__)


class SharedAnswers:
    """The `adapterkit.keeping.AnswerStore` of the product."""

    def get(self, key: str) -> tuple[float, Any] | None:
        """Return when an answer was asked for (seconds since 1970) and the answer, or None."""
        try:
            found: tuple[float, Any] | None = cache.get(f"answer:{key}")
        except Exception as error:  # noqa: BLE001 - without a cache every worker asks for itself
            logger.warning("Reading a kept answer failed: %s", type(error).__name__)
            return None
        return found

    def put(self, key: str, asked_at: float, answer: Any, seconds: float) -> None:
        try:
            cache.set(f"answer:{key}", (asked_at, answer), timeout=ceil(seconds))
        except Exception as error:  # noqa: BLE001 - see `get`
            logger.warning("Keeping an answer failed: %s", type(error).__name__)

    def drop(self, key: str) -> None:
        try:
            cache.delete(f"answer:{key}")
        except Exception as error:  # noqa: BLE001 - it expires by itself
            logger.warning("Dropping an answer failed: %s", type(error).__name__)
