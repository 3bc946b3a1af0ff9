"""Reads Amazon's answers: pages of orders, single records, and what a refusal means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from adapterkit.errors import MalformedResponse
from adapterkit.payload import Json, Unmappable, new_to, translated, why_unread
from adapterkit.records import HeldStock, Known, Order, Page, Unreadable
from adapterkit.sentences import said, say
from adapterkit.transport import Answer
from marketplaces.amazon import mapper

T = TypeVar("T")
LAG = timedelta(minutes=2)  # Amazon lists nothing that is younger


def found_in(answer: Answer, field: str, kind: type = list) -> Json:
    """Return an answer's body, which has to hold a field of this kind.

    Anything else is no answer: taken for the end of a list it would hide orders.
    """
    return holding(answer.body, field, kind)


def holding(body: Any, field: str, kind: type = list) -> Json:
    """Return an object of an answer, which has to hold a field of this kind."""
    if not isinstance(body, Mapping) or not isinstance(body.get(field), kind):
        raise MalformedResponse(say("Amazon's answer holds no %(field)s", field=field))
    return body


def named(body: Any, field: str) -> str:
    """Return a text that an answer has to hold."""
    found = body.get(field) if isinstance(body, Mapping) else None
    if not isinstance(found, str) or not found:
        raise MalformedResponse(say("Amazon's answer holds no %(field)s", field=field))
    return found


def page_of(answer: Answer, given: dict[str, str], known: Known, resume: str) -> Page[Order]:
    """Translate a page of orders; one that is known, or that the walk has given already, is left out."""
    read, unreadable = translated(found_in(answer, "orders")["orders"], mapper.order, id_field="orderId")
    orders = {order.order_id: order for order in read if given.get(order.order_id) != order.fingerprint}
    fresh = new_to(known, list(orders.values()), lambda order: order.order_id)
    given.update({order.order_id: order.fingerprint for order in orders.values()})
    return Page(items=fresh, unreadable=tuple(unreadable), as_of=_as_of(answer), resume=resume)


def held_page(answer: Answer, country: str) -> Page[HeldStock]:
    """Translate a page of what Amazon's warehouses hold."""
    payload = found_in(answer, "payload", dict)["payload"]
    found, unreadable = [], []
    for row in holding(payload, "inventorySummaries")["inventorySummaries"]:
        try:
            found.append(mapper.held_stock(row, country))
        except Unmappable as error:
            sku = str(row.get("sellerSku") or "") if isinstance(row, Mapping) else ""
            unreadable.append(Unreadable(record_id=f"{country}:{sku}", reason=why_unread(error), payload=row))
    return Page(items=tuple(found), unreadable=tuple(unreadable), as_of=answer.at)


def _as_of(answer: Answer) -> datetime | None:
    """Return up to when Amazon looked; it names that moment, which lies a little back."""
    told = answer.body.get("lastUpdatedBefore")
    try:
        return mapper.moment(told) if told else answer.at and answer.at - LAG
    except (ValueError, TypeError):
        raise MalformedResponse(
            say("%(field)s is %(value)s, which cannot be read", field="lastUpdatedBefore", value=repr(told))
        ) from None


def readable(convert: Callable[[], T], unread: Callable[..., str]) -> T:
    """Translate a record that has to be readable; `unread` says, given `why`, that it is not."""
    try:
        return convert()
    except Unmappable as error:
        raise MalformedResponse(unread(why=said(error))) from None
