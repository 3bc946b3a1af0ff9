"""What WooCommerce's refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from adapterkit.dialects import Json
from adapterkit.errors import AdapterError, AuthenticationFailed, NotFound, Rejected
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer

MISSING = "_invalid_id"  # of an order or product that is not there; its status is 400


class WooJson(Json):
    """WooCommerce's own code says more than the status: some lasting refusals come as 500, read-only keys as 401."""

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:
        body = answer.body
        if answer.ok or not isinstance(body, Mapping) or "code" not in body:
            return None
        return _refusal(answer, body)


def _refusal(answer: Answer, body: Mapping[str, Any]) -> AdapterError | None:
    code, words = str(body["code"]), str(body.get("message") or "")
    details = (body.get("data") or {}).get("params") if isinstance(body.get("data"), Mapping) else None
    remote = "; ".join([words, *map(str, details.values())]) if isinstance(details, Mapping) else words
    match answer.status:
        case 401 | 403:
            return AuthenticationFailed(
                "The shop refuses the key; it needs read and write permission", remote=remote, status=answer.status
            )
        case 404 if code == "rest_no_route":
            return Rejected(
                "There is no WooCommerce API at this address; are permalinks switched on?",
                remote=remote,
                status=404,
                code=code,
            )
        case _ if answer.status == HTTPStatus.NOT_FOUND or code.endswith(MISSING):
            return NotFound("The shop does not have it", remote=remote, status=answer.status, code=code)
        case 400 | 500 if code.startswith(("woocommerce_rest", "rest_")):
            return Rejected("The shop refuses it", remote=remote, status=answer.status, code=code)
        case _:
            return None
