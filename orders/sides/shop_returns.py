"""Message `create_shop_return`: tells a shop that keeps returns of one that waits for the merchant's decision.

It is a service, not a duty: the merchant can answer in our pages all the same. So nothing is repeated that may have
arrived, because the shop would keep it twice, and what the shop refuses is told and left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from adapterkit import records
from adapterkit.errors import Rejected
from adapterkit.shop import CreatesReturns, Shop, ShopReturn
from connections.adapters import open_shop
from connections.models import Direction
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, discarded, done, held, later, of_error
from engine.registry import Call, ExchangeLog, Result
from orders import messages
from orders.history import event
from orders.loading import LoadedOrder, load_orders
from orders.locking import lock_orders_of
from orders.models import Order, OrderEvent, ReturnLine

LOOK_AGAIN = 60 * 60.0  # seconds until an order that is not in the shop yet may be there
REFUSED, UNCERTAIN = "return_not_in_shop", "return_maybe_in_shop"


class CreateShopReturn:
    kind = messages.CREATE_RETURN

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        lines = _lines(messages)
        loaded = load_orders([line.order_line.order_id for line in lines.values() if line.order_line])
        return {
            message.pk: _job(lines[message.record_id], loaded, message, logs[message.pk])
            if message.record_id in lines
            else discarded("return_gone")
            for message in messages
        }

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        ids = [result.message.record_id for result in results]
        lock_orders_of(ReturnLine.objects.filter(pk__in=ids), "order_line__order")
        lines = _lines([result.message for result in results])
        events: list[OrderEvent] = []
        for result in results:
            if result.message.record_id in lines:
                events += _write_down(lines[result.message.record_id], result.outcome, now)
        OrderEvent.objects.bulk_create(events)


def _lines(messages: Sequence[OutboxMessage]) -> dict[int, ReturnLine]:
    return (
        ReturnLine.objects.filter(pk__in=[message.record_id for message in messages])
        .select_related("registered_return", "order_line__order", "order_line__product")
        .in_bulk()
    )


def _job(
    line: ReturnLine, loaded: Mapping[int, LoadedOrder], message: OutboxMessage, log: ExchangeLog
) -> Call | Outcome:
    if line.shop_return_id:
        return done()
    if line.order_line is None or line.state != ReturnLine.State.NEW or line.decision:
        return discarded("no_longer_wanted")
    if message.look_first:
        return discarded(UNCERTAIN)
    order = loaded[line.order_line.order_id]
    if order.connection.push_paused:
        return held(Direction.PUSH.column)
    if order.order.place != Order.Place.IN_SHOP:
        gone = order.order.place == Order.Place.NOT_SENT
        return discarded("no_longer_wanted") if gone else later("order_not_in_shop", retry_after=LOOK_AGAIN)
    shop = open_shop(order.connection.project.shop, log)
    returned = _returned(line, order)
    return lambda: _tell(shop, returned)


def _returned(line: ReturnLine, loaded: LoadedOrder) -> ShopReturn:
    """Return the line as a shop is told of it, with its product as the shop has it."""
    product = line.order_line.product if line.order_line else None
    return ShopReturn(
        number=line.pk,
        return_id=line.registered_return.marketplace_return_id,
        line=records.ReturnLine(
            return_line_id=line.marketplace_line_id,
            order_id=line.marketplace_order_id,
            ean=line.ean,
            title=line.title,
            quantity=line.quantity,
            reason=line.reason,
            comment=line.comment,
            tracking_code=line.tracking_code,
            carrier_name=line.carrier_name,
        ),
        order=loaded.canonical,
        reference=loaded.order.reference,
        shop_order_id=loaded.order.shop_order_id,
        product=records.Product(
            product_id=product.shop_product_id if product else "",
            sku=product.sku if product else line.order_line.sku if line.order_line else "",
            ean=product.ean if product else line.ean,
            title=product.title if product else line.title,
        ),
    )


def _tell(shop: Shop, returned: ShopReturn) -> Outcome:
    assert isinstance(shop, CreatesReturns)  # noqa: S101 - otherwise no message is posted
    try:
        return done(shop.create_return(returned))
    except Rejected as error:
        return replace(of_error(error), verdict=Verdict.DISCARDED, code=REFUSED)


def _write_down(line: ReturnLine, outcome: Outcome, now: datetime) -> list[OrderEvent]:
    if line.order_line is None:
        return []
    order = line.order_line.order
    about: dict[str, Any] = {"title": line.title or line.order_line.title}
    if outcome.verdict is Verdict.DONE and outcome.value:
        ReturnLine.objects.filter(pk=line.pk).update(shop_return_id=outcome.value)
        return [event(order, "return_in_shop", now, number=outcome.value, **about)]
    if outcome.verdict is Verdict.DISCARDED and outcome.code in {REFUSED, UNCERTAIN}:
        said = {key: value for key, value in outcome.params.items() if value}
        return [event(order, outcome.code, now, **about, **said)]
    return []
