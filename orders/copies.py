"""Keeps the wishes up to date: what each shop should have of an order."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from engine import outbox, rows
from engine.models import OutboxMessage
from orders import messages
from orders.loading import LoadedOrder, load_orders
from orders.models import Order, ShopCopy
from orders.wishes import InShop, Made, Place, ShopWish, shop_wish


def first_copy(loaded: LoadedOrder) -> ShopCopy:
    """Return the unsaved copy of an order that is new."""
    wish = shop_wish(loaded.order, loaded.lines, loaded.addresses)
    return ShopCopy(order=loaded.order, wish=wish.stored, wish_hash=wish.hash)


def renew_wishes(order_ids: Collection[int], now: datetime) -> None:
    """Work out anew what the shop should have of these orders, and have those brought in line that are not.

    To be called in the transaction that changes a fact or a decision, with the orders locked. An equal wish keeps its
    version, and makes no call where the shop has acknowledged it. Nine statements at most. May be repeated.
    """
    loaded = load_orders(order_ids)
    changed = [one for one in loaded.values() if _renew(one)]
    rows.update([one.copy for one in changed], ["wish", "wish_hash", "version"])
    behind = [one for one in loaded.values() if one.copy.acknowledged_version != one.copy.version]
    owed = [one for one in behind if _owes(one.copy)]
    drafts = {one.order.pk: messages.shop_order(one.order, one.connection, now) for one in owed}
    anew = [drafts[one.order.pk].key for one in changed if one.order.pk in drafts]
    outbox.want(list(drafts.values()), now, anew=anew)
    to_accept = [one for one in loaded.values() if one.to_accept]
    outbox.want([messages.accept_lines(one.order, one.connection, now) for one in to_accept], now)
    # Nothing is there and nothing is wanted: what may have been sent before is looked for, and nothing else is done.
    wake([one.order for one in behind if not _owes(one.copy)], now)


def wake(orders: Iterable[Order], now: datetime) -> None:
    """Have another look at orders whose step waits for a person or a fact."""
    if ids := [order.pk for order in orders]:
        outbox.wake(OutboxMessage.objects.filter(kind=messages.SHOP_ORDER, record_id__in=ids), now)


def _renew(loaded: LoadedOrder) -> bool:
    """Bring the wish up to date; whether it changed."""
    copy = loaded.copy
    wish = shop_wish(loaded.order, loaded.lines, loaded.addresses, ShopWish.restored(copy.wish))
    if wish.hash == copy.wish_hash:
        return False
    copy.wish, copy.wish_hash, copy.version = wish.stored, wish.hash, copy.version + 1
    return True


def _owes(copy: ShopCopy) -> bool:
    made = InShop.restored(copy.acknowledged).made
    return made is not Made.NOTHING or ShopWish.restored(copy.wish).place is Place.PLACED
