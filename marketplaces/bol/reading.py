"""Reads bol's answers: lists, single records, and what a refusal means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from adapterkit.errors import MalformedResponse
from adapterkit.payload import Json, Unmappable, new_to, read, translated, unread
from adapterkit.records import Known, Page, Return, Submission, Unreadable
from adapterkit.sentences import said, say
from adapterkit.transport import Answer
from marketplaces.bol import mapper

T = TypeVar("T")


class UnreadableOrder(MalformedResponse):
    """An order's details cannot be translated; `payload` is what came."""

    def __init__(self, message: str, payload: Any) -> None:
        super().__init__(message)
        self.payload = payload


def rows_of(body: Any, field: str) -> Sequence[Json]:
    """Return the records of a list; bol answers an empty object when there are none.

    Anything else without a list is no answer: taken for the end of the list it would hide orders.
    """
    rows = body.get(field) if isinstance(body, Mapping) else None
    if body == {}:
        return ()
    if not isinstance(rows, list):
        raise MalformedResponse("bol's answer cannot be read", remote=say("no list of %(field)s", field=field))
    return rows


def mapped(row: Any, convert: Callable[[Any], T]) -> T:
    """Translate a record that has to be readable."""
    try:
        return convert(row)
    except Unmappable as error:
        raise MalformedResponse("bol's answer cannot be read", remote=said(error)) from None


def submission_of(answer: Answer) -> Submission:
    return mapped(answer.body, mapper.submission)


def fingerprints(rows: Sequence[Any]) -> tuple[dict[str, str], list[Unreadable]]:
    listed: dict[str, str] = {}
    unreadable = []
    for row in rows:
        try:
            order_id = read(row, "orderId", str)
            listed[order_id] = mapper.order_fingerprint(row)
        except Unmappable as error:
            unreadable.append(unread(row, error, "orderId"))
    return listed, unreadable


def returns_page(answer: Answer, rows: Sequence[Any], known: Known) -> Page[Return]:
    found, unreadable = translated(rows, mapper.registered_return, id_field="returnId")
    fresh = new_to(known, found, lambda record: record.return_id)
    return Page(items=fresh, unreadable=tuple(unreadable), as_of=answer.at)


def all_before(rows: Sequence[Any], moment: datetime) -> bool:
    return bool(rows) and all(found < moment for row in rows for found in mapper.return_moments(row))
