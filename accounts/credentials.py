"""Credentials at rest: encrypted with the first of the configured keys, readable with any of them, never shown.

MultiFernet of the `cryptography` library: authenticated, and keys can be rotated without a stop.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class Secrets(dict[str, str]):
    """A mapping of secrets that shows their names only."""

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self))})"

    __str__ = __repr__


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """Return the cipher of the configured keys, the newest first."""
    keys = tuple(settings.ORDERSYNC_ENCRYPTION_KEYS)
    if not keys:
        raise ImproperlyConfigured("Set ORDERSYNC_ENCRYPTION_KEYS: there is no key to encrypt credentials with.")
    return _cipher(keys)


def veil(text: str) -> str:
    return cipher().encrypt(text.encode()).decode()


def reveal(veiled: str) -> str:
    """Return the text; raises `ImproperlyConfigured` when none of the keys fits."""
    try:
        return cipher().decrypt(veiled.encode()).decode()
    except InvalidToken:
        raise ImproperlyConfigured(
            "Stored credentials cannot be decrypted: add the key they were encrypted with to the end of "
            "ORDERSYNC_ENCRYPTION_KEYS."
        ) from None


def seal(secrets: Mapping[str, str]) -> str:
    return veil(json.dumps(dict(secrets)))


def unseal(sealed: str) -> Secrets:
    """Return the secrets; raises `ImproperlyConfigured` when none of the keys fits."""
    return Secrets(json.loads(reveal(sealed)))


if TYPE_CHECKING:
    Base = models.TextField[Mapping[str, str], Secrets]
else:
    Base = models.TextField


class EncryptedJSONField(Base):
    """A mapping of texts, encrypted in its column. Cannot be searched."""

    def from_db_value(self, value: str | None, *_: Any) -> Secrets:
        return unseal(value) if value else Secrets()

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, Mapping) else unseal(value) if value else Secrets()

    def get_prep_value(self, value: Any) -> str:
        return seal(value or {})

    def value_to_string(self, obj: models.Model) -> str:
        """Dumps keep the column encrypted."""
        return seal(self.value_from_object(obj))
