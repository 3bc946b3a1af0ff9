"""An owner changes a member's role, or takes the seat back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import Company, Membership, User


class LastOwner(Exception):
    """A company keeps at least one owner."""


def change_role(*, member: Membership, role: str, now: datetime, by: User | None) -> None:
    """Give a member another role. Raises `LastOwner`, with nothing changed, when nobody else owns the company."""
    with transaction.atomic():
        _keep_an_owner(member, role)
        Membership.objects.filter(pk=member.pk).update(role=role)
        write_audit(member.company, by, "member_changed", f"member:{member.user.email}", now, role=role)


def remove_member(*, member: Membership, now: datetime, by: User | None) -> None:
    """Take the seat back. Raises `LastOwner`, with nothing changed, when nobody else owns the company."""
    with transaction.atomic():
        _keep_an_owner(member, "")
        Membership.objects.filter(pk=member.pk).delete()
        write_audit(member.company, by, "member_removed", f"member:{member.user.email}", now)


def _keep_an_owner(member: Membership, role: str) -> None:
    # The company's row is locked, so that two owners cannot leave at the same time.
    Company.objects.select_for_update().get(pk=member.company_id)
    others = Membership.objects.filter(company=member.company_id, role=Membership.Role.OWNER).exclude(pk=member.pk)
    if role != Membership.Role.OWNER and not others.exists():
        raise LastOwner
