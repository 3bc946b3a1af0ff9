"""Message `create_shop_order`: puts an order into the shop, inert, exactly one of which is chosen.

Find by our reference, else create, verify, write down the chosen id once. Whatever happens in between, doubles are
inert: only the id chosen here is ever activated (`activate_shop_order`), and the others are removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapterkit import records
from adapterkit.errors import AdapterError
from adapterkit.marketplace import Marketplace
from adapterkit.records import ShopOrder, ShopOrderState
from adapterkit.shop import CreatesInertOrders, Shop
from connections.adapters import open_account, open_shop
from connections.models import Direction
from engine import outbox
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, discarded, done, held, later, of_error, rejected
from engine.registry import Call, ExchangeLog, Result
from orders import messages
from orders.history import event
from orders.importing import import_orders
from orders.loading import LoadedOrder, load_orders
from orders.models import Order, OrderEvent, OrderLine
from orders.obstacles import obstacle_of
from orders.placing import placed_in_shop
from orders.verification import mismatch_of

READ_AGAIN_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The shop order that stands for the marketplace's, and inert doubles to be removed."""

    shop_order: ShopOrder
    doubles: tuple[str, ...] = ()


class CreateShopOrder:
    kind = messages.CREATE

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        loaded = load_orders([message.record_id for message in messages])
        return {
            message.pk: _job(loaded[message.record_id], message, logs[message.pk], now)
            if message.record_id in loaded
            else discarded("order_gone")
            for message in messages
        }

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        loaded = load_orders([result.message.record_id for result in results])
        events: list[OrderEvent] = []
        drafts: list[outbox.Draft] = []
        for result in results:
            if result.message.record_id in loaded:
                _write_down(loaded[result.message.record_id], result, events, drafts, now)
        OrderEvent.objects.bulk_create(events)
        outbox.post(drafts, now)


def _job(loaded: LoadedOrder, message: OutboxMessage, log: ExchangeLog, now: datetime) -> Call | Outcome:
    order = loaded.order
    if order.shop_order_id:
        return done()
    shop = open_shop(loaded.connection.project.shop, log)
    if not loaded.wanted:
        if message.look_first:
            return lambda: _clear_away(shop, order.reference, order.placed_at)
        return discarded("no_longer_wanted")
    if order.hold or (loaded.connection.push_paused and not order.is_test):
        return held(order.hold or Direction.PUSH.column)
    wanted = loaded.canonical
    obstacle = obstacle_of(wanted, linked=loaded.products, shop_currency=loaded.connection.project.shop.currency)
    if obstacle:
        return held(obstacle.code, **obstacle.params)
    stale = now - order.read_at > READ_AGAIN_AFTER and not order.is_test
    marketplace = open_account(loaded.connection.account, log) if stale else None
    return lambda: _place(shop, marketplace, wanted, order.reference, loaded.products)


def _place(
    shop: Shop, marketplace: Marketplace | None, order: records.Order, reference: str, products: Mapping[str, str]
) -> Outcome:
    """The remote part: look whether the order changed, look whether it is there, create it, verify it."""
    if marketplace is not None and (changed := _changed(marketplace, order)):
        return changed
    assert isinstance(shop, CreatesInertOrders)  # noqa: S101 - the only rung there is so far; checked at set-up
    found = shop.find_orders(reference, order.placed_at)
    active = [made for made in found if made.state != ShopOrderState.INERT]
    inert = [made for made in found if made.state == ShopOrderState.INERT]
    fitting = [made for made in inert if not mismatch_of(made, order, products)]
    if active or fitting:
        chosen = (active or fitting)[0]
    else:
        for made in inert:
            shop.discard_inert_order(made.shop_order_id)
        chosen, inert = shop.create_inert_order(order, reference, products), []
    doubles = tuple(made.shop_order_id for made in inert if made is not chosen)
    result = Chosen(shop_order=chosen, doubles=doubles)
    if difference := mismatch_of(chosen, order, products):
        return rejected(difference.code, value=result, number=chosen.number, **difference.params)
    return done(result)


def _changed(marketplace: Marketplace, order: records.Order) -> Outcome | None:
    """Read the order again; return what to do when it is not as it was, or cannot be read."""
    try:
        fresh = marketplace.fetch_order(order.order_id)
    except AdapterError as error:
        # The shop is not to blame for what the marketplace does.
        return replace(of_error(error), verdict=Verdict.LATER, blames_lane=False)
    if fresh.fingerprint != order.fingerprint:
        return later("changed_at_marketplace", retry_after=0, value=fresh)
    return None


def _clear_away(shop: Shop, reference: str, placed_at: datetime) -> Outcome:
    """An earlier attempt may have left an inert order of something that is not wanted any more."""
    assert isinstance(shop, CreatesInertOrders)  # noqa: S101 - see `_place`
    for made in shop.find_orders(reference, placed_at):
        if made.state == ShopOrderState.INERT:
            shop.discard_inert_order(made.shop_order_id)
    return discarded("no_longer_wanted")


def _write_down(
    loaded: LoadedOrder, result: Result, events: list[OrderEvent], drafts: list[outbox.Draft], now: datetime
) -> None:
    order, outcome = loaded.order, result.outcome
    match outcome.verdict:
        case Verdict.DONE if isinstance(outcome.value, Chosen):
            _choose(loaded, outcome.value, events, drafts, now)
        case Verdict.LATER if isinstance(outcome.value, records.Order):
            import_orders(connection=loaded.connection, orders=[outcome.value], now=now)
            Order.objects.filter(pk=order.pk).update(read_at=now)
        case Verdict.HELD if outcome.code == Direction.PUSH.column:
            return
        case Verdict.HELD | Verdict.REJECTED:
            _complain(order, outcome, events, now)
        case Verdict.UNKNOWN if not result.message.failures:
            events.append(event(order, "outcome_unknown", now))


def _choose(
    loaded: LoadedOrder, chosen: Chosen, events: list[OrderEvent], drafts: list[outbox.Draft], now: datetime
) -> None:
    order, made = loaded.order, chosen.shop_order
    Order.objects.filter(pk=order.pk, shop_order_id="").update(
        shop_order_id=made.shop_order_id,
        shop_order_number=made.number,
        shop_order_state=made.state,
        shop_order_total=made.total,
        shop_order_url=made.url,
        place=Order.Place.WAITING,
        problem_code="",
        problem={},
    )
    ids = {line.marketplace_line_id: line.line_id for line in made.lines}
    for line in loaded.lines:
        line.shop_line_id = ids.get(line.marketplace_line_id, "")
    OrderLine.objects.bulk_update(loaded.lines, ["shop_line_id"])
    drafts += [messages.discard_inert(order, loaded.connection, double, now) for double in chosen.doubles]
    if made.state == ShopOrderState.INERT:
        drafts.append(messages.activate_shop_order(order, loaded.connection, now))
    else:
        events += placed_in_shop(loaded, made, now)


def _complain(order: Order, outcome: Outcome, events: list[OrderEvent], now: datetime) -> None:
    """Show what keeps the order from the shop. A hold is no problem of the order's own."""
    if order.hold and outcome.code == order.hold:
        return
    problem = {key: value for key, value in outcome.params.items() if value}
    if (order.problem_code, order.problem) != (outcome.code, problem):
        events.append(event(order, "problem", now, problem_code=outcome.code, **problem))
    Order.objects.filter(pk=order.pk).update(
        place=Order.Place.NEEDS_ATTENTION, problem_code=outcome.code, problem=problem
    )
