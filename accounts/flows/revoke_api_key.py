"""An owner takes a key back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import ApiKey, User


def revoke_api_key(*, key: ApiKey, now: datetime, by: User | None) -> bool:
    """End a key at once, and every token that was given out for it; False when it was ended before."""
    with transaction.atomic():
        if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
            return False
        write_audit(key.company, by, "api_key_revoked", f"api_key:{key.pk}", now, name=key.name)
    return True
