"""Keeps the ledger of what orders take from a product, beside the shop's own count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Greatest

from engine import rows
from stock import offers
from stock.locking import lock_products
from stock.models import Product, StockMovement

Listener = Callable[[Sequence[int], datetime], object]
_listeners: list[Listener] = []
TAKES_IT_WITHIN = timedelta(hours=1)  # of having a test order, if the shop takes its pieces out of the count at all


def when_stock_moves(listener: Listener) -> None:
    """Have a part above be called with the ids of the products whose stock moves, in the same transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """So many pieces of a product, because of the order with this reference."""

    product_id: int
    quantity: int
    order_reference: str


def reserve(*, pieces: Sequence[Piece], now: datetime) -> None:
    """Take pieces of orders that the shop does not have yet out of what can be sold."""
    book(reserved=pieces, now=now)


def release(*, pieces: Sequence[Piece], taken_by_shop: bool, now: datetime) -> None:
    """End a reservation. With `taken_by_shop` the shop lowered its own stock; ours follows until it is read again."""
    book(released=pieces, taken_by_shop=taken_by_shop, now=now)


def book(
    *, reserved: Sequence[Piece] = (), released: Sequence[Piece] = (), taken_by_shop: bool = False, now: datetime
) -> None:
    """Reserve pieces and end reservations in one go, so that all products are locked at once; see `stock.locking`."""
    product_ids = {piece.product_id for piece in (*reserved, *released)}
    if not product_ids:
        return
    lock_products(product_ids)
    movements = _move(reserved, StockMovement.Cause.RESERVED, now)
    movements += _move(released, StockMovement.Cause.RELEASED, now, taken_by_shop=taken_by_shop)
    write_down(movements, now)
    offers.adjust(product_ids=sorted(product_ids), now=now)


def write_down(movements: Sequence[StockMovement], now: datetime) -> None:
    """Store movements, and tell the parts above of them."""
    rows.insert(movements)
    tell(sorted({movement.product_id for movement in movements}), now)


def tell(product_ids: Sequence[int], now: datetime) -> None:
    """Tell the parts above that something else can be sold of these products than before."""
    for listener in _listeners if product_ids else ():
        listener(product_ids, now)


def lend(*, pieces: Sequence[Piece]) -> None:
    """A test order may take these pieces out of the shop's count from now on; what can be sold stays as it is."""
    lock_products({piece.product_id for piece in pieces})
    for piece in pieces:
        Product.objects.filter(pk=piece.product_id).update(awaited=F("awaited") + piece.quantity, awaited_until=None)


def arrived(*, pieces: Sequence[Piece], now: datetime) -> None:
    """The shop has the test order: a count that falls much later falls by sales, and they are told."""
    ids = set(lock_products({piece.product_id for piece in pieces}))
    Product.objects.filter(pk__in=ids, awaited__gt=0).update(awaited_until=now + TAKES_IT_WITHIN)


def recognise(*, counts: Iterable[tuple[Product, int | None]], now: datetime) -> None:
    """The shop counts so many of these products now: what test orders take or give back of it is taken for theirs.

    A fall is theirs up to what they are still to take, a rise up to what they took. So it does not matter whether a
    test order or the count that shows it is settled first, and no marketplace is told of a test order.

    A count does not say who bought. A sale between the sending of a test order and the count that shows it is taken for
    the test order's, so that marketplaces hear of it only with that count: seconds later, or with the next reading. A
    shop that takes nothing for it (one that counts what is shipped) gets an hour; what falls then, was sold. Two
    statements, and none where no test order is about.
    """
    changes = {
        product.pk: count - product.stock
        for product, count in counts
        if product.stock is not None and count is not None and (product.lent or product.awaited)
    }
    for product in lock_products(changes).values():
        over = product.awaited_until is not None and product.awaited_until <= now
        taken = min(max(-changes[product.pk], -product.lent), 0 if over else product.awaited)
        Product.objects.filter(pk=product.pk).update(lent=product.lent + taken, awaited=product.awaited - taken)


def end_loan(*, pieces: Sequence[Piece], given_back: bool, now: datetime) -> None:
    """A test order is over. With `given_back` the shop's count has its pieces again, else they are gone for good."""
    products = lock_products({piece.product_id for piece in pieces})
    for piece in pieces:
        product = products[piece.product_id]
        out = min(piece.quantity, product.lent)
        product.lent -= out
        product.awaited -= min(piece.quantity - out, product.awaited)
        if given_back and product.stock is not None:
            product.stock += out
        product.save(update_fields=["lent", "awaited", "stock"])
    offers.adjust(product_ids=[piece.product_id for piece in pieces], now=now)


def _move(
    pieces: Sequence[Piece], cause: StockMovement.Cause, now: datetime, *, taken_by_shop: bool = False
) -> list[StockMovement]:
    """Change what is reserved of locked products; return the movements to be written down."""
    sign = 1 if cause == StockMovement.Cause.RELEASED else -1
    totals: dict[int, int] = {}
    for piece in pieces:
        totals[piece.product_id] = totals.get(piece.product_id, 0) + piece.quantity
    for quantity, ids in _by_quantity(totals).items():
        # PostgreSQL's and SQLite's GREATEST both keep a reservation from going below nought.
        products = Product.objects.filter(pk__in=ids)
        products.update(reserved=Greatest(F("reserved") - sign * quantity, 0))
        if taken_by_shop:
            products.filter(stock__isnull=False).update(stock=F("stock") - quantity, stock_at=now)
    return [
        StockMovement(
            product_id=piece.product_id,
            cause=cause,
            change=sign * piece.quantity,
            order_reference=piece.order_reference,
            at=now,
        )
        for piece in pieces
    ]


def _by_quantity(totals: Mapping[int, int]) -> dict[int, list[int]]:
    """Group products by quantity: most orders take one or two pieces, so a page needs few statements."""
    groups: dict[int, list[int]] = {}
    for product_id, quantity in sorted(totals.items()):
        groups.setdefault(quantity, []).append(product_id)
    return groups
