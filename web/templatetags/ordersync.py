"""How values are shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from babel.numbers import format_currency
from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from accounts.models import AuditEntry
from carriers.catalogue import BY_CODE, tracking_url
from orders import wording
from orders.models import Order, OrderEvent, Shipment
from orders.status import label_of
from web.audit_words import audit_text

register = template.Library()
LABELS = {
    "cancelled": (noop("Cancelled"), "secondary"),
    "needs_attention": (noop("Needs you"), "red"),
    "on_hold": (noop("On hold"), "orange"),
    "handled_manually": (noop("Handled by hand"), "secondary"),
    "pending": (noop("Not released yet"), "azure"),
    "waiting": (noop("On its way to the shop"), "azure"),
    "in_shop": (noop("In the shop"), "blue"),
    "partially_shipped": (noop("Partly shipped"), "teal"),
    "shipped": (noop("Shipped"), "green"),
    "active": (noop("Active"), "green"),
    "inactive": (noop("Inactive"), "secondary"),
    "paused": (noop("Paused"), "orange"),
    "needs_reconnecting": (noop("Needs reconnecting"), "red"),
    "down": (noop("Not reachable"), "orange"),
    "received": (noop("Received"), "azure"),
    "waiting_for_tracking": (noop("Waiting for its code"), "orange"),
    "confirming": (noop("Being confirmed"), "azure"),
    "confirmed": (noop("Confirmed"), "green"),
    "not_reported": (noop("Not reported"), "secondary"),
    "queued": (noop("Queued"), "azure"),
    "sending": (noop("Being sent"), "azure"),
    "submitted": (noop("Awaiting the answer"), "azure"),
    "unknown": (noop("Being looked into"), "orange"),
    "held": (noop("Held"), "orange"),
    "new": (noop("To be answered"), "orange"),
    "accepted": (noop("Accepted"), "green"),
    "rejected": (noop("Rejected"), "secondary"),
    "repaired": (noop("Repaired"), "green"),
    "exchanged": (noop("Exchanged"), "green"),
    "keeps": (noop("Buyer keeps it"), "green"),
    "done": (noop("Done"), "green"),
    "discarded": (noop("Not sent"), "secondary"),
}
STEPS = {
    "create_shop_order": noop("Create the order in the shop"),
    "activate_shop_order": noop("Make it an active, paid order"),
    "confirm_shipment": noop("Confirm the shipment at the marketplace"),
    "cancel_at_marketplace": noop("Cancel at the marketplace"),
    "cancel_in_shop": noop("Cancel in the shop"),
    "hold_in_shop": noop("Hold or release in the shop"),
    "discard_inert_order": noop("Remove an unfinished double"),
    "answer_return": noop("Answer the return"),
    "orders": noop("Orders of the marketplace"),
    "updates": noop("Shipments and changes in the shop"),
    "products": noop("Products and stock of the shop"),
    "returns": noop("Returns at the marketplace"),
}
OPERATORS = {
    "starts_with": noop("starts with"),
    "ends_with": noop("ends with"),
    "contains": noop("contains"),
    "equals": noop("equals"),
    "regex": noop("fits the pattern"),
    "length": noop("has the length"),
}
COUNTS = {
    "imported": noop("%(count)d imported"),
    "changed": noop("%(count)d changed"),
    "ignored": noop("%(count)d not ours"),
    "unreadable": noop("%(count)d unreadable"),
    "updated": noop("%(count)d changed in the shop"),
    "parcels": noop("%(count)d parcels"),
    "products": noop("%(count)d products"),
    "returns": noop("%(count)d returns"),
}
COLOURS = {"note": "secondary", "good": "green", "warning": "orange", "problem": "red"}


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Return an amount with its currency, in the reader's way of writing; an unknown currency is shown as it came."""
    if amount is None:
        return "–"
    if len(currency) != 3 or not currency.isalpha():  # noqa: PLR2004 - ISO 4217
        return f"{amount.normalize():f} {currency}"
    return str(format_currency(amount, currency.upper(), locale=(get_language() or "en").split("-")[0]))


@register.inclusion_tag("web/_badge.html")
def badge(code: str) -> dict[str, str]:
    text, colour = LABELS.get(code, (code.replace("_", " ").capitalize(), "secondary"))
    return {"text": _(text), "colour": colour}


@register.filter
def label(order: Order) -> str:
    return label_of(order)


@register.filter
def words(event: OrderEvent) -> str:
    return wording.event_text(event)


@register.filter
def with_id(field: BoundField, key: int) -> SafeString:
    """Render a form's field with an id of its own, where a page holds the form several times."""
    return field.as_widget(attrs={"id": f"rule-{key}-{field.name}"})


@register.filter
def operator(code: str) -> str:
    return _(OPERATORS.get(code, code))


@register.filter
def modulo(number: int, divisor: int) -> int:
    return number % divisor


@register.filter
def pretty(body: object) -> str:
    """Return a body as indented JSON."""
    return json.dumps(body, indent=2, ensure_ascii=False, default=str)


@register.filter
def counted(counts: Mapping[str, int]) -> str:
    """Return what a walk brought, in words; unknown kinds by their names."""
    return ", ".join(_count(kind, count) for kind, count in counts.items() if kind not in {"walks", "failed_walks"})


def _count(kind: str, count: int) -> str:
    return _(COUNTS[kind]) % {"count": count} if kind in COUNTS else f"{count} {kind}"


@register.filter
def audit(entry: AuditEntry) -> str:
    return audit_text(entry)


@register.filter
def colour(level: str) -> str:
    return COLOURS.get(level, "secondary")


@register.simple_tag
def explain(record: Any) -> wording.Explanation:
    """Put the problem of an order, a shipment, a cursor or a message in words."""
    return wording.explain(record.problem_code, record.problem)


@register.filter
def step(kind: str) -> str:
    return _(STEPS[kind]) if kind in STEPS else kind.replace("_", " ").capitalize()


@register.filter
def web_address(url: str) -> str:
    """Return the URL when it is one of the web; marketplace and shop texts are not to be trusted with links."""
    return url if urlsplit(url).scheme in {"http", "https"} else ""


@register.filter
def follow(shipment: Shipment) -> str:
    """Return where a parcel can be followed, empty when nobody knows."""
    return web_address(shipment.tracking_url) or tracking_url(shipment.carrier, shipment.reported_code)


@register.filter
def carrier_name(code: str) -> str:
    return BY_CODE[code].name if code in BY_CODE else code
