"""Addresses: where messages may be sent, and where what they tell of is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from adapterkit.network import check_webhook_url
from connections.adapters import network_policy

# Why an address is not called, by the code of `AddressRefused`.
REFUSALS: Mapping[str, Any] = {
    "malformed": _("This is no web address. It starts with https:// and names a host."),
    "login": _("Leave user name and password out of the address; messages prove themselves by their signature."),
    "query": _("Leave everything from the hash sign on out of the address."),
    "unencrypted": _("The address starts with https://, so that nobody on the way reads along."),
    "unknown_host": _("This host cannot be found. Check the spelling."),
    "private": _("This host is inside a private network. The operator of this server can allow it."),
}


def check_address(url: str) -> str:
    """Return the URL to be called; raises `AddressRefused`, whose code is one of `REFUSALS`. Looks the host up."""
    return check_webhook_url(url, network_policy())


def link(name: str, *args: object) -> str:
    """Return the whole URL of one of our own addresses."""
    return f"{settings.ORDERSYNC_URL}{reverse(name, args=args)}"
