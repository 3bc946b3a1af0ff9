"""Audit entries in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from accounts.models import AuditEntry, ModuleSubscription

WORDS: Mapping[str, str] = {
    "module_added": noop("Module {name} was added."),
    "module_ended": noop("Module {name} was ended."),
    "subscription_changed": noop("The subscription was changed: {fields}."),
    "message_requeued": noop("A step was queued again: {name}. Reason: {reason}"),
    "message_discarded": noop("A step was given up: {name}. Reason: {reason}"),
    "member_invited": noop("{name} was invited as {role}."),
    "invitation_withdrawn": noop("The invitation of {name} was withdrawn."),
    "member_joined": noop("{name} joined as {role}."),
    "member_changed": noop("The role of {name} became {role}."),
    "member_removed": noop("{name} was removed."),
    "second_factor_removed": noop("Support removed the second factor of {name}."),
    "company_changed": noop("Company settings were changed: {fields}."),
    "connection_activated": noop("Order connection {name} was activated, for orders since {since}."),
    "activation_date_set": noop(
        "The activation date of {name} was set back to {since}; {count} orders came in. Reason: {reason}"
    ),
    "connection_paused": noop("Order connection {name} was paused."),
    "connection_archived": noop("Order connection {name} was archived."),
    "connection_made": noop("Order connection {name} was set up."),
    "connection_changed": noop("Order connection {name} was changed: {fields}."),
    "direction_paused": noop("Order connection {name}: {direction} was paused."),
    "direction_resumed": noop("Order connection {name}: {direction} goes on."),
    "carriers_changed": noop("Carrier plan {name} was changed."),
    "project_made": noop("Project {name} was made."),
    "project_changed": noop("Project {name} was changed: {fields}."),
    "product_mapped": noop("The reference {name} was mapped to product {product}."),
    "shop_connected": noop("The shop of project {name} was connected."),
    "account_connected": noop("Marketplace account {name} was connected."),
}


class _Given(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def audit_text(entry: AuditEntry) -> str:
    """Return one sentence; an unknown action is shown as it is. Names in it are to be escaped by whoever shows it."""
    if entry.action not in WORDS:
        return f"{entry.action} {entry.subject}"
    kind, _colon, name = entry.subject.partition(":")
    if kind == "module" and name in ModuleSubscription.Module.values:
        name = str(ModuleSubscription.Module(name).label)
    return _(WORDS[entry.action]).format_map(_Given({"name": name, **entry.params}))
