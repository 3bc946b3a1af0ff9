"""How people try the product out with simulated sides: what these sell, how they are connected, and their control door.

Over HTTP a simulated side has, beside the addresses of the real one, `/_world`: GET tells with what it is connected and
which verbs there are, and POST `/_world/<verb>` with a JSON object of arguments does what buyers, merchants and the
marketplace do by themselves. Tests call the same methods directly.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

import orjson

F = TypeVar("F", bound=Callable[..., Any])
DOOR = "/_world"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """A product that every simulated side sells. `price` holds the Dutch tax; `reduced` says at which rate."""

    sku: str
    title: str
    price: Decimal
    ean: str
    stock: int
    reduced: bool = False


class TriedOut(Protocol):
    """What a simulator has so that `manage.py simulate` can serve it. Its numbers begin at `first_id`."""

    def __init__(self, *, first_id: int) -> None: ...

    def stock_up(self, product: Sold) -> None:
        """Sell a product: a shop with its stock, a marketplace with none until it is told."""

    def connect_with(self, url: str) -> Mapping[str, str]:
        """Return what a merchant fills in, by the names of the settings, when the side is served at `url`."""


def control(function: F) -> F:
    """Let a method of a simulator be called by people, at the control door."""
    function._control = True  # type: ignore[attr-defined]
    return function


class ControlDoor:
    """A WSGI application: a simulated side with its control door before it."""

    def __init__(self, side: Any, connect_with: Callable[[], Mapping[str, str]]) -> None:
        self.side, self.connect_with = side, connect_with

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/").rstrip("/")
        if path != DOOR and not path.startswith(f"{DOOR}/"):
            answer: Iterable[bytes] = self.side(environ, start_response)
            return answer
        length = int(environ.get("CONTENT_LENGTH") or 0)
        given = environ["wsgi.input"].read(length) if length else b"{}"
        status, body = self._answer(environ["REQUEST_METHOD"], path.removeprefix(DOOR).strip("/"), given)
        content = orjson.dumps(body, default=str, option=orjson.OPT_INDENT_2)
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [content]

    def _answer(self, method: str, verb: str, given: bytes) -> tuple[HTTPStatus, Any]:
        if not verb:
            return HTTPStatus.OK, {"connect_with": self.connect_with(), "verbs": self.verbs}
        if verb not in self.verbs:
            return HTTPStatus.NOT_FOUND, {"error": f"There is no verb {verb}", "verbs": self.verbs}
        if method != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED, {"error": "Verbs are posted"}
        return self._do(verb, given)

    def _do(self, verb: str, given: bytes) -> tuple[HTTPStatus, Any]:
        try:
            arguments = orjson.loads(given)
            with self.side.lock:
                return HTTPStatus.OK, {"result": getattr(self.side, verb)(**arguments)}
        except (ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError) as error:
            # What is typed by hand may be anything: a wrong name, an order that does not exist, a price in words.
            return HTTPStatus.BAD_REQUEST, {"error": f"{type(error).__name__}: {error}", "verb": self.verbs[verb]}

    @property
    def verbs(self) -> dict[str, str]:
        """Every verb, with what it takes."""
        marked = inspect.getmembers(type(self.side), lambda member: getattr(member, "_control", False))
        return {name: str(inspect.signature(getattr(self.side, name))) for name, _ in marked}
