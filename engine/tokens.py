"""Access tokens shared by all workers: in the cache, encrypted, renewed by one worker at a time.

Losing the cache costs one token call, nothing else.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.cache import cache

logger = logging.getLogger(__name__)
LOCK_SECONDS = 60  # longer than any token call takes


class SharedTokens:
    """The `adapterkit.auth.TokenStore` of the product."""

    def get(self, key: str) -> tuple[str, float] | None:
        """Return the token and when it expires (seconds since 1970), or None."""
        try:
            stored = cache.get(self._name(key))
            return tuple(json.loads(_cipher().decrypt(stored.encode()))) if stored else None
        except InvalidToken:
            return None  # the keys were changed
        except Exception as error:  # noqa: BLE001 - without a cache every worker renews for itself
            logger.warning("Reading a shared token failed: %s", type(error).__name__)
            return None

    def put(self, key: str, token: str, expires_at: float) -> None:
        try:
            sealed = _cipher().encrypt(json.dumps([token, expires_at]).encode()).decode()
            cache.set(self._name(key), sealed, timeout=max(int(expires_at - time.time()), 1))
        except Exception as error:  # noqa: BLE001 - see `get`
            logger.warning("Sharing a token failed: %s", type(error).__name__)

    @contextmanager
    def lock(self, key: str) -> Iterator[bool]:
        """Let one worker renew at a time; give False where another has been at it for ten seconds.

        Without a cache there is nobody to wait for: every worker renews for itself.
        """
        name = f"{self._name(key)}:lock"
        mine = self._take(name)
        try:
            yield mine is not False
        finally:
            if mine:
                try:
                    cache.delete(name)
                except Exception as error:  # noqa: BLE001 - it expires by itself
                    logger.warning("Letting a token lock go failed: %s", type(error).__name__)

    def _take(self, name: str) -> bool | None:
        """Return whether the lock could be taken in time, None where there is no cache."""
        for _ in range(100):
            try:
                if cache.add(name, 1, timeout=LOCK_SECONDS):
                    return True
            except Exception:  # noqa: BLE001 - see `get`
                return None
            time.sleep(0.1)
        return False

    @staticmethod
    def _name(key: str) -> str:
        return f"token:{key}"


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ORDERSYNC_ENCRYPTION_KEYS])
