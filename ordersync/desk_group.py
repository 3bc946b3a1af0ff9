"""The group that support staff are put in: what they need to see and do, and no more."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

NAME = "Support"
CHANGES = {
    "accounts": {"add_company", "change_company", "add_membership", "change_membership", "delete_membership",
                 "add_subscription", "change_subscription", "add_modulesubscription", "change_modulesubscription",
                 "add_user", "change_user"},
    "engine": {"steer_outboxmessage"},
    "connections": {"set_activation_date"},
}  # fmt: skip


def make_group(**_: Any) -> None:
    """Make the group unless it exists; what an operator made of it stays."""
    group, made = Group.objects.get_or_create(name=NAME)
    if made:
        group.permissions.set(Permission.objects.filter(_needed()))


def _needed() -> Q:
    """To look at what the desk's pages show, and to change what support is asked to change."""
    needed = Q()
    for model, model_admin in admin.site._registry.items():
        for shown in (model, *(inline.model for inline in model_admin.inlines)):
            name = {"content_type__app_label": shown._meta.app_label, "content_type__model": shown._meta.model_name}
            needed |= Q(codename=f"view_{shown._meta.model_name}", **name)
    for app, codenames in CHANGES.items():
        needed |= Q(content_type__app_label=app, codename__in=codenames)
    return needed
