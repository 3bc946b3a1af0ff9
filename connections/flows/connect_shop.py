"""Connects a project's shop, or changes how it is connected; its products are read at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.audit import write_audit
from accounts.models import User
from connections.models import Project, Shop
from connections.secrets import kept
from connections.starting import open_products
from connections.trying import try_shop
from engine import lanes
from engine.models import SyncCursor
from shops.registry import shop


def connect_shop(
    *,
    project: Project,
    platform: str,
    name: str,
    settings: Mapping[str, str],
    credentials: Mapping[str, str],
    now: datetime,
    by: User | None,
) -> Shop:
    """Try the shop and store how it is reached; raises the adapter's error, with nothing changed, when it refuses.

    May be repeated. A secret left empty keeps its stored value, unless the address is another one: `SecretsNeeded`. The
    platform of a connected shop stays.
    """
    tried = try_shop(_shop_of(project, platform), settings=settings, credentials=credentials)
    with transaction.atomic():
        # The project's row is locked, so that two clicks make one shop.
        record = _shop_of(Project.objects.select_for_update(of=("self",)).get(pk=project.pk), platform)
        given = {"settings": settings, "stored": record.credentials, "given": {**credentials, **tried.replaced}}
        record.credentials = kept(shop(record.platform), before=record.settings, **given)
        record.name, record.settings = name, dict(settings)
        record.currency = tried.currency or record.currency
        if record.pk is not None:
            record.credentials_version = F("credentials_version") + 1
        record.save()
        record.refresh_from_db()
        lanes.reopen(record.lane)
        open_products(record, now)
        SyncCursor.objects.filter(lane=record.lane, active=True).update(next_run_at=now)
        write_audit(project.company, by, "shop_connected", f"shop:{record.pk}", now, name=project.name)
    return record


def _shop_of(project: Project, platform: str) -> Shop:
    stored = Shop.objects.filter(project=project).first()
    return stored or Shop(project=project, platform=platform)
