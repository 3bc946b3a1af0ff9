"""Which secrets a changed connection keeps, and how one is stored that the remote side replaces.

Those of one address are never sent to another unseen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from django.db import Error, connection, transaction
from django.db.models import QuerySet

from accounts.credentials import Secrets
from adapterkit.errors import TemporarilyUnavailable
from adapterkit.marketplace import Marketplace
from adapterkit.shop import Shop as ShopAdapter
from connections.models import MarketplaceAccount, Shop
from engine.database import persist

Adapter = type[Marketplace] | type[ShopAdapter]
T = TypeVar("T")
logger = logging.getLogger(__name__)


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


class StoredSecrets:
    """The secrets of an account or a shop, for what signs its calls; see `adapterkit.auth.SecretStore`.

    Called outside any transaction by whichever thread makes a call, for the few that replace a secret, about hourly. It
    cannot wait for the job to be settled: a secret whose successor is lost with the worker is void. A record that was
    made to be tried holds what somebody typed, so it is never read anew.
    """

    def __init__(self, record: MarketplaceAccount | Shop) -> None:
        self._record = record

    def current(self, setting: str) -> str:
        """Read a secret anew; raises `TemporarilyUnavailable` where the database is away."""
        if self._record._state.adding:
            return ""
        try:
            row = _borrowed(self._rows().first)
        except Error:
            raise TemporarilyUnavailable("Not available now") from None
        return str(row.credentials.get(setting) or "") if row else ""

    def replace(self, setting: str, old: Collection[str], new: str) -> None:
        """Store the successor. Where the database is away the token store has it; whoever finds it there comes back.

        One that is none of `old` was entered meanwhile, and stays.
        """
        record = self._record
        if record.credentials.get(setting) in old:
            record.credentials = Secrets({**record.credentials, setting: new})
        try:
            _borrowed(lambda: persist(lambda: self._store(setting, old, new)))
        except Error as error:
            logger.warning("A secret of %s could not be stored yet: %s", record.lane, type(error).__name__)

    def _store(self, setting: str, old: Collection[str], new: str) -> None:
        with transaction.atomic():
            row = self._rows().select_for_update(no_key=True).first()
            if row is not None and row.credentials.get(setting) in old:
                row.credentials = Secrets({**row.credentials, setting: new})
                row.save(update_fields=["credentials"])

    def _rows(self) -> QuerySet[MarketplaceAccount] | QuerySet[Shop]:
        return type(self._record).objects.filter(pk=self._record.pk).only("credentials")


def _borrowed(work: Callable[[], T]) -> T:
    """Do the work in the database; a thread that had no connection to it gives its own back."""
    had_one = connection.connection is not None
    try:
        return work()
    finally:
        if not had_one:
            connection.close()
