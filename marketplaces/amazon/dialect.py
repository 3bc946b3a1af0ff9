"""What Amazon's refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapterkit.dialects import Json
from adapterkit.errors import AdapterError, AuthenticationFailed, NotFound, Rejected
from adapterkit.payload import Json as Fields
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer

ORDER_READS = {"search_orders", "get_order"}  # their buckets


class AmazonJson(Json):
    """Amazon's list of errors goes into an error, with the number under which its support finds the call."""

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:
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


def _forbidden(endpoint: Endpoint, words: str, remote: str, status: int) -> AdapterError:
    """Tell credentials that are refused from a role that the application lacks: orders go on without the others."""
    if endpoint.bucket in ORDER_READS or "token" in words.lower():
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


def _errors(body: Any) -> list[Fields]:
    found = body.get("errors") if isinstance(body, Mapping) else None
    return [error for error in found if isinstance(error, Mapping)] if isinstance(found, list) else []


def _words(error: Fields) -> str:
    told = (str(error.get(name) or "") for name in ("code", "message", "details"))
    return ": ".join(dict.fromkeys(part for part in told if part))
