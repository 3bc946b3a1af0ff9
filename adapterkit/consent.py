"""Trades the code of a consent page for the secret that lasts: the second half of OAuth 2's authorisation code."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from adapterkit.auth import RefreshToken
from adapterkit.errors import AdapterError, AuthenticationFailed, MalformedResponse
from adapterkit.spec import creates
from adapterkit.transport import TOKEN_BUCKET, Answer, Transport

TRADE = creates(
    "authorisation code",
    TOKEN_BUCKET,
    elsewhere=True,
    accept="application/json",
    content_type="application/x-www-form-urlencoded",
)


def trade_code(
    transport: Transport, auth: RefreshToken, fields: Mapping[str, str], *, code: str, redirect_uri: str
) -> str:
    """Return the refresh token for a code, which is good once and for minutes only.

    `fields` are the account's settings and credentials together. Raises `AuthenticationFailed` when the code, or the
    application, is refused. The transport must record nothing: the answer is a secret.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": fields.get(auth.client_id, ""),
        "client_secret": fields.get(auth.client_secret, ""),
    }
    url = fields.get(auth.token_url_setting, "") or auth.token_url
    body = transport.call(TRADE, at=url, content=urlencode(form), explain=_refusal).body
    token = body.get("refresh_token") if isinstance(body, Mapping) else None
    if not isinstance(token, str) or not token:
        raise MalformedResponse("The token server answered without a refresh token")
    return token


def _refusal(answer: Answer) -> AdapterError | None:
    if answer.status not in {400, 401, 403}:
        return None
    told = answer.body if isinstance(answer.body, Mapping) else {}
    words = ": ".join(str(told[name]) for name in ("error", "error_description") if told.get(name))
    return AuthenticationFailed("The authorisation was not taken", remote=words, status=answer.status)
