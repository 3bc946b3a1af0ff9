"""What travels: JSON that keeps every cent, XML without its dangers, and the moments and waits of headers."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring


def decoded(content: bytes) -> Any:
    """Decode JSON: numbers with a fraction as Decimal, no U+0000 in texts, None for nothing; raises ValueError."""
    if not content.strip():
        return None
    if b"\\u0000" in content:
        return _without_nul(jsonlib.loads(content, parse_float=Decimal))
    return jsonlib.loads(content, parse_float=Decimal, parse_constant=_no_constant)


def decoded_xml(content: bytes) -> Element | None:
    """Decode XML; None for nothing. Raises ValueError, for entities and other traps as well."""
    if not content.strip():
        return None
    try:
        return fromstring(content.strip(), forbid_dtd=True)
    except ParseError as error:
        raise ValueError(str(error)) from error


def decoded_text(content: bytes) -> str:
    """Decode text of whatever kind; what is no UTF-8 is marked, nothing is refused."""
    return content.decode("utf-8", "replace").replace("\0", "")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _without_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "")
        case list():
            return [_without_nul(item) for item in value]
        case dict():
            return {key.replace("\0", ""): _without_nul(item) for key, item in value.items()}
        case _:
            return value


def plain(value: Any) -> Any:
    """Serialise what JSON does not know; a Decimal as a string, so that no cent is lost."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (Sequence, set, frozenset)):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")


def seconds_to_wait(retry_after: str, now: datetime | None) -> float | None:
    """Read a Retry-After header: seconds, or a date."""
    if not retry_after:
        return None
    try:
        seconds = max(float(retry_after), 0.0)
        return seconds if isfinite(seconds) else None
    except ValueError:
        moment = moment_of(retry_after)
    return max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0) if moment else None


def moment_of(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
