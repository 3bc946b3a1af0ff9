"""How requests are signed. A token is shared by all workers and renewed by one of them at a time."""

from __future__ import annotations

import hashlib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Protocol
from xml.sax.saxutils import escape

import requests
from oauthlib.oauth1 import SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_QUERY, Client
from standardwebhooks import Webhook

from adapterkit.errors import AuthenticationFailed, MalformedResponse, TemporarilyUnavailable
from adapterkit.redaction import Redactor, basic_token
from adapterkit.spec import (
    AllOf,
    Auth,
    AuthBySetting,
    Basic,
    BasicOrOAuth1,
    ClientCredentials,
    HeaderKey,
    OAuth1,
    PathKey,
    RefreshToken,
    Session,
    StandardWebhook,
)

RENEW_EARLY = 30.0  # seconds before a token expires
OK = 200
BAD_CREDENTIALS = frozenset({400, 401})
FORBIDDEN = 403

SendToken = Callable[[requests.Request], "TokenAnswer"]


class TokenAnswer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def body(self) -> object: ...


class TokenStore(Protocol):
    """Where tokens are shared. A store that forgets costs one more token call."""

    def get(self, key: str) -> tuple[str, float] | None:
        """Return the token and when it expires (seconds since 1970), or None."""

    def put(self, key: str, token: str, expires_at: float) -> None: ...

    def lock(self, key: str) -> AbstractContextManager[None]:
        """Let one worker renew at a time."""


class MemoryTokens:
    """Shares tokens within one process."""

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[str, float]] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, key: str) -> tuple[str, float] | None:
        return self._tokens.get(key)

    def put(self, key: str, token: str, expires_at: float) -> None:
        self._tokens[key] = (token, expires_at)

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            yield


class Signer:
    """Signs requests; `renew` is called once after a refusal and says whether trying again makes sense."""

    path: Mapping[str, str] = {}  # what fills names in every endpoint's path
    refusals: frozenset[int] = frozenset({401})  # the statuses with which a signature that ran out is answered

    def sign(self, request: requests.PreparedRequest) -> None:
        """Add what proves who we are."""

    def refused(self, status: int, content: bytes) -> bool:  # noqa: ARG002 - a session's end stands in the content
        """Whether an answer says that what proves who we are has run out."""
        return status in self.refusals

    def renew(self) -> bool:
        return False


class _Header(Signer):
    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value

    def sign(self, request: requests.PreparedRequest) -> None:
        request.headers[self._name] = self._value


class _PathKey(Signer):
    def __init__(self, name: str, value: str) -> None:
        self.path = {name: value}


class _OAuth1(Signer):
    """Signs address and method; the body of a JSON or XML request is not signed."""

    def __init__(self, auth: OAuth1, fields: Mapping[str, str]) -> None:
        self._client = Client(
            fields.get(auth.consumer_key, ""),
            client_secret=fields.get(auth.consumer_secret, ""),
            resource_owner_key=fields.get(auth.token, "") or None,
            resource_owner_secret=fields.get(auth.token_secret, "") or None,
            signature_method=auth.signature,
            signature_type=SIGNATURE_TYPE_QUERY if auth.place == "query" else SIGNATURE_TYPE_AUTH_HEADER,
        )

    def sign(self, request: requests.PreparedRequest) -> None:
        request.url, headers, _ = self._client.sign(
            str(request.url),
            http_method=str(request.method),  # type: ignore[arg-type]
        )
        request.headers.update(headers)


class _StandardWebhook(Signer):
    """Signs the message with the moment of this very try: a receiver refuses one that is minutes old as a replay."""

    def __init__(self, message_id: str, secrets: Sequence[str]) -> None:
        self._message_id = message_id
        self._webhooks = [Webhook(secret) for secret in secrets if secret]

    def sign(self, request: requests.PreparedRequest) -> None:
        now, body = datetime.now(UTC), request.body
        text = body.decode() if isinstance(body, bytes) else str(body or "")
        signatures = [webhook.sign(self._message_id, now, text) for webhook in self._webhooks]
        request.headers["webhook-id"] = self._message_id
        request.headers["webhook-timestamp"] = str(int(now.timestamp()))
        request.headers["webhook-signature"] = " ".join(signatures)


@dataclass(frozen=True, slots=True)
class _Grant:
    """How a token is asked for, and the header it then goes into. Whatever tells two accounts apart is in `key`."""

    url: str
    form: Mapping[str, str]
    headers: Mapping[str, str]
    key: tuple[str, ...]
    header: str = "Authorization"
    prefix: str = "Bearer "
    refusals: frozenset[int] = frozenset({401})


class _Shared(Signer, ABC):
    """What is fetched once, lies in the store for all workers, and is fetched anew by one of them when refused."""

    def __init__(self, key: tuple[str, ...], tokens: TokenStore, send: SendToken, redactor: Redactor) -> None:
        self._tokens, self._send, self._redactor = tokens, send, redactor
        self._key = hashlib.sha256("\0".join(key).encode()).hexdigest()[:40]
        self._used = ""

    @abstractmethod
    def _ask(self) -> tuple[str, float]:
        """Fetch one; return it and how many seconds it lasts."""

    def renew(self) -> bool:
        self._fetch(refused=self._used)
        return True

    def _take(self) -> str:
        self._used = self._current() or self._fetch(refused="")
        return self._used

    def _current(self) -> str:
        stored = self._tokens.get(self._key)
        if stored is None or stored[1] - RENEW_EARLY <= time.time():
            return ""
        self._redactor.learn(stored[0])
        return stored[0]

    def _fetch(self, *, refused: str) -> str:
        with self._tokens.lock(self._key):
            # Whoever waited for the lock uses what the other one fetched.
            current = self._current()
            if current and current != refused:
                return current
            token, lasts = self._ask()
            self._redactor.learn(token)
            self._tokens.put(self._key, token, time.time() + lasts)
            return token


class _Token(_Shared):
    def __init__(self, grant: _Grant, tokens: TokenStore, send: SendToken, redactor: Redactor) -> None:
        super().__init__((grant.url, *grant.key), tokens, send, redactor)
        self._grant = grant
        self.refusals = grant.refusals

    def sign(self, request: requests.PreparedRequest) -> None:
        request.headers[self._grant.header] = self._grant.prefix + self._take()

    def _ask(self) -> tuple[str, float]:
        headers = {**self._grant.headers, "Accept": "application/json"}
        answer = self._send(requests.Request("POST", self._grant.url, data=dict(self._grant.form), headers=headers))
        if answer.status in BAD_CREDENTIALS or _says_forbidden(answer):
            raise AuthenticationFailed("The client id and secret are refused", status=answer.status)
        if answer.status != OK:
            raise TemporarilyUnavailable("The token server is not available", status=answer.status)
        body = answer.body
        if not isinstance(body, Mapping) or not isinstance(body.get("access_token"), str):
            raise MalformedResponse("The token server answered without a token")
        return str(body["access_token"]), float(body.get("expires_in") or 60)


def _says_forbidden(answer: TokenAnswer) -> bool:
    """Whether a token server's 403 is its own word (RFC 6749, section 5.2); a firewall in front of it says so too."""
    return answer.status == FORBIDDEN and isinstance(answer.body, Mapping) and "error" in answer.body


class _Session(_Shared):
    def __init__(
        self,
        auth: Session,
        url: str,
        fields: Mapping[str, str],
        *,
        tokens: TokenStore,
        send: SendToken,
        redactor: Redactor,
    ) -> None:
        super().__init__((url, *(fields.get(name, "") for name in auth.account)), tokens, send, redactor)
        self._auth, self._url, self._fields = auth, url, fields
        self._mark = auth.mark.encode()

    def sign(self, request: requests.PreparedRequest) -> None:
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        self._used = ""
        if str(request.url) == self._url and self._mark in body:
            request.body = body.replace(self._mark, escape(self._take()).encode(), 1)
            request.prepare_content_length(request.body)

    def refused(self, status: int, content: bytes) -> bool:
        return bool(self._used) and (super().refused(status, content) or self._auth.over(content))

    def renew(self) -> bool:
        return bool(self._used) and super().renew()

    def _ask(self) -> tuple[str, float]:
        headers = {"Content-Type": self._auth.content_type, "Accept": self._auth.content_type}
        answer = self._send(
            requests.Request("POST", self._url, data=self._auth.login(self._fields), headers=headers),
        )
        if answer.status in {401, 403}:
            raise AuthenticationFailed("The login is refused", status=answer.status)
        if answer.status != OK:
            raise TemporarilyUnavailable("The login is not available", status=answer.status)
        return self._auth.opened(str(answer.body)), self._auth.lasts.total_seconds()


class _AllOf(Signer):
    def __init__(self, signers: list[Signer]) -> None:
        self._signers, self._refused = signers, list[Signer]()
        self.path = dict(chain.from_iterable(signer.path.items() for signer in signers))

    def sign(self, request: requests.PreparedRequest) -> None:
        for signer in self._signers:
            signer.sign(request)

    def refused(self, status: int, content: bytes) -> bool:
        self._refused = [signer for signer in self._signers if signer.refused(status, content)]
        return bool(self._refused)

    def renew(self) -> bool:
        return any(signer.renew() for signer in self._refused)


def signer_for(  # noqa: PLR0911 - one kind of signing each
    auth: Auth,
    *,
    base_url: str,
    fields: Mapping[str, str],
    tokens: TokenStore,
    send: SendToken,
    redactor: Redactor,
) -> Signer:
    """Return the signer of an account. `fields` are its settings and credentials together."""
    match auth:
        case HeaderKey():
            return _Header(auth.header, auth.prefix + fields.get(auth.setting, ""))
        case Basic():
            return _basic(fields, auth.username, auth.password, redactor)
        case PathKey():
            return _PathKey(auth.name, fields.get(auth.setting, ""))
        case OAuth1():
            return _OAuth1(auth, fields)
        case BasicOrOAuth1() if base_url.lower().startswith("https:"):
            return _basic(fields, auth.key, auth.secret, redactor)
        case BasicOrOAuth1():
            return _OAuth1(OAuth1(consumer_key=auth.key, consumer_secret=auth.secret), fields)
        case ClientCredentials() | RefreshToken():
            return _Token(_grant_of(auth, fields, redactor), tokens, send, redactor)
        case StandardWebhook():
            secrets = [fields.get(auth.secret, ""), fields.get(auth.previous_secret, "")]
            return _StandardWebhook(fields.get(auth.message_id, ""), secrets)
        case Session():
            return _Session(auth, base_url + auth.path, fields, tokens=tokens, send=send, redactor=redactor)
        case AllOf():
            return _AllOf(
                [
                    signer_for(one, base_url=base_url, fields=fields, tokens=tokens, send=send, redactor=redactor)
                    for one in auth.auths
                ]
            )
        case AuthBySetting():
            chosen = auth.choices.get(fields.get(auth.setting, "")) or next(iter(auth.choices.values()))
            return signer_for(chosen, base_url=base_url, fields=fields, tokens=tokens, send=send, redactor=redactor)


def _grant_of(auth: ClientCredentials | RefreshToken, fields: Mapping[str, str], redactor: Redactor) -> _Grant:
    url = fields.get(auth.token_url_setting, "") or auth.token_url
    client = (fields.get(auth.client_id, ""), fields.get(auth.client_secret, ""))
    if isinstance(auth, ClientCredentials):
        basic = basic_token(*client)
        redactor.learn(basic)
        return _Grant(url, {"grant_type": "client_credentials"}, {"Authorization": f"Basic {basic}"}, client)
    refresh = fields.get(auth.refresh_token, "")
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh,
        "client_id": client[0],
        "client_secret": client[1],
    }
    return _Grant(url, form, {}, (*client, refresh), auth.header, auth.prefix, auth.refusals)


def _basic(fields: Mapping[str, str], username: str, password: str, redactor: Redactor) -> Signer:
    token = basic_token(fields.get(username, ""), fields.get(password, ""))
    redactor.learn(token)
    return _Header("Authorization", f"Basic {token}")
