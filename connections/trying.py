"""Tries settings and credentials against the real thing without storing anything."""

from __future__ import annotations

from collections.abc import Mapping

from connections.adapters import open_account, open_shop
from connections.models import MarketplaceAccount, Shop


def try_shop(shop: Shop, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> None:
    """Raise the adapter's error unless the shop takes them. A secret left empty is the stored one."""
    kept = _merged(shop.credentials, credentials)
    open_shop(
        Shop(pk=shop.pk, project=shop.project, platform=shop.platform, settings=dict(settings), credentials=kept)
    ).verify_credentials()


def try_account(account: MarketplaceAccount, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> None:
    """Raise the adapter's error unless the marketplace takes them. A secret left empty is the stored one."""
    kept = _merged(account.credentials, credentials)
    open_account(
        MarketplaceAccount(pk=account.pk, marketplace=account.marketplace, settings=dict(settings), credentials=kept)
    ).verify_credentials()


def _merged(stored: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    return {**dict(stored), **{name: value for name, value in given.items() if value}}
