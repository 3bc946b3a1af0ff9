"""OAuth 2 client credentials: a key is handed in for a token that ends by itself (RFC 6749, section 4.4)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from oauthlib.oauth2 import BackendApplicationServer, RequestValidator

from accounts.api_keys import key_of
from accounts.models import ApiKey
from api.caller import TOKEN_LASTS, token_for


class KeyValidator(RequestValidator):
    """A key is a client: its prefix the client id (which may be left out), the whole key the client secret."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        name, secret = _basic(request.headers.get("Authorization", ""))
        key = key_of(secret or request.client_secret or "", timezone.now())
        if key is None or (name or request.client_id or key.prefix) != key.prefix:
            return False
        request.client = _Client(key)
        return True

    def validate_grant_type(self, client_id: str, grant_type: str, client: Any, request: Any, *_: Any) -> bool:
        return grant_type == "client_credentials"

    def get_default_scopes(self, client_id: str, request: Any, *_: Any) -> list[str]:
        return list(request.client.key.scopes)

    def validate_scopes(self, client_id: str, scopes: list[str], client: Any, request: Any, *_: Any) -> bool:
        return set(scopes) <= set(client.key.scopes)

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        """Nothing is stored: a token is signed, and ends with its key."""


class _Client:
    def __init__(self, key: ApiKey) -> None:
        self.key, self.client_id = key, key.prefix


def _basic(header: str) -> tuple[str, str]:
    from base64 import b64decode

    scheme, _space, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _colon, secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, secret


def _make(request: Any, *_: Any) -> str:
    return token_for(request.client.key, request.scopes)


SERVER = BackendApplicationServer(KeyValidator(), token_generator=_make, token_expires_in=TOKEN_LASTS)


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Answer a token, or an error as RFC 6749 words it."""
    headers, body, status = SERVER.create_token_response(
        request.build_absolute_uri(), "POST", request.body.decode("utf-8", "replace"), dict(request.headers)
    )
    return HttpResponse(body, status=status, headers=headers)
