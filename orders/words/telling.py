"""Puts values into sentences in the reader's language. Values come from marketplaces and shops and are hostile: whoever
shows a text escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from adapterkit.sentences import retold

AMOUNTS = frozenset({"total", "sum", "shop", "marketplace", "amount"})
DECIMAL = re.compile(r"-?\d+\.\d+")
MOMENTS = frozenset({"until"})
SAYINGS = frozenset({"message", "remote"})  # sentences of their own where a text ends with them
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # marks that would turn the words after a name, too
SPACES = re.compile(r"[ \t\r\n]+")  # not those that hold a number together


class _Gaps(dict[str, Any]):
    """Leaves a text readable when a value is missing."""

    def __missing__(self, name: str) -> str:
        return ""


def in_words(told: Any) -> str:
    """Return what an adapter says, as `adapterkit.sentences.kept` keeps it, in the active language."""
    return retold(told, _, _shown) if isinstance(told, Mapping) else _(str(told))


def closed(text: str) -> str:
    """Return a text that is followed by another with the full stop that it may lack."""
    return f"{text}." if text and text[-1] not in ".!?…:" else text


def fill(text: str, params: Mapping[str, Any]) -> str:
    """Return a text in the active language with its values in place; empty for an empty one."""
    if not text:
        return ""
    values = {name: _shown(name, value) for name, value in params.items()}
    if text.endswith("}"):
        values |= {name: closed(values[name]) for name in SAYINGS & values.keys()}
    return unturned(SPACES.sub(" ", _(text).format_map(_Gaps(values))).strip())


def unturned(text: str) -> str:
    """Return a sentence without the marks of a name in it that change the direction of writing."""
    return TURNING.sub("", text)


def _shown(name: str, value: Any) -> str:
    """Return a value in the reader's way of writing amounts and moments."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if name in AMOUNTS and DECIMAL.fullmatch(str(value)):
        amount = Decimal(str(value)).normalize()
        return number_format(amount, max(2, -int(amount.as_tuple().exponent)), force_grouping=True)
    if name in MOMENTS and (moment := parse_datetime(str(value))) is not None:
        return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
    if isinstance(value, Mapping) or (name == "message" and value):
        return in_words(value)
    return str(value)
