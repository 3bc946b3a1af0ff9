"""The settings, read from different environments; each in a process of its own."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ordersync.embedded import secret_of

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DATABASE_URL": "postgres://ordersync:secret@postgres:5432/ordersync",
    "REDIS_URL": "redis://redis:6379/0",
    "SECRET_KEY": "x" * 50,
    "ORDERSYNC_ENCRYPTION_KEYS": "one,two",
    "ALLOWED_HOSTS": "hub.example,www.hub.example",
}
READ = """
import json, sys
from ordersync import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


def settings_in(environment: dict[str, str], *names: str) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-c", READ, *names],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(run.stdout))


class TestEmbedded:
    def test_needs_no_environment_but_makes_its_own_secrets(self, tmp_path: Path) -> None:
        environment = {"ORDERSYNC_DATA_DIR": str(tmp_path / "data")}

        first = settings_in(environment, "SECRET_KEY", "ORDERSYNC_ENCRYPTION_KEYS", "EMBEDDED", "HTTPS")
        second = settings_in(environment, "SECRET_KEY", "ORDERSYNC_ENCRYPTION_KEYS", "EMBEDDED", "HTTPS")

        assert first == second
        assert (first["EMBEDDED"], first["HTTPS"]) == (True, False)
        assert len(first["SECRET_KEY"]) == 44
        assert first["SECRET_KEY"] != first["ORDERSYNC_ENCRYPTION_KEYS"][0]
        assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["encryption_key", "secret_key"]

    def test_sqlite_takes_the_write_lock_first(self, tmp_path: Path) -> None:
        (database,) = settings_in({"ORDERSYNC_DATA_DIR": str(tmp_path)}, "DATABASES")["DATABASES"].values()

        assert database["NAME"] == str(tmp_path / "ordersync.sqlite3")
        assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]

    def test_secrets_are_readable_by_their_owner_only(self, tmp_path: Path) -> None:
        secret = secret_of(tmp_path, "key")

        assert (tmp_path / "key").read_text() == secret
        assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600

    def test_a_secret_that_another_process_made_in_between_counts(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Both look, neither finds a file; the second to write takes what the first wrote."""
        (tmp_path / "key").write_text("theirs")
        monkeypatch.setattr(Path, "exists", lambda _: False)

        assert secret_of(tmp_path, "key") == "theirs"
        assert [path.name for path in tmp_path.iterdir()] == ["key"]


class TestProduction:
    def test_is_safe_by_default(self) -> None:
        found = settings_in(
            PRODUCTION,
            *("EMBEDDED", "DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"),
            *("SECURE_HSTS_SECONDS", "X_FRAME_OPTIONS", "ALLOWED_HOSTS", "ORDERSYNC_ALLOWED_PRIVATE_HOSTS"),
        )

        assert found == {
            "EMBEDDED": False,
            "DEBUG": False,
            "SESSION_COOKIE_SECURE": True,
            "CSRF_COOKIE_SECURE": True,
            "SECURE_SSL_REDIRECT": True,
            "SECURE_HSTS_SECONDS": 31536000,
            "X_FRAME_OPTIONS": "DENY",
            "ALLOWED_HOSTS": ["hub.example", "www.hub.example"],
            "ORDERSYNC_ALLOWED_PRIVATE_HOSTS": [],
        }

    @pytest.mark.parametrize(
        ("said", "address"),
        [
            ({}, "https://hub.example"),
            ({"ALLOWED_HOSTS": ".hub.example"}, "https://hub.example"),
            ({"ORDERSYNC_URL": "https://orders.example/"}, "https://orders.example"),
        ],
    )
    def test_links_lead_to_the_address_that_is_set_or_to_the_first_host(
        self, said: dict[str, str], address: str
    ) -> None:
        assert settings_in({**PRODUCTION, **said}, "ORDERSYNC_URL") == {"ORDERSYNC_URL": address}

    def test_makes_up_no_secret(self) -> None:
        environment = {name: value for name, value in PRODUCTION.items() if "KEY" not in name}

        assert settings_in(environment, "SECRET_KEY", "ORDERSYNC_ENCRYPTION_KEYS", "EMBEDDED") == {
            "SECRET_KEY": "",
            "ORDERSYNC_ENCRYPTION_KEYS": [],
            "EMBEDDED": False,
        }

    def test_the_proxy_is_believed_only_when_there_is_one(self) -> None:
        behind = {**PRODUCTION, "ORDERSYNC_BEHIND_PROXY": "true"}

        assert settings_in(behind, "SECURE_PROXY_SSL_HEADER") == {
            "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"]
        }
        with pytest.raises(subprocess.CalledProcessError):
            settings_in(PRODUCTION, "SECURE_PROXY_SSL_HEADER")


class TestSignIn:
    NAMES = ("ORDERSYNC_REQUIRE_STAFF_TWO_FACTOR", "ORDERSYNC_OPEN_SIGN_UP", "EMAIL_URL", "ALLAUTH_TRUSTED_PROXY_COUNT")

    def test_a_first_look_needs_no_telephone_and_no_mail_server(self, tmp_path: Path) -> None:
        found = settings_in({"ORDERSYNC_DATA_DIR": str(tmp_path)}, *self.NAMES)

        assert list(found.values()) == [False, False, "consolemail://", 0]

    def test_production_asks_staff_for_a_second_factor(self) -> None:
        assert list(settings_in(PRODUCTION, *self.NAMES).values()) == [True, False, "", 0]

    def test_mail_and_the_proxy_come_from_the_environment(self) -> None:
        given = {"EMAIL_URL": "smtp+tls://me:p%40ss@mail.example:587", "ORDERSYNC_BEHIND_PROXY": "true"}
        names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS", "DEFAULT_FROM_EMAIL")
        found = settings_in(PRODUCTION | given, *names, "ALLAUTH_TRUSTED_PROXY_COUNT")

        assert list(found.values()) == ["mail.example", 587, "p@ss", True, "OrderSync <no-reply@hub.example>", 1]


class TestQueue:
    def test_every_tick_expires_before_a_heap_can_grow(self) -> None:
        schedule = settings_in(PRODUCTION, "CELERY_BEAT_SCHEDULE")["CELERY_BEAT_SCHEDULE"]

        assert {tick["task"]: tick["schedule"] for tick in schedule.values()} == {
            "engine.tasks.read_remote_sides": 5.0,
            "engine.tasks.deliver_outbox": 2.0,
            "engine.tasks.keep_house": 60.0,
        }
        assert all(tick["options"]["expires"] <= 2 * tick["schedule"] for tick in schedule.values())

    def test_a_task_is_handed_out_again_only_after_its_time_is_up(self) -> None:
        found = settings_in(PRODUCTION, "CELERY_BROKER_TRANSPORT_OPTIONS", "CELERY_TASK_TIME_LIMIT")

        assert found["CELERY_BROKER_TRANSPORT_OPTIONS"]["visibility_timeout"] > found["CELERY_TASK_TIME_LIMIT"]

    def test_the_worker_knows_the_scheduled_tasks(self) -> None:
        from ordersync.celery import app

        app.loader.import_default_modules()
        scheduled = {tick["task"] for tick in app.conf.beat_schedule.values()}
        assert scheduled <= set(app.tasks)
        assert app.conf.accept_content == ("json",)


FAIL = """
import django, logging
django.setup()
secret = "".join(["hunter", "2"])
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("orders").exception("Went wrong for %s", "order 7")
"""


class TestLogs:
    @pytest.fixture
    def logged(self, request: pytest.FixtureRequest, tmp_path: Path) -> str:
        environment = {"ORDERSYNC_DATA_DIR": str(tmp_path), "ORDERSYNC_JSON_LOGS": request.param}
        return subprocess.run(
            [sys.executable, "-c", FAIL],
            env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "ordersync.settings", **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stderr

    @pytest.mark.parametrize("logged", ["true"], indirect=True)
    def test_in_json_hold_the_traceback_in_one_line(self, logged: str) -> None:
        (line,) = logged.splitlines()
        event = json.loads(line)

        assert (event["event"], event["level"], event["logger"]) == ("Went wrong for order 7", "error", "orders")
        assert event["exception"].startswith("Traceback (most recent call last):")
        assert event["exception"].endswith("ZeroDivisionError: division by zero")

    @pytest.mark.parametrize("logged", ["false"], indirect=True)
    def test_for_people_hold_the_traceback_as_it_is(self, logged: str) -> None:
        assert "Went wrong for order 7" in logged.splitlines()[0]
        assert logged.rstrip().splitlines()[-1] == "ZeroDivisionError: division by zero"

    @pytest.mark.parametrize("logged", ["true", "false"], indirect=True)
    def test_show_no_variables_beside_a_traceback(self, logged: str) -> None:
        assert "Traceback (most recent call last):" in logged
        assert "hunter2" not in logged
