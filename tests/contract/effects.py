"""What an adapter says of its calls: whether they read, and whether those that it says may be repeated may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from adapterkit.errors import TemporarilyUnavailable
from adapterkit.spec import Effect, Endpoint
from adapterkit.transport import Answer

T = TypeVar("T")
Call = Callable[..., Answer]
AGAIN = 20  # tries that no verb of a test needs


class Between:
    """A transport whose calls go through somebody else first: `act` is given the honest call and its endpoint."""

    def __init__(self, transport: Any, act: Callable[[Call, Endpoint], Call]) -> None:
        self._transport, self._act = transport, act

    def call(self, endpoint: Endpoint, **named: Any) -> Answer:
        return self._act(self._transport.call, endpoint)(endpoint, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def between(honest: Any, act: Callable[[Call, Endpoint], Call]) -> type:
    def begin(self: Any, transport: Any, settings: Any) -> None:
        honest.__init__(self, Between(transport, act), settings)

    return type("Between", (honest,), {"__init__": begin})


def watched(honest: type, seen: list[Endpoint]) -> type:
    """Note every endpoint that is called."""

    def act(call: Call, endpoint: Endpoint) -> Call:
        seen.append(endpoint)
        return call

    return between(honest, act)


def forgetful(honest: type, lost: list[Endpoint]) -> type:
    """Lose the first answer to every endpoint that `replaces`, and say that nothing happened, as the transport does."""

    def act(call: Call, endpoint: Endpoint) -> Call:
        def and_lose(*args: Any, **named: Any) -> Answer:
            answer = call(*args, **named)
            if endpoint.effect is Effect.REPLACES and endpoint not in lost:
                lost.append(endpoint)
                raise TemporarilyUnavailable("No answer")
            return answer

        return and_lose

    return between(honest, act)


def patiently(act: Callable[[], T]) -> T:
    """Do something until it is not said any more that nothing happened, as the engine does."""
    for _ in range(AGAIN):
        try:
            return act()
        except TemporarilyUnavailable:
            continue
    raise AssertionError("it fails every time")


def declaring(effect: Effect, fits: Callable[[Endpoint], bool]) -> Callable[[type], type]:
    """Make a mistaken adapter, which declares the effect of the endpoints that fit as another."""

    def act(call: Call, endpoint: Endpoint) -> Call:
        declared = replace(endpoint, effect=effect) if fits(endpoint) else endpoint
        return lambda _, **named: call(declared, **named)

    return lambda honest: between(honest, act)
