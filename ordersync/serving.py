"""Simulated sides behind a socket of this machine, for commands that go the whole way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from adapterkit.simulator import Simulator

Side = TypeVar("Side", bound=Simulator)


@contextmanager
def served(simulator: Side) -> Iterator[tuple[Side, str]]:
    """Serve a simulator on a free port; gives it with its address."""
    server = simulator.serve("127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield simulator, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
