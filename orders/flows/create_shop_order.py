"""Message `create_shop_order`: puts an order into the shop, exactly one of which is chosen.

Find by our reference, else create, verify, write down the chosen id once. Where a shop has inert orders, whatever
happens in between doubles are inert: only the id chosen here is ever activated (`activate_shop_order`), and the others
are removed. Elsewhere the order is active at once; after an unknown outcome nothing is created again before the shop's
settling time is over and the order was looked for once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapterkit import records
from adapterkit.errors import AdapterError
from adapterkit.marketplace import Marketplace
from adapterkit.records import ShopOrder, ShopOrderState
from adapterkit.shop import CancelsOrders, CreatesInertOrders, CreatesOrders, FinishesOrders, Shop
from adapterkit.spec import Creation
from connections.adapters import open_account, open_shop
from connections.models import Direction
from engine import outbox
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, discarded, done, held, later, of_error, rejected
from engine.registry import Call, ExchangeLog, Result
from orders import messages, search
from orders.doubles import doubled_in_shop
from orders.finding import Trail, trails_of
from orders.history import event
from orders.importing import import_orders
from orders.loading import LoadedOrder, load_orders
from orders.locking import lock_orders
from orders.models import Order, OrderEvent, OrderLine
from orders.obstacles import obstacle_of
from orders.placing import CLOSED, begin_tests, end_test, placed_in_shop
from orders.routing import halves
from orders.verification import code_of, mismatch_of, shop_lines

READ_AGAIN_AFTER = timedelta(minutes=5)
UNCLOSED = (ShopOrderState.INERT, ShopOrderState.OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The shop order that stands for the marketplace's, inert doubles to be removed, and active ones to shout about.

    `attempt` is the try that made it, 0 when it was found: then an earlier one did, as far as we know.
    """

    shop_order: ShopOrder
    attempt: int = 0
    doubles: tuple[str, ...] = ()
    active_doubles: tuple[ShopOrder, ...] = ()


class CreateShopOrder:
    kind = messages.CREATE

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        loaded = load_orders([message.record_id for message in messages])
        trails = trails_of(loaded.values())
        jobs = {
            message.pk: _job(loaded[message.record_id], trails[message.record_id], message, logs[message.pk], now)
            if message.record_id in loaded
            else discarded("order_gone")
            for message in messages
        }
        begin_tests(loaded[m.record_id] for m in messages if isinstance(jobs[m.pk], Placing))
        return jobs

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        loaded = lock_orders([result.message.record_id for result in results])
        events: list[OrderEvent] = []
        drafts: list[outbox.Draft] = []
        for result in results:
            if result.message.record_id in loaded:
                _write_down(loaded[result.message.record_id], result, events, drafts, now)
        OrderEvent.objects.bulk_create(events)
        outbox.post(drafts, now)


def _job(loaded: LoadedOrder, trail: Trail, message: OutboxMessage, log: ExchangeLog, now: datetime) -> Call | Outcome:
    order = loaded.order
    if order.shop_order_id and (order.place == Order.Place.IN_SHOP or order.shop_order_state == ShopOrderState.INERT):
        return done()
    shop = open_shop(loaded.connection.project.shop, log)
    if order.shop_order_id:
        # It was made with a difference, which a person may have mended there.
        return lambda: _verified(shop.fetch_order(order.shop_order_id).order, loaded.canonical, loaded.products)
    if not loaded.wanted:
        return (lambda: _clear_away(shop, trail, order)) if message.look_first else discarded("no_longer_wanted")
    if waits := _waits(loaded):
        return waits
    if loaded.connection.project.shop.is_pulled:
        return held(messages.TO_BE_ACKNOWLEDGED)
    stale = now - order.read_at > READ_AGAIN_AFTER and not order.is_test
    return Placing(
        shop=shop,
        marketplace=open_account(loaded.connection.account, log) if stale else None,
        order=replace(loaded.canonical, attempt=message.attempt_id),
        reference=order.reference,
        trail=trail,
        products=loaded.products,
        wait=outbox.settles_in(message, shop.spec.settling_time, now),
    )


def _waits(loaded: LoadedOrder) -> Outcome | None:
    """What keeps the order here for now, if anything."""
    order, connection = loaded.order, loaded.connection
    if order.hold or (connection.push_paused and not order.is_test):
        return held(order.hold or Direction.PUSH.column)
    obstacle = obstacle_of(loaded.canonical, linked=loaded.products, shop_currency=connection.project.shop.currency)
    return held(obstacle.code, **obstacle.params) if obstacle else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """The remote part: look whether the order changed, look whether it is there, create it, verify it.

    `wait` is None unless an earlier try may have arrived; then it says how many seconds that may still take.
    """

    shop: Shop
    marketplace: Marketplace | None
    order: records.Order
    reference: str
    trail: Trail
    products: Mapping[str, str]
    wait: float | None

    def __call__(self) -> Outcome:
        if self.marketplace is not None and (changed := _changed(self.marketplace, self.order)):
            return changed
        found = self.trail.follow(self.shop)
        if isinstance(self.shop, CreatesInertOrders):
            return self._inert(self.shop, found)
        assert isinstance(self.shop, CreatesOrders)  # noqa: S101 - checked at set-up
        return self._active(self.shop, found)

    def _inert(self, shop: CreatesInertOrders, found: Sequence[ShopOrder]) -> Outcome:
        active = [made for made in found if made.state != ShopOrderState.INERT]
        inert = [made for made in found if made.state == ShopOrderState.INERT]
        fitting = [made for made in inert if not mismatch_of(made, self.order, self.products)]
        if active or fitting:
            chosen = (active or fitting)[0]
        else:
            for made in inert:
                shop.discard_inert_order(made.shop_order_id)
            chosen, inert = shop.create_inert_order(self.order, self.reference, self.products), []
        doubles = tuple(made.shop_order_id for made in inert if made is not chosen)
        return _verified(chosen, self.order, self.products, doubles)

    def _active(self, shop: CreatesOrders, found: Sequence[ShopOrder]) -> Outcome:
        if found:
            open_ones = [made for made in found if made.state not in CLOSED]
            return self._finished((open_ones or found)[0], tuple(open_ones[1:]))
        if self.wait:
            return later("settling", retry_after=self.wait)
        if self.wait is not None and self.shop.spec.creation == Creation.NONE:
            return rejected("creation_unknown", reference=self.reference)
        made = shop.create_order(self.order, self.reference, self.products)
        outcome = _verified(made, self.order, self.products)
        return replace(outcome, value=replace(outcome.value, attempt=self.order.attempt))

    def _finished(self, made: ShopOrder, others: tuple[ShopOrder, ...]) -> Outcome:
        """What was made is compared first: a wrong order is not finished."""
        outcome = _verified(made, self.order, self.products, active_doubles=others)
        if outcome.verdict is not Verdict.DONE or made.state != ShopOrderState.INERT:
            return outcome
        assert isinstance(self.shop, FinishesOrders)  # noqa: S101 - no other has unfinished ones
        finished = self.shop.finish_order(made.shop_order_id, self.order)
        return _verified(finished, self.order, self.products, active_doubles=others)


def _verified(
    made: ShopOrder,
    order: records.Order,
    products: Mapping[str, str],
    doubles: tuple[str, ...] = (),
    active_doubles: tuple[ShopOrder, ...] = (),
) -> Outcome:
    result = Chosen(shop_order=made, doubles=doubles, active_doubles=active_doubles)
    if difference := mismatch_of(made, order, products):
        return rejected(code_of(difference, made), value=result, number=made.number, **difference.params)
    return done(result)


def _changed(marketplace: Marketplace, order: records.Order) -> Outcome | None:
    """Read the order again; return what to do when it is not as it was, or cannot be read."""
    try:
        fresh = marketplace.fetch_order(order.order_id)
    except AdapterError as error:
        # The shop is not to blame for what the marketplace does.
        return replace(of_error(error), verdict=Verdict.LATER, blames_lane=False)
    if fresh.fingerprint != order.fingerprint:
        return later("changed_at_marketplace", retry_after=0, value=halves(fresh).get(order.fulfilment))
    return None


def _clear_away(shop: Shop, trail: Trail, order: Order) -> Outcome:
    """An earlier attempt may have left something of an order that is not wanted any more."""
    for made in trail.follow(shop):
        if made.state == ShopOrderState.INERT and isinstance(shop, CreatesInertOrders):
            shop.discard_inert_order(made.shop_order_id)
        elif made.state in UNCLOSED and order.status == Order.Status.CANCELLED:
            if not isinstance(shop, CancelsOrders):
                return rejected("cancel_it_yourself", number=made.number)
            shop.cancel_order(made.shop_order_id, order.reference)
    return discarded("no_longer_wanted")


def _write_down(
    loaded: LoadedOrder, result: Result, events: list[OrderEvent], drafts: list[outbox.Draft], now: datetime
) -> None:
    order, outcome = loaded.order, result.outcome
    match outcome.verdict:
        case Verdict.DONE if isinstance(outcome.value, Chosen):
            _choose(loaded, result, events, drafts, now)
            if result.message.look_first and outcome.value.shop_order.state != ShopOrderState.INERT:
                drafts += messages.look_for_doubles(order, loaded.connection, now)
        case Verdict.LATER if isinstance(outcome.value, records.Order):
            import_orders(connection=loaded.connection, orders=[outcome.value], now=now)
            Order.objects.filter(pk=order.pk).update(read_at=now)
        case Verdict.HELD if outcome.code == messages.TO_BE_ACKNOWLEDGED:
            begin_tests([loaded])  # the platform's program may take the order, and its stock, from now on
        case Verdict.HELD if outcome.code == Direction.PUSH.column:
            return
        case Verdict.HELD | Verdict.REJECTED:
            if isinstance(outcome.value, Chosen) and outcome.value.shop_order.state != ShopOrderState.INERT:
                _note_choice(loaded, outcome.value, result.message)
                if result.message.look_first:
                    drafts += messages.look_for_doubles(order, loaded.connection, now)
                events += _shout(order, outcome.value, now)
            elif outcome.code != "creation_unknown":
                end_test(loaded, given_back=True, now=now)
            _complain(order, outcome, events, now)
        case Verdict.DISCARDED:
            end_test(loaded, given_back=True, now=now)
        case Verdict.UNKNOWN if not result.message.failures:
            events.append(event(order, "outcome_unknown", now))


def _choose(
    loaded: LoadedOrder, result: Result, events: list[OrderEvent], drafts: list[outbox.Draft], now: datetime
) -> None:
    chosen: Chosen = result.outcome.value
    order, made = loaded.order, chosen.shop_order
    _note_choice(loaded, chosen, result.message)
    events += _shout(order, chosen, now)
    drafts += [messages.discard_inert(order, loaded.connection, double, now) for double in chosen.doubles]
    if made.state == ShopOrderState.INERT:
        drafts.append(messages.activate_shop_order(order, loaded.connection, now))
    else:
        events += placed_in_shop(loaded, made, now)


def _shout(order: Order, chosen: Chosen, now: datetime) -> list[OrderEvent]:
    """Tell of active doubles, which only a person can judge."""
    return [doubled for made in chosen.active_doubles if (doubled := doubled_in_shop(order, made, now))]


def _note_choice(loaded: LoadedOrder, chosen: Chosen, message: OutboxMessage) -> None:
    """Write down the one shop order that stands for the marketplace's, which try made it, and which line is which."""
    order, made = loaded.order, chosen.shop_order
    attempt = chosen.attempt or order.made_in_attempt or (outbox.cut_off_attempt(message) if message.look_first else 0)
    if Order.objects.filter(pk=order.pk, shop_order_id__in=("", made.shop_order_id)).update(
        shop_order_id=made.shop_order_id,
        shop_order_number=made.number,
        shop_order_state=made.state,
        shop_order_total=made.total if made.priced else None,
        shop_order_url=made.url,
        made_in_attempt=attempt or None,
        place=Order.Place.WAITING,
        problem_code="",
        problem={},
    ):
        order.shop_order_id, order.shop_order_number = made.shop_order_id, made.number
        search.add_keys([(order, made.number), (order, made.shop_order_id)])
    ids = shop_lines(made, loaded.products)
    for line in loaded.lines:
        line.shop_line_id = ids.get(line.marketplace_line_id, "")
    OrderLine.objects.bulk_update(loaded.lines, ["shop_line_id"])


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
