"""How the simulated Magento checks an OAuth 1.0a signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from adapterkit.simulator import Request, Response
from shops.magento2.answering import refused


def unsigned(request: Request, keys: Mapping[str, str]) -> Response | None:
    """Return the refusal of a request that these keys did not sign in its header; only HMAC-SHA256 is taken."""
    given = _oauth(request.headers.get("Authorization", ""))
    if given.get("oauth_signature_method") != "HMAC-SHA256":
        return refused(400, "Signature method %1 is not supported", [given.get("oauth_signature_method", "")])
    if given.get("oauth_consumer_key") != keys["consumer_key"]:
        return refused(401, "A consumer with this key doesn't exist. Verify and try again.")
    if given.get("oauth_token") != keys["access_token"]:
        return refused(401, "The token rejected. Verify and try again.")
    parts = urlsplit(request.url)
    signed = [*_asked(parts.query), *given.items()]
    pairs = sorted((_percent(k), _percent(v)) for k, v in signed if k not in {"oauth_signature", "realm"})
    query = "&".join(f"{key}={value}" for key, value in pairs)
    base = "&".join(map(_percent, (request.method, f"{parts.scheme}://{parts.netloc}{parts.path}", query)))
    key = f"{_percent(keys['consumer_secret'])}&{_percent(keys['access_token_secret'])}"
    digest = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()
    if hmac.compare_digest(digest, given.get("oauth_signature", "")):
        return None
    return refused(401, "The signature is invalid. Verify and try again.")


def _oauth(header: str) -> dict[str, str]:
    pairs = (part.split("=", 1) for part in header.removeprefix("OAuth ").split(", "))
    return {name: unquote(value.strip('"')) for name, value in pairs}


def _asked(query: str) -> list[tuple[str, str]]:
    """The parameters as Magento signs them: "+" stays a plus, and what has no "=" or two is left out."""
    parts = [part.partition("=") for part in query.split("&")]
    return [(unquote(name), unquote(value)) for name, equals, value in parts if equals and "=" not in value]


def _percent(text: str) -> str:
    return quote(text, safe="-._~")
