"""Answers that are kept for a moment: facts of an account that seldom change, read once for many orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class AnswerStore(Protocol):
    """Where answers are kept. A store that forgets costs the same call once more."""

    def get(self, key: str) -> tuple[float, Any] | None:
        """Return when an answer was asked for (seconds since 1970) and the answer, or None."""

    def put(self, key: str, asked_at: float, answer: Any, seconds: float) -> None: ...

    def drop(self, key: str) -> None: ...


class MemoryAnswers:
    """Keeps answers within one process, for as long as it is asked for them."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[float, Any]] = {}

    def get(self, key: str) -> tuple[float, Any] | None:
        return self._answers.get(key)

    def put(self, key: str, asked_at: float, answer: Any, seconds: float) -> None:  # noqa: ARG002 - the protocol's
        self._answers[key] = (asked_at, answer)

    def drop(self, key: str) -> None:
        self._answers.pop(key, None)


class Keeper:
    """Gives one account's kept answers again, to those alone who show the same credentials."""

    def __init__(self, store: AnswerStore, base_url: str, credentials: Mapping[str, str], now: Callable[[], float]):
        self._store, self._now = store, now
        self._account = sha256(repr((base_url, sorted(credentials.items()))).encode()).hexdigest()
        self._since = 0.0
        self._used = dict[str, bool]()  # key → whether its answer was kept by somebody before

    def answer(self, question: str, seconds: float, ask: Callable[[], T]) -> T:
        """Return the answer to a question if it was asked in the last `seconds`; else ask, and keep what comes."""
        key, now = sha256(f"{self._account} {question}".encode()).hexdigest(), self._now()
        asked_at, kept = self._store.get(key) or (0.0, None)
        if kept is not None and max(self._since, now - seconds) < asked_at <= now:
            self._used[key] = True
            return kept  # type: ignore[no-any-return]
        answer = ask()
        self._used[key] = False
        self._store.put(key, now, answer, seconds)
        return answer

    def forget(self) -> bool:
        """Ask for everything anew from now on, and have nobody else get what was used here.

        Returns whether an answer was given that may be out of date.
        """
        used, self._used, self._since = self._used, {}, self._now()
        for key in used:
            self._store.drop(key)
        return any(used.values())
