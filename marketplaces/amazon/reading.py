"""Reads Amazon's answers: pages of orders, single records, and what a refusal means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from adapterkit.errors import AdapterError, AuthenticationFailed, MalformedResponse, NotFound, Rejected
from adapterkit.fields import Json, Unmappable, why_unread
from adapterkit.records import HeldStock, Known, Order, Page, Unreadable
from adapterkit.sentences import said, say
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer
from marketplaces.amazon import mapper, spec

T = TypeVar("T")
LAG = timedelta(minutes=2)  # Amazon lists nothing that is younger
ORDER_READS = (spec.SEARCH_ORDERS, spec.READ_ORDER)


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
    orders: dict[str, Order] = {}
    unreadable = []
    for row in found_in(answer, "orders")["orders"]:
        try:
            order = mapper.order(row)
        except Unmappable as error:
            record_id = str(row.get("orderId") or "") if isinstance(row, Mapping) else ""
            unreadable.append(Unreadable(record_id=record_id, reason=why_unread(error), payload=row))
        else:
            if given.get(order.order_id) != order.fingerprint:
                orders[order.order_id] = order
    marks = {order_id: order.fingerprint for order_id, order in orders.items()}
    stored = known(marks) if marks else frozenset()
    given.update(marks)
    fresh = tuple(order for order_id, order in orders.items() if order_id not in stored)
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


def explanation(endpoint: Endpoint) -> Callable[[Answer], AdapterError | None]:
    """Return what puts Amazon's list of errors, and the number under which its support finds the call, in an error."""

    def explain(answer: Answer) -> AdapterError | None:
        errors = _errors(answer.body)
        words = "; ".join(_words(error) for error in errors)
        request_id = answer.headers.get("x-amzn-RequestId", "")
        remote = f"{words} (request {request_id})" if words and request_id else words
        code = str(errors[0].get("code") or "") if errors else ""
        match answer.status:
            case 400 | 409 | 413 | 415 | 422 if errors:
                return Rejected("Amazon refuses it", remote=remote, status=answer.status, code=code)
            case 401 | 403 if errors:
                return _forbidden(endpoint, words, remote, answer.status)
            case 404 if errors:
                return NotFound("Amazon does not know it", remote=remote, status=404, code=code)
            case _:
                return None

    return explain


def _forbidden(endpoint: Endpoint, words: str, remote: str, status: int) -> AdapterError:
    """Tell credentials that are refused from a role that the application lacks: orders go on without the others."""
    if endpoint in ORDER_READS or "token" in words.lower():
        return AuthenticationFailed(
            "Amazon refuses the authorisation, the region of the stores, or a role that the application lacks",
            remote=remote,
            status=status,
        )
    return Rejected(
        "The application may not do this: give it the role in Seller Central and authorise it again",
        remote=remote,
        status=status,
    )


def _errors(body: Any) -> list[Json]:
    found = body.get("errors") if isinstance(body, Mapping) else None
    return [error for error in found if isinstance(error, Mapping)] if isinstance(found, list) else []


def _words(error: Json) -> str:
    told = (str(error.get(name) or "") for name in ("code", "message", "details"))
    return ": ".join(dict.fromkeys(part for part in told if part))
