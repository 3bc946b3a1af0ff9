"""An owner makes a key for a program."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.api_keys import new_key
from accounts.audit import write_audit
from accounts.models import ApiKey, Company, User
from accounts.tokens import hash_of


def make_api_key(
    *,
    company: Company,
    name: str,
    scopes: Collection[str],
    now: datetime,
    by: User | None,
    project_id: int | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Store the hash of a new key and return it with the key itself, which cannot be shown again.

    Raises ValueError for a scope that there is not, and for none.
    """
    chosen = [scope.value for scope in ApiKey.Scope if scope.value in scopes]
    if not chosen or len(chosen) != len(set(scopes)):
        raise ValueError(f"These are not scopes: {sorted(set(scopes) - set(chosen)) or 'none was chosen'}")
    prefix, key = new_key()
    with transaction.atomic():
        made = ApiKey.objects.create(
            company=company,
            project_id=project_id,
            name=name,
            prefix=prefix,
            hash=hash_of(key),
            scopes=chosen,
            created_by=by,
            created_at=now,
            expires_at=expires_at,
        )
        write_audit(company, by, "api_key_made", f"api_key:{made.pk}", now, name=name, scopes=", ".join(chosen))
    return made, key
