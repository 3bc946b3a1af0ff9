"""Everything about one order in one file, for whoever helps: without its buyer, and without any secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.forms.models import model_to_dict

from engine.models import Attempt, Exchange, OutboxMessage, SyncCursor
from orders.models import Order, OrderAddress
from orders.wording import event_text

HIDDEN = "[buyer]"
SHORTEST = 3  # characters of a text that is worth hiding; shorter ones would blank half the file
PUBLIC = {"id", "order", "role", "country", "language"}
OF_BUYER = ("customer_reference", "remark", "pickup_point")


def bundle_of(order: Order) -> dict[str, Any]:
    """Return the order with lines, history, messages, attempts, exchanges and cursors.

    Every text of the buyer's addresses is replaced wherever it stands, in the bodies of exchanges too.
    """
    messages = OutboxMessage.objects.filter(company=order.company_id, subject=order.subject).order_by("pk")
    exchanges = Exchange.objects.filter(company=order.company_id, subject=order.subject).order_by("pk")
    cursors = SyncCursor.objects.filter(company=order.company_id, owner_id=order.connection_id, feed="orders")
    found = {
        "order": {**_row(order), **dict.fromkeys(OF_BUYER, HIDDEN)},
        "lines": _rows(order.lines.order_by("pk")),
        "shipments": _rows(order.shipments.order_by("pk")),
        "history": [f"{event.at.isoformat()} {event_text(event)}" for event in order.events.order_by("pk")],
        "messages": _rows(messages),
        "attempts": _rows(Attempt.objects.filter(message__in=messages).order_by("pk")),
        "exchanges": _rows(exchanges),
        "cursors": _rows(cursors),
    }
    text = json.dumps(found, default=str, ensure_ascii=False)
    return dict(json.loads(_without(text, _texts_of(order))))


def _rows(records: Iterable[Model]) -> list[dict[str, Any]]:
    return [_row(record) for record in records]


def _row(record: Model) -> dict[str, Any]:
    return {"id": record.pk, **model_to_dict(record)}


def _texts_of(order: Order) -> set[str]:
    """What names the buyer: each column of the addresses, each of their lines, and each word of a name."""
    texts: set[str] = {order.remark, order.customer_reference}
    for address in OrderAddress.objects.filter(order=order):
        for column in address._meta.local_fields:
            if column.name in PUBLIC:
                continue
            value = getattr(address, column.attname)
            texts.update(value if isinstance(value, list) else [str(value)])
    return {text for text in texts if len(text) >= SHORTEST}


def _without(text: str, hidden: set[str]) -> str:
    # As it stands in JSON, and as it stands in JSON that is itself a text.
    forms = {json.dumps(word, ensure_ascii=ascii_only)[1:-1] for word in hidden for ascii_only in (True, False)}
    forms |= {json.dumps(form, ensure_ascii=False)[1:-1] for form in forms}
    if not forms:
        return text
    longest_first = sorted(forms, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), HIDDEN, text, flags=re.IGNORECASE)
