"""Reads fields of decoded payloads; pure. What does not fit raises `Unmappable`, which names field and value.

The converters take the types that JSON has: a side that gives numbers as text (XML, forms) converts first, as in
`read(row, "quantity", lambda text: count(int(text)))`, and reads a yes or no by a table's `__getitem__`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from adapterkit.errors import AdapterError
from adapterkit.records import Known, Page, ShopUpdate, Unreadable
from adapterkit.sentences import said, say


class Marked(Protocol):
    """A record with a fingerprint, by which it is known again as long as nothing of it changes."""

    @property
    def fingerprint(self) -> str: ...


T = TypeVar("T")
M = TypeVar("M", bound=Marked)
# What reading a record that is not as agreed may end with.
UNREADABLE = (KeyError, ValueError, TypeError, ArithmeticError, AttributeError)
SHOWN = 100  # characters of a value that an explanation shows
Json = Mapping[str, Any]


class Unmappable(ValueError):
    """A field is missing or holds something that cannot be read; the text names it and what was found."""


def read(payload: Json, field: str, convert: Callable[[Any], T]) -> T:
    """Return a required field, converted."""
    found = given(payload, field, convert)
    if found is None:
        raise Unmappable(say("%(field)s is missing", field=field))
    return found


def given(payload: Json, field: str, convert: Callable[[Any], T]) -> T | None:
    """Return an optional field, converted; None when the remote side left it out.

    What `convert` raises of a value that it cannot read (`ValueError`, `TypeError`, `ArithmeticError`, or `KeyError` as
    `WORDS.__getitem__` does) becomes `Unmappable`.
    """
    if not isinstance(payload, Mapping):
        raise Unmappable(
            say("an object with %(field)s was expected, %(value)s was found", field=field, value=_shown(payload))
        )
    if payload.get(field) is None:
        return None
    try:
        return convert(payload[field])
    except Unmappable as inner:
        raise Unmappable(say("%(field)s: %(why)s", field=field, why=said(inner))) from None
    except (ValueError, TypeError, ArithmeticError, LookupError):
        raise Unmappable(
            say("%(field)s is %(value)s, which cannot be read", field=field, value=_shown(payload[field]))
        ) from None


def why_unread(error: Exception) -> str:
    """Return the reason of an `Unreadable`, for any error that reading a record may end with."""
    match error:
        case AdapterError() if error.remote:
            return say("%(message)s: %(remote)s", message=say(error.message), remote=error.remote)
        case AdapterError():
            return error.message
        case KeyError():
            return say("%(field)s is missing", field=str(error.args[0]) if error.args else "")
        case Unmappable():
            return said(error)
        case _:
            return f"{type(error).__name__}: {error}"


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def amount(value: Any) -> Decimal:
    """Read money, which may be negative: an int, a Decimal, or a text such as "12.10"; never a float."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise TypeError(value)
    found = Decimal(value)
    if not found.is_finite() or abs(found) >= Decimal(10) ** 9:
        raise ValueError(value)
    return found


def price(value: Any) -> Decimal:
    """Read an `amount` that is not negative."""
    found = amount(value)
    if found < 0:
        raise ValueError(value)
    return found


def flag(value: Any) -> bool:
    """Read true or false; neither 1 nor "true" is taken for it."""
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def record(value: Any) -> Json:
    if not isinstance(value, Mapping):
        raise TypeError(value)
    return value


def rows(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def count(value: Any) -> int:
    """Read a number of pieces, from 0 to 999,999: an int; "2" and 2.0 are refused."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**6:
        raise ValueError(value)
    return value


def translated(
    rows: Iterable[Any], convert: Callable[[Any], T | None], *, id_field: str = "id"
) -> tuple[list[T], list[Unreadable]]:
    """Translate the records of a page, those that become None left out; one that cannot be read stops no other."""
    items, unreadable = list[T](), list[Unreadable]()
    for row in rows:
        try:
            if (item := convert(row)) is not None:
                items.append(item)
        except UNREADABLE as error:
            unreadable.append(unread(row, error, id_field))
    return items, unreadable


def unread(row: Any, error: Exception, id_field: str = "id") -> Unreadable:
    """Return what is kept of a record that cannot be read."""
    record_id = str(row.get(id_field) or "") if isinstance(row, Mapping) else ""
    return Unreadable(record_id=record_id, reason=why_unread(error), payload=row)


def new_to(known: Known, items: Sequence[M], name: Callable[[M], str]) -> tuple[M, ...]:
    """Return the items that are not `known` by their name with the fingerprint that they have now."""
    stored = known({name(item): item.fingerprint for item in items}) if items else frozenset()
    return tuple(item for item in items if name(item) not in stored)


def new_updates(known: Known, updates: Sequence[ShopUpdate]) -> tuple[ShopUpdate, ...]:
    return new_to(known, updates, lambda update: update.order.shop_order_id)


def page_of_updates(
    rows: Iterable[Any], convert: Callable[[Any], ShopUpdate | None], known: Known, *, id_field: str = "id", **more: Any
) -> Page[ShopUpdate]:
    """Return a page of what became of orders in a shop; `more` is what else the page tells."""
    updates, unreadable = translated(rows, convert, id_field=id_field)
    return Page(items=new_updates(known, updates), unreadable=tuple(unreadable), **more)
