"""An owner, or a program, replaces an endpoint's secret without a gap."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.audit import write_audit
from accounts.models import User
from webhooks.messages import locked
from webhooks.models import WebhookEndpoint
from webhooks.secrets import new_secret

BOTH_FOR = timedelta(days=1)


def rotate_secret(*, endpoint: WebhookEndpoint, now: datetime, by: User | None) -> str | None:
    """Return the new secret, which is told nowhere else; None when the endpoint is gone.

    For a day messages carry the signature of the one before as well, so that the receiver may change over in between.
    """
    secret = new_secret()
    with transaction.atomic():
        current = next(iter(locked(WebhookEndpoint.objects.filter(pk=endpoint.pk))), None)
        if current is None:
            return None
        current.secrets = {"secret": secret, "previous_secret": current.secrets["secret"]}
        current.previous_until = now + BOTH_FOR
        current.version += 1
        current.save()
        write_audit(current.company, by, "webhook_secret_rotated", f"webhook:{current.pk}", now, name=str(current))
    return secret
