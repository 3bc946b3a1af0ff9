"""What the frame of every page needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Membership
from accounts.scope import membership_of

SETUP_PAGES = frozenset(
    {
        "connections",
        "connection",
        "new_connection",
        "connection_settings",
        "connection_carriers",
        "connection_activity",
        "test_order",
        "projects",
        "project",
        "new_project",
        "carriers",
        "carrier_plan",
        "change_plan",
        "carrier_codes",
        "accounts",
        "account",
        "new_account",
        "connect_shop",
        "sent_test_order",
    }
)
WEBHOOK_PAGES = frozenset(
    {"webhooks", "new_webhook", "webhook", "webhook_settings", "webhook_message", "replay_webhook"}
)
COMPANY_PAGES = WEBHOOK_PAGES | {"members", "invite", "subscription", "company_settings", "changes", "api_keys"}


ACCOUNT_PAGES = frozenset(
    {
        "account_email",
        "account_change_password",
        "mfa_index",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
    }
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Which pages belong to which entry of the navigation, and whose company it is; a view's own member goes first."""
    return {
        "setup_pages": SETUP_PAGES,
        "company_pages": COMPANY_PAGES,
        "webhook_pages": WEBHOOK_PAGES,
        "account_pages": ACCOUNT_PAGES,
        "sign_up_is_open": settings.ORDERSYNC_OPEN_SIGN_UP,
        "member": SimpleLazyObject(lambda: _member(request)),
        "memberships": SimpleLazyObject(lambda: _memberships(request)),
    }


def _member(request: HttpRequest) -> Membership | None:
    try:
        return membership_of(request)
    except Http404:  # support staff need not belong to any company
        return None


def _memberships(request: HttpRequest) -> list[Membership]:
    """The companies that the person may work in; asked for where they are shown only."""
    mine = Membership.objects.filter(user=request.user.pk).select_related("company")
    return list(mine.order_by("company__name", "pk"))
