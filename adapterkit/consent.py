"""Trades the code of a consent page for the secret that lasts: the second half of OAuth 2's authorisation code."""

from __future__ import annotations

from collections.abc import Mapping

from adapterkit.auth import RefreshToken
from adapterkit.dialects import Form
from adapterkit.errors import AdapterError, AuthenticationFailed, MalformedResponse
from adapterkit.spec import Endpoint, creates
from adapterkit.transport import TOKEN_BUCKET, Answer, Transport


class TokenServer(Form):
    """What OAuth 2's token endpoint says of a code (RFC 6749, section 5.2)."""

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:  # noqa: ARG002 - see `Dialect`
        if answer.status not in {400, 401, 403}:
            return None
        told = answer.body if isinstance(answer.body, Mapping) else {}
        words = ": ".join(str(told[name]) for name in ("error", "error_description") if told.get(name))
        return AuthenticationFailed("The authorisation was not taken", remote=words, status=answer.status)


TRADE = creates("authorisation code", TOKEN_BUCKET, elsewhere=True, dialect=TokenServer())


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
    body = transport.call(TRADE, at=url, body=form).body
    token = body.get("refresh_token") if isinstance(body, Mapping) else None
    if not isinstance(token, str) or not token:
        raise MalformedResponse("The token server answered without a refresh token")
    return token
