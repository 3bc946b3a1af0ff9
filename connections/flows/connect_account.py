"""Connects a company's account at a marketplace, or changes how it is connected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.audit import write_audit
from accounts.models import Company, User
from connections.adapters import open_account
from connections.models import MarketplaceAccount
from engine import lanes
from engine.models import SyncCursor


class AccountNameTaken(Exception):
    """The company has an account of this name at the marketplace."""


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

    With `account` that one is changed; a secret left empty keeps its stored value. Raises `AccountNameTaken`.
    """
    record = account or MarketplaceAccount(company=company, marketplace=marketplace)
    record.name, record.settings = name, dict(settings)
    record.credentials = {**dict(record.credentials), **{key: value for key, value in credentials.items() if value}}
    open_account(record).verify_credentials()
    try:
        with transaction.atomic():
            if account is not None:
                record.credentials_version = F("credentials_version") + 1
            record.save()
            record.refresh_from_db()
            lanes.reopen(record.lane)
            SyncCursor.objects.filter(lane=record.lane, active=True).update(next_run_at=now)
            write_audit(company, by, "account_connected", f"account:{record.pk}", now, name=name)
    except IntegrityError:
        raise AccountNameTaken from None
    return record
