"""The one HTTP door. See the class `Transport`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from adapterkit.errors import AdapterError
from adapterkit.spec import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A decoded answer. `body` is None when there was none; `at` is the remote side's clock (its Date header)."""

    status: int
    headers: Mapping[str, str]
    body: Any
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request with its answer, secrets removed, texts cut."""

    endpoint: str
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: str
    status: int | None
    response_headers: Mapping[str, str]
    response_body: str
    error: str
    seconds: float


class Pacer(Protocol):
    def acquire(self, bucket: str) -> None:
        """Take the right to make one call; may wait a moment, raises `RateLimited` when the wait would be long."""

    def pause(self, bucket: str, seconds: float) -> None:
        """The remote side asked to be left alone for so long: nobody calls this bucket before."""


class Recorder(Protocol):
    def record(self, exchange: Exchange) -> None: ...


class Transport(Protocol):
    """What an adapter sees. (Signature agreed; the implementation takes this place.)"""

    def call(
        self,
        endpoint: Endpoint,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        explain: Callable[[Answer], AdapterError | None] | None = None,
        **path: str,
    ) -> Answer: ...
