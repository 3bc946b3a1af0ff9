"""Kinds that prove to know a secret without sending it."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from oauthlib.oauth1 import SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_QUERY, Client
from standardwebhooks import Webhook

from adapterkit.auth.base import Account, Outgoing, Signer
from adapterkit.auth.keys import Basic


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth1:
    """OAuth 1.0a with keys handed over by the merchant; no body is signed. Each field names a setting.

    Without `token` it is one-legged, as WooCommerce has it over plain HTTP.
    """

    consumer_key: str
    consumer_secret: str
    token: str = ""
    token_secret: str = ""
    signature: Literal["HMAC-SHA1", "HMAC-SHA256"] = "HMAC-SHA256"
    place: Literal["header", "query"] = "query"

    def signer(self, account: Account) -> Signer:
        return _OAuth1(self, account)


class _OAuth1(Signer):
    """Signs address and method; the body of a JSON or XML request is not signed."""

    def __init__(self, auth: OAuth1, account: Account) -> None:
        self.headers = frozenset({"Authorization"})
        self._client = Client(
            account.field(auth.consumer_key),
            client_secret=account.field(auth.consumer_secret),
            resource_owner_key=account.field(auth.token) or None,
            resource_owner_secret=account.field(auth.token_secret) or None,
            signature_method=auth.signature,
            signature_type=SIGNATURE_TYPE_QUERY if auth.place == "query" else SIGNATURE_TYPE_AUTH_HEADER,
        )

    def sign(self, request: Outgoing, scope: str) -> None:  # noqa: ARG002 - the keys' own rights count
        request.url, headers, _ = self._client.sign(
            str(request.url),
            http_method=str(request.method),  # type: ignore[arg-type]
        )
        request.headers.update(headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicOrOAuth1:
    """HTTP Basic over https; over plain http the secret is never sent, requests are signed with OAuth 1.0a instead."""

    key: str
    secret: str

    def signer(self, account: Account) -> Signer:
        if account.base_url.lower().startswith("https:"):
            return Basic(username=self.key, password=self.secret).signer(account)
        return OAuth1(consumer_key=self.key, consumer_secret=self.secret).signer(account)


def unix_seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def signed_lines(request: Outgoing, moment: datetime) -> bytes:
    """Return method, path with its query, Unix time and body, a line each: what is signed unless told otherwise."""
    parts = urlsplit(str(request.url))
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"{request.method}\n{path}\n{unix_seconds(moment)}\n".encode() + body_of(request)


def body_of(request: Outgoing) -> bytes:
    return request.body.encode() if isinstance(request.body, str) else request.body or b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hmac:
    """A signature in a header, made of the request and the moment with a key. `setting` names the secret.

    `message` returns the bytes that are signed, of the request as it is sent (its address with the query, its body)
    and of the moment in UTC; where it holds the moment, the moment goes into `moment_header`, as `moment` writes it;
    without such a header none is sent. `prefix` stands before the signature, which is written in `encoding`. `key`
    makes the key of the secret, for sides that hand it out encoded. Who calls is told by a `HeaderKey` beside it, in
    `AllOf`.
    """

    setting: str
    header: str
    prefix: str = ""
    message: Callable[[Outgoing, datetime], bytes] = signed_lines
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    moment_header: str = ""
    moment: Callable[[datetime], str] = unix_seconds
    key: Callable[[str], bytes] = str.encode

    def signer(self, account: Account) -> Signer:
        return _Hmac(self, self.key(account.field(self.setting)))


class _Hmac(Signer):
    def __init__(self, auth: Hmac, key: bytes) -> None:
        self._auth, self._key = auth, key
        self.headers = frozenset({auth.header})

    def sign(self, request: Outgoing, scope: str) -> None:  # noqa: ARG002 - one key for all
        auth, now = self._auth, datetime.now(UTC)
        digest = hmac.digest(self._key, auth.message(request, now), auth.algorithm)
        signature = digest.hex() if auth.encoding == "hex" else b64encode(digest).decode()
        request.headers[auth.header] = auth.prefix + signature
        if auth.moment_header:
            request.headers[auth.moment_header] = auth.moment(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardWebhook:
    """Signed as standardwebhooks.com describes (1.0.0): who gets the message knows the secret, and proves it from that.

    Each field names a setting. While the secret is being replaced, the message carries the signature of the one before
    as well.
    """

    message_id: str = "message_id"
    secret: str = "secret"  # noqa: S105 - the name of a setting
    previous_secret: str = "previous_secret"  # noqa: S105 - the name of a setting

    def signer(self, account: Account) -> Signer:
        secrets = [account.field(self.secret), account.field(self.previous_secret)]
        return _StandardWebhook(account.field(self.message_id), secrets)


class _StandardWebhook(Signer):
    """Signs the message with the moment of this very try: a receiver refuses one that is minutes old as a replay."""

    headers = frozenset({"webhook-signature"})

    def __init__(self, message_id: str, secrets: Sequence[str]) -> None:
        self._message_id = message_id
        self._webhooks = [Webhook(secret) for secret in secrets if secret]

    def sign(self, request: Outgoing, scope: str) -> None:  # noqa: ARG002 - one secret for all
        now, text = datetime.now(UTC), body_of(request).decode()
        signatures = [webhook.sign(self._message_id, now, text) for webhook in self._webhooks]
        request.headers["webhook-id"] = self._message_id
        request.headers["webhook-timestamp"] = unix_seconds(now)
        request.headers["webhook-signature"] = " ".join(signatures)
