"""Keeps the ledger of what orders take from a product, beside the shop's own count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Greatest

from engine import rows
from stock import offers
from stock.models import Product, StockMovement


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """So many pieces of a product, because of the order with this reference."""

    product_id: int
    quantity: int
    order_reference: str


def reserve(*, pieces: Sequence[Piece], now: datetime) -> None:
    """Take pieces of orders that the shop does not have yet out of what can be sold."""
    _move(pieces, StockMovement.Cause.RESERVED, now)


def release(*, pieces: Sequence[Piece], taken_by_shop: bool, now: datetime) -> None:
    """End a reservation. With `taken_by_shop` the shop lowered its own stock; ours follows until it is read again."""
    _move(pieces, StockMovement.Cause.RELEASED, now, taken_by_shop=taken_by_shop)


def lend(*, pieces: Sequence[Piece], now: datetime) -> None:
    """A test order took these pieces out of the shop's count; nothing was sold, so what can be sold stays."""
    _lend(pieces, 1, now)


def end_loan(*, pieces: Sequence[Piece], given_back: bool, now: datetime) -> None:
    """A test order is over. With `given_back` the shop's count has its pieces again, else they are gone for good."""
    _lend(pieces, -1, now, counted=given_back)


def _lend(pieces: Sequence[Piece], sign: int, now: datetime, *, counted: bool = True) -> None:
    for piece in pieces:
        product = Product.objects.filter(pk=piece.product_id)
        product.update(lent=Greatest(F("lent") + sign * piece.quantity, 0))
        if counted:
            product.filter(stock__isnull=False).update(stock=F("stock") - sign * piece.quantity)
    offers.adjust(product_ids=[piece.product_id for piece in pieces], now=now)


def _move(pieces: Sequence[Piece], cause: StockMovement.Cause, now: datetime, *, taken_by_shop: bool = False) -> None:
    if not pieces:
        return
    sign = 1 if cause == StockMovement.Cause.RELEASED else -1
    totals: dict[int, int] = {}
    for piece in pieces:
        totals[piece.product_id] = totals.get(piece.product_id, 0) + piece.quantity
    for quantity, ids in _by_quantity(totals).items():
        # PostgreSQL's and SQLite's GREATEST both keep a reservation from going below nought.
        products = Product.objects.filter(pk__in=ids)
        products.update(reserved=Greatest(F("reserved") - sign * quantity, 0))
        if taken_by_shop:
            products.filter(stock__isnull=False).update(stock=F("stock") - quantity)
    rows.insert(
        [
            StockMovement(
                product_id=piece.product_id,
                cause=cause,
                change=sign * piece.quantity,
                order_reference=piece.order_reference,
                at=now,
            )
            for piece in pieces
        ]
    )
    offers.adjust(product_ids=sorted(totals), now=now)


def _by_quantity(totals: Mapping[int, int]) -> dict[int, list[int]]:
    """Group products by quantity: most orders take one or two pieces, so a page needs few statements."""
    groups: dict[int, list[int]] = {}
    for product_id, quantity in sorted(totals.items()):
        groups.setdefault(quantity, []).append(product_id)
    return groups
