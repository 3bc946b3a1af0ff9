"""Support removes the second factor of somebody who lost both the app and the recovery codes."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User


def remove_second_factor(*, user: User, now: datetime, by: User) -> bool:
    """Let a person sign in with the password alone; False, with nothing changed, when that is so already.

    Each company the person belongs to sees it among its changes.
    """
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user=user).delete()
        if not removed:
            return False
        for member in user.memberships.select_related("company"):
            write_audit(member.company, by, "second_factor_removed", f"member:{user.email}", now)
    return True
