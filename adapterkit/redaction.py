"""Removes secrets from everything that leaves the transport: errors, exchanges, URLs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"
HIDDEN_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
SHORTEST = 4  # a shorter "secret" would turn ordinary text into stars


class Redactor:
    """Knows the secrets of one account, in the forms in which they may appear. Thread-safe: forms are only added."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms: tuple[str, ...] = ()
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        forms = set(self._forms)
        for secret in secrets:
            if len(secret) >= SHORTEST:
                forms |= _forms_of(secret)
        self._forms = tuple(sorted(forms, key=len, reverse=True))

    def clean(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {
            name: HIDDEN if name.lower() in HIDDEN_HEADERS else self.clean(str(value))
            for name, value in headers.items()
        }

    def __repr__(self) -> str:
        return "Redactor()"


def basic_token(username: str, password: str) -> str:
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def _forms_of(secret: str) -> set[str]:
    escaped = json.dumps(secret)[1:-1]
    encoded = base64.b64encode(secret.encode()).decode()
    forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), escaped, encoded, encoded.rstrip("=")}
    return {form for form in forms if len(form) >= SHORTEST}
