"""Message `look_for_doubles`: looks again, some time after an order whose creation was uncertain came into the shop.

A shop that has no inert orders may finish a request that was cut off long after the order was made another time. Then
two active orders stand there, and only a person can tell which one goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapterkit.records import ShopOrder, ShopOrderState
from adapterkit.shop import Shop
from connections.adapters import open_shop
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, discarded, done
from engine.registry import Call, ExchangeLog, Result
from orders import messages
from orders.doubles import doubled_in_shop
from orders.loading import LoadedOrder, load_orders
from orders.models import Order, OrderEvent
from orders.sides.finding import Trail, trails_of

NOT_ACTIVE = (ShopOrderState.INERT, ShopOrderState.CANCELLED, ShopOrderState.REFUNDED)


class LookForDoubles:
    kind = messages.LOOK_FOR_DOUBLES

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        loaded = load_orders([message.record_id for message in messages])
        trails = trails_of(loaded.values())
        return {
            message.pk: _job(loaded[message.record_id], trails[message.record_id], logs[message.pk])
            if message.record_id in loaded
            else discarded("order_gone")
            for message in messages
        }

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        orders = Order.objects.in_bulk([result.message.record_id for result in results])
        events: list[OrderEvent] = []
        for result in results:
            if result.outcome.verdict == Verdict.DONE and result.message.record_id in orders:
                told = (doubled_in_shop(orders[result.message.record_id], one, now) for one in result.outcome.value)
                events += [doubled for doubled in told if doubled]
        OrderEvent.objects.bulk_create(events)


def _job(loaded: LoadedOrder, trail: Trail, log: ExchangeLog) -> Call:
    shop, order = open_shop(loaded.connection.project.shop, log), loaded.order
    return lambda: done(_others(shop, trail, order))


def _others(shop: Shop, trail: Trail, order: Order) -> list[ShopOrder]:
    """Return the active orders that carry our reference and are not the chosen one."""
    found = trail.follow(shop)
    return [made for made in found if made.shop_order_id != order.shop_order_id and made.state not in NOT_ACTIVE]
