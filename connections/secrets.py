"""Which secrets a changed connection keeps. Those of one address are never sent to another unseen."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from adapterkit.marketplace import Marketplace
from adapterkit.shop import Shop

Adapter = type[Marketplace] | type[Shop]


class SecretsNeeded(Exception):
    """The address is another one: these secrets (names of settings) have to be entered again."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def kept(
    adapter: Adapter,
    *,
    before: Mapping[str, str],
    settings: Mapping[str, str],
    stored: Mapping[str, str],
    given: Mapping[str, str],
) -> dict[str, str]:
    """Return the credentials as they are to be: what is given, and what is stored where nothing is.

    Raises `SecretsNeeded` where the settings name another host than `before`: whoever may change the address could
    otherwise have what is stored sent to a machine of their own.
    """
    left_out = [name for name in stored if not given.get(name) and name != adapter.spec.notification_secret]
    if left_out and _hosts(adapter, settings) != _hosts(adapter, before):
        raise SecretsNeeded(sorted(left_out))
    return {**stored, **{name: value for name, value in given.items() if value}}


def _hosts(adapter: Adapter, settings: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return scheme and host of every address that calls go to; plain http is another one than https."""
    try:
        base = adapter.base_url(settings)
    except KeyError:
        base = ""
    addresses = [base, *(value for value in settings.values() if "://" in value)]
    return {(urlsplit(address).scheme.lower(), urlsplit(address).netloc.lower()) for address in addresses if address}
