"""Tokens that are mailed or shown once, and stored as a hash only."""

from __future__ import annotations

import hashlib


def hash_of(token: str) -> str:
    """A token has 256 random bits: a plain hash is enough, and can be looked up."""
    return hashlib.sha256(token.encode()).hexdigest()
