"""Tries settings and credentials against the real thing without storing anything.

A try keeps no pace and shares no pause with the work of the account, or with anybody else's tries: being asked to wait
is the answer of that one try.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.credentials import Secrets
from adapterkit.errors import AdapterError
from adapterkit.shop import Shop as ShopAdapter
from adapterkit.shop import TellsCurrency
from adapterkit.transport import UNPACED
from connections.adapters import open_account, open_shop
from connections.models import MarketplaceAccount, Shop
from connections.secrets import kept
from marketplaces.registry import marketplace
from shops.registry import shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a try brought. `replaced` are secrets that the remote side replaced meanwhile: the old ones are void."""

    replaced: Mapping[str, str]
    currency: str = ""  # of a shop that tells it


def try_shop(record: Shop, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> Tried:
    """Raise the adapter's error unless the shop takes them.

    A secret left empty is the stored one: see `kept`.
    """
    secrets = kept(
        shop(record.platform), before=record.settings, settings=settings, stored=record.credentials, given=credentials
    )
    tried = Shop(pk=record.pk, project=record.project, platform=record.platform)
    tried.settings, tried.credentials = dict(settings), Secrets(secrets)
    adapter = open_shop(tried, pacer=UNPACED)
    adapter.verify_credentials()
    return Tried(currency=_currency(adapter), replaced=_replaced(secrets, tried))


def _currency(adapter: ShopAdapter) -> str:
    """A key that may do all that orders need, and not read this, is good enough."""
    try:
        return adapter.fetch_currency() if isinstance(adapter, TellsCurrency) else ""
    except AdapterError:
        return ""


def try_account(record: MarketplaceAccount, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> Tried:
    """Raise the adapter's error unless the marketplace takes them. A secret left empty is as stored: see `kept`."""
    secrets = kept(
        marketplace(record.marketplace),
        before=record.settings,
        settings=settings,
        stored=record.credentials,
        given=credentials,
    )
    tried = MarketplaceAccount(pk=record.pk, marketplace=record.marketplace)
    tried.settings, tried.credentials = dict(settings), Secrets(secrets)
    open_account(tried, pacer=UNPACED).verify_credentials()
    return Tried(replaced=_replaced(secrets, tried))


def _replaced(before: Mapping[str, str], tried: MarketplaceAccount | Shop) -> Mapping[str, str]:
    return {name: value for name, value in tried.credentials.items() if before.get(name) != value}
