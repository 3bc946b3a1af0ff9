"""Lets threads that wait for the network have their database work done by the one thread that holds the connection."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class DatabaseGone(BaseException):
    """The thread that held the database is gone; the walk stops where it is. Not an error of the walk."""


class DatabaseThread:
    """Owned by the thread that makes it. `run` blocks until the owner has done the work; its own is done at once."""

    def __init__(self) -> None:
        self._owner = threading.get_ident()
        self._waiting: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False

    def run(self, work: Callable[[], T]) -> T:
        if threading.get_ident() == self._owner:
            return work()
        answer: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise DatabaseGone
            self._waiting.put((work, answer))
        return answer.result()

    def serve(self, timeout: float) -> None:
        """Run what is waiting; wait up to `timeout` seconds for the first."""
        try:
            work, answer = self._waiting.get(timeout=timeout)
        except queue.Empty:
            return
        while True:
            _run(work, answer)
            try:
                work, answer = self._waiting.get_nowait()
            except queue.Empty:
                return

    def close(self) -> None:
        """Refuse everything that is still waiting or comes later."""
        with self._lock:
            self._closed = True
        while not self._waiting.empty():
            _, answer = self._waiting.get_nowait()
            answer.set_exception(DatabaseGone())


def _run(work: Callable[[], Any], answer: Future[Any]) -> None:
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - belongs to the thread that asked
        answer.set_exception(error)
    except BaseException:
        answer.set_exception(DatabaseGone())
        raise
    else:
        answer.set_result(result)
