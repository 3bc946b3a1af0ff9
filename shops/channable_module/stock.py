"""The stock that the modules post to our address, and the answer they expect; pure."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from adapterkit.errors import Rejected
from adapterkit.sentences import say
from adapterkit.wire import decoded

MOST = 50  # items that a module posts at once
TOKEN = "X-MAGMODULES-TOKEN"  # noqa: S105 - the name of a header


def check_token(headers: Mapping[str, str], token: str) -> None:
    """Raise `Rejected` unless the message carries the shop's own token."""
    given = str(headers.get(TOKEN, ""))
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise Rejected("The token of the message is not the shop's", code="token")


def levels_in(body: bytes) -> dict[str, int]:
    """Return product id → stock. A module posts a list, or one item; what carries no number is left out."""
    try:
        items = decoded(body)
    except ValueError as error:
        raise Rejected("The message is not JSON", remote=str(error)) from None
    if isinstance(items, Mapping):
        items = [items]
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise Rejected("The message is not a list of items")
    if len(items) > MOST:
        raise Rejected(say("The message has %(items)s items, %(most)s are taken at once", items=len(items), most=MOST))
    pairs = ((str(item.get("id") or ""), _pieces(item.get("stock"))) for item in items)
    return {product_id: stock for product_id, stock in pairs if product_id and stock is not None}


def _pieces(value: Any) -> int | None:
    try:
        return int(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def answer_for(known: Mapping[str, bool]) -> dict[str, Any]:
    """Return the answer by which a module marks each of its items as told."""
    content = [
        {"id": product_id, "status": "success", "message": "Stock updated"}
        if here
        else {"id": product_id, "status": "error", "message": "Unknown product"}
        for product_id, here in known.items()
    ]
    return {"status": "success", "message": f"{len(content)} items received", "content": content}
