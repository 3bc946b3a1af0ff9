"""Magento's calls through the one door: sessions, batches, and what its faults mean to who called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from adapterkit.auth import Session
from adapterkit.dialects import Dialect
from adapterkit.errors import (
    AdapterError,
    AuthenticationFailed,
    MalformedResponse,
    NotFound,
    Rejected,
    TemporarilyUnavailable,
)
from adapterkit.sentences import say
from adapterkit.spec import Endpoint, reads
from adapterkit.transport import Answer, Transport
from adapterkit.wire import decoded_text
from shops.magento1 import rpc

PATH = "/api/xmlrpc/"
AT_ONCE = 20  # calls in one request; each is a query of its own in the shop
SHOWN = 300  # characters of the shop's words that an error keeps
ENDED, DENIED = 5, 2
OVER = re.compile(rb"<fault>.{0,200}<name>faultCode</name>\s*<value>\s*<(?:int|i4)>5</", re.DOTALL)
MISSING = {("sales_order.info", 100), ("sales_order_shipment.info", 100), ("sales_order_creditmemo.info", 100)}
BROKEN = {0, 1, 404, 500}  # what Magento, or Zend below it, calls an internal or unknown error
ABSENT = {3, 4, 620}

Call = tuple[str, Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class XmlRpc(Dialect):
    """A method with its arguments is sent, a value comes back; or a `Fault`, which who called knows to read."""

    content_type: str = "text/xml"
    accept: str = "text/xml"
    name: ClassVar[str] = "XML-RPC"

    def encode(self, body: Any) -> bytes:
        return rpc.written(*body)

    def decode(self, raw: bytes) -> Any:
        try:
            return rpc.value_in(decoded_text(raw))
        except rpc.Fault as fault:
            return fault
        except TypeError as error:
            raise ValueError(str(error)) from None

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:  # noqa: ARG002 - see `Dialect`
        """A page that is not there is no order that is not there."""
        if answer.status in {404, 410}:
            return Rejected(
                "There is no XML-RPC API at this address; does it need /index.php at its end?",
                remote=answer.words,
                status=answer.status,
            )
        return None


CALL = reads(PATH, method="POST", dialect=XmlRpc())


def login(fields: Mapping[str, str]) -> bytes:
    return rpc.written("login", fields.get("api_user", ""), fields.get("api_key", ""))


def session_in(answer: str) -> str:
    """Return the id of the session that was opened."""
    session = value_of(answer, "login")
    if not isinstance(session, str) or not session:
        raise MalformedResponse("The shop opened no session", remote=answer[:SHOWN])
    return session


def is_over(content: bytes) -> bool:
    return OVER.search(content[:2000]) is not None


SESSION = Session(
    path=PATH,
    login=login,
    opened=session_in,
    over=is_over,
    account=("api_user", "api_key"),
    mark=rpc.MARK,
    content_type="text/xml",
    lasts=timedelta(minutes=50),  # an hour is what Magento comes with; the shop's own word counts
)


class Api:
    """What the shop is asked. Paths are those of its resources, such as `sales_order.info`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def call(self, path: str, *arguments: Any) -> tuple[Any, Answer]:
        """Make one call; return its value with the answer it came in."""
        return self._ask(path, "call", rpc.MARK, path, list(arguments))

    def many(self, calls: Sequence[Call]) -> list[Any]:
        """Make calls in batches; a fault stands as the error it means at its call's place."""
        told: list[Any] = []
        for start in range(0, len(calls), AT_ONCE):
            part = calls[start : start + AT_ONCE]
            batch = [[path, list(arguments)] for path, arguments in part]
            values, answer = self._ask("multiCall", "multiCall", rpc.MARK, batch)
            if not isinstance(values, list) or len(values) != len(part):
                raise self.telling(
                    MalformedResponse("A batch was answered with another number", remote=str(answer.body)[:SHOWN])
                )
            told += [self._told(value, path) for value, (path, _) in zip(values, part, strict=True)]
        return told

    def telling(self, error: AdapterError) -> AdapterError:
        """See `Transport.telling`."""
        return self._transport.telling(error)

    def _told(self, value: Any, path: str) -> Any:
        if isinstance(value, Mapping) and value.get("isFault"):
            code, message = int(str(value.get("faultCode") or 0)), str(value.get("faultMessage") or "")
            return self.telling(meaning(code, message, path))
        return value

    def _ask(self, path: str, *body: Any) -> tuple[Any, Answer]:
        """Make one call. What a fault means depends on what was called, which stands in the body alone."""

        def judge(answer: Answer) -> AdapterError | None:
            fault = answer.body
            return meaning(fault.code, fault.message, path) if isinstance(fault, rpc.Fault) else None

        answer = self._transport.call(CALL, body=body, judge=judge)
        return answer.body, answer


def value_of(text: str, path: str) -> Any:
    """Return the value of an answer to `path`; raises the error that a fault means."""
    try:
        return rpc.value_in(text)
    except rpc.Fault as fault:
        raise meaning(fault.code, fault.message, path) from None
    except (ValueError, TypeError) as error:
        if text.lstrip()[:9].lower().startswith(("<!doctype", "<html")):
            raise TemporarilyUnavailable(
                "A web page came instead of data; is there a maintenance page?", remote=text[:SHOWN]
            ) from None
        raise MalformedResponse(say("The answer is no XML-RPC: %(why)s", why=str(error)), remote=text[:SHOWN]) from None


def meaning(code: int, message: str, path: str) -> AdapterError:  # noqa: PLR0911 - one row of a table each
    """Return what a fault of `path` means; its number stands in the remote words."""
    remote = f"{code} {message}"[:SHOWN]
    if path == "login" and code in {DENIED, 6}:
        return AuthenticationFailed("The API user and key are refused, or the user has no role", remote=remote)
    if code == DENIED:
        return AuthenticationFailed(say("The role of the API user may not use %(call)s", call=path), remote=remote)
    if code == ENDED:
        return AuthenticationFailed(
            "The shop ends each session at once; log in as this user elsewhere no more", remote=remote
        )
    if code in ABSENT:
        return Rejected(say("The shop's API has no %(call)s; is the address right?", call=path), remote=remote)
    if (path, code) in MISSING:
        return NotFound("Not found in the shop", remote=remote)
    if code in BROKEN:
        return TemporarilyUnavailable("It failed in the shop; its exception log says why", remote=remote)
    return Rejected(say("The shop refuses %(call)s", call=path), remote=remote)
