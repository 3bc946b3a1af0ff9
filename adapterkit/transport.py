"""The one HTTP door. See the class `Transport`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

import orjson
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from adapterkit.auth import MemoryTokens, TokenStore, signer_for
from adapterkit.errors import (
    AdapterError,
    AuthenticationFailed,
    MalformedResponse,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TemporarilyUnavailable,
)
from adapterkit.network import PUBLIC_ONLY, AddressRefused, NetworkPolicy
from adapterkit.pinned import pinned_adapter
from adapterkit.receiving import Broken, Raw, receive
from adapterkit.redaction import Redactor
from adapterkit.spec import Auth, Effect, Endpoint
from adapterkit.wire import decoded, moment_of, plain, seconds_to_wait

KEEP_OF_BODY = 64 * 1024  # characters of a body that an exchange keeps
REPEATS = 2  # of a read, within one call
LONGEST_PAUSE = 2.0  # seconds; a longer wait is handed back to the caller
SHOWN = 500  # characters of the remote side's words that an error keeps
TOKEN_BUCKET = "token"  # noqa: S105 - the name of a pacer's bucket


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


class Unpaced:
    """Never waits: for one-off calls and tests."""

    def acquire(self, bucket: str) -> None:
        """Nothing to wait for."""

    def pause(self, bucket: str, seconds: float) -> None:
        """Nobody to tell."""


UNPACED = Unpaced()
_process_tokens = MemoryTokens()


class Transport:
    """Makes calls to one remote account: paces, signs, times out, limits, classifies and records them.

    Only a token that ran out and a failed read are repeated, a read only for waits of at most two seconds. Redirects
    are refused, private addresses too unless the policy allows them, and no text that leaves here holds a secret.
    """

    def __init__(
        self,
        *,
        base_url: str,
        auth: Auth,
        credentials: Mapping[str, str],
        settings: Mapping[str, str] | None = None,
        media_type: str = "application/json",
        pacer: Pacer = UNPACED,
        recorder: Recorder | None = None,
        tokens: TokenStore | None = None,
        policy: NetworkPolicy = PUBLIC_ONLY,
        mounts: Mapping[str, BaseAdapter] | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._media_type = media_type
        self._pacer, self._recorder, self._wait = pacer, recorder, wait
        self._policy, self._mounts = policy, mounts if mounts is not None else {}
        self._redactor = Redactor(credentials.values())
        self._signer = signer_for(
            auth,
            base_url=self.base_url,
            fields={**(settings or {}), **credentials},
            tokens=tokens or _process_tokens,
            send=self._send_token,
            redactor=self._redactor,
        )

    def call(
        self,
        endpoint: Endpoint,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        explain: Callable[[Answer], AdapterError | None] | None = None,
        **path: str,
    ) -> Answer:
        """Make one call and return its decoded answer (numbers with a fraction as Decimal); raises `AdapterError`.

        `path` fills the endpoint's `{names}`; a query value of None is left out, a list repeats its key. `explain` may
        turn an answer that is not a success into a better error than its status alone allows.
        """
        request = self._request(endpoint, query, json, path)
        renewed = False
        for repeat in range(REPEATS + 1):
            try:
                raw = self._exchange(endpoint, request)
                if raw.status == requests.codes.unauthorized and not renewed and self._signer.renew():
                    renewed = True
                    raw = self._exchange(endpoint, request)
                return self._judge(endpoint, raw, explain)
            except TemporarilyUnavailable as error:
                pause = error.retry_after if error.retry_after is not None else 0.25 * 2**repeat
                if endpoint.effect is not Effect.READS or repeat == REPEATS or pause > LONGEST_PAUSE:
                    raise
                self._wait(pause)
        raise AssertionError("unreachable")

    def _request(
        self, endpoint: Endpoint, query: Mapping[str, Any] | None, body: Any, path: Mapping[str, str]
    ) -> requests.Request:
        filled = endpoint.path.format_map({name: quote(str(value), safe="") for name, value in path.items()})
        headers = {"Accept": endpoint.accept or self._media_type, "User-Agent": "OrderSync"}
        content = None
        if body is not None:
            headers["Content-Type"] = endpoint.content_type or self._media_type
            content = orjson.dumps(body, default=plain)
        params = {name: value for name, value in (query or {}).items() if value is not None}
        return requests.Request(endpoint.method, self.base_url + filled, headers=headers, params=params, data=content)

    def _exchange(self, endpoint: Endpoint, request: requests.Request) -> Raw:
        prepared = request.prepare()
        self._pacer.acquire(endpoint.bucket)
        self._signer.sign(prepared)
        try:
            return self._send(prepared, f"{endpoint.method} {endpoint.path}")
        except Broken as broken:
            if broken.sent and endpoint.effect is Effect.CREATES:
                raise OutcomeUnknown("The answer did not arrive", remote=str(broken)) from None
            raise TemporarilyUnavailable("No answer", remote=str(broken)) from None

    def _send_token(self, request: requests.Request) -> Answer:
        """Send the token call: paced and recorded like any other, its bodies left out."""
        self._pacer.acquire(TOKEN_BUCKET)
        try:
            raw = self._send(request.prepare(), "POST token", private=True)
        except Broken as broken:
            raise TemporarilyUnavailable("The token server does not answer", remote=str(broken)) from None
        try:
            body = decoded(raw.content)
        except ValueError:
            body = None
        return Answer(status=raw.status, headers=raw.headers, body=body, at=None)

    def _send(self, request: requests.PreparedRequest, name: str, *, private: bool = False) -> Raw:
        began = time.monotonic()
        raw, error = None, ""
        try:
            raw = receive(self._adapter_for(str(request.url)), request)
        except AddressRefused as refused:
            error = str(refused)
            raise Rejected("This address is not called", remote=error) from None
        except Broken as broken:
            error = self._redactor.clean(str(broken))
            raise Broken(error, sent=broken.sent) from None
        finally:
            if self._recorder is not None:
                seconds = time.monotonic() - began
                self._recorder.record(self._record(name, request, raw, error, seconds, private=private))
        return raw

    def _adapter_for(self, url: str) -> BaseAdapter:
        fitting = [prefix for prefix in self._mounts if url.startswith(prefix)]
        return self._mounts[max(fitting, key=len)] if fitting else pinned_adapter(self._policy)

    def _record(
        self,
        name: str,
        request: requests.PreparedRequest,
        raw: Raw | None,
        error: str,
        seconds: float,
        *,
        private: bool,
    ) -> Exchange:
        sent = request.body.decode("utf-8", "replace") if isinstance(request.body, bytes) else str(request.body or "")
        got = raw.content.decode("utf-8", "replace") if raw else ""
        return Exchange(
            endpoint=name,
            method=str(request.method),
            url=self._redactor.clean(_unsigned(str(request.url))),
            request_headers=self._redactor.headers(request.headers),
            request_body="" if private else self._text(sent),
            status=raw.status if raw else None,
            response_headers=self._redactor.headers(raw.headers) if raw else {},
            response_body="" if private else self._text(got),
            error=error or (raw.cut if raw else ""),
            seconds=seconds,
        )

    def _text(self, text: str) -> str:
        # A secret that straddles the cut is removed first, then the text is cut.
        return self._redactor.clean(text[: 2 * KEEP_OF_BODY]).replace("\0", "")[:KEEP_OF_BODY]

    def _judge(self, endpoint: Endpoint, raw: Raw, explain: Callable[[Answer], AdapterError | None] | None) -> Answer:
        headers: Mapping[str, str] = CaseInsensitiveDict(raw.headers)
        success = 200 <= raw.status < 300  # noqa: PLR2004 - the class of answers that are a success
        body, broken = None, raw.cut
        if not broken:
            try:
                body = decoded(raw.content)
            except ValueError as error:
                broken = f"not JSON: {error}"
        answer = Answer(status=raw.status, headers=headers, body=body, at=moment_of(headers.get("Date", "")))
        if not success:
            raise self._refusal(endpoint, answer, raw, explain)
        if broken:
            raise self._unreadable(endpoint, raw, broken)
        return answer

    def _unreadable(self, endpoint: Endpoint, raw: Raw, broken: str) -> AdapterError:
        remote = self._words(raw)
        if endpoint.effect is Effect.CREATES:
            return OutcomeUnknown("The answer cannot be read", remote=remote or broken, status=raw.status)
        if raw.cut:
            return TemporarilyUnavailable(f"The answer was cut off: {raw.cut}", status=raw.status)
        if raw.content.lstrip()[:1] == b"<":
            return TemporarilyUnavailable(
                "A web page came instead of data; is there a maintenance page?", remote=remote, status=raw.status
            )
        return MalformedResponse(f"The answer is {broken}", remote=remote, status=raw.status)

    def _refusal(
        self,
        endpoint: Endpoint,
        answer: Answer,
        raw: Raw,
        explain: Callable[[Answer], AdapterError | None] | None,
    ) -> AdapterError:
        retry_after = seconds_to_wait(answer.headers.get("Retry-After", ""), answer.at)
        if answer.status in {429, 503} and retry_after is not None:
            self._pacer.pause(endpoint.bucket, retry_after)
        explained = explain(answer) if explain else None
        if explained is not None:
            explained.remote = self._redactor.clean(explained.remote)[:SHOWN]
            explained.message = self._redactor.clean(explained.message)
            return explained
        return classify(endpoint, answer.status, self._words(raw), retry_after, answer.headers.get("Location", ""))

    def _words(self, raw: Raw) -> str:
        return (
            self._redactor.clean(raw.content[: 4 * SHOWN].decode("utf-8", "replace")).replace("\0", "").strip()[:SHOWN]
        )


def classify(  # noqa: PLR0911 - one row of a table each
    endpoint: Endpoint, status: int, remote: str, retry_after: float | None, location: str = ""
) -> AdapterError:
    """Return the error for an answer that is not a success, by what the caller must do next."""
    match status:
        case 401 | 403:
            return AuthenticationFailed("The credentials are refused", remote=remote, status=status)
        case 404 | 410:
            return NotFound("Not found there", remote=remote, status=status)
        case 429:
            return RateLimited("Too many calls", remote=remote, status=status, retry_after=retry_after)
        case 503:
            return TemporarilyUnavailable("Not available now", remote=remote, status=status, retry_after=retry_after)
        case _ if 300 <= status < 400:  # noqa: PLR2004 - redirects
            return Rejected(f"The address redirects to {location or 'elsewhere'}; enter the final one", status=status)
        case 408 | 425 if endpoint.effect is not Effect.CREATES:
            return TemporarilyUnavailable("It took too long there", remote=remote, status=status)
        case _ if status >= 500 or status == 408:  # noqa: PLR2004 - the remote side's own failures
            if endpoint.effect is Effect.CREATES:
                return OutcomeUnknown("It failed there half-way", remote=remote, status=status)
            return TemporarilyUnavailable("It failed there", remote=remote, status=status, retry_after=retry_after)
        case _:
            return Rejected("The request is refused", remote=remote, status=status)


def _unsigned(url: str) -> str:
    """Drop OAuth parameters from a URL."""
    base, mark, query = url.partition("?")
    kept = [part for part in query.split("&") if not part.startswith("oauth_")]
    return base + (mark + "&".join(kept) if kept else "")
