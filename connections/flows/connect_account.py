"""Connects a company's account at a marketplace, or changes how it is connected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from accounts.models import Company, User
from connections.models import MarketplaceAccount
from connections.secrets import kept
from connections.storing import store_account
from connections.trying import try_account
from marketplaces.registry import marketplace as adapter_of


def connect_account(
    *,
    company: Company,
    marketplace: str,
    name: str,
    settings: Mapping[str, str],
    credentials: Mapping[str, str],
    now: datetime,
    by: User | None,
    account: MarketplaceAccount | None = None,
) -> MarketplaceAccount:
    """Try the account and store how it is reached; raises the adapter's error, with nothing changed, when it refuses.

    With `account` that one is changed; a secret left empty keeps its stored value, unless the address is another one:
    `SecretsNeeded`. Raises `AccountNameTaken`.
    """
    record = account or MarketplaceAccount(company=company, marketplace=marketplace)
    tried = try_account(record, settings=settings, credentials=credentials)
    given = {"settings": settings, "stored": record.credentials, "given": {**credentials, **tried.replaced}}
    record.credentials = kept(adapter_of(marketplace), before=record.settings, **given)
    record.name, record.settings = name, dict(settings)
    store_account(record, action="account_connected", now=now, by=by)
    return record
