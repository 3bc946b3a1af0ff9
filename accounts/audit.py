"""Writes down who changed what in a company."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import AuditEntry, Company, User


def write_audit(company: Company, actor: User | None, action: str, subject: str, at: datetime, **params: Any) -> None:
    """Store one audit entry; `params` never hold a credential."""
    AuditEntry.objects.create(
        company=company,
        actor=actor,
        action=action,
        subject=subject,
        params={name: str(value) for name, value in params.items()},
        at=at,
    )
