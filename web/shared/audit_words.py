"""Audit entries in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from accounts.models import ApiKey, AuditEntry, Membership, ModuleSubscription
from connections.models import Direction
from orders.words.telling import unturned

WORDS: Mapping[str, str] = {
    "module_added": noop("Module {name} was added."),
    "module_ended": noop("Module {name} was ended."),
    "subscription_changed": noop("The subscription was changed: {fields}."),
    "message_requeued": noop("A step was queued again: {name}. Reason: {reason}"),
    "message_discarded": noop("A step was given up: {name}. Reason: {reason}"),
    "order_released": noop("Order {name} was released from hold. Reason: {reason}"),
    "member_invited": noop("{name} was invited as {role}."),
    "invitation_withdrawn": noop("The invitation of {name} was withdrawn."),
    "member_joined": noop("{name} joined as {role}."),
    "member_changed": noop("The role of {name} became {role}."),
    "member_removed": noop("{name} was removed."),
    "person_changed": noop("Support changed the account of {name}: {fields}."),
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
    "carrier_codes_changed": noop("Carrier codes at {name} were changed: {count}."),
    "carriers_changed": noop("Carrier plan {name} was changed."),
    "project_made": noop("Project {name} was made."),
    "project_changed": noop("Project {name} was changed: {fields}."),
    "order_accepted": noop("Order {name} was accepted as the shop has it, as shop order {number}."),
    "product_mapped": noop("The reference {name} was mapped to product {product}."),
    "shop_connected": noop("The shop of project {name} was connected."),
    "stock_address_told": noop("The shop of project {name} was told where to post its stock."),
    "api_key_made": noop("API key {name} was made, for: {scopes}."),
    "api_key_revoked": noop("API key {name} was revoked."),
    "webhook_made": noop("Webhook {name} was made."),
    "webhook_changed": noop("Webhook {name} was changed."),
    "webhook_on": noop("Webhook {name} was switched on."),
    "webhook_off": noop("Webhook {name} was switched off."),
    "webhook_removed": noop("Webhook {name} was removed."),
    "webhook_secret_rotated": noop("The secret of webhook {name} was replaced."),
    "webhook_replayed": noop("Messages to webhook {name} were sent again: {count}."),
    "webhook_message_skipped": noop("A message to webhook {name} was left out: {message}."),
    "account_connected": noop("Marketplace account {name} was connected."),
    "account_consent_asked": noop("Marketplace account {name} was sent to the marketplace to be authorised."),
}


FIELDS: Mapping[str, str] = {
    "name": noop("Name"),
    "time_zone": noop("Time zone"),
    "language": noop("Language"),
    "shipping_method": noop("Shipping method"),
    "tracking_wait_hours": noop("Hours to wait for a tracking code"),
    "carrier_plan": noop("Carriers"),
    "product_id_field": noop("Unique product ID"),
}


WHOLE = noop("Order connection {name} was activated, for every order still to be shipped.")  # without a date


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
    params = {key: _shown(key, _text(value)) for key, value in entry.params.items()}
    dateless = entry.action == "connection_activated" and params.get("since") in {None, "None"}
    words = _(WHOLE if dateless else WORDS[entry.action])
    return unturned(words.format_map(_Given({"name": name, **params})))


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _shown(key: str, value: str) -> str:
    """Return a value in words of the reader's language."""
    match key:
        case "fields":
            return ", ".join(_(FIELDS[name]) if name in FIELDS else name for name in value.split(", "))
        case "scopes":
            return ", ".join(str(label) for scope, label in ApiKey.Scope.choices if scope in value.split(", "))
        case "role" if value in Membership.Role.values:
            return str(Membership.Role(value).label)
        case "direction" if value in Direction.values:
            return str(Direction(value).label)
        case "since" | "before" if (moment := parse_datetime(value)) is not None:
            return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
        case _:
            return value
