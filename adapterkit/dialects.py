"""How a remote side writes: the bodies that it takes and gives, and what its answers mean whatever their status.

A dialect belongs to an endpoint, or to a whole spec. An adapter derives its own to say what an answer means (`judge`),
or how bodies look that no ready one writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson

from adapterkit.errors import AdapterError, OutcomeUnknown, Rejected, TemporarilyUnavailable
from adapterkit.wire import decoded, decoded_text, decoded_xml, plain

if TYPE_CHECKING:  # both know the dialect
    from adapterkit.spec import Endpoint
    from adapterkit.transport import Answer

Judge = Callable[["Answer"], AdapterError | None]
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """Bodies that travel as they are, bytes or text; the others derive from it."""

    content_type: str = ""
    accept: str = "*/*"
    name: ClassVar[str] = "text"
    whole: ClassVar[bool] = True  # whether all of an answer is read, or only as much as an exchange shows

    def encode(self, body: Any) -> bytes:
        return body.encode() if isinstance(body, str) else bytes(body)

    def decode(self, raw: bytes) -> Any:
        """Return what a body says; raises ValueError where it says nothing of the kind."""
        return decoded_text(raw)

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:  # noqa: ARG002 - for who derives it
        """Return the error that an answer means; None leaves it to its status.

        Asked for every answer, a success too: some sides refuse with 200. Where nothing could be decoded the body is
        None, and `Answer.words` says how it begins.
        """
        return None

    def is_page(self, raw: bytes) -> bool:
        """Whether a person's page came where data was expected."""
        return raw.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))


class Text(Dialect):
    """For a side that mixes what it means to say with a web page's or PHP's own words: the adapter picks it out."""


class Bytes(Dialect):
    """A file."""

    name = "bytes"

    def decode(self, raw: bytes) -> Any:
        return raw


class Nothing(Dialect):
    """Only the status of an answer counts."""

    name = "nothing"
    whole = False

    def decode(self, raw: bytes) -> Any:  # noqa: ARG002 - whatever came
        return None


@dataclass(frozen=True, kw_only=True)
class Json(Dialect):
    """Numbers with a fraction come as Decimal, and go as a text, so that no cent is lost. Bytes go as they are."""

    content_type: str = "application/json"
    accept: str = "application/json"
    name: ClassVar[str] = "JSON"

    def encode(self, body: Any) -> bytes:
        return body if isinstance(body, bytes) else orjson.dumps(body, default=plain)

    def decode(self, raw: bytes) -> Any:
        return decoded(raw)

    def is_page(self, raw: bytes) -> bool:
        return raw.lstrip().startswith(b"<")


@dataclass(frozen=True, kw_only=True)
class Form(Json):
    """A form is sent, its values repeated where they are lists; JSON comes back, as from OAuth's token servers."""

    content_type: str = "application/x-www-form-urlencoded"

    def encode(self, body: Any) -> bytes:
        return urlencode(body, doseq=True).encode()


@dataclass(frozen=True, kw_only=True)
class Xml(Dialect):
    """Elements of `xml.etree.ElementTree`; bytes go as they are."""

    content_type: str = "text/xml; charset=utf-8"
    accept: str = "text/xml"
    name: ClassVar[str] = "XML"

    def encode(self, body: Any) -> bytes:
        return tostring(body, encoding="utf-8", xml_declaration=True) if isinstance(body, Element) else bytes(body)

    def decode(self, raw: bytes) -> Any:
        return decoded_xml(raw)


@dataclass(frozen=True, kw_only=True)
class Soap(Xml):
    """SOAP 1.1: elements travel in an envelope. A fault of ours is a refusal, another one is the remote side's failure.

    The address of what is called (SOAPAction) goes as a header of the call.
    """

    name: ClassVar[str] = "SOAP"

    def encode(self, body: Any) -> bytes:
        envelope = Element(f"{{{ENVELOPE}}}Envelope")
        SubElement(envelope, f"{{{ENVELOPE}}}Body").append(body)
        return super().encode(envelope)

    def decode(self, raw: bytes) -> Any:
        """Return what the envelope holds."""
        root = super().decode(raw)
        body = root.find(f"{{{ENVELOPE}}}Body") if root is not None else None
        if body is None or len(body) == 0:
            raise ValueError("there is no envelope with a body")
        return body[0]

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:
        fault = fault_in(answer.body)
        if fault is None:
            return None
        code, remote = fault["faultcode"], fault["faultstring"]
        if code.partition(".")[0] == "Client":
            return Rejected("The request is refused", remote=remote, status=answer.status, code=code)
        if not endpoint.effect.repeatable:
            return OutcomeUnknown("It failed there half-way", remote=remote, status=answer.status)
        return TemporarilyUnavailable("It failed there", remote=remote, status=answer.status)


def fault_in(body: Any) -> Mapping[str, str] | None:
    """Return code (without its namespace) and words of a SOAP fault, None for any other answer."""
    if not isinstance(body, Element) or body.tag != f"{{{ENVELOPE}}}Fault":
        return None
    code = (body.findtext("faultcode") or "").strip().rpartition(":")[2]
    return {"faultcode": code, "faultstring": (body.findtext("faultstring") or "").strip()}


JSON, FORM, XML, SOAP = Json(), Form(), Xml(), Soap()
TEXT, BYTES, NOTHING = Text(), Bytes(), Nothing()
