"""A merchant lets us in on the marketplace's own consent page, instead of pasting a secret.

`begin` stores what is known and says where to send the merchant, with a state that is signed and good for one return of
this person, for this company and account. `finish` takes what the marketplace sent back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import F

from accounts.models import Company, User
from adapterkit.auth import RefreshToken
from adapterkit.consent import trade_code
from adapterkit.marketplace import AsksConsent
from connections.adapters import open_account
from connections.models import MarketplaceAccount
from connections.secrets import kept
from connections.storing import store_account
from connections.trying import try_account
from engine.models import Lane
from marketplaces.registry import marketplace as adapter_of

LASTS = timedelta(minutes=30)  # to sign in there and to agree
SALT = "connections.consent"
LONGEST = 200  # characters of a setting that the marketplace sends along


class ConsentRefused(Exception):
    """What came back is not taken. `why`: expired, forged, foreign, used or empty."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class SettingsNeeded(Exception):
    """The consent page cannot be asked for before these settings (names) are filled in."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a merchant typed; with `account` that one is changed."""

    company: Company
    marketplace: str
    name: str
    settings: Mapping[str, str]
    credentials: Mapping[str, str]
    account: MarketplaceAccount | None = None


def begin(*, wish: Wish, redirect_uri: str, now: datetime, by: User) -> str:
    """Store the account and return the address of the consent page.

    An account that works is tried with what was typed before that is stored; another cannot be tried yet. Raises
    `SettingsNeeded`, `SecretsNeeded`, `AccountNameTaken` and the adapter's errors, with nothing stored.
    """
    adapter = adapter_of(wish.marketplace)
    assert issubclass(adapter, AsksConsent)  # noqa: S101 - no page offers it otherwise
    assert adapter.spec.consent is not None  # noqa: S101 - see above
    record = wish.account or MarketplaceAccount(company=wish.company, marketplace=wish.marketplace)
    given = {"settings": wish.settings, "stored": record.credentials, "given": wish.credentials}
    credentials = kept(adapter, before=record.settings, **given)
    known = {**wish.settings, **credentials}
    if missing := [name for name in adapter.spec.consent.needs if not known.get(name)]:
        raise SettingsNeeded(missing)
    if _works(record):
        tried = try_account(record, settings=wish.settings, credentials=wish.credentials)
        credentials |= tried.replaced
    record.name, record.settings, record.credentials = wish.name, dict(wish.settings), credentials
    store_account(record, action="account_consent_asked", now=now, by=by)
    claims = [by.pk, wish.company.pk, record.pk, record.credentials_version]
    state = signing.dumps(claims, salt=SALT)
    return adapter.consent_url(record.settings, state=state, redirect_uri=redirect_uri)


def _works(record: MarketplaceAccount) -> bool:
    refused = Lane.objects.filter(key=record.lane, state=Lane.State.REFUSED)
    return record.pk is not None and record.authorised and not refused.exists()


def finish(
    *, company: Company, parameters: Mapping[str, str], redirect_uri: str, now: datetime, by: User
) -> MarketplaceAccount:
    """Trade the code that came back, store the secret and try the account; return it.

    The state is used up before anything is sent, whatever comes of it. Raises `ConsentRefused`, with nothing stored,
    and the adapter's errors: once the secret is stored, those say what else is wrong.
    """
    account = _claimed(company, parameters.get("state", ""), by)
    adapter = adapter_of(account.marketplace)
    consent, auth = adapter.spec.consent, adapter.spec.auth
    assert consent is not None  # noqa: S101 - `begin` signed the state
    assert isinstance(auth, RefreshToken)  # noqa: S101 - what a consent is traded for
    code = parameters.get(consent.code, "")
    if not code:
        raise ConsentRefused("empty")
    fields = {**account.settings, **account.credentials}
    secret = trade_code(open_account(account).transport, auth, fields, code=code, redirect_uri=redirect_uri)
    brought = {setting: parameters[name][:LONGEST] for name, setting in consent.brings.items() if parameters.get(name)}
    account.settings = {**account.settings, **brought}
    account.credentials = {**account.credentials, consent.secret: secret}
    store_account(account, action="account_connected", now=now, by=by)
    open_account(account).verify_credentials()
    return account


def _claimed(company: Company, state: str, by: User) -> MarketplaceAccount:
    """Return the account that a state was made for, and use the state up."""
    try:
        claims: Any = signing.loads(state, salt=SALT, max_age=LASTS)
        user_id, company_id, account_id, version = claims
    except signing.SignatureExpired:
        raise ConsentRefused("expired") from None
    except (signing.BadSignature, ValueError, TypeError):
        raise ConsentRefused("forged") from None
    account = MarketplaceAccount.objects.filter(pk=account_id, company=company).first()
    if account is None or (user_id, company_id) != (by.pk, company.pk):
        raise ConsentRefused("foreign")
    unused = MarketplaceAccount.objects.filter(pk=account.pk, credentials_version=version)
    if not unused.update(credentials_version=F("credentials_version") + 1):
        raise ConsentRefused("used")
    account.refresh_from_db()
    return account
