"""What is fetched once and shared by all workers; renewed by one of them at a time."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from hashlib import sha256

from adapterkit.auth.base import Account, Signer

RENEW_EARLY = 30.0  # seconds before a token expires


def key_of(parts: Sequence[str]) -> str:
    """Return under which name a token is shared; its parts are whatever tells it from another account's."""
    return sha256("\0".join(parts).encode()).hexdigest()[:40]


class Shared(Signer, ABC):
    """What is fetched once, lies in the store for all workers, and is fetched anew by one of them when refused."""

    def __init__(self, account: Account, *key: str) -> None:
        self._account, self._key = account, key
        self._used, self._scope = "", ""

    @abstractmethod
    def _ask(self, scope: str) -> tuple[str, float]:
        """Fetch one; return it and how many seconds it lasts."""

    def renew(self) -> bool:
        self._used = self._fetch(self._scope, refused=self._used)
        return True

    def _take(self, scope: str) -> str:
        self._scope = scope
        self._used = self._current(scope) or self._fetch(scope, refused="")
        return self._used

    def _name(self, scope: str) -> str:
        return key_of((*self._key, scope) if scope else self._key)

    def _current(self, scope: str) -> str:
        stored = self._account.tokens.get(self._name(scope))
        if stored is None or stored[1] - RENEW_EARLY <= time.time():
            return ""
        self._account.redactor.learn(stored[0])
        return stored[0]

    def _fetch(self, scope: str, *, refused: str) -> str:
        with self._account.tokens.lock(self._name(scope)):
            # Whoever waited for the lock uses what the other one fetched.
            current = self._current(scope)
            return current if current and current != refused else self._share(scope, *self._ask(scope))

    def _share(self, scope: str, token: str, lasts: float) -> str:
        self._account.redactor.learn(token)
        self._account.tokens.put(self._name(scope), token, time.time() + lasts)
        return token
