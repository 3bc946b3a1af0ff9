"""How the bazaar writes: every call and every answer is one element in an envelope, and refusals come with 200."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from adapterkit.dialects import Xml
from adapterkit.errors import (
    AdapterError,
    AlreadyExists,
    AuthenticationFailed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TemporarilyUnavailable,
)
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer

ENVELOPE = "bazaar"


class BazaarXml(Xml):
    def encode(self, body: Any) -> bytes:
        envelope = Element(ENVELOPE, version="3")
        envelope.append(body)
        return super().encode(envelope)

    def decode(self, raw: bytes) -> Any:
        """Return the one element that the envelope holds."""
        root = super().decode(raw)
        if root is None or root.tag != ENVELOPE or len(root) != 1:
            raise ValueError("there is no envelope with one element")
        return root[0]

    def judge(  # noqa: PLR0911 - one row of a table each
        self, answer: Answer, endpoint: Endpoint
    ) -> AdapterError | None:
        error = answer.body
        if not isinstance(error, Element) or error.tag != "error":
            return None
        code, words = error.get("code", ""), (error.text or "").strip()
        match code:
            case "unknown_seller" | "wrong_signature":
                return AuthenticationFailed("The bazaar refuses the key", remote=words, status=answer.status)
            case "slow_down":
                wait = float(error.get("wait", "60"))
                return RateLimited("Too many calls", remote=words, status=answer.status, retry_after=wait)
            case "unknown_order" | "unknown_line" | "unknown_feed":
                return NotFound("The bazaar does not know it", remote=words, status=answer.status, code=code)
            case "parcel_known":
                return AlreadyExists("The bazaar has this parcel", remote=words, status=answer.status, code=code)
            case "broken" if endpoint.effect.repeatable:
                return TemporarilyUnavailable("It failed there", remote=words, status=answer.status)
            case "broken":
                return OutcomeUnknown("It failed there half-way", remote=words, status=answer.status)
            case _:
                return Rejected("The bazaar refuses it", remote=words, status=answer.status, code=code)
