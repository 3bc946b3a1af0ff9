"""Stores how a marketplace account is reached, with what follows from it."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.audit import write_audit
from accounts.models import User
from connections.models import MarketplaceAccount
from engine import lanes
from engine.models import SyncCursor


class AccountNameTaken(Exception):
    """The company has an account of this name at the marketplace."""


def store_account(record: MarketplaceAccount, *, action: str, now: datetime, by: User | None) -> None:
    """Save an account, new or changed, and have its work go on at once; raises `AccountNameTaken`."""
    try:
        with transaction.atomic():
            if record.pk is not None:
                record.credentials_version = F("credentials_version") + 1
            record.save()
            record.refresh_from_db()
            lanes.reopen(record.lane)
            SyncCursor.objects.filter(lane=record.lane, active=True).update(next_run_at=now)
            write_audit(record.company, by, action, f"account:{record.pk}", now, name=record.name)
    except IntegrityError:
        raise AccountNameTaken from None
