"""The product feed of the Magento pair; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from adapterkit.errors import AdapterError, Rejected
from adapterkit.payload import translated
from adapterkit.records import Page, Product
from adapterkit.transport import Answer
from shops.channable_module import answers

Json = Mapping[str, Any]
AMOUNT = re.compile(r"\d+(?:\.\d+)?")


def missing(told: Any) -> AdapterError:
    """Return the error for an answer that is no feed."""
    if isinstance(told, Mapping) and (error := answers.refusal_of(told)):
        return error
    return Rejected(
        "There is no product feed; switch it on for this store view, and compare store view and token",
        remote=str(told or "")[:200],
    )


def page_of(answer: Answer, rows: Sequence[Any], config: Json) -> Page[Product]:
    """Translate a page of the feed; a row that cannot be read stops no other."""
    products, unreadable = translated(rows, product_of)
    total = str(config.get("products_total", ""))
    return Page(
        items=tuple(products),
        unreadable=tuple(unreadable),
        as_of=answer.at,
        expected=int(total) if total.isdecimal() else None,
    )


def product_of(row: Json) -> Product | None:
    """Translate a row of the product feed; None for a configurable product, of which only the variations are sold."""
    if str(row.get("type_id") or row.get("type") or "") == "configurable":
        return None
    product_id, parent = str(row["id"]), str(row.get("item_group_id") or "")
    price = AMOUNT.search(str(row.get("sale_price") or row.get("special_price") or row.get("price") or ""))
    return Product(
        product_id=product_id,
        parent_id=parent if parent != product_id else "",
        sku=str(row.get("sku") or ""),
        ean=str(row.get("ean") or ""),
        title=str(row.get("title") or row.get("name") or ""),
        price=Decimal(price[0]) if price else None,
        stock=stock_of(row),
    )


def stock_of(row: Json) -> int | None:
    """Return the pieces that may be sold; None where the feed tells no number or the shop keeps no count."""
    if str(row.get("manage_stock", "")).lower() in {"false", "0"}:
        return None
    if row.get("qty") in {None, ""}:
        return 0 if str(row.get("availability", "")) == "out of stock" else None
    return int(Decimal(str(row["qty"])))
