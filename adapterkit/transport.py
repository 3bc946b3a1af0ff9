"""The one HTTP door. See the class `Transport`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlencode

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from adapterkit.auth import Account, Auth, MemoryTokens, NoSecretStore, SecretStore, TokenCall, TokenStore
from adapterkit.dialects import JSON, Dialect, Judge
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
from adapterkit.wire import decoded, decoded_text, moment_of, seconds_to_wait

PRIVATE = say(
    "This host is inside a private network; use its public address, or have the operator of this server allow it in "
    "ORDERSYNC_ALLOWED_PRIVATE_HOSTS"
)
T = TypeVar("T")
KEEP_OF_BODY = 64 * 1024  # characters of a body that an exchange keeps
REPEATS = 2  # of a read, within one call
LONGEST_PAUSE = 2.0  # seconds; a longer wait is handed back to the caller
SHOWN = 500  # characters of the remote side's words that an error keeps
TOO_MANY, UNAVAILABLE = 429, 503
USER_AGENT = "OrderSync"
# Of each request: a call sets none of them itself, nor what signs it.
OWN_HEADERS = ("Authorization", "Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Cookie")
HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
NONE: Mapping[str, str] = {}
TOKEN_BUCKET = "token"  # noqa: S105 - the name of a pacer's bucket


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A decoded answer. `body` is None when there was none; `at` is the remote side's clock (its Date header).

    `words` are how a body begins, as text and without secrets, where the status is a failure or nothing was decoded.
    """

    status: int
    headers: Mapping[str, str]
    body: Any
    at: datetime | None
    words: str = ""

    @property
    def ok(self) -> bool:
        """Whether the status says that it went well."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of answers that are a success


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
    def acquire(self, bucket: str, cost: float = 1) -> None:
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

    def acquire(self, bucket: str, cost: float = 1) -> None:
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
        dialect: Dialect = JSON,
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
        self._dialect, self._rate_header = dialect, rate_header
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
        path: Mapping[str, str] = NONE,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] = NONE,
        at: str = "",
        judge: Judge | None = None,
    ) -> Answer:
        """Make one call and return its decoded answer; raises `AdapterError`.

        `path` fills the endpoint's `{names}`; a query value of None is left out, a list repeats its key. `body` is
        written as the endpoint's dialect says. `headers` are sent beside those of dialect and signature. `at` is the
        address of an endpoint that is elsewhere. What an answer means, the call's own `judge` says before the dialect,
        and its status last. What an endpoint says is `kept` comes from the last call of it, of any worker, while that
        is fresh enough.
        """
        content = self._dialect_of(endpoint).encode(body) if body is not None else None
        request = self._elsewhere(endpoint, at, content) if at else self._request(endpoint, query, content, path)
        request.headers.update(self._checked(headers))
        if endpoint.kept:
            question = (
                f"{endpoint.method} {_prepared(request).url} {sorted(headers.items()) if headers else ''}".rstrip()
            )
            return self._keeper.answer(question, endpoint.kept, lambda: self._ask(endpoint, request, judge))
        return self._ask(endpoint, request, judge)

    def forget(self) -> bool:
        """Take no answer that was kept until now; return whether one was given that may be out of date."""
        return self._keeper.forget()

    def _dialect_of(self, endpoint: Endpoint) -> Dialect:
        return endpoint.dialect or self._dialect

    def _checked(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return a call's own headers; raises ValueError for what would change the request's framing or signature."""
        taken = {name.lower() for name in (*self._signer.headers, *OWN_HEADERS)}
        for name, value in headers.items():
            if name.lower() in taken or not HEADER_NAME.fullmatch(name):
                raise ValueError(f"The header {name!r} is not for a call to set")
            if not (value.isascii() and value.isprintable()):
                raise ValueError(f"What the header {name} is to hold is no single line of ASCII")
        return headers

    def _ask(self, endpoint: Endpoint, request: requests.Request, judge: Judge | None) -> Answer:
        renewed = False
        for repeat in range(REPEATS + 1):
            try:
                raw = self._exchange(endpoint, request)
                if not renewed and self._ran_out(endpoint, raw) and self._signed(self._signer.renew):
                    renewed = True
                    raw = self._exchange(endpoint, request)
                return self._answer(endpoint, raw, judge)
            except TemporarilyUnavailable as error:
                pause = error.retry_after if error.retry_after is not None else 0.25 * 2**repeat
                if endpoint.effect is not Effect.READS or repeat == REPEATS or pause > LONGEST_PAUSE:
                    raise
                self._wait(pause)
        raise AssertionError("unreachable")

    def _request(
        self, endpoint: Endpoint, query: Mapping[str, Any] | None, body: bytes | None, path: Mapping[str, str]
    ) -> requests.Request:
        names = {**path, **self._signer.path}
        filled = endpoint.path.format_map({name: quote(str(value), safe="") for name, value in names.items()})
        headers = self._headers(endpoint, body)
        params = {name: value for name, value in (query or {}).items() if value is not None}
        # A space goes as %20: Magento checks a signature with "+" taken for itself, and everybody reads %20.
        asked = urlencode(params, doseq=True, quote_via=quote)
        return requests.Request(endpoint.method, self.base_url + filled, headers=headers, params=asked, data=body)

    def _elsewhere(self, endpoint: Endpoint, at: str, body: bytes | None) -> requests.Request:
        if not at.startswith("https://") and self.base_url.startswith("https://"):
            raise MalformedResponse("An address without encryption was given", remote=_unsigned(at)[:SHOWN])
        return requests.Request(endpoint.method, at, headers=self._headers(endpoint, body), data=body)

    def _headers(self, endpoint: Endpoint, body: bytes | None) -> dict[str, str]:
        dialect = self._dialect_of(endpoint)
        kind = {"Content-Type": dialect.content_type} if body is not None and dialect.content_type else {}
        return {"Accept": dialect.accept, "User-Agent": USER_AGENT, **kind}

    def _ran_out(self, endpoint: Endpoint, raw: Raw) -> bool:
        return not endpoint.elsewhere and self._signer.refused(raw.status, raw.content)

    def _exchange(self, endpoint: Endpoint, request: requests.Request) -> Raw:
        prepared = _prepared(request)
        self._pacer.acquire(endpoint.bucket, endpoint.cost)
        if not endpoint.elsewhere:
            self._signed(lambda: self._signer.sign(prepared, endpoint.scope))
        try:
            enough = None if self._dialect_of(endpoint).whole else KEEP_OF_BODY
            return self._send(prepared, f"{endpoint.method} {endpoint.path}", enough=enough)
        except Broken as broken:
            if broken.sent and endpoint.effect is Effect.CREATES:
                raise OutcomeUnknown("The answer did not arrive", remote=said(broken)) from None
            raise TemporarilyUnavailable("No answer", remote=said(broken)) from None

    def _signed(self, act: Callable[[], T]) -> T:
        """Do something of the signer's, which may quote what was answered to a login."""
        try:
            return act()
        except AdapterError as error:
            raise self.telling(error) from None

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

    def _answer(self, endpoint: Endpoint, raw: Raw, judge: Judge | None) -> Answer:
        """Return the answer; raise what call, dialect or status say is wrong with it."""
        headers: Mapping[str, str] = CaseInsensitiveDict(raw.headers)
        dialect = self._dialect_of(endpoint)
        body, broken = None, raw.cut if dialect.whole else ""
        if not broken:
            try:
                body = dialect.decode(raw.content)
            except ValueError as why:
                broken = f"not {dialect.name}: {why}"
        answer = Answer(status=raw.status, headers=headers, body=body, at=moment_of(headers.get("Date", "")))
        if broken or not answer.ok:
            answer = replace(answer, words=self._words(raw))
        self._learn_rate(endpoint, headers)
        error = (judge(answer) if judge else None) or dialect.judge(answer, endpoint)
        if error is not None or not answer.ok:
            raise self._refusal(endpoint, answer, error)
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
        if self._dialect_of(endpoint).is_page(raw.content):
            return TemporarilyUnavailable(
                "A web page came instead of data; is there a maintenance page?", remote=remote, status=raw.status
            )
        return MalformedResponse("The answer cannot be read", remote=f"{broken} {remote}".strip(), status=raw.status)

    def _refusal(self, endpoint: Endpoint, answer: Answer, judged: AdapterError | None) -> AdapterError:
        """Return the error of an answer, without secrets; where nobody judged it, by its status alone."""
        retry_after = seconds_to_wait(answer.headers.get("Retry-After", ""), answer.at)
        throttled = answer.ok and isinstance(judged, RateLimited)
        if throttled and retry_after is None:
            retry_after = getattr(judged, "retry_after", None)
        if throttled or answer.status == TOO_MANY or (answer.status == UNAVAILABLE and retry_after is not None):
            retry_after = self._pacer.pause(endpoint.bucket, retry_after)
        if judged is None:
            where = answer.headers.get("Location", "")
            error = classify(endpoint, answer.status, answer.words, retry_after, where)
        else:
            error = self.telling(judged)
        if isinstance(error, RateLimited):
            error.retry_after = retry_after
        if isinstance(error, AuthenticationFailed) and not answer.ok:  # a success that refuses tells of the key itself
            error.by = f"{endpoint.method} {endpoint.path}"
        return error

    def telling(self, error: AdapterError) -> AdapterError:
        """Take the secrets out of an error that an adapter makes of an answer's body: the body has all that came."""
        remote = cleaned(error.remote, self._redactor.clean)
        error.remote = remote if len(remote) <= SHOWN else remote[:SHOWN]  # a part of a sentence is none
        error.message = cleaned(error.message, self._redactor.clean)
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
