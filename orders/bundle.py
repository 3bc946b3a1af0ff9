"""Everything about one order in one file, for whoever helps: without its buyer, and without any secret."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.forms.models import model_to_dict

from adapterkit.addresses import written
from adapterkit.redaction import Redactor
from engine.models import Attempt, Exchange, OutboxMessage, SyncCursor
from orders.models import Order, OrderAddress, OrderPayload
from orders.records import canonical_address
from orders.veil import Veil
from orders.words.events import event_text


def bundle_of(order: Order) -> dict[str, Any]:
    """Return the order with lines, history, messages, attempts, exchanges and cursors; bodies as what they hold.

    The buyer is taken out by `orders.veil`, also as an earlier exchange or the payload named them, and so is whatever
    the credentials of both sides would let through.
    """
    found = _plain(_records(order))
    addresses = list(OrderAddress.objects.filter(order=order))
    told = {"addresses": _plain(_rows(addresses)), "lines": [written(canonical_address(one)) for one in addresses]}
    payloads = [raw.payload for raw in OrderPayload.objects.filter(order=order)]
    veil = Veil(found, told, _plain(payloads))
    shop, account = order.connection.project.shop, order.connection.account
    tokens = (shop.notification_token, account.notification_token)
    secrets = Redactor([*shop.credentials.values(), *account.credentials.values(), *tokens])
    return dict(_cleaned(veil.hide(found), secrets))


def _records(order: Order) -> dict[str, Any]:
    messages = OutboxMessage.objects.filter(company=order.company_id, subject=order.subject).order_by("pk")
    exchanges = Exchange.objects.filter(company=order.company_id, subject=order.subject).order_by("pk")
    cursors = SyncCursor.objects.filter(company=order.company_id, owner_id=order.connection.account_id, feed="orders")
    return {
        "order": _row(order),
        "lines": _rows(order.lines.order_by("pk")),
        "shipments": _rows(order.shipments.order_by("pk")),
        "history": [f"{event.at.isoformat()} {event_text(event)}" for event in order.events.order_by("pk")],
        "messages": _rows(messages),
        "attempts": _rows(Attempt.objects.filter(message__in=messages).order_by("pk")),
        "exchanges": _rows(exchanges),
        # What a walk stumbled over may be the order of another buyer.
        "cursors": [{**_row(cursor), "problem": {}} for cursor in cursors],
    }


def _rows(records: Iterable[Model]) -> list[dict[str, Any]]:
    return [_row(record) for record in records]


def _row(record: Model) -> dict[str, Any]:
    return {"id": record.pk, **model_to_dict(record)}


def _plain(value: Any) -> Any:
    """Return the value as JSON knows it."""
    return json.loads(json.dumps(value, default=str))


def _cleaned(value: Any, secrets: Redactor) -> Any:
    if isinstance(value, dict):
        return {secrets.clean(key): _cleaned(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item, secrets) for item in value]
    return secrets.clean(value) if isinstance(value, str) else value
