"""No test talks to the network. A test with the marker `sockets` or `browser` may talk to this machine.

One with the marker `live` may talk to anybody: it does nothing unless the environment names a shop.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class SocketGuard:
    """Stands between the tests and `socket`. Drivers written in C, such as PostgreSQL's, do not pass here."""

    services: frozenset[tuple[str, int]] = frozenset()
    loopback: bool = False
    anywhere: bool = False
    _originals: dict[str, Any] = field(default_factory=dict)

    def install(self) -> None:
        guard = self
        self._originals = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}
        self._originals["getaddrinfo"] = socket.getaddrinfo

        def connect(sock: socket.socket, address: Any) -> None:
            guard.check(address)
            guard._originals["connect"](sock, address)

        def connect_ex(sock: socket.socket, address: Any) -> int:
            guard.check(address)
            return int(guard._originals["connect_ex"](sock, address))

        def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
            guard.check_name(host)
            return guard._originals["getaddrinfo"](host, *args, **kwargs)

        socket.socket.connect = connect  # type: ignore[method-assign]
        socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
        socket.getaddrinfo = getaddrinfo

    def remove(self) -> None:
        socket.socket.connect = self._originals["connect"]  # type: ignore[method-assign]
        socket.socket.connect_ex = self._originals["connect_ex"]  # type: ignore[method-assign]
        socket.getaddrinfo = self._originals["getaddrinfo"]

    def check(self, address: Any) -> None:
        """Fail the test when the address is not one that it may reach."""
        if self.anywhere or not isinstance(address, tuple) or (address[0], address[1]) in self.services:
            return
        if self.loopback and _is_loopback(address[0]):
            return
        # pytest's failure is no Exception, so that the code under test cannot take it for an outage.
        pytest.fail(f"A test connects to {address}. Mount a simulator, or mark the test `sockets`.")

    def check_name(self, host: Any) -> None:
        """Fail the test when it looks up a name; addresses and localhost need no look-up."""
        name = host.decode() if isinstance(host, bytes) else host
        if self.anywhere or name is None or name in {"", "localhost"} or _is_address(name):
            return
        pytest.fail(f"A test looks up {name}. Give the network policy a resolver of its own.")


def _is_loopback(host: str) -> bool:
    return host in {"", "localhost"} or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    return True
