"""An owner offers somebody a seat in the company."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import Company, Invitation, Membership, User
from accounts.tokens import hash_of

VALID_FOR = timedelta(days=7)


class MemberAlready(Exception):
    """The person has a seat."""


def invite_member(*, company: Company, email: str, role: str, now: datetime, by: User | None) -> str:
    """Store the invitation and return its token, which is told nowhere else; an open one for the address is replaced.

    Raises `MemberAlready`.
    """
    if Membership.objects.filter(company=company, user__email__iexact=email).exists():
        raise MemberAlready
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        Invitation.objects.filter(company=company, email__iexact=email, accepted_at=None).delete()
        Invitation.objects.create(
            company=company,
            email=email,
            role=role,
            hash=hash_of(token),
            invited_by=by,
            created_at=now,
            expires_at=now + VALID_FOR,
        )
        write_audit(company, by, "member_invited", f"member:{email}", now, role=role)
    return token
