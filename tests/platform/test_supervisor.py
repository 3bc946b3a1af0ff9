"""Programs under one supervisor, with tiny real programs."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ordersync import supervisor
from ordersync.supervisor import Broken, Program, Supervisor

PATIENCE = 20.0
# Writes its number, then waits; says when it is asked to stop.
WAITS = """
import os, pathlib, signal, sys, time
name, directory = sys.argv[1], pathlib.Path(sys.argv[2])
def stop(*_):
    with (directory / "stopped").open("a") as file:
        file.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
(directory / name).write_text(str(os.getpid()))
print(name, "is up", flush=True)
while True:
    time.sleep(0.05)
"""
DEAF = "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + (
    "pathlib.Path(sys.argv[2], sys.argv[1]).write_text(str(__import__('os').getpid())); time.sleep(60)"
)


def program(name: str, directory: Path, code: str = WAITS) -> Program:
    started = directory / name
    return Program(name, [sys.executable, "-c", code, name, str(directory)], {}, lambda: _number(started) is not None)


def _number(path: Path) -> int | None:
    text = path.read_text() if path.exists() else ""
    return int(text) if text else None


def alive(number: int | None) -> bool:
    assert number is not None
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{number}/stat")  # one that ended and was not fetched yet is not alive
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def eventually(question: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class TestRun:
    def test_starts_in_order_and_stops_in_reverse(self, tmp_path: Path) -> None:
        out = io.StringIO()
        programs = [program(name, tmp_path) for name in ("first", "second", "third")]

        Supervisor(programs, out).run(lambda: os.kill(os.getpid(), signal.SIGTERM))

        assert (tmp_path / "stopped").read_text().split() == ["third", "second", "first"]
        assert [item.process and item.process.returncode for item in programs] == [0, 0, 0]
        assert eventually(lambda: "first  | first is up" in out.getvalue())

    def test_one_that_does_not_stop_is_killed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(supervisor, "GRACE", 0.2)
        out = io.StringIO()

        Supervisor([program("deaf", tmp_path, DEAF)], out).run(lambda: os.kill(os.getpid(), signal.SIGINT))

        assert eventually(lambda: not alive(_number(tmp_path / "deaf")))
        assert "deaf | does not stop; killed" in out.getvalue()

    def test_a_second_signal_kills_at_once(self, tmp_path: Path) -> None:
        def twice() -> None:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

        begun = time.monotonic()
        Supervisor([program("deaf", tmp_path, DEAF)], io.StringIO()).run(twice)

        assert eventually(lambda: not alive(_number(tmp_path / "deaf")))
        assert time.monotonic() - begun < supervisor.GRACE

    def test_one_that_ended_is_started_again(self, tmp_path: Path) -> None:
        subject = program("once", tmp_path)
        out = io.StringIO()
        runner = Supervisor([subject], out)
        runner._start(0)
        runner._await_ready(subject)
        assert subject.process is not None
        first = subject.process.pid
        subject.process.kill()
        subject.process.wait()

        runner._restart_ended()

        assert subject.process.pid != first
        assert subject.process.poll() is None
        assert "once | ended with -9; started again" in out.getvalue()
        runner.stop()
        assert not alive(subject.process.pid)

    def test_one_that_keeps_ending_ends_everything_with_a_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(supervisor.time, "sleep", lambda _: None)
        steady = program("steady", tmp_path)
        broken = Program("broken", [sys.executable, "-c", "raise SystemExit(3)"])

        with pytest.raises(Broken, match=r"^broken keeps ending right after its start; its last lines stand above\.$"):
            Supervisor([steady, broken], io.StringIO()).run()

        assert not alive(_number(tmp_path / "steady"))

    def test_one_that_ends_before_it_is_ready_ends_everything(self, tmp_path: Path) -> None:
        steady = program("steady", tmp_path)
        broken = Program("broken", [sys.executable, "-c", "print('no port')"], {}, lambda: False)
        out = io.StringIO()

        with pytest.raises(Broken, match=r"^broken ended while starting; its last lines stand above\.$"):
            Supervisor([steady, broken], out).run(lambda: pytest.fail("said to be ready"))

        assert not alive(_number(tmp_path / "steady"))
        assert eventually(lambda: "broken | no port" in out.getvalue())

    def test_a_reader_that_went_away_does_not_keep_programs_alive(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The sentence that one does not stop cannot be written any more; it is killed all the same."""
        monkeypatch.setattr(supervisor, "GRACE", 0.2)
        out = io.StringIO()

        def leave() -> None:
            out.close()
            os.kill(os.getpid(), signal.SIGHUP)

        Supervisor([program("deaf", tmp_path, DEAF)], out).run(leave)

        assert eventually(lambda: not alive(_number(tmp_path / "deaf")))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent died")
def test_a_killed_supervisor_leaves_no_program_behind(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        from ordersync.supervisor import Program, Supervisor
        Supervisor([Program("child", [sys.executable, "-c", sys.argv[1], "child", sys.argv[2]])]).run()
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", script, WAITS, str(tmp_path)], stdout=subprocess.DEVNULL)
    try:
        assert eventually(lambda: _number(tmp_path / "child") is not None)

        parent.kill()

        assert eventually(lambda: not alive(_number(tmp_path / "child")))
        assert (tmp_path / "stopped").read_text() == "child\n"
    finally:
        parent.kill()
        parent.wait()
