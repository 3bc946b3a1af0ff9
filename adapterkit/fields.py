"""Reads fields of decoded payloads; pure. What does not fit raises `Unmappable`, which names field and value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from adapterkit.errors import AdapterError
from adapterkit.sentences import said, say

T = TypeVar("T")
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
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise TypeError(value)
    found = Decimal(value)
    if not found.is_finite() or abs(found) >= Decimal(10) ** 9:
        raise ValueError(value)
    return found


def price(value: Any) -> Decimal:
    found = amount(value)
    if found < 0:
        raise ValueError(value)
    return found


def flag(value: Any) -> bool:
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
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**6:
        raise ValueError(value)
    return value
