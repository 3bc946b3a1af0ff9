"""Removes secrets from everything that leaves the transport: errors, exchanges, URLs."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

HIDDEN = "[hidden]"
HIDDEN_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
SHORTEST = 4  # a shorter "secret" would turn ordinary text into stars
# What signs an address that is handed out for a few minutes (AWS calls it presigned).
SIGNATURES = re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s\"'<]+", re.IGNORECASE)


class Redactor:
    """Knows the secrets of one account, in the forms in which they may appear. Thread-safe: forms are only added."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms: tuple[str, ...] = ()
        self._hidden = HIDDEN_HEADERS
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        forms = set(self._forms)
        for secret in secrets:
            if len(secret) >= SHORTEST:
                forms |= _forms_of(secret)
        self._forms = tuple(sorted(forms, key=len, reverse=True))

    def hide(self, *headers: str) -> None:
        """Show nothing of these headers: whoever reads a signature could send the message once more."""
        self._hidden |= {name.lower() for name in headers}

    def clean(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return SIGNATURES.sub(rf"\1{HIDDEN}", text)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {
            name: HIDDEN if name.lower() in self._hidden else self.clean(str(value)) for name, value in headers.items()
        }

    def __repr__(self) -> str:
        return "Redactor()"


def basic_token(username: str, password: str) -> str:
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def _forms_of(secret: str) -> set[str]:
    escaped = json.dumps(secret)[1:-1]
    encoded = base64.b64encode(secret.encode()).decode()
    in_urls = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    forms = {secret, *in_urls, escaped, escape(secret), encoded, encoded.rstrip("=")}
    return {form for form in forms if len(form) >= SHORTEST}
