"""A platform's own program says that it has an order, and under which number: from then on it is not told again."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from adapterkit.records import Fulfilment, ShopOrder, ShopOrderState
from engine import outbox, rows
from engine.models import OutboxMessage
from orders import messages
from orders.loading import LoadedOrder
from orders.locking import lock_order
from orders.models import Order
from orders.placing import Placements
from orders.wishes import InShop, Made, ShopWish


class NotNew(Exception):
    """The order cannot be acknowledged; `code` is the API's word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def acknowledge_order(
    *, order: Order, shop_order_id: str, number: str, now: datetime, url: str = "", total: Decimal | None = None
) -> bool:
    """Place the order in the shop under the platform's own id; False when it stands there under it already.

    Raises `NotNew`, with nothing changed. Twice is the same as once. A `total` that differs from the marketplace's is
    kept and shown.
    """
    with transaction.atomic():
        loaded = lock_order(order)
        if loaded.order.place == Order.Place.IN_SHOP and loaded.order.shop_order_id == shop_order_id:
            return False
        _refuse_unless_new(loaded, shop_order_id)
        made = _as_made(loaded, shop_order_id, number, url, total)
        for line in loaded.lines:
            line.shop_line_id = str(line.pk)
        rows.update(loaded.lines, ["shop_line_id"])
        outbox.finish(OutboxMessage.objects.filter(kind=messages.SHOP_ORDER, record_id=order.pk), now)
        copy = loaded.copy
        has = InShop.restored(copy.acknowledged).made_as(Made.PLACED, ShopWish.restored(copy.wish))
        copy.acknowledged, copy.acknowledged_version = has.stored, copy.version
        copy.save(update_fields=["acknowledged", "acknowledged_version"])
        placements = Placements(now)
        placements.place(loaded, made)
        placements.write()
    return True


def _refuse_unless_new(loaded: LoadedOrder, shop_order_id: str) -> None:
    order = loaded.order
    if not loaded.connection.project.shop.is_pulled:
        raise NotNew("not_pulled")
    if order.place == Order.Place.IN_SHOP:
        raise NotNew("acknowledged_otherwise")
    if order.status == Order.Status.CANCELLED or order.place == Order.Place.NOT_SENT:
        raise NotNew("order_closed")
    if order.hold or not (messages.waiting_for_acknowledgement().filter(record_id=order.pk).exists() or _next(loaded)):
        raise NotNew("order_held")
    taken = Order.objects.filter(connection__project=loaded.connection.project_id, shop_order_id=shop_order_id)
    if taken.exists():
        raise NotNew("number_taken")


def _next(loaded: LoadedOrder) -> bool:
    """Whether it would wait for the program again in a moment: it was told of, and has changed since."""
    order = loaded.order
    if order.pending or order.place != Order.Place.WAITING or loaded.connection.push_paused:
        return False
    mine = OutboxMessage.objects.filter(kind=messages.SHOP_ORDER, record_id=order.pk)
    return mine.filter(state=OutboxMessage.State.QUEUED, attempts__gt=0).exists()


def _as_made(loaded: LoadedOrder, shop_order_id: str, number: str, url: str, total: Decimal | None) -> ShopOrder:
    order = loaded.canonical
    shipped = order.fulfilment == Fulfilment.MARKETPLACE
    return ShopOrder(
        shop_order_id=shop_order_id,
        number=number,
        reference=loaded.order.reference,
        state=ShopOrderState.COMPLETED if shipped else ShopOrderState.OPEN,
        total=order.total if total is None else total,
        currency=order.currency,
        lines=(),
        url=url,
    )
