"""Which hosts a merchant's URL may lead to.

The address that was checked is the one connected to, so a DNS answer that changes in between is no way in.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

Resolver = Callable[[str, int], Sequence[str]]
IN_URLS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")  # RFC 3986


class AddressRefused(ValueError):
    """The URL is not one we call. The text says what to change; it is for the person who typed the URL.

    `code` stands for the text where it is told in other languages: private, malformed, login, query, unencrypted or
    unknown_host.
    """

    def __init__(self, text: str, code: str = "malformed") -> None:
        super().__init__(text)
        self.code = code


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host; raises OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicy:
    """Public addresses are allowed; others only when the operator named the host (`host` or `host:port`)."""

    allowed_private_hosts: frozenset[str] = frozenset()
    resolver: Resolver = resolve

    def address_for(self, host: str, port: int) -> str:
        """Return the address to connect to; raises `AddressRefused`, or OSError when the name does not resolve."""
        addresses = self.resolver(host, port)
        if self.allows_private(host, port):
            return addresses[0]
        refused = [address for address in addresses if not is_public(address)]
        if refused or not addresses:
            raise AddressRefused(
                f"{host} leads to an address inside a private network. Use a public address; the operator of "
                "this server can allow a private one with ORDERSYNC_ALLOWED_PRIVATE_HOSTS.",
                "private",
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


def check_webhook_url(url: str, policy: NetworkPolicy = PUBLIC_ONLY) -> str:
    """Return the URL, to be called exactly as it stands: with its closing slash and its query.

    Raises `AddressRefused`, for one without encryption too unless the operator allows its host by name.
    """
    cleaned = url.strip()
    parts = _parts_of(cleaned)
    if not IN_URLS.fullmatch(cleaned):
        raise AddressRefused(f"“{cleaned}” holds characters that an address does not have.")
    if parts.scheme != "https" and not policy.allows_private(str(parts.hostname), _port(parts)):
        raise AddressRefused("The address starts with https://, so that nobody on the way reads along.", "unencrypted")
    _find_host(cleaned, policy)
    return cleaned


def _parts_of(url: str) -> SplitResult:
    """Return the parts of a web address; raises `AddressRefused` for anything else, a login or a fragment in it."""
    try:
        parts = urlsplit(url)
        _port(parts)
    except ValueError as error:
        raise AddressRefused(f"“{url}” is not a web address: {error}.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise AddressRefused(f"“{url}” is not a web address. It starts with https:// and names the host.")
    if parts.username or parts.password:
        raise AddressRefused("Leave the user name and password out of the address.", "login")
    if parts.fragment:
        raise AddressRefused("Leave everything from the hash sign on out of the address.", "query")
    return parts


def _find_host(url: str, policy: NetworkPolicy) -> None:
    parts = urlsplit(url)
    try:
        policy.address_for(str(parts.hostname), _port(parts))
    except (OSError, UnicodeError) as error:  # the latter for a name that no host can have
        raise AddressRefused(
            f"The host {parts.hostname} cannot be found. Check the spelling.", "unknown_host"
        ) from error


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
