"""The `requests` adapter that connects to the very address that the network policy checked."""

from __future__ import annotations

import socket
import ssl
import threading
from functools import cache
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError
from urllib3.util import create_urllib3_context

from adapterkit.network import NetworkPolicy

_departure = threading.local()  # `left`: whether this thread's request has begun to go out


@cache
def tls_context() -> ssl.SSLContext:
    """One TLS context for the process: making one costs as much as thirty requests."""
    context = create_urllib3_context()
    context.load_default_certs()
    context.load_verify_locations(certifi.where())
    return context


def _pinned(connection: Any, policy: NetworkPolicy) -> Any:
    """Have a connection ask the policy for its address, at the moment it connects. TLS still checks the host's name."""

    class Pinned(connection):  # type: ignore[misc]
        _dns_host: str

        def _new_conn(self) -> Any:
            host: str = self._dns_host
            self._dns_host = self._address_of(host)
            try:
                return super()._new_conn()
            finally:
                self._dns_host = host

        def _address_of(self, host: str) -> str:
            try:
                return policy.address_for(self.host, self.port)
            except (OSError, UnicodeError) as error:
                raise NameResolutionError(host, self, socket.gaierror(str(error))) from error

        def send(self, data: Any) -> None:
            if self.sock is None:
                self.connect()
            # From here on the remote side may have it, whatever is told of the connection afterwards.
            _departure.left = True
            super().send(data)

    return Pinned


class PinnedAdapter(HTTPAdapter):
    def __init__(self, policy: NetworkPolicy) -> None:
        self.policy = policy
        super().__init__(max_retries=0, pool_maxsize=64)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send as ever; what is raised has in `left` whether any of the request went out."""
        _departure.left = False
        try:
            return super().send(request, *args, **kwargs)
        except Exception as error:
            error.left = _departure.left  # type: ignore[attr-defined]
            raise

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        kwargs["ssl_context"] = tls_context()
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        plain = type("PinnedPool", (HTTPConnectionPool,), {"ConnectionCls": _pinned(HTTPConnection, self.policy)})
        secure = type("PinnedTlsPool", (HTTPSConnectionPool,), {"ConnectionCls": _pinned(HTTPSConnection, self.policy)})
        manager.pool_classes_by_scheme = {"http": plain, "https": secure}


@cache
def pinned_adapter(policy: NetworkPolicy) -> PinnedAdapter:
    """Return the process's adapter for a policy: its pool keeps connections for all transports."""
    return PinnedAdapter(policy)
