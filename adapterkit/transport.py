"""The one HTTP door. See the class `Transport`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import orjson
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from adapterkit.auth import Account, Auth, MemoryTokens, NoSecretStore, SecretStore, TokenCall, TokenStore
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
from adapterkit.keeping import AnswerStore, Keeper, MemoryAnswers
from adapterkit.network import PUBLIC_ONLY, AddressRefused, NetworkPolicy
from adapterkit.pinned import pinned_adapter
from adapterkit.receiving import Broken, Raw, receive
from adapterkit.redaction import Redactor
from adapterkit.sentences import cleaned, said, say
from adapterkit.spec import Effect, Endpoint
from adapterkit.wire import decoded, decoded_text, decoded_xml, moment_of, plain, seconds_to_wait

PRIVATE = say(
    "This host is inside a private network; use its public address, or have the operator of this server allow it in "
    "ORDERSYNC_ALLOWED_PRIVATE_HOSTS"
)
KEEP_OF_BODY = 64 * 1024  # characters of a body that an exchange keeps
REPEATS = 2  # of a read, within one call
LONGEST_PAUSE = 2.0  # seconds; a longer wait is handed back to the caller
SHOWN = 500  # characters of the remote side's words that an error keeps
DECODERS: Mapping[str, Callable[[bytes], Any]] = {
    "json": decoded,
    "xml": decoded_xml,
    "bytes": bytes,
    "none": lambda _: None,
    "text": decoded_text,
}
TOO_MANY, UNAVAILABLE = 429, 503
USER_AGENT = "OrderSync"
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

    def pause(self, bucket: str, seconds: float | None) -> float | None:
        """The remote side refused a call: nobody calls this bucket before so many seconds have passed.

        Returns that wait; where the remote side named none it is computed from the limit, or None when there is none.
        """

    def learn(self, bucket: str, rate: float) -> None:
        """The remote side told how many calls a second it allows now."""


class Recorder(Protocol):
    def record(self, exchange: Exchange) -> None: ...


class Unpaced:
    """Never waits: for one-off calls and tests."""

    def acquire(self, bucket: str) -> None:
        """Nothing to wait for."""

    def pause(self, bucket: str, seconds: float | None) -> float | None:  # noqa: ARG002 - the protocol's
        """Nobody to tell."""
        return seconds

    def learn(self, bucket: str, rate: float) -> None:
        """Nothing to keep."""


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
        rate_header: str = "",
        pacer: Pacer = UNPACED,
        recorder: Recorder | None = None,
        tokens: TokenStore | None = None,
        secrets: SecretStore | None = None,
        answers: AnswerStore | None = None,
        policy: NetworkPolicy = PUBLIC_ONLY,
        mounts: Mapping[str, BaseAdapter] | None = None,
        wait: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._media_type, self._rate_header = media_type, rate_header
        self._pacer, self._recorder, self._wait = pacer, recorder, wait
        self._policy, self._mounts = policy, mounts if mounts is not None else {}
        self._redactor = Redactor(credentials.values())
        self._keeper = Keeper(answers or MemoryAnswers(), self.base_url, credentials, now)
        self._signer = auth.signer(
            Account(
                base_url=self.base_url,
                fields={**(settings or {}), **credentials},
                tokens=tokens or _process_tokens,
                secrets=secrets or NoSecretStore(),
                send=self._send_token,
                redactor=self._redactor,
            )
        )
        self._redactor.hide(*self._signer.headers)

    def call(
        self,
        endpoint: Endpoint,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        content: str | bytes | None = None,
        at: str = "",
        explain: Callable[[Answer], AdapterError | None] | None = None,
        **path: str,
    ) -> Answer:
        """Make one call and return its decoded answer (numbers with a fraction as Decimal); raises `AdapterError`.

        `path` fills the endpoint's `{names}`; a query value of None is left out, a list repeats its key. The body is
        either `json`, or `content` of the endpoint's own type. `at` is the address of an endpoint that is elsewhere.
        `explain` may turn an answer that is not a success into a better error than its status alone allows. What an
        endpoint says is `kept` comes from the last call of it, of any worker, while that is fresh enough.
        """
        body = orjson.dumps(json, default=plain) if json is not None else content
        request = self._request_elsewhere(endpoint, at, body) if at else self._request(endpoint, query, body, path)
        if endpoint.kept:
            question = f"{endpoint.method} {_prepared(request).url}"
            return self._keeper.answer(question, endpoint.kept, lambda: self._ask(endpoint, request, explain))
        return self._ask(endpoint, request, explain)

    def forget(self) -> bool:
        """Take no answer that was kept until now; return whether one was given that may be out of date."""
        return self._keeper.forget()

    def _ask(
        self, endpoint: Endpoint, request: requests.Request, explain: Callable[[Answer], AdapterError | None] | None
    ) -> Answer:
        renewed = False
        for repeat in range(REPEATS + 1):
            try:
                raw = self._exchange(endpoint, request)
                if not renewed and self._ran_out(endpoint, raw) and self._signer.renew():
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
        self, endpoint: Endpoint, query: Mapping[str, Any] | None, body: str | bytes | None, path: Mapping[str, str]
    ) -> requests.Request:
        names = {**path, **self._signer.path}
        filled = endpoint.path.format_map({name: quote(str(value), safe="") for name, value in names.items()})
        headers = {"Accept": endpoint.accept or self._media_type, "User-Agent": USER_AGENT}
        if body is not None:
            headers["Content-Type"] = endpoint.content_type or self._media_type
        params = {name: value for name, value in (query or {}).items() if value is not None}
        # A space goes as %20: Magento checks a signature with "+" taken for itself, and everybody reads %20.
        asked = urlencode(params, doseq=True, quote_via=quote)
        return requests.Request(endpoint.method, self.base_url + filled, headers=headers, params=asked, data=body)

    def _request_elsewhere(self, endpoint: Endpoint, at: str, body: str | bytes | None) -> requests.Request:
        if not at.startswith("https://") and self.base_url.startswith("https://"):
            raise MalformedResponse("An address without encryption was given", remote=_unsigned(at)[:SHOWN])
        headers = {"Accept": endpoint.accept or "*/*", "User-Agent": USER_AGENT}
        if body is not None:
            headers["Content-Type"] = endpoint.content_type
        return requests.Request(endpoint.method, at, headers=headers, data=body)

    def _ran_out(self, endpoint: Endpoint, raw: Raw) -> bool:
        return not endpoint.elsewhere and self._signer.refused(raw.status, raw.content)

    def _exchange(self, endpoint: Endpoint, request: requests.Request) -> Raw:
        prepared = _prepared(request)
        self._pacer.acquire(endpoint.bucket)
        if not endpoint.elsewhere:
            self._signer.sign(prepared, endpoint.scope)
        try:
            enough = KEEP_OF_BODY if endpoint.answers == "none" else None
            return self._send(prepared, f"{endpoint.method} {endpoint.path}", enough=enough)
        except Broken as broken:
            if broken.sent and endpoint.effect is Effect.CREATES:
                raise OutcomeUnknown("The answer did not arrive", remote=said(broken)) from None
            raise TemporarilyUnavailable("No answer", remote=said(broken)) from None

    def _send_token(self, call: TokenCall) -> Answer:
        """Send the token call: paced and recorded like any other, its bodies left out."""
        self._pacer.acquire(TOKEN_BUCKET)
        headers = {**call.headers, "Content-Type": call.content_type, "Accept": call.accept, "User-Agent": USER_AGENT}
        request = requests.Request("POST", call.url, headers=headers, data=call.body)
        try:
            raw = self._send(_prepared(request), "POST token", private=True)
        except Broken as broken:
            raise TemporarilyUnavailable("The token server does not answer", remote=said(broken)) from None
        self._mind_token_server(raw)
        body: Any
        try:
            body = decoded(raw.content)
        except ValueError:
            body = decoded_text(raw.content)
        return Answer(status=raw.status, headers=raw.headers, body=body, at=None)

    def _mind_token_server(self, raw: Raw) -> None:
        """It has a pace of its own: what it asks for is kept, and stops no call that has its token."""
        if raw.status not in {TOO_MANY, UNAVAILABLE}:
            return
        headers: Mapping[str, str] = CaseInsensitiveDict(raw.headers)
        wait = seconds_to_wait(headers.get("Retry-After", ""), moment_of(headers.get("Date", "")))
        if raw.status == TOO_MANY or wait is not None:
            wait = self._pacer.pause(TOKEN_BUCKET, wait)
            raise RateLimited(
                "The token server asked us to wait", remote=self._words(raw), status=raw.status, retry_after=wait
            )

    def _send(
        self, request: requests.PreparedRequest, name: str, *, private: bool = False, enough: int | None = None
    ) -> Raw:
        began = time.monotonic()
        raw, error = None, ""
        try:
            raw = receive(self._adapter_for(str(request.url)), request, enough=enough)
        except AddressRefused:
            error = PRIVATE
            raise Rejected(PRIVATE) from None
        except Broken as broken:
            error = cleaned(said(broken), self._redactor.clean)
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
            endpoint=self._redactor.clean(name),
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
        body, broken = None, raw.cut if endpoint.answers != "none" else ""
        if not broken:
            try:
                body = DECODERS[endpoint.answers](raw.content)
            except ValueError as error:
                broken = f"not {endpoint.answers.upper()}: {error}"
        answer = Answer(status=raw.status, headers=headers, body=body, at=moment_of(headers.get("Date", "")))
        self._learn_rate(endpoint, headers)
        if not success:
            raise self._refusal(endpoint, answer, raw, explain)
        if broken:
            raise self._unreadable(endpoint, raw, broken)
        return answer

    def _learn_rate(self, endpoint: Endpoint, headers: Mapping[str, str]) -> None:
        told = headers.get(self._rate_header, "") if self._rate_header else ""
        try:
            rate = float(told or 0)
        except ValueError:
            return
        if 0 < rate < float("inf"):
            self._pacer.learn(endpoint.bucket, rate)

    def _unreadable(self, endpoint: Endpoint, raw: Raw, broken: str) -> AdapterError:
        remote = self._words(raw)
        if endpoint.effect is Effect.CREATES:
            return OutcomeUnknown("The answer cannot be read", remote=remote or broken, status=raw.status)
        if raw.cut:
            return TemporarilyUnavailable("The answer was cut off", remote=raw.cut, status=raw.status)
        if _web_page(raw.content, endpoint):
            return TemporarilyUnavailable(
                "A web page came instead of data; is there a maintenance page?", remote=remote, status=raw.status
            )
        return MalformedResponse("The answer cannot be read", remote=f"{broken} {remote}".strip(), status=raw.status)

    def _refusal(
        self,
        endpoint: Endpoint,
        answer: Answer,
        raw: Raw,
        explain: Callable[[Answer], AdapterError | None] | None,
    ) -> AdapterError:
        retry_after = seconds_to_wait(answer.headers.get("Retry-After", ""), answer.at)
        if answer.status == TOO_MANY or (answer.status == UNAVAILABLE and retry_after is not None):
            retry_after = self._pacer.pause(endpoint.bucket, retry_after)
        error = explain(answer) if explain else None
        if error is not None:
            error.remote = self._redactor.clean(error.remote)[:SHOWN]
            error.message = cleaned(error.message, self._redactor.clean)
        else:
            error = classify(endpoint, answer.status, self._words(raw), retry_after, answer.headers.get("Location", ""))
        if isinstance(error, RateLimited):
            error.retry_after = retry_after
        if isinstance(error, AuthenticationFailed):
            error.by = f"{endpoint.method} {endpoint.path}"
        return error

    def _words(self, raw: Raw) -> str:
        return (
            self._redactor.clean(raw.content[: 4 * SHOWN].decode("utf-8", "replace")).replace("\0", "").strip()[:SHOWN]
        )


def classify(  # noqa: PLR0911 - one row of a table each
    endpoint: Endpoint, status: int, remote: str, retry_after: float | None, location: str = ""
) -> AdapterError:
    """Return the error for an answer that is not a success, by what the caller must do next."""
    match status:
        case 401 | 403 | 404 | 410 if endpoint.elsewhere:
            return TemporarilyUnavailable("The address that was given for it has expired", remote=remote, status=status)
        case 401:
            return AuthenticationFailed("The credentials are refused", remote=remote, status=status)
        case 403:
            # A firewall says so too, and who may read but not write; the key itself may be good.
            return Rejected(
                "This is forbidden to us there, by a firewall or by the rights that the key has",
                remote=remote,
                status=status,
            )
        case 404 | 410:
            return NotFound("Not found there", remote=remote, status=status)
        case 429:
            return RateLimited("Too many calls", remote=remote, status=status, retry_after=retry_after)
        case 503:
            return TemporarilyUnavailable("Not available now", remote=remote, status=status, retry_after=retry_after)
        case _ if 300 <= status < 400:  # noqa: PLR2004 - redirects
            return Rejected("The address leads on to another one; enter the last", remote=location, status=status)
        case 408 | 425 if endpoint.effect is not Effect.CREATES:
            return TemporarilyUnavailable("It took too long there", remote=remote, status=status)
        case _ if status >= 500 or status == 408:  # noqa: PLR2004 - the remote side's own failures
            if endpoint.effect is Effect.CREATES:
                return OutcomeUnknown("It failed there half-way", remote=remote, status=status)
            return TemporarilyUnavailable("It failed there", remote=remote, status=status, retry_after=retry_after)
        case _:
            return Rejected("The request is refused", remote=remote, status=status)


def _web_page(content: bytes, endpoint: Endpoint) -> bool:
    """Whether a person's page came where data was expected."""
    start = content.lstrip()[:9].lower()
    return start.startswith(b"<") if endpoint.answers == "json" else start.startswith((b"<!doctype", b"<html"))


def _prepared(request: requests.Request) -> requests.PreparedRequest:
    try:
        return request.prepare()
    except (requests.RequestException, ValueError):  # what was entered as address is none
        raise Rejected("This is no web address; it begins with https:// and names a host") from None


def _unsigned(url: str) -> str:
    """Drop from a URL the parameters that sign it."""
    base, mark, query = url.partition("?")
    kept = [part for part in query.split("&") if not part.lower().startswith(("oauth_", "x-amz-"))]
    return base + (mark + "&".join(kept) if kept else "")
