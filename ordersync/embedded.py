"""Secrets of the embedded default: made once, kept in the data directory, readable by their owner only."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet


def secret_of(directory: Path, name: str) -> str:
    """Return the secret with this name, made on first use."""
    path = directory / name
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was faster
            return _read(path)
        with os.fdopen(descriptor, "w") as file:
            file.write(Fernet.generate_key().decode())
    return _read(path)


def _read(path: Path) -> str:
    return path.read_text().strip()
