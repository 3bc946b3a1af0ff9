"""How bol writes, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Mapping

from adapterkit.dialects import Json
from adapterkit.errors import AdapterError, AuthenticationFailed, NotFound, Rejected
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer


class BolJson(Json):
    """bol's problem document goes into an error: its details and every violation by name."""

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:
        body = answer.body
        if not isinstance(body, Mapping):
            return None
        found = body.get("violations")
        violations = [
            f"{violation.get('name')}: {violation.get('reason')}"
            for violation in (found if isinstance(found, list) else ())
            if isinstance(violation, Mapping)
        ]
        words = "; ".join([str(body.get("detail") or body.get("title") or ""), *violations]).strip("; ")
        match answer.status:
            case 400 | 409 | 422:
                return Rejected("bol refuses it", remote=words, status=answer.status)
            case 403:
                return AuthenticationFailed("bol says the account is not active", remote=words, status=403)
            case 404:
                return NotFound("bol does not know it", remote=words, status=404)
            case 406 | 415:
                return Rejected(
                    "bol does not offer this version of its API any more", remote=words, status=answer.status
                )
            case _:
                return None


V10 = BolJson(content_type="application/vnd.retailer.v10+json", accept="application/vnd.retailer.v10+json")
V11 = BolJson(content_type="application/vnd.retailer.v11+json", accept="application/vnd.retailer.v11+json")
