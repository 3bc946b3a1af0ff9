"""Workers are processes: they share each account's pace and token through Redis, and nothing else."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from adapterkit.spec import RateLimit
from engine.pacing import AccountPacer
from tests.clock import Clock
from tests.engine.sending import PATIENCE

WORKERS = 2


class Worker:
    """One process, and what it says."""

    def __init__(self, name: int, said: queue.Queue[tuple[int, str]]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.worker"],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin
        assert self.process.stdout
        self._ear, self._mouth = self.process.stdin, self.process.stdout
        self._listener = threading.Thread(target=self._listen, args=[name, said], daemon=True)
        self._listener.start()

    def _listen(self, name: int, said: queue.Queue[tuple[int, str]]) -> None:
        for line in self._mouth:
            said.put((name, line.strip()))
        said.put((name, "ended"))

    def tell(self, word: str = "go on") -> None:
        self._ear.write(f"{word}\n")
        self._ear.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.join(PATIENCE)
        self._ear.close()
        self._mouth.close()


class Workers:
    """Some processes that have the same job. They are kept from test to test, unless one left them in the midst of it."""

    def __init__(self) -> None:
        self.said: queue.Queue[tuple[int, str]] = queue.Queue()
        self.all: list[Worker] = []
        self.idle = False

    def start(self, job: str, **arguments: Any) -> None:
        if not self.idle:
            self.end()
            self.said = queue.Queue()
            self.all = [Worker(name, self.said) for name in range(WORKERS)]
        self.idle = False
        self.tell_all(json.dumps([job, arguments]))

    def hear(self) -> tuple[int, str]:
        return self.said.get(timeout=2 * PATIENCE)

    def hear_all(self) -> list[str]:
        """Return one word of each, in the order of the workers."""
        heard = dict(self.hear() for _ in self.all)
        return [heard[name] for name in range(WORKERS)]

    def hear_the_last(self) -> list[str]:
        """Return one more word of each, after which they have nothing to say."""
        heard = [self.hear() for _ in range(2 * WORKERS)]
        assert sorted(name for name, word in heard if word == "over") == list(range(WORKERS))
        self.idle = True
        return [word for _, word in sorted(heard) if word != "over"]

    def tell_all(self, word: str = "go on") -> None:
        for worker in self.all:
            worker.tell(word)

    def end(self) -> None:
        for worker in self.all:
            worker.end()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.end()


def test_all_processes_together_get_what_the_account_has(workers: Workers, clock: Clock) -> None:
    limit = {"calls": 1, "per": 3600, "burst": 100}
    workers.start("take_calls", lane="account:1", limit=limit, now=clock().timestamp(), most=200)
    assert workers.hear_all() == ["ready"] * WORKERS

    workers.tell_all()

    assert sum(int(count) for count in workers.hear_the_last()) == 100


def test_what_one_process_took_or_was_told_holds_for_the_others(workers: Workers, clock: Clock) -> None:
    """This process took eight calls; three have come back by the rate that it was told, and two are near."""
    limit = {"calls": 1, "per": 100, "burst": 20}
    here = AccountPacer("account:1", {"lists": RateLimit(**limit)})
    here.learn("lists", 1.0)
    for _ in range(8):
        here.acquire("lists")
    workers.start("take_calls", lane="account:1", limit=limit, now=clock().timestamp() + 3, most=99)
    assert workers.hear_all() == ["ready"] * WORKERS

    workers.tell_all()

    assert sum(int(count) for count in workers.hear_the_last()) == 20 - 8 + 3 + 2


def test_processes_that_have_no_token_ask_for_one_together(workers: Workers) -> None:
    workers.start("sign", client="of-all")
    assert workers.hear_all() == ["without a token"] * WORKERS

    workers.tell_all()
    asking, word = workers.hear()
    assert word == "asks"
    workers.all[asking].tell()

    assert workers.hear_the_last() == ["Bearer token-of-all"] * WORKERS
