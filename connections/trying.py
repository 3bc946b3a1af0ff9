"""Tries settings and credentials against the real thing without storing anything.

A try keeps no pace and shares no pause with the work of the account, or with anybody else's tries: being asked to wait
is the answer of that one try.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapterkit.transport import UNPACED
from connections.adapters import open_account, open_shop
from connections.models import MarketplaceAccount, Shop
from connections.secrets import kept
from marketplaces.registry import marketplace
from shops.registry import shop


def try_shop(record: Shop, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> None:
    """Raise the adapter's error unless the shop takes them. A secret left empty is the stored one: see `kept`."""
    secrets = kept(
        shop(record.platform), before=record.settings, settings=settings, stored=record.credentials, given=credentials
    )
    open_shop(
        Shop(
            pk=record.pk, project=record.project, platform=record.platform, settings=dict(settings), credentials=secrets
        ),
        pacer=UNPACED,
    ).verify_credentials()


def try_account(record: MarketplaceAccount, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> None:
    """Raise the adapter's error unless the marketplace takes them. A secret left empty is as stored: see `kept`."""
    secrets = kept(
        marketplace(record.marketplace),
        before=record.settings,
        settings=settings,
        stored=record.credentials,
        given=credentials,
    )
    tried = MarketplaceAccount(pk=record.pk, marketplace=record.marketplace)
    tried.settings, tried.credentials = dict(settings), secrets
    open_account(tried, pacer=UNPACED).verify_credentials()
