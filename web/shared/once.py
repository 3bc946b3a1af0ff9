"""Secrets that are shown once: on the page after the form that made them, and encrypted until then."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.credentials import reveal, veil


def keep_once(request: HttpRequest, name: str, secret: str) -> None:
    """Keep a secret in the session until the next page asks for it."""
    request.session[f"once:{name}"] = veil(secret)


def show_once(request: HttpRequest, name: str) -> str:
    """Return the secret and forget it; empty when there is none, or none any more."""
    veiled = request.session.pop(f"once:{name}", "")
    return reveal(veiled) if veiled else ""
