"""The base of simulated remote sides: a WSGI application with routes, a log of requests, and faults on demand.

Tests mount it without sockets (`mount`), so the real transport, signing and serialisation run; `manage.py simulate`
serves the same object over HTTP (`serve`).
"""

from __future__ import annotations

import copy
import io
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qs, unquote, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import orjson
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from urllib3.exceptions import MaxRetryError, NewConnectionError

SERVER = "OrderSync simulator"  # by which a proof tells that it did not meet the real thing
MAINTENANCE = b"<!DOCTYPE html><html><body><h1>Briefly unavailable for scheduled maintenance</h1></body></html>"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Request:
    """What arrived. `query` keeps repeated keys; header names are found in any spelling."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    url: str = ""  # as the client sees it, for signatures

    def arg(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(slots=True)
class Response:
    """What is answered. A body that is neither bytes nor str is sent as JSON."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    @property
    def content(self) -> bytes:
        match self.body:
            case None:
                return b""
            case bytes():
                return self.body
            case str():
                return self.body.encode()
            case _:
                return orjson.dumps(self.body, default=str)


@dataclass(slots=True)
class Seen:
    """A request as the log keeps it. `handled` says whether it took effect."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    status: int | None = None
    handled: bool = False

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next fitting requests; see `Simulator.fail_next`."""

    kind: str
    status: int
    times: int
    after_handling: bool
    method: str
    path: str
    retry_after: int | str | None
    body: Any

    def fits(self, request: Request) -> bool:
        return self.times > 0 and self.method in {"", request.method} and request.path.startswith(self.path)


class Broken(Exception):
    """The connection does not bring an answer: refused, cut or slow."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Route(Protocol):
    def __call__(self, request: Request, **path: str) -> Response: ...


def route(method: str, path: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Answer `method` on `path`, which may hold `{names}`, with the decorated method of a simulator."""

    def mark(function: Callable[..., Response]) -> Callable[..., Response]:
        marks = getattr(function, "_routes", [])
        function._routes = [*marks, (method, _pattern(path))]  # type: ignore[attr-defined]
        return function

    return mark


def _pattern(path: str) -> re.Pattern[str]:
    escaped = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
    return re.compile(f"{escaped}/?")


class Numbers:
    """Counts up from a first number, as `itertools.count` does, but can be kept with the world that it belongs to."""

    def __init__(self, first: int) -> None:
        self.following = first

    def __next__(self) -> int:
        number = self.following
        self.following += 1
        return number


class Simulator:
    """A simulated remote side. Its world is plain Python objects; one request is handled at a time.

    It can be pickled with all that it knows, but for its clock, its lock, the log of requests and who listens to them.
    """

    routes: ClassVar[list[tuple[str, re.Pattern[str], str]]] = []

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = [
            (method, pattern, name)
            for name, function in vars(cls).items()
            for method, pattern in getattr(function, "_routes", [])
        ]
        cls.routes = [*cls.routes, *own]

    def __init__(self, *, now: Callable[[], datetime] = utc_now) -> None:
        self.now = now
        self.lock = threading.RLock()
        self.requests: list[Seen] = []
        self.on_request: Callable[[Request, str], None] | None = None  # called "before" and "after" handling
        self._faults: list[Fault] = []

    def __getstate__(self) -> dict[str, Any]:
        passing = {"now", "lock", "requests", "on_request"}
        return {name: value for name, value in vars(self).items() if name not in passing}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Simulator.__init__(self)
        vars(self).update(state)

    def fail_next(
        self,
        kind: str = "status",
        *,
        status: int = 503,
        times: int = 1,
        after_handling: bool = False,
        method: str = "",
        path: str = "",
        retry_after: int | str | None = None,
        body: Any = None,
    ) -> None:
        """Let the next requests fail, before they take effect or (`after_handling`) after.

        Those fail whose path begins with `path` and whose method is `method`, any where they are empty, so many
        `times`; of several faults the one that was asked for first. `status`, `retry_after` and `body` are of the kind
        status: the body is sent as `Response` does, instead of a message in JSON.

        Kinds: status, html (a web page with 200), malformed (broken JSON), empty, cut (connection cut), refused (no
        connection), slow (nothing comes), endless (a body without end), huge (announced as 10 GB), redirect.
        """
        fault = Fault(kind, status, times, after_handling, method, path, retry_after, body)
        with self.lock:
            self._faults.append(fault)

    def requests_to(self, method: str, path_prefix: str) -> list[Seen]:
        return [seen for seen in self.requests if seen.method == method and seen.path.startswith(path_prefix)]

    def authenticate(self, request: Request) -> Response | None:
        """Return the refusal of a request whose sender is not known, None when it is welcome."""
        return None

    def unknown_route(self, request: Request) -> Response:
        return Response(404, {"message": f"No route for {request.method} {request.path}"})

    def answer(self, request: Request) -> Response | Iterator[bytes]:
        """Handle one request, faults included; raises `Broken` when no answer comes."""
        with self.lock:
            fault = next((fault for fault in self._faults if fault.fits(request)), None)
            if fault is not None:
                fault.times -= 1
            seen = Seen(request.method, request.path, request.query, request.headers, request.body)
            self.requests.append(seen)
            if self.on_request:
                self.on_request(request, "before")
            handled = fault is None or (fault.after_handling and fault.kind != "refused")
            response = self._handle(request) if handled else Response()
            seen.handled = handled
            if self.on_request:
                self.on_request(request, "after")
            result = self._spoil(fault, response) if fault is not None else response
            seen.status = result.status if isinstance(result, Response) else 200
            return result

    def _handle(self, request: Request) -> Response:
        for method, pattern, name in self.routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                refusal = self.authenticate(request)
                if refusal is not None:
                    return refusal
                handler: Route = getattr(self, name)
                return handler(request, **{key: unquote(value) for key, value in match.groupdict().items()})
        return self.unknown_route(request)

    def _spoil(  # noqa: PLR0911 - one row of a table each
        self, fault: Fault, response: Response
    ) -> Response | Iterator[bytes]:
        match fault.kind:
            case "status":
                headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
                return Response(fault.status, fault.body or {"message": "fault"}, headers)
            case "html":
                return Response(200, MAINTENANCE, media_type="text/html")
            case "malformed":
                return Response(200, response.content[: len(response.content) // 2] + b'{"broken')
            case "empty":
                return Response(200, b"")
            case "redirect":
                return Response(302, b"", {"Location": "https://elsewhere.example/"})
            case "huge":
                return Response(200, b"{}", {"Content-Length": str(10 * 1024**3)})
            case "endless":
                return _endless()
            case _:
                raise Broken(fault.kind)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve over WSGI. Broken connections end without an answer, as far as WSGI allows."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        scheme, host = environ.get("wsgi.url_scheme", "http"), environ.get("HTTP_HOST", "localhost")
        query = environ.get("QUERY_STRING", "")
        path = environ.get("PATH_INFO", "/")
        request = Request(
            method=environ["REQUEST_METHOD"],
            path=path,
            query=parse_qs(query, keep_blank_values=True),
            headers=CaseInsensitiveDict(
                {key[5:].replace("_", "-"): value for key, value in environ.items() if key.startswith("HTTP_")}
                | {"Content-Type": environ.get("CONTENT_TYPE", "")}
            ),
            body=environ["wsgi.input"].read(length) if length else b"",
            url=f"{scheme}://{host}{path}" + (f"?{query}" if query else ""),
        )
        result = self.answer(request)
        if not isinstance(result, Response):
            start_response("200 OK", [("Content-Type", "application/json")])
            return result
        start_response(f"{result.status} {_phrase(result.status)}", list(self._headers(result).items()))
        return [result.content]

    def _headers(self, response: Response) -> dict[str, str]:
        # Headers of an answer travel as latin-1.
        named = {
            "Content-Type": response.media_type,
            "Content-Length": str(len(response.content)),
            "Server": SERVER,
            "Date": format_datetime(self.now().astimezone(UTC), usegmt=True),
        }
        return {**named, **response.headers}

    def mount(self) -> BaseAdapter:
        """Return the adapter that answers `requests` in this process."""
        return MountedSimulator(self)

    def serve(self, host: str, port: int) -> WSGIServer:
        """Return a threaded HTTP server for this simulator; the caller runs `serve_forever`."""
        return served(self, host, port)


def served(application: Callable[..., Iterable[bytes]], host: str, port: int) -> WSGIServer:
    """Return a threaded HTTP server for a WSGI application; the caller runs `serve_forever`."""
    return make_server(host, port, application, server_class=_ThreadedServer, handler_class=_QuietHandler)


def replaced(record: Any, field_name: str, value: Any) -> Any:
    """Return a copy of a record with one field replaced; `items.0.price` names one further in."""
    spoiled = copy.deepcopy(record)
    place = spoiled
    *way, last = field_name.split(".")
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[last] = value
    return spoiled


def _endless() -> Iterator[bytes]:
    yield b"["
    while True:
        yield b" " * 65536


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class MountedSimulator(BaseAdapter):
    """Hands `requests` calls to a simulator, and fails as a real connection does."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__()
        self.simulator = simulator

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        body = request.body.encode() if isinstance(request.body, str) else (request.body or b"")
        try:
            result = self.simulator.answer(
                Request(
                    method=str(request.method),
                    path=parts.path,
                    query=parse_qs(parts.query, keep_blank_values=True),
                    headers=CaseInsensitiveDict(request.headers),
                    body=bytes(body),
                    url=str(request.url),
                )
            )
        except Broken as broken:
            raise _as_requests(broken, request) from None
        return self._response(result, request)

    def _response(self, result: Response | Iterator[bytes], request: requests.PreparedRequest) -> requests.Response:
        response = requests.Response()
        response.request, response.url = request, str(request.url)
        if isinstance(result, Response):
            headers = self.simulator._headers(result)
            response.status_code = result.status
            response.raw = HTTPResponse(
                body=io.BytesIO(result.content), headers=headers, status=result.status, preload_content=False
            )
        else:
            headers = {"Content-Type": "application/json"}
            response.status_code = 200
            response.raw = HTTPResponse(body=_Stream(result), headers=headers, status=200, preload_content=False)
        response.headers = CaseInsensitiveDict(headers)
        return response

    def close(self) -> None:
        """Nothing is open."""


class _Stream(io.RawIOBase):
    """A body that is made as it is read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return next(self._chunks, b"")


def _as_requests(broken: Broken, request: requests.PreparedRequest) -> requests.RequestException:
    match broken.kind:
        case "refused":
            reason = NewConnectionError(None, "Connection refused")  # type: ignore[arg-type]
            return requests.ConnectionError(MaxRetryError(None, request.url, reason), request=request)  # type: ignore[arg-type]
        case "slow":
            return requests.ReadTimeout("Read timed out", request=request)
        case _:
            return requests.ConnectionError("Connection aborted", request=request)


class _ThreadedServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Requests are kept in the simulator's own log."""
