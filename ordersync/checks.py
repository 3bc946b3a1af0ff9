"""Start-up checks: each says what is wrong with the settings and how to mend it.

Those of the settings run with every command. Those that need the services (`database` checks, in Django's words) run
with `manage.py check --database default`. Of these, `migrate` is told only whether the database answers.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

SHORTEST_SECRET = 32
OLDEST_SQLITE = (3, 31, 0)  # Django 5.2's own limit
PATIENCE = 3  # seconds for a service to answer


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
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django gives no empty one out
        key = ""
    if len(key) >= SHORTEST_SECRET:
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
    if "*" in settings.ALLOWED_HOSTS:
        hint = "Name the hosts in ALLOWED_HOSTS: a made-up Host header would otherwise end up in links."
        problems.append(Caution("Every host name is allowed.", hint=hint, id="ordersync.W006"))
    if settings.DEBUG:
        hint = "Take DEBUG out of the environment: error pages show settings and code to everybody."
        problems.append(Error("DEBUG is on in production.", hint=hint, id="ordersync.E007"))
    return problems


@register()
def mail(**_: Any) -> list[CheckMessage]:
    if settings.EMBEDDED or settings.EMAIL_URL:
        return []
    hint = (
        "Set EMAIL_URL, for example smtp+tls://name:password@mail.example.com:587; "
        "consolemail:// writes mail to the log instead."
    )
    return [Error("Nobody can be invited or choose a new password: there is no mail.", hint=hint, id="ordersync.E013")]


@register()
def embedded_default(**_: Any) -> list[CheckMessage]:
    if not settings.EMBEDDED:
        return []
    problems: list[CheckMessage] = []
    directory = Path(settings.DATA_DIR)
    if not _may_write(directory):
        hint = "Give this user the right to write there, or set ORDERSYNC_DATA_DIR to another directory."
        problems.append(Error(f"The directory {directory} cannot be written.", hint=hint, id="ordersync.E008"))
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        hint = "Use a newer Python, which brings a newer SQLite, or set DATABASE_URL to a PostgreSQL server."
        problems.append(Error(f"SQLite {sqlite3.sqlite_version} is too old.", hint=hint, id="ordersync.E009"))
    return problems


@register(Tags.database)
def database(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Whether the database answers and has all tables. Runs only where a command asks for it."""
    problems: list[CheckMessage] = []
    for alias in databases or ():
        try:
            executor = MigrationExecutor(connections[alias])
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError as error:
            hint = "Is the server running, and are its address, user and password in DATABASE_URL right?"
            said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            problems.append(Error(f"The database does not answer: {said}", hint=hint, id="ordersync.E010"))
            continue
        if missing and not _migrating():
            hint = "Run: manage.py migrate"
            text = f"The database lacks {len(missing)} of this version's changes."
            problems.append(Caution(text, hint=hint, id="ordersync.W011"))
    return problems


@register(Tags.database)
def redis_answers(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Whether Redis answers; asked together with the database."""
    if not databases or not settings.REDIS_URL or _migrating():
        return []
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=None
        )
        with client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        # Its text may hold the address, and the address a password.
        hint = "Is the server running, and are its address and password in REDIS_URL right?"
        return [Error(f"Redis does not answer ({type(error).__name__}).", hint=hint, id="ordersync.E012")]
    return []


def _migrating() -> bool:
    return sys.argv[1:2] == ["migrate"]


def _may_write(directory: Path) -> bool:
    """Whether the directory, or the one that it will be made in, can be written."""
    while not directory.exists() and directory != directory.parent:
        directory = directory.parent
    return directory.is_dir() and os.access(directory, os.W_OK | os.X_OK)


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
