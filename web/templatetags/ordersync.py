"""How values are shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from babel.numbers import format_currency
from django import template
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import ApiKey, AuditEntry
from adapterkit.addresses import written
from carriers.catalogue import tracking_url
from engine.models import UnreadableRecord
from marketplaces.registry import marketplace
from orders.models import Order, OrderAddress, OrderEvent, OrderLine, Shipment
from orders.products import name_of
from orders.records import canonical_address
from orders.status import label_of
from orders.words import events, problems, telling
from shops.registry import shop
from web.shared.audit_words import audit_text
from web.shared.countries import country_name
from web.shared.labels import COLOURS, LABELS, STEPS
from web.shared.words import OPERATORS, carrier_text
from webhooks.event_types import PING, EventType

register = template.Library()


@register.filter
def as_written(address: OrderAddress) -> list[str]:
    """Return the lines of an address as a shop gets them."""
    return list(written(canonical_address(address)))


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
def named(line: OrderLine) -> str:
    """Return how the product of a line is called, and mapped."""
    return name_of(line)


@register.filter
def label(order: Order) -> str:
    return label_of(order)


@register.filter
def words(event: OrderEvent) -> str:
    return events.event_text(event)


@register.filter
def operator(code: str) -> str:
    return str(OPERATORS.get(code, code))


@register.filter
def modulo(number: int, divisor: int) -> int:
    return number % divisor


@register.filter
def pretty(body: object) -> str:
    """Return a body as indented JSON."""
    return json.dumps(body, indent=2, ensure_ascii=False, default=str)


@register.filter
def readable(text: str) -> str:
    """Return a JSON text indented, and any other as it is."""
    try:
        return pretty(json.loads(text))
    except ValueError:
        return text


@register.filter
def counted(counts: Mapping[str, int]) -> str:
    """Return what a walk brought, in words; unknown kinds by their names."""
    return ", ".join(_count(kind, count) for kind, count in counts.items() if kind not in {"walks", "failed_walks"})


def _count(kind: str, n: int) -> str:
    match kind:
        case "imported":
            text = ngettext("%(count)d imported", "%(count)d imported", n)
        case "changed":
            text = ngettext("%(count)d changed", "%(count)d changed", n)
        case "ignored":
            text = ngettext("%(count)d not ours", "%(count)d not ours", n)
        case "unreadable":
            text = ngettext("%(count)d unreadable", "%(count)d unreadable", n)
        case "updated":
            text = ngettext("%(count)d changed in the shop", "%(count)d changed in the shop", n)
        case "parcels":
            text = ngettext("%(count)d parcel", "%(count)d parcels", n)
        case "products":
            text = ngettext("%(count)d product", "%(count)d products", n)
        case "held":
            text = ngettext("%(count)d stock level", "%(count)d stock levels", n)
        case "returns":
            text = ngettext("%(count)d return", "%(count)d returns", n)
        case _:
            text = f"%(count)d {kind.replace('%', '%%')}"
    return text % {"count": n}


@register.filter
def audit(entry: AuditEntry) -> str:
    return audit_text(entry)


@register.filter
def colour(level: str) -> str:
    return COLOURS.get(level, "secondary")


@register.simple_tag
def explain(record: Any) -> problems.Explanation:
    """Put the problem of an order, a shipment, a cursor or a message in words."""
    return problems.explain(record.problem_code, record.problem)


@register.filter
def in_words(told: Any) -> str:
    """Put what an adapter said in words; what a remote side said stays as it is."""
    return telling.in_words(told)


@register.filter
def why_unread(record: UnreadableRecord) -> str:
    """Say why a record cannot be read; rows from before there were sentences hold a text only."""
    return telling.in_words(record.sentence or record.reason)


@register.filter
def problem_title(code: str) -> str:
    return problems.explain(code, {}).title


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
def is_over(moment: datetime) -> bool:
    return moment <= timezone.now()


@register.filter
def marketplace_name(code: str) -> str:
    return marketplace(code).spec.name


@register.filter
def platform_name(code: str) -> str:
    return _(shop(code).spec.name)


@register.filter
def country(code: str) -> str:
    return country_name(code)


@register.filter
def scope(code: str) -> str:
    return str(ApiKey.Scope(code).label) if code in ApiKey.Scope.values else code


@register.filter
def webhook_type(code: str) -> str:
    if code == PING:
        return _("A test")
    return str(EventType(code).label) if code in EventType.values else code


@register.filter
def carrier_name(code: str) -> str:
    return carrier_text(code)
