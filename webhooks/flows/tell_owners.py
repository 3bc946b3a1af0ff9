"""Mails the owners of a company what became of an endpoint, in the company's language."""

from __future__ import annotations

import logging
import zoneinfo
from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Membership
from webhooks.addresses import link
from webhooks.models import WebhookEndpoint

logger = logging.getLogger(__name__)
AT_ONCE = 20
AGAIN_AFTER = timedelta(minutes=10)  # when the mail could not be handed in, or the worker was stopped before it was


def tell_owners(now: datetime) -> Counter[str]:
    """The chore: send the mails that are due. One that was sent by a worker that was stopped then is sent again."""
    due = WebhookEndpoint.objects.filter(notice_due_at__lte=now, removed_at=None)
    told = Counter[str]()
    for endpoint in due.select_related("company").order_by("notice_due_at")[:AT_ONCE]:
        mine = WebhookEndpoint.objects.filter(pk=endpoint.pk, notice=endpoint.notice)
        if not mine.filter(notice_due_at=endpoint.notice_due_at).update(notice_due_at=now + AGAIN_AFTER):
            continue  # another worker tells of it
        try:
            _mail(endpoint)
        except OSError as error:  # the mail server's own errors are such, too
            logger.warning("A mail about webhook %s could not be handed in: %s", endpoint.pk, type(error).__name__)
            continue
        mine.update(notice="", notice_due_at=None, noticed_at=now)
        told["webhook_notices"] += 1
    return told


def _mail(endpoint: WebhookEndpoint) -> None:
    company = endpoint.company
    owners = company.memberships.filter(role=Membership.Role.OWNER, user__is_active=True)
    recipients = list(owners.order_by("pk").values_list("user__email", flat=True))
    context = {"endpoint": endpoint, "company": company, "link": link("web:webhook", endpoint.pk)}
    with translation.override(company.language), timezone.override(zoneinfo.ZoneInfo(company.time_zone)):
        if endpoint.notice == WebhookEndpoint.Notice.NOT_TAKEN:
            subject = _("A webhook does not take a message")
        else:
            subject = _("A webhook was switched off")
        text = render_to_string("webhooks/notice.txt", context)
    for recipient in recipients:  # each for itself: they need not know of each other's addresses
        send_mail(f"OrderSync: {subject}", text, settings.DEFAULT_FROM_EMAIL, [recipient])
