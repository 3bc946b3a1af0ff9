"""Start-up checks: each says what is wrong with the settings and how to mend it."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

SHORTEST_SECRET = 32


@register()
def encryption_keys(**_: Any) -> list[CheckMessage]:
    keys = settings.ORDERSYNC_ENCRYPTION_KEYS
    hint = (
        "Make one with: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())' "
        "and set ORDERSYNC_ENCRYPTION_KEYS to it. Keep older keys behind it, separated by commas."
    )
    if not keys:
        return [Error("There is no key to encrypt credentials with.", hint=hint, id="ordersync.E001")]
    return [
        Error(f"Key {number} of ORDERSYNC_ENCRYPTION_KEYS is no Fernet key.", hint=hint, id="ordersync.E002")
        for number, key in enumerate(keys, start=1)
        if not _is_key(key)
    ]


@register()
def secret_key(**_: Any) -> list[CheckMessage]:
    if len(settings.SECRET_KEY) >= SHORTEST_SECRET:
        return []
    hint = "Set SECRET_KEY to a random text of 50 characters and keep it: sessions are signed with it."
    return [Error("SECRET_KEY is missing or too short.", hint=hint, id="ordersync.E003")]


@register()
def production_services(**_: Any) -> list[CheckMessage]:
    if settings.EMBEDDED:
        return []
    problems: list[CheckMessage] = []
    if not settings.REDIS_URL:
        hint = "Set REDIS_URL, for example redis://redis:6379/0: workers are woken through it."
        problems.append(Error("There is no Redis.", hint=hint, id="ordersync.E004"))
    if not settings.ALLOWED_HOSTS:
        hint = "Set ALLOWED_HOSTS to the host names that people type, separated by commas."
        problems.append(Error("No host name is allowed.", hint=hint, id="ordersync.E005"))
    return problems


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
