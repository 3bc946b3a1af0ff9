"""An owner, or a program, has an address told what happens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import Company, User
from webhooks.models import WebhookEndpoint
from webhooks.secrets import new_secret

MOST = 20  # of one company: each event is told to each


class TooMany(Exception):
    """The company has as many endpoints as it may."""


def make_webhook(
    *, company: Company, url: str, types: Collection[str], project_id: int | None, now: datetime, by: User | None
) -> tuple[WebhookEndpoint, str]:
    """Store an endpoint and return it with its secret, which is told nowhere else; raises `TooMany`.

    The URL is one that `addresses.check_address` let pass. What happens from now on is told.
    """
    secret = new_secret()
    with transaction.atomic():
        # One company's endpoints are made one after the other.
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        if company.webhook_endpoints.filter(removed_at=None).count() >= MOST:
            raise TooMany
        made = WebhookEndpoint.objects.create(
            company=company,
            project_id=project_id,
            url=url,
            types=sorted(types),
            secrets={"secret": secret},
            created_by=by,
            created_at=now,
        )
        write_audit(company, by, "webhook_made", f"webhook:{made.pk}", now, name=str(made))
    return made, secret
