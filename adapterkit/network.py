"""Which hosts a merchant's URL may lead to.

The address that was checked is the one connected to, so a DNS answer that changes in between is no way in.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Resolver = Callable[[str, int], Sequence[str]]


class AddressRefused(ValueError):
    """The URL is not one we call. The text says what to change; it is for the person who typed the URL."""


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host; raises OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicy:
    """Public addresses are allowed; others only when the operator named the host (`host` or `host:port`)."""

    allowed_private_hosts: frozenset[str] = frozenset()
    resolver: Resolver = field(default=resolve, compare=False)

    def address_for(self, host: str, port: int) -> str:
        """Return the address to connect to; raises `AddressRefused`, or OSError when the name does not resolve."""
        addresses = self.resolver(host, port)
        if self.allows_private(host, port):
            return addresses[0]
        refused = [address for address in addresses if not is_public(address)]
        if refused or not addresses:
            raise AddressRefused(
                f"{host} leads to an address inside a private network. Use the shop's public address; the operator of "
                "this server can allow a private one with ORDERSYNC_ALLOWED_PRIVATE_HOSTS."
            )
        return addresses[0]

    def allows_private(self, host: str, port: int) -> bool:
        name = host.lower().rstrip(".")
        return name in self.allowed_private_hosts or f"{name}:{port}" in self.allowed_private_hosts


PUBLIC_ONLY = NetworkPolicy()


def is_public(address: str) -> bool:
    """Whether an IP address is reachable from anywhere: not private, loopback, link-local, multicast or reserved."""
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def check_url(url: str, policy: NetworkPolicy = PUBLIC_ONLY) -> str:
    """Return the URL without spaces and closing slash; raises `AddressRefused` with a sentence for the merchant."""
    cleaned = url.strip().rstrip("/")
    try:
        parts = urlsplit(cleaned)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise AddressRefused(f"“{cleaned}” is not a web address: {error}.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise AddressRefused(f"“{cleaned}” is not a web address. It starts with https:// and names the shop's host.")
    if parts.username or parts.password:
        raise AddressRefused("Leave the user name and password out of the address; they have fields of their own.")
    if parts.query or parts.fragment:
        raise AddressRefused("Leave everything from the question mark on out of the address.")
    try:
        policy.address_for(parts.hostname, port)
    except OSError as error:
        raise AddressRefused(f"The host {parts.hostname} cannot be found. Check the spelling.") from error
    return cleaned
