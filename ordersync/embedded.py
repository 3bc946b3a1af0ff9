"""Secrets of the embedded default: made once, kept in the data directory, readable by their owner only."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet


def secret_of(directory: Path, name: str) -> str:
    """Return the secret with this name, made on first use."""
    path = directory / name
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        _write_once(path, Fernet.generate_key().decode())
    return path.read_text().strip()


def _write_once(path: Path, text: str) -> None:
    """Make the file whole in one step: a second process that starts now reads all of it, or is the one to write it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        with suppress(FileExistsError):  # another process was faster: its secret counts
            path.hardlink_to(draft)
    finally:
        draft.unlink()
