"""Stores new credentials of a shop or marketplace account after trying them, and opens its lane again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.audit import write_audit
from accounts.models import User
from connections.adapters import open_account, open_shop
from connections.models import MarketplaceAccount, Shop
from engine import lanes
from engine.models import SyncCursor


def save_credentials(
    *, record: Shop | MarketplaceAccount, credentials: Mapping[str, str], now: datetime, by: User | None
) -> None:
    """Try the credentials and store them; raises the adapter's error, with nothing changed, when they do not work.

    A field left empty keeps its stored value.
    """
    merged = {**dict(record.credentials), **{name: value for name, value in credentials.items() if value}}
    record.credentials = merged
    adapter = open_shop(record) if isinstance(record, Shop) else open_account(record)
    adapter.verify_credentials()
    company = record.project.company if isinstance(record, Shop) else record.company
    with transaction.atomic():
        type(record).objects.filter(pk=record.pk).update(
            credentials=merged, credentials_version=F("credentials_version") + 1
        )
        lanes.reopen(record.lane)
        SyncCursor.objects.filter(lane=record.lane, active=True).update(next_run_at=now)
        write_audit(company, by, "credentials_saved", record.lane, now, name=record.name)
    record.refresh_from_db()
