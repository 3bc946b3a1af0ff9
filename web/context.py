"""What the frame of every page needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

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
        "accounts",
        "account",
        "new_account",
        "connect_shop",
        "sent_test_order",
    }
)
COMPANY_PAGES = frozenset({"members", "invite", "subscription", "company_settings", "changes"})


def frame(_: HttpRequest) -> dict[str, Any]:
    """Which pages belong to which entry of the navigation."""
    return {"setup_pages": SETUP_PAGES, "company_pages": COMPANY_PAGES}
