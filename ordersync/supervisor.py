"""Runs several programs as one: starts them in order, shows their lines, stops them in reverse, leaves none behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

GRACE = 12.0  # seconds a program gets to end by itself
QUICK = 5.0  # a program that ends sooner than this, again and again, is broken
MOST_QUICK_ENDS = 3
COLOURS = (36, 32, 35, 33, 34, 31)


@dataclass(slots=True)
class Program:
    """`ready` is asked until it says yes, before the next program starts."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] = lambda: True
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    quick_ends: int = 0


class Broken(Exception):
    """A program cannot be kept running; the text says which and where to look."""


class Supervisor:
    def __init__(self, programs: Sequence[Program], out: IO[str] = sys.stdout) -> None:
        self.programs = list(programs)
        self.out = out
        self._stopping = threading.Event()
        self._width = max(len(program.name) for program in programs)

    def run(self, when_ready: Callable[[], None] = lambda: None) -> None:
        """Run until a signal comes; raises `Broken` when a program cannot be kept running."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            for index in range(len(self.programs)):
                self._start(index)
                self._await_ready(self.programs[index])
            if not self._stopping.is_set():
                when_ready()
            parent = os.getppid()
            while not self._stopping.wait(0.3):
                if os.getppid() != parent:
                    break  # whoever started us is gone: nobody could stop us any more
                self._restart_ended()
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop everything, the last started first; what does not end in time is killed."""
        for program in reversed(self.programs):
            if program.process is not None and program.process.poll() is None:
                _signal(program.process, signal.SIGTERM)
                try:
                    program.process.wait(GRACE)
                except subprocess.TimeoutExpired:
                    self._say(program.name, "does not stop; killed")
            if program.process is not None:
                _signal(program.process, signal.SIGKILL)  # its children, if any are left

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stopping.is_set():  # a second Ctrl-C: no more patience
            for program in self.programs:
                if program.process is not None:
                    _signal(program.process, signal.SIGKILL)
        self._stopping.set()

    def _start(self, index: int) -> None:
        program = self.programs[index]
        if self._stopping.is_set():
            return
        program.process = subprocess.Popen(
            list(program.command),
            env={**os.environ, **program.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches us alone; we stop the others in order
            preexec_fn=_DIE_WITH_PARENT,  # noqa: PLW1509 - one system call, looked up beforehand
        )
        program.started_at = time.monotonic()
        threading.Thread(target=self._show, args=(index, program.process.stdout), daemon=True).start()

    def _await_ready(self, program: Program) -> None:
        deadline = time.monotonic() + 60
        while not self._stopping.is_set() and not program.ready():
            if program.process is not None and program.process.poll() is not None:
                raise Broken(f"{program.name} ended while starting; its last lines stand above.")
            if time.monotonic() > deadline:
                raise Broken(f"{program.name} did not get ready within a minute; its lines stand above.")
            time.sleep(0.1)

    def _restart_ended(self) -> None:
        for index, program in enumerate(self.programs):
            if program.process is None or program.process.poll() is None:
                continue
            _signal(program.process, signal.SIGKILL)
            quick = time.monotonic() - program.started_at < QUICK
            program.quick_ends = program.quick_ends + 1 if quick else 0
            if program.quick_ends >= MOST_QUICK_ENDS:
                raise Broken(f"{program.name} keeps ending right after its start; its last lines stand above.")
            self._say(program.name, f"ended with {program.process.returncode}; started again")
            time.sleep(program.quick_ends)
            self._start(index)

    def _show(self, index: int, lines: IO[str] | None) -> None:
        for line in lines or ():
            self._say(self.programs[index].name, line.rstrip(), COLOURS[index % len(COLOURS)])

    def _say(self, name: str, line: str, colour: int = 0) -> None:
        label = name.ljust(self._width)
        with suppress(OSError, ValueError):  # whoever read us is gone; the programs must still be stopped
            if self.out.isatty():
                label = f"\033[{colour}m{label}\033[0m"
            self.out.write(f"{label} | {line}\n")
            self.out.flush()


def _die_with_parent() -> Callable[[], None] | None:
    """Return what ends a program when we are killed and cannot stop it; Linux alone offers that."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    number = int(signal.SIGTERM)
    return lambda: prctl(1, number, 0, 0, 0)  # 1 is PR_SET_PDEATHSIG


_DIE_WITH_PARENT = _die_with_parent()


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Signal a program and its children."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return
