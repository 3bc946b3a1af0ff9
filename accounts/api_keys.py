"""How a program's key looks, and whose it is."""

from __future__ import annotations

import hmac
import re
import secrets
import string
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import ApiKey
from accounts.tokens import hash_of

FORM = re.compile(r"osk_([a-z0-9]{10})_([A-Za-z0-9_-]{43})")
NOTED_EVERY = timedelta(minutes=1)  # a key in use costs one write a minute, not one a request


def new_key() -> tuple[str, str]:
    """Return the prefix that names a new key, and the whole key, which is told nowhere else."""
    prefix = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(10))
    return prefix, f"osk_{prefix}_{secrets.token_urlsafe(32)}"


def key_of(presented: str, now: datetime) -> ApiKey | None:
    """Return the valid key that was presented, None for any other text; one statement, and the write of its use."""
    form = FORM.fullmatch(presented)
    if form is None:
        return None
    key = ApiKey.objects.select_related("company", "project").filter(prefix=form[1]).first()
    if key is None or not hmac.compare_digest(key.hash, hash_of(presented)) or not key.is_valid(now):
        return None
    note_use(key, now)
    return key


def note_use(key: ApiKey, now: datetime) -> None:
    unnoted = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
    if key.last_used_at is None or key.last_used_at < now - NOTED_EVERY:
        ApiKey.objects.filter(unnoted, pk=key.pk).update(last_used_at=now)
