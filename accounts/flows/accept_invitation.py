"""Somebody takes the seat that was offered."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import Invitation, Membership, User
from accounts.tokens import hash_of


def open_invitation(token: str, now: datetime) -> Invitation | None:
    """Return the invitation of this token unless it is used up or too old."""
    found = Invitation.objects.filter(hash=hash_of(token), accepted_at=None, expires_at__gt=now)
    return found.select_related("company").first()


def accept_invitation(*, invitation: Invitation, user: User, now: datetime) -> bool:
    """Make the user a member; False when the invitation was taken meanwhile or is for another address."""
    if user.email.lower() != invitation.email.lower():
        return False
    with transaction.atomic():
        if not Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(accepted_at=now):
            return False
        Membership.objects.get_or_create(company=invitation.company, user=user, defaults={"role": invitation.role})
        write_audit(invitation.company, user, "member_joined", f"member:{user.email}", now, role=invitation.role)
    return True
