"""Lets threads that wait for the network have their database work done by the one thread that holds the connection."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class DeskClosed(BaseException):
    """The thread that held the database is gone; the walk stops where it is. Not an error of the walk."""


class Desk:
    """`ask` blocks until the owner of the desk has run the request; in the owner's own thread it runs at once."""

    def __init__(self) -> None:
        self._owner = threading.get_ident()
        self._requests: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False

    def ask(self, request: Callable[[], T]) -> T:
        if threading.get_ident() == self._owner:
            return request()
        answer: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise DeskClosed
            self._requests.put((request, answer))
        return answer.result()

    def serve(self, timeout: float) -> None:
        """Run the requests that are waiting; wait up to `timeout` seconds for the first."""
        try:
            request, answer = self._requests.get(timeout=timeout)
        except queue.Empty:
            return
        while True:
            _run(request, answer)
            try:
                request, answer = self._requests.get_nowait()
            except queue.Empty:
                return

    def close(self) -> None:
        """Refuse everything that is still waiting or comes later."""
        with self._lock:
            self._closed = True
        while not self._requests.empty():
            _, answer = self._requests.get_nowait()
            answer.set_exception(DeskClosed())


def _run(request: Callable[[], Any], answer: Future[Any]) -> None:
    try:
        result = request()
    except Exception as error:  # noqa: BLE001 - belongs to the thread that asked
        answer.set_exception(error)
    except BaseException:
        answer.set_exception(DeskClosed())
        raise
    else:
        answer.set_result(result)
