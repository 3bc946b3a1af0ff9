"""Message `activate_shop_order`: makes the one chosen shop order a paid one. Twice is the same as once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapterkit import records
from adapterkit.errors import NotFound
from adapterkit.records import ShopOrder, ShopOrderState
from adapterkit.shop import CreatesInertOrders, Shop
from connections.adapters import open_shop
from engine import outbox
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, discarded, done, held, later, rejected
from engine.registry import Call, ExchangeLog, Result
from orders import messages
from orders.history import event
from orders.loading import LoadedOrder, load_orders
from orders.locking import lock_orders
from orders.models import Order, OrderEvent
from orders.placing import begin_tests, end_test, note_activated, placed_in_shop


class ActivateShopOrder:
    kind = messages.ACTIVATE

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        loaded = load_orders([message.record_id for message in messages])
        jobs = {
            message.pk: _job(loaded[message.record_id], message, logs[message.pk], now)
            if message.record_id in loaded
            else discarded("order_gone")
            for message in messages
        }
        begin_tests(loaded[m.record_id] for m in messages if not isinstance(jobs[m.pk], Outcome))
        return jobs

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        loaded = lock_orders([result.message.record_id for result in results])
        events: list[OrderEvent] = []
        for result in results:
            mine = loaded.get(result.message.record_id)
            if mine is None:
                continue
            match result.outcome.verdict:
                case Verdict.DONE if result.outcome.value is not None:
                    events += placed_in_shop(mine, result.outcome.value, now)
                case Verdict.REJECTED:
                    if isinstance(result.outcome.value, ShopOrder):
                        note_activated(mine.order, result.outcome.value)
                    else:
                        end_test(mine, given_back=True, now=now)
                    events.append(_complain(mine.order, result.outcome, now))
                case Verdict.DISCARDED:
                    Order.objects.filter(pk=mine.order.pk).update(place=Order.Place.NOT_SENT, shop_order_id="")
                    end_test(mine, given_back=True, now=now)
        OrderEvent.objects.bulk_create(events)


def _job(loaded: LoadedOrder, message: OutboxMessage, log: ExchangeLog, now: datetime) -> Call | Outcome:
    order = loaded.order
    if order.place == Order.Place.IN_SHOP:
        return done()
    shop = open_shop(loaded.connection.project.shop, log)
    if not loaded.wanted:
        return lambda: _remove(shop, order.shop_order_id)
    if order.hold:
        return held(order.hold)
    if wait := outbox.settles_in(message, shop.spec.settling_time, now):
        return later("settling", retry_after=wait)
    wanted = loaded.canonical
    return lambda: _activate(shop, order.shop_order_id, wanted)


def _activate(shop: Shop, shop_order_id: str, order: records.Order) -> Outcome:
    assert isinstance(shop, CreatesInertOrders)  # noqa: S101 - only such a shop has inert orders
    made = shop.activate_order(shop_order_id, order)
    if made.total != order.total:
        return rejected(
            "made_total_differs", value=made, number=made.number, shop=str(made.total), marketplace=str(order.total)
        )
    return done(made)


def _remove(shop: Shop, shop_order_id: str) -> Outcome:
    """The order was cancelled before the shop's became active: what was made of it goes."""
    assert isinstance(shop, CreatesInertOrders)  # noqa: S101 - see `_activate`
    try:
        if shop.fetch_order(shop_order_id).order.state == ShopOrderState.INERT:
            shop.discard_inert_order(shop_order_id)
    except NotFound:
        pass
    return discarded("no_longer_wanted")


def _complain(order: Order, outcome: Outcome, now: datetime) -> OrderEvent:
    problem = {key: value for key, value in outcome.params.items() if value}
    code = "shop_order_gone" if outcome.code == "not_found" else outcome.code
    Order.objects.filter(pk=order.pk).update(place=Order.Place.NEEDS_ATTENTION, problem_code=code, problem=problem)
    return event(order, "problem", now, problem_code=code, **problem)
