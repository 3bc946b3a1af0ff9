"""Configuration errors speak at the start, each with the way to mend it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from cryptography.fernet import Fernet
from django.core.checks import CheckMessage
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from ordersync import checks


def found(messages: list[CheckMessage]) -> list[tuple[str | None, str]]:
    assert all(message.hint for message in messages), "every message says how to mend it"
    return [(message.id, message.msg) for message in messages]


@pytest.fixture
def production(settings: Any) -> Any:
    settings.EMBEDDED, settings.DEBUG = False, False
    settings.EMAIL_URL = "smtp+tls://mail.example"
    settings.REDIS_URL, settings.ALLOWED_HOSTS = "redis://redis:6379/0", ["hub.example"]
    return settings


@pytest.fixture
def embedded(settings: Any, tmp_path: Path) -> Any:
    settings.EMBEDDED, settings.DATA_DIR = True, tmp_path
    return settings


class TestEncryptionKeys:
    def test_several_keys_are_right(self, settings: Any) -> None:
        settings.ORDERSYNC_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), Fernet.generate_key().decode()]

        assert found(checks.encryption_keys()) == []

    def test_none_is_an_error(self, settings: Any) -> None:
        settings.ORDERSYNC_ENCRYPTION_KEYS = []

        assert found(checks.encryption_keys()) == [("ordersync.E001", "There is no key to encrypt credentials with.")]

    def test_a_wrong_one_is_named_by_its_place_and_not_shown(self, settings: Any) -> None:
        settings.ORDERSYNC_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), "hunter2"]

        assert found(checks.encryption_keys()) == [
            ("ordersync.E002", "Key 2 of ORDERSYNC_ENCRYPTION_KEYS is no Fernet key.")
        ]


@pytest.mark.parametrize(("length", "problems"), [(0, 1), (31, 1), (32, 0)])
def test_the_secret_key_is_long_enough(settings: Any, length: int, problems: int) -> None:
    settings.SECRET_KEY = "x" * length

    assert [identity for identity, _ in found(checks.secret_key())] == ["ordersync.E003"] * problems


class TestProduction:
    def test_a_complete_environment_is_right(self, production: Any) -> None:
        assert found(checks.production_services()) == []

    @pytest.mark.parametrize(
        ("setting", "value", "problem"),
        [
            ("REDIS_URL", "", ("ordersync.E004", "There is no Redis.")),
            ("ALLOWED_HOSTS", [], ("ordersync.E005", "No host name is allowed.")),
            ("ALLOWED_HOSTS", ["*"], ("ordersync.W006", "Every host name is allowed.")),
            ("DEBUG", True, ("ordersync.E007", "DEBUG is on in production.")),
        ],
    )
    def test_what_is_missing_is_named(
        self, production: Any, setting: str, value: object, problem: tuple[str, str]
    ) -> None:
        setattr(production, setting, value)

        assert found(checks.production_services()) == [problem]

    def test_the_embedded_default_needs_none_of_it(self, production: Any) -> None:
        production.EMBEDDED, production.REDIS_URL, production.ALLOWED_HOSTS = True, "", []

        assert found(checks.production_services()) == []


class TestMail:
    def test_is_there(self, production: Any) -> None:
        assert found(checks.mail()) == []

    def test_none_is_an_error(self, production: Any) -> None:
        production.EMAIL_URL = ""

        assert found(checks.mail()) == [
            ("ordersync.E013", "Nobody can be invited or choose a new password: there is no mail.")
        ]

    def test_the_embedded_default_writes_it_to_the_log(self, embedded: Any) -> None:
        embedded.EMAIL_URL = ""

        assert found(checks.mail()) == []


class TestEmbedded:
    def test_a_directory_that_is_not_there_yet_is_right(self, embedded: Any, tmp_path: Path) -> None:
        embedded.DATA_DIR = tmp_path / "not" / "yet"

        assert found(checks.embedded_default()) == []
        assert not (tmp_path / "not").exists()

    def test_a_directory_inside_a_file_is_an_error(self, embedded: Any, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        embedded.DATA_DIR = tmp_path / "file" / "data"

        assert found(checks.embedded_default()) == [
            ("ordersync.E008", f"The directory {tmp_path}/file/data cannot be written.")
        ]

    def test_a_directory_without_the_right_to_write_is_an_error(
        self, embedded: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere

        assert found(checks.embedded_default()) == [("ordersync.E008", f"The directory {tmp_path} cannot be written.")]

    def test_an_old_sqlite_is_an_error(self, embedded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 30, 1))
        monkeypatch.setattr(sqlite3, "sqlite_version", "3.30.1")

        assert found(checks.embedded_default()) == [("ordersync.E009", "SQLite 3.30.1 is too old.")]


class TestDatabase:
    @pytest.mark.django_db
    def test_a_migrated_one_is_right(self) -> None:
        assert found(checks.database(databases=["default"])) == []

    @pytest.mark.django_db
    def test_a_missing_migration_is_counted(self) -> None:
        [newest] = MigrationLoader(connection).graph.leaf_nodes("engine")
        MigrationRecorder(connection).record_unapplied(*newest)

        ((identity, text),) = found(checks.database(databases=["default"]))
        assert identity == "ordersync.W011"
        assert text.endswith("of this version's changes.")

    def test_one_that_does_not_answer_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise OperationalError("connection refused\nIs the server running?") from psycopg2.OperationalError()

        monkeypatch.setattr(checks, "MigrationExecutor", refuse)

        assert found(checks.database(databases=["default"])) == [
            ("ordersync.E010", "The database does not answer: connection refused")
        ]

    def test_a_command_that_does_not_ask_touches_no_service(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(checks, "MigrationExecutor", lambda *_: pytest.fail("asked"))

        assert checks.database(databases=None) == []
        assert checks.redis_answers(databases=None) == []


class TestRedis:
    def test_the_one_of_the_tests_answers(self) -> None:
        assert found(checks.redis_answers(databases=["default"])) == []

    @pytest.mark.sockets
    def test_one_that_does_not_answer_is_an_error_without_its_address(self, settings: Any) -> None:
        settings.REDIS_URL = "redis://:hunter2@127.0.0.1:1/0"  # nobody listens on port 1

        assert found(checks.redis_answers(databases=["default"])) == [
            ("ordersync.E012", "Redis does not answer (ConnectionError).")
        ]

    def test_an_address_that_is_none_is_an_error(self, settings: Any) -> None:
        settings.REDIS_URL = "redis.example:6379"

        assert found(checks.redis_answers(databases=["default"])) == [
            ("ordersync.E012", "Redis does not answer (ValueError).")
        ]
