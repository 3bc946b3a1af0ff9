"""XML-RPC as Magento speaks it: bodies out of Python's values, and values out of answers. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element
from xmlrpc.client import dumps

from adapterkit.wire import decoded_xml

MARK = "{session}"
"""Stands in a body where the session's id belongs."""

# What XML 1.0 cannot hold, as itself or by its number: a shop may have it in a name all the same.
FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[\da-f]));",
    re.IGNORECASE,
)
START = re.compile(r"<\?xml|<method(?:Response|Call)\b")
END = re.compile(r"</method(?:Response|Call)\s*>")


class Fault(Exception):
    """What the shop answers in place of a value."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def written(method: str, *arguments: Any) -> bytes:
    """Return the body that calls `method`; None travels as Zend's `nil`."""
    return dumps(arguments, method, encoding="utf-8", allow_none=True).encode()


def value_in(text: str) -> Any:
    """Return the value of an answer; whole numbers as int, fractions as Decimal.

    A warning of PHP before or after the document is passed over. Raises `Fault`, and ValueError where no answer is.
    """
    root = document_in(text)
    if root.tag != "methodResponse":
        raise ValueError(f"an answer was expected, not <{root.tag}>")
    fault = root.find("fault/value")
    if fault is not None:
        told = dict(_value(fault))
        raise Fault(int(told.get("faultCode") or 0), str(told.get("faultString") or ""))
    [value] = root.findall("params/param/value")
    return _value(value)


def call_in(text: str) -> tuple[str, list[Any]]:
    """Return method and arguments of a call, for who answers it."""
    root = document_in(text)
    return str(root.findtext("methodName")), [_value(value) for value in root.findall("params/param/value")]


def document_in(text: str) -> Element:
    start, ends = START.search(text), list(END.finditer(text))
    document = text[start.start() : ends[-1].end()] if start and ends else ""
    found = decoded_xml(FORBIDDEN.sub("", document).encode())
    if found is None:
        raise ValueError("there is no XML-RPC in it")
    return found


def _value(value: Element) -> Any:  # noqa: PLR0911 - one row of a table each
    kind = next(iter(value), None)
    if kind is None:
        return value.text or ""
    text = (kind.text or "").strip()
    match kind.tag:
        case "int" | "i4" | "i8":
            return int(text)
        case "double":
            return Decimal(str(float(text)))
        case "boolean":
            return text == "1"
        case "nil" | "{http://ws.apache.org/xmlrpc/namespaces/extensions}nil":
            return None
        case "array":
            return [_value(item) for item in kind.findall("data/value")]
        case "struct":
            return dict(_member(member) for member in kind)
        case _:
            return kind.text or ""


def _member(member: Element) -> tuple[str, Any]:
    value = member.find("value")
    if value is None:
        raise ValueError("a member holds no value")
    return member.findtext("name") or "", _value(value)
