"""The `requests` adapter that connects to the very address that the network policy checked."""

from __future__ import annotations

import socket
import ssl
from functools import cache
from typing import Any

import certifi
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError
from urllib3.util import create_urllib3_context

from adapterkit.network import NetworkPolicy


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
            try:
                self._dns_host = policy.address_for(self.host, self.port)
                return super()._new_conn()
            except socket.gaierror as error:
                raise NameResolutionError(host, self, error) from error
            finally:
                self._dns_host = host

    return Pinned


class PinnedAdapter(HTTPAdapter):
    def __init__(self, policy: NetworkPolicy) -> None:
        self.policy = policy
        super().__init__(max_retries=0, pool_maxsize=64)

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
