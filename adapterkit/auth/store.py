"""Where tokens are shared by all workers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class TokenStore(Protocol):
    """Where tokens are shared. A store that forgets costs one more token call."""

    def get(self, key: str) -> tuple[str, float] | None:
        """Return the token and when it expires (seconds since 1970), or None."""

    def put(self, key: str, token: str, expires_at: float) -> None: ...

    def lock(self, key: str) -> AbstractContextManager[bool]:
        """Let one worker renew at a time; gives False where another has been at it for too long to be waited for."""


class MemoryTokens:
    """Shares tokens within one process."""

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[str, float]] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, key: str) -> tuple[str, float] | None:
        return self._tokens.get(key)

    def put(self, key: str, token: str, expires_at: float) -> None:
        self._tokens[key] = (token, expires_at)

    @contextmanager
    def lock(self, key: str) -> Iterator[bool]:
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            yield True
