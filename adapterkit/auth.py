"""How requests are signed. A token is shared by all workers and renewed by one of them at a time."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import requests
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_QUERY, Client

from adapterkit.errors import AuthenticationFailed, MalformedResponse, TemporarilyUnavailable
from adapterkit.redaction import Redactor, basic_token
from adapterkit.spec import Auth, Basic, BasicOrOAuth1, ClientCredentials, HeaderKey, OAuth1

RENEW_EARLY = 30.0  # seconds before a token expires
OK = 200
BAD_CREDENTIALS = frozenset({400, 401, 403})

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
    """Signs requests; `renew` is called once after a 401 and says whether trying again makes sense."""

    def sign(self, request: requests.PreparedRequest) -> None:
        """Add what proves who we are."""

    def renew(self) -> bool:
        return False


class _Header(Signer):
    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value

    def sign(self, request: requests.PreparedRequest) -> None:
        request.headers[self._name] = self._value


class _OAuth1(Signer):
    """Signs the query string, as WooCommerce reads it over plain HTTP; the body of a JSON request is not signed."""

    def __init__(self, key: str, secret: str) -> None:
        self._client = Client(key, secret, signature_method=SIGNATURE_HMAC_SHA256, signature_type=SIGNATURE_TYPE_QUERY)

    def sign(self, request: requests.PreparedRequest) -> None:
        request.url, _, _ = self._client.sign(
            str(request.url),
            http_method=str(request.method),  # type: ignore[arg-type]
        )


class _Token(Signer):
    def __init__(
        self,
        token_url: str,
        client: tuple[str, str],
        tokens: TokenStore,
        send: SendToken,
        redactor: Redactor,
    ) -> None:
        self._url = token_url
        self._id, self._secret = client
        self._tokens, self._send, self._redactor = tokens, send, redactor
        digest = hashlib.sha256("\0".join((self._url, *client)).encode()).hexdigest()
        self._key = digest[:40]
        self._used = ""

    def sign(self, request: requests.PreparedRequest) -> None:
        self._used = self._current() or self._fetch(refused="")
        request.headers["Authorization"] = f"Bearer {self._used}"

    def renew(self) -> bool:
        self._fetch(refused=self._used)
        return True

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
            self._tokens.put(self._key, token, time.time() + lasts)
            return token

    def _ask(self) -> tuple[str, float]:
        request = requests.Request(
            "POST",
            self._url,
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {basic_token(self._id, self._secret)}", "Accept": "application/json"},
        )
        answer = self._send(request)
        if answer.status in BAD_CREDENTIALS:
            raise AuthenticationFailed("The client id and secret are refused", status=answer.status)
        if answer.status != OK:
            raise TemporarilyUnavailable("The token server is not available", status=answer.status)
        body = answer.body
        if not isinstance(body, Mapping) or not isinstance(body.get("access_token"), str):
            raise MalformedResponse("The token server answered without a token")
        token = str(body["access_token"])
        self._redactor.learn(token)
        return token, float(body.get("expires_in") or 60)


def signer_for(
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
        case OAuth1():
            return _OAuth1(fields.get(auth.consumer_key, ""), fields.get(auth.consumer_secret, ""))
        case BasicOrOAuth1():
            if base_url.lower().startswith("https:"):
                return _basic(fields, auth.key, auth.secret, redactor)
            return _OAuth1(fields.get(auth.key, ""), fields.get(auth.secret, ""))
        case ClientCredentials():
            client = (fields.get(auth.client_id, ""), fields.get(auth.client_secret, ""))
            redactor.learn(basic_token(*client))
            override = fields.get(auth.token_url_setting, "") if auth.token_url_setting else ""
            return _Token(override or auth.token_url, client, tokens, send, redactor)


def _basic(fields: Mapping[str, str], username: str, password: str, redactor: Redactor) -> Signer:
    token = basic_token(fields.get(username, ""), fields.get(password, ""))
    redactor.learn(token)
    return _Header("Authorization", f"Basic {token}")
