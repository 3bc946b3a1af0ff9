"""Messages `cancel_in_shop`, `hold_in_shop`, `discard_inert_order`: bring the shop in line. Each may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as noop

from adapterkit.errors import AdapterError, NotFound
from adapterkit.shop import AddsNotes, CancelsOrders, CreatesInertOrders, HoldsOrders, Shop
from connections.adapters import open_shop
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, discarded, done, rejected
from engine.registry import Call, ExchangeLog, Result
from orders import messages
from orders.history import event
from orders.loading import LoadedOrder, load_orders
from orders.locking import lock_orders
from orders.models import OrderEvent
from orders.placing import end_test

Change = Callable[[Shop, LoadedOrder, OutboxMessage], Outcome]

# Notes for those who pack, where we cannot change the shop's order.
CANCELLED = noop("Cancelled at the marketplace. Do not ship.")
ON_HOLD, RELEASED = noop("The buyer asks to cancel. Do not ship for now."), noop("The order goes on. Ship it.")


class ChangeShopOrder:
    """One idempotent write about an order in the shop. `change` is its remote part, `event_code` its history."""

    def __init__(self, kind: str, change: Change, event_code: str) -> None:
        self.kind = kind
        self.change = change
        self.event_code = event_code

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        loaded = load_orders([message.record_id for message in messages])
        return {
            message.pk: self._call(loaded[message.record_id], message, logs[message.pk])
            if message.record_id in loaded
            else discarded("order_gone")
            for message in messages
        }

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        found = lock_orders([result.message.record_id for result in results])
        events = []
        for result in results:
            order = found[result.message.record_id].order if result.message.record_id in found else None
            if order is not None and result.outcome.verdict == Verdict.DONE:
                if order.is_test and self.kind == messages.CANCEL_IN_SHOP:
                    end_test(found[order.pk], given_back=True, now=now)
                events.append(event(order, self.event_code, now, number=order.shop_order_number))
            elif order is not None and result.outcome.verdict == Verdict.REJECTED:
                params = {key: value for key, value in result.outcome.params.items() if value}
                events.append(event(order, "problem", now, problem_code=result.outcome.code, **params))
        OrderEvent.objects.bulk_create(events)

    def _call(self, loaded: LoadedOrder, message: OutboxMessage, log: ExchangeLog) -> Call | Outcome:
        if loaded.connection.project.shop.is_pulled:
            return done()  # its program reads it from our API
        shop = open_shop(loaded.connection.project.shop, log)
        return lambda: self.change(shop, loaded, message)


def _leave_note(shop: Shop, loaded: LoadedOrder, message: OutboxMessage, text: str) -> None:
    """Where we cannot do it, let those who pack read it in the shop. Once: the merchant is told here in any case."""
    if isinstance(shop, AddsNotes) and message.attempts == 1:
        with suppress(AdapterError), override(loaded.connection.company.language):  # kept as an exchange of the order
            shop.add_note(loaded.order.shop_order_id, gettext(text), loaded.canonical)


def cancel(shop: Shop, loaded: LoadedOrder, message: OutboxMessage) -> Outcome:
    """Cancel the shop's order, or say that the merchant has to."""
    if not isinstance(shop, CancelsOrders):
        _leave_note(shop, loaded, message, CANCELLED)
        return rejected("cancel_it_yourself", number=loaded.order.shop_order_number)
    try:
        shop.cancel_order(loaded.order.shop_order_id, loaded.order.reference)
    except NotFound:
        return done()
    return done()


def hold(shop: Shop, loaded: LoadedOrder, message: OutboxMessage) -> Outcome:
    """Hold or release the shop's order, whichever the order wants by now."""
    if not isinstance(shop, HoldsOrders):
        _leave_note(shop, loaded, message, ON_HOLD if loaded.order.hold else RELEASED)
        return rejected("hold_it_yourself", number=loaded.order.shop_order_number)
    act = shop.hold_order if loaded.order.hold else shop.release_order
    act(loaded.order.shop_order_id, loaded.order.reference)
    return done()


def discard_double(shop: Shop, loaded: LoadedOrder, message: OutboxMessage) -> Outcome:
    """Remove the inert double whose id stands in the message's key; never the chosen order."""
    double = message.key.rsplit(":", 1)[1]
    if double == loaded.order.shop_order_id or not isinstance(shop, CreatesInertOrders):
        return discarded("no_longer_wanted")
    try:
        shop.discard_inert_order(double)
    except NotFound:
        return done()
    return done()


CANCEL = ChangeShopOrder(messages.CANCEL_IN_SHOP, cancel, "cancelled_in_shop_by_us")
HOLD = ChangeShopOrder(messages.HOLD_IN_SHOP, hold, "hold_sent_to_shop")
DISCARD = ChangeShopOrder(messages.DISCARD_INERT, discard_double, "double_removed")
