"""Secrets of the embedded default: made once, kept in the data directory, readable by their owner only."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet


def secret_of(directory: Path, name: str) -> str:
    """Return the secret with this name, made on first use."""
    path = directory / name
    try:
        if not path.exists():
            directory.mkdir(parents=True, exist_ok=True)
            _write_once(path, Fernet.generate_key().decode())
        return path.read_text().strip()
    except OSError as error:
        raise SystemExit(unusable(directory, error)) from None


def unusable(directory: Path, error: OSError) -> str:
    """Return the sentence for a data directory in which we cannot read and write."""
    return (
        f"OrderSync cannot keep its data in {directory} ({error.strerror}). "
        "Make it writable for you, or set ORDERSYNC_DATA_DIR to a directory that is."
    )


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
