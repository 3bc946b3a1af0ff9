"""OAuth 2: an access token, shared by all workers and renewed once when it is refused; one for each scope."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from adapterkit.auth.base import Account, Outgoing, Signer, TokenAnswer, TokenCall
from adapterkit.auth.shared import Shared, key_of
from adapterkit.errors import AuthenticationFailed, MalformedResponse, TemporarilyUnavailable
from adapterkit.redaction import basic_token

OK = 200
BAD_CREDENTIALS = frozenset({400, 401})
FORBIDDEN = 403
SUCCESSOR_LASTS = 90 * 24 * 3600.0  # seconds for which the store alone is enough to find a refresh token's successor


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """OAuth 2 client credentials: one token, shared by all workers, renewed once when it is refused."""

    token_url: str
    client_id: str = "client_id"
    client_secret: str = "client_secret"  # noqa: S105 - the name of a setting
    token_url_setting: str = ""  # a setting that overrides token_url (own test server)

    def signer(self, account: Account) -> Signer:
        return _ClientCredentials(self, account)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """OAuth 2 refresh token, sent as a form: the access token is shared by all workers and renewed when refused.

    Where the token server replaces the refresh token, its successor is stored at once, for all workers.
    """

    token_url: str
    client_id: str = "client_id"
    client_secret: str = "client_secret"  # noqa: S105 - the name of a setting
    refresh_token: str = "refresh_token"  # noqa: S105 - the name of a setting
    header: str = "Authorization"  # where the access token goes
    prefix: str = "Bearer "
    token_url_setting: str = ""  # a setting that overrides token_url (own test server)
    refusals: frozenset[int] = frozenset({401})  # how a token that ran out is answered

    def signer(self, account: Account) -> Signer:
        return _RefreshToken(self, account)


class AccessToken(Shared):
    """Puts the access token of a grant into a header."""

    def __init__(self, account: Account, url: str, *key: str, header: str = "Authorization", prefix: str = "Bearer "):
        super().__init__(account, url, *key)
        self._url, self._header, self._prefix = url, header, prefix
        self.headers = frozenset({header})

    @abstractmethod
    def _grant(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the form that asks for a token, and the headers that go with it."""

    def sign(self, request: Outgoing, scope: str) -> None:
        request.headers[self._header] = self._prefix + self._take(scope)

    def _ask(self, scope: str) -> tuple[str, float]:
        return _token_in(self._answer(scope))

    def _answer(self, scope: str) -> Mapping[str, object]:
        form, headers = self._grant()
        body = urlencode({**form, "scope": scope} if scope else form).encode()
        call = TokenCall(url=self._url, body=body, content_type="application/x-www-form-urlencoded", headers=headers)
        answer = self._account.send(call)
        if answer.status in BAD_CREDENTIALS or _says_forbidden(answer):
            raise AuthenticationFailed("The client id and secret are refused", status=answer.status)
        if answer.status != OK:
            raise TemporarilyUnavailable("The token server is not available", status=answer.status)
        if not isinstance(answer.body, Mapping):
            raise MalformedResponse("The token server answered without a token")
        return answer.body


class _ClientCredentials(AccessToken):
    def __init__(self, auth: ClientCredentials, account: Account) -> None:
        client = (account.field(auth.client_id), account.field(auth.client_secret))
        super().__init__(account, account.field(auth.token_url_setting) or auth.token_url, *client)
        self._basic = basic_token(*client)
        account.redactor.learn(self._basic)

    def _grant(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        return {"grant_type": "client_credentials"}, {"Authorization": f"Basic {self._basic}"}


class _RefreshToken(AccessToken):
    """Follows a refresh token to its successors.

    Tokens lie under the name of the refresh token that brought them, so that whoever read the account before it was
    replaced, and whoever read it after, find the same ones. What replaces it lies under its name too.
    """

    def __init__(self, auth: RefreshToken, account: Account) -> None:
        self._client = (account.field(auth.client_id), account.field(auth.client_secret))
        self._setting, self._secret = auth.refresh_token, account.field(auth.refresh_token)
        url = account.field(auth.token_url_setting) or auth.token_url
        super().__init__(account, url, *self._client, self._secret, header=auth.header, prefix=auth.prefix)
        self.refusals = auth.refusals
        self._before: list[str] = []  # those that were replaced, as far as this worker met them

    def _grant(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self._secret,
            "client_id": self._client[0],
            "client_secret": self._client[1],
        }
        return form, {}

    def _fetch(self, scope: str, *, refused: str) -> str:
        while True:
            # One lock for all scopes: each of them would replace the refresh token.
            with self._account.tokens.lock(self._name("")) as mine:
                current = self._current(scope)
                if current and current != refused:
                    return current
                successor = self._account.tokens.get(self._successor)
                if successor is None or successor[0] in (*self._before, self._secret):
                    if not mine:  # two workers that ask at once would each make the other's refresh token void
                        raise TemporarilyUnavailable("The token server is not available")
                    if token := self._asked(scope):
                        return token
                    continue
            self._go_on_with(successor[0])

    def _asked(self, scope: str) -> str:
        """Ask for a token; return nothing where the refresh token is refused and its successor was stored meanwhile."""
        try:
            told = self._answer(scope)
        except AuthenticationFailed:
            stored = self._account.secrets.current(self._setting)
            if not stored or stored in (*self._before, self._secret):
                raise
            self._account.tokens.put(self._successor, stored, time.time() + SUCCESSOR_LASTS)
            self._go_on_with(stored)
            return ""
        successor = str(told.get("refresh_token") or self._secret)
        if successor == self._secret:
            return self._share(scope, *_token_in(told))
        # The old one is void from now on. First where workers look that have it, then where it stays; whoever reads it
        # there finds the token that came with it.
        self._account.tokens.put(self._successor, successor, time.time() + SUCCESSOR_LASTS)
        self._take_up(successor)
        try:
            return self._share(scope, *_token_in(told))
        finally:
            self._account.secrets.replace(self._setting, self._before, successor)

    def _go_on_with(self, successor: str) -> None:
        """Take up what another worker got, and have it stored if it is not yet: that one may have died before."""
        self._take_up(successor)
        self._account.secrets.replace(self._setting, self._before, successor)

    def _take_up(self, successor: str) -> None:
        self._account.redactor.learn(successor)
        self._before.append(self._secret)
        self._secret = successor
        self._key = (self._url, *self._client, successor)

    @property
    def _successor(self) -> str:
        return f"{key_of(self._key)}:successor"


def _token_in(told: Mapping[str, object]) -> tuple[str, float]:
    if not isinstance(told.get("access_token"), str):
        raise MalformedResponse("The token server answered without a token")
    return str(told["access_token"]), float(str(told.get("expires_in") or 60))


def _says_forbidden(answer: TokenAnswer) -> bool:
    """Whether a token server's 403 is its own word (RFC 6749, section 5.2); a firewall in front of it says so too."""
    return answer.status == FORBIDDEN and isinstance(answer.body, Mapping) and "error" in answer.body
