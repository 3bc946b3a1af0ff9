"""Message `shop_order`: brings the shop's order in line with what it should be (`orders.wishes`), step by step.

Each try makes the one step that follows from the wish and from what the shop has by our doing; what came of it is
written down with the version of the wish that it was about. Where the wish has moved on meanwhile, or more is to be
done, the next step follows at once.

An order is put into the shop exactly once. Where a shop has inert orders, whatever happens in between doubles are
inert: only the id chosen here is ever activated, and the others are removed. Elsewhere the order is active at once;
after an unknown outcome nothing is created again before the shop's settling time is over and it was looked for again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from adapterkit.capabilities import has as has_capability
from adapterkit.shop import DiscardsInertOrders, HoldsOrders, Shop
from connections.adapters import open_shop
from connections.models import Direction
from engine import outbox, rows
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, again, attempt, discarded, done, held, later
from engine.registry import Call, ExchangeLog, Result
from orders import messages
from orders.loading import LoadedOrder, load_orders
from orders.locking import lock_orders
from orders.models import ShopCopy
from orders.obstacles import Obstacle, obstacle_of
from orders.placing import begin_tests
from orders.reading.lookups import look_up_orders, unheard
from orders.sides import shop_steps
from orders.sides.finding import Trail, trails_of
from orders.sides.shop_settling import SWITCHING, Settling, Stepped, note_of
from orders.sides.shop_steps import Placing, Standing
from orders.wishes import InShop, Made, Place, ShopWish, Step, next_step
from shops.registry import shop as shop_class

UNHEARD = "to_be_read_again"  # what its marketplace says of an order is old
READ_WITHIN = 30.0  # seconds until it is looked whether that is so still
LOOKS = frozenset({Step.MAKE, Step.CLEAR})
STARTS = frozenset({Step.MAKE, Step.ACTIVATE})  # to take the shop's stock
SENT = frozenset({Step.MAKE, Step.HOLD, Step.RELEASE})  # what is written down before it is
FINISHED = frozenset({Verdict.DONE, Verdict.DISCARDED})
ON_THE_WAY = frozenset({Step.MAKE, Step.ACTIVATE, Step.REMOVE, Step.CLEAR})  # an earlier try may still be made there


class ShopOrderSide:
    kind = messages.SHOP_ORDER

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        loaded = load_orders([message.record_id for message in messages])
        known = [message for message in messages if message.record_id in loaded]
        about = {m.pk: _about(loaded[m.record_id], uncertain=m.look_first) for m in known}
        trails = trails_of([loaded[m.record_id] for m in known if about[m.pk].step in LOOKS])
        old = unheard([loaded[m.record_id] for m in known if about[m.pk].step is Step.MAKE], now)
        jobs: dict[int, Call | Outcome] = {message.pk: discarded("order_gone") for message in messages}
        for message in known:
            mine = loaded[message.record_id]
            todo = _Todo(
                mine, about[message.pk], message, logs[message.pk], now, trails.get(message.record_id),
                stale=message.record_id in old,
            )  # fmt: skip
            jobs[message.pk] = _stamped(todo.job(), about[message.pk])
        begun = [m for m in known if about[m.pk].step in STARTS and not isinstance(jobs[m.pk], Outcome)]
        begin_tests(loaded[message.record_id] for message in begun)
        sent = [m for m in known if about[m.pk].step in SENT and not isinstance(jobs[m.pk], Outcome)]
        _note_sent([(loaded[m.record_id].copy, about[m.pk], m) for m in sent])
        return jobs

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        loaded = lock_orders([result.message.record_id for result in results])
        settling = Settling(now)
        for result in results:
            mine, stepped = loaded.get(result.message.record_id), result.outcome.value
            if mine is not None and isinstance(stepped, Stepped):
                result.outcome = replace(result.outcome, value=stepped.value)
                settling.write_down(mine, result, stepped)
                _go_on(mine, result, stepped)
        settling.write()
        look_up_orders([loaded[r.message.record_id] for r in results if r.outcome.code == UNHEARD], now)


def _about(loaded: LoadedOrder, *, uncertain: bool) -> Stepped:
    copy, content = loaded.copy, loaded.content
    return Stepped(
        step=step_of(loaded, content=content, uncertain=uncertain),
        wish=ShopWish.restored(copy.wish),
        version=copy.version,
        content=content,
        sent=copy.sent,
    )


def step_of(loaded: LoadedOrder, *, content: str, uncertain: bool) -> Step:
    copy, order = loaded.copy, loaded.order
    platform = shop_class(loaded.connection.project.shop.platform)
    return next_step(
        ShopWish.restored(copy.wish),
        InShop.restored(copy.acknowledged),
        state=order.shop_order_state,
        content=content,
        can_hold=has_capability(platform, HoldsOrders),
        doubles=bool(copy.doubles) and has_capability(platform, DiscardsInertOrders),
        uncertain=uncertain,
        switching=SWITCHING in copy.sent,
    )


def _stamped(job: Call | Outcome, about: Stepped) -> Call | Outcome:
    """Keep with the outcome what it is about, also where the call failed."""

    def stamp(outcome: Outcome) -> Outcome:
        return replace(outcome, value=replace(about, value=outcome.value))

    if isinstance(job, Outcome):
        return stamp(job)
    return lambda: stamp(attempt(job))


def _note_sent(begun: Sequence[tuple[ShopCopy, Stepped, OutboxMessage]]) -> None:
    """Write down what is about to be sent, before it is: should it be found later, we know what it was made of.

    Of a hold that is begun or ended nobody knows how it is before the shop has answered.
    """
    for copy, about, message in begun:
        if about.step is not Step.MAKE:
            copy.sent = {SWITCHING: about.step}
            continue
        mixed = message.look_first and copy.sent != _sent(about)
        copy.sent = {"address": "?", "content": "?"} if mixed else _sent(about)
    rows.update([copy for copy, _, _ in begun], ["sent"])


def _sent(about: Stepped) -> dict[str, str]:
    return {"address": about.wish.address, "content": about.content}


def _go_on(loaded: LoadedOrder, result: Result, stepped: Stepped) -> None:
    """Have the next step made at once where there is one, also where what kept this one may be over by now."""
    match result.outcome.verdict:
        case verdict if verdict in FINISHED:
            more = step_of(loaded, content=loaded.content, uncertain=False) is not Step.NONE
        case Verdict.HELD | Verdict.REJECTED:
            changed = stepped.step in STARTS and loaded.content != stepped.content
            more = changed or loaded.copy.version != stepped.version
        case _:
            return
    if more and result.message.look_first and result.outcome.verdict not in FINISHED:
        # An earlier try may still arrive: that is not forgotten.
        result.outcome = later("changed_meanwhile", retry_after=0.0)
    elif more:
        result.outcome = again()
    elif result.outcome.verdict in FINISHED:
        loaded.copy.acknowledged_version = loaded.copy.version


@dataclass(frozen=True, slots=True)
class _Todo:
    """One order whose turn it is, and the step that is to be made."""

    loaded: LoadedOrder
    about: Stepped
    message: OutboxMessage
    log: ExchangeLog
    now: datetime
    trail: Trail | None
    stale: bool

    def job(self) -> Call | Outcome:
        loaded, step = self.loaded, self.about.step
        if step is Step.NONE:
            there = InShop.restored(loaded.copy.acknowledged).made in {Made.PLACED, Made.CANCELLED}
            return done() if there else discarded("no_longer_wanted")
        if waits := self._waits():
            return waits
        shop = open_shop(loaded.connection.project.shop, self.log)
        wait = outbox.settles_in(self.message, shop.spec.settling_time, self.now) if step in ON_THE_WAY else None
        if wait and step in {Step.ACTIVATE, Step.REMOVE}:
            return later("settling", retry_after=wait)
        return self._look(shop, wait) if step in LOOKS else self._change(shop)

    def _waits(self) -> Outcome | None:
        """What keeps the step from being made for now, if anything, or makes it needless."""
        is_pulled = self.loaded.connection.project.shop.is_pulled
        if self.about.step is not Step.MAKE:
            return done() if is_pulled else None  # its program reads it from our API
        kept = self._kept()
        if kept is not None and (is_pulled or not self.message.look_first):
            return kept
        return self._not_yet() or (held(messages.TO_BE_ACKNOWLEDGED) if is_pulled else None)

    def _kept(self) -> Outcome | None:
        """What a person, or the buyer, keeps back. What may have arrived before is looked for all the same."""
        order, connection = self.loaded.order, self.loaded.connection
        if order.hold:
            return held(order.hold)
        return held(Direction.PUSH.column) if connection.push_paused and not order.is_test else None

    def _not_yet(self) -> Outcome | None:
        """What has to be mended or heard before the order can go."""
        currency = self.loaded.connection.project.shop.currency
        if obstacle := obstacle_of(self.loaded.canonical, linked=self.loaded.products, shop_currency=currency):
            return held(obstacle.code, **obstacle.params)
        return later(UNHEARD, retry_after=READ_WITHIN) if self.stale else None

    def _look(self, shop: Shop, wait: float | None) -> Call:
        """Steps that look for the order first."""
        order = self.loaded.order
        assert self.trail is not None  # noqa: S101 - it is read for these steps
        if self.about.step is Step.CLEAR:
            cancel = self.about.wish.place is Place.CANCELLED
            return partial(shop_steps.clear, shop, self.trail, order.reference, wait, cancel=cancel)
        return Placing(
            shop=shop,
            order=replace(self.loaded.canonical, attempt=self.message.attempt_id),
            reference=order.reference,
            trail=self.trail,
            products=self.loaded.products,
            wait=wait,
            left=frozenset(self.loaded.copy.doubles),
            kept=self._kept(),
        )

    def _change(self, shop: Shop) -> Call:
        """Steps about the one that we know."""
        order, copy = self.loaded.order, self.loaded.copy
        told = InShop.restored(copy.acknowledged).noted
        standing = Standing(
            shop=shop,
            shop_order_id=order.shop_order_id,
            number=order.shop_order_number,
            reference=order.reference,
            order=self.loaded.canonical,
            products=self.loaded.products,
            language=self.loaded.connection.company.language,
            told=told == note_of(self.about.step, self.about.version),
        )
        steps: Mapping[Step, Call] = {
            Step.VERIFY: standing.verify,
            Step.ACTIVATE: standing.activate,
            Step.REMOVE: standing.remove,
            Step.CANCEL: standing.cancel,
            Step.HOLD: standing.hold,
            Step.RELEASE: standing.release,
            Step.TELL: partial(standing.tell, _difference_of(self.loaded)),
            Step.TIDY: partial(standing.tidy, tuple(copy.doubles)),
        }
        return steps[self.about.step]


def _difference_of(loaded: LoadedOrder) -> Obstacle:
    """What of a placed order only a person can change in the shop."""
    wish, has = ShopWish.restored(loaded.copy.wish), InShop.restored(loaded.copy.acknowledged)
    number = loaded.order.shop_order_number
    if dict(wish.pieces) == dict(has.pieces):
        return Obstacle(code="address_to_correct", params={"number": number})
    changed = [
        f"{over} × {line.sku or line.title}"
        for line in loaded.lines
        if (over := has.pieces.get(line.marketplace_line_id, 0) - wish.pieces.get(line.marketplace_line_id, 0))
    ]
    return Obstacle(code="lines_to_take_out", params={"number": number, "lines": changed})
