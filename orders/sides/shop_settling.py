"""Writes down what came of a step in the shop; part of the transaction that settles it, with the orders locked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from adapterkit.creation import Placed
from adapterkit.records import CLOSED, ShopOrder, ShopOrderState
from connections.models import Direction
from engine import outbox, rows
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict
from engine.registry import Result
from orders import messages
from orders.copies import renew_wishes
from orders.doubles import doubled_in_shop
from orders.history import event
from orders.loading import LoadedOrder
from orders.models import Order, OrderEvent, OrderLine, ShopCopy
from orders.placing import Placements, begin_tests, end_test
from orders.reading.closing import closed_in_shop
from orders.sides.shop_steps import LEFT
from orders.verification import shop_lines
from orders.wishes import InShop, Made, Place, ShopWish, Step

NOTES = {Step.CANCEL: "cancel", Step.HOLD: "hold", Step.TELL: "change", Step.RELEASE: "release"}
AFTER_MAKING = frozenset({Step.CANCEL, Step.HOLD, Step.RELEASE, Step.TELL, Step.TIDY})
SWITCHING = "switching"  # in what was sent: a hold, begun or ended
TOLD = {Step.CANCEL: "cancelled_in_shop_by_us", Step.HOLD: "hold_sent_to_shop", Step.RELEASE: "hold_ended_in_shop"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """What a try was about. `value` is what came of its remote part."""

    step: Step
    wish: ShopWish
    version: int
    content: str
    sent: Mapping[str, str]  # address and content of what an earlier try may have made, or that a hold was switched
    value: Any = None


def note_of(step: Step, version: int) -> str:
    """Return how the note is remembered that those who pack are left with a step."""
    return f"{NOTES[step]}:{version}" if step in NOTES else ""


@dataclass(slots=True)
class Settling:
    """Gathers what the steps of a batch leave behind, so that each table is written once."""

    now: datetime
    placements: Placements = field(init=False)
    events: list[OrderEvent] = field(default_factory=list)
    drafts: list[outbox.Draft] = field(default_factory=list)
    copies: list[ShopCopy] = field(default_factory=list)
    lines: list[OrderLine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.placements = Placements(self.now, self.events)

    def write(self) -> None:
        self.placements.write()
        rows.update(self.lines, ["shop_line_id"])
        rows.update(self.copies, ["acknowledged", "acknowledged_version", "doubles", "sent"])
        outbox.post(self.drafts, self.now)

    def write_down(self, loaded: LoadedOrder, result: Result, stepped: Stepped) -> None:
        """Take over one outcome: facts, history, and what the shop has by now."""
        copy, outcome = loaded.copy, result.outcome
        has = InShop.restored(copy.acknowledged)
        match outcome.verdict:
            case Verdict.DONE | Verdict.DISCARDED:
                has = self._made(loaded, result, stepped, has)
            case Verdict.HELD | Verdict.REJECTED:
                has = self._not_made(loaded, result, stepped, has)
            case Verdict.UNKNOWN if stepped.step is Step.MAKE and not result.message.failures:
                self._tell(loaded.order, "outcome_unknown")
                return
            case _:
                return
        if stepped.step in {Step.HOLD, Step.RELEASE}:
            copy.sent = {}
        copy.acknowledged = has.stored
        self.copies.append(copy)

    def _made(self, loaded: LoadedOrder, result: Result, stepped: Stepped, has: InShop) -> InShop:
        order, value = loaded.order, stepped.value
        match stepped.step:
            case Step.MAKE | Step.VERIFY if isinstance(value, Placed):
                return self._choose(loaded, result, stepped, value, has)
            case Step.ACTIVATE | Step.REMOVE if isinstance(value, ShopOrder):  # it is active by now
                return self._stands(loaded, value, has)
            case Step.REMOVE:
                return self._removed(loaded, left=value == LEFT)
            case Step.CLEAR | Step.NONE if has.made is Made.NOTHING:
                self._not_there(loaded)
                return has
        if stepped.step in TOLD:
            self._tell(order, TOLD[stepped.step], number=order.shop_order_number)
        has = self._changed(loaded, stepped, has)
        if order.place == Order.Place.IN_SHOP and order.problem_code:
            self.placements.mended(order)
        elif order.place != Order.Place.IN_SHOP and stepped.step in {Step.CANCEL, Step.NONE}:
            self._not_there(loaded)  # it never stood there as it should, and need not any more
        return has

    def _changed(self, loaded: LoadedOrder, stepped: Stepped, has: InShop) -> InShop:
        """Take over a step that changed an order which stands there."""
        match stepped.step:
            case Step.CANCEL:
                self._cancelled(loaded)
                return replace(has, made=Made.CANCELLED, held=False)
            case Step.HOLD:
                return replace(has, held=True)
            case Step.RELEASE:
                return replace(has, held=False, noted="")
            case Step.TELL:  # the platform's program reads it
                return has.made_as(has.made, stepped.wish)
            case Step.TIDY:
                loaded.copy.doubles = [double for double in loaded.copy.doubles if double not in stepped.value]
                for _ in filter(None, stepped.value.values()):
                    self._tell(loaded.order, "double_removed", number=loaded.order.shop_order_number)
        return has

    def _not_made(self, loaded: LoadedOrder, result: Result, stepped: Stepped, has: InShop) -> InShop:
        """Show what keeps the order from being as it should be."""
        order, outcome, value = loaded.order, result.outcome, stepped.value
        if stepped.step in AFTER_MAKING:
            return self._not_changed(order, outcome, stepped, has)
        if outcome.code == messages.TO_BE_ACKNOWLEDGED:
            begin_tests([loaded])  # the platform's program may take the order, and its stock, from now on
            return has
        if outcome.code == Direction.PUSH.column:
            return has
        stands: ShopOrder | None = None
        if isinstance(value, Placed) and value.shop_order.state != ShopOrderState.INERT:
            has = self._differing(loaded, result, stepped, value, has)
            stands = value.shop_order
        elif isinstance(value, Placed):
            loaded.copy.doubles = [*loaded.copy.doubles, value.shop_order.shop_order_id]
            end_test(loaded, given_back=True, now=self.now)
        elif isinstance(value, ShopOrder):
            self.placements.called(order, value)
            has = replace(has, made=Made.DIFFERING)
            stands = value
        elif outcome.code != "creation_unknown":
            end_test(loaded, given_back=True, now=self.now)
        if stands is not None and order.handled_manually:
            self.placements.mended(order)
            self.events += [doubled] if (doubled := doubled_in_shop(order, stands, self.now)) else []
            return has
        gone = stepped.step in {Step.ACTIVATE, Step.VERIFY} and outcome.code == "not_found"
        self._complain(
            order, replace(outcome, code="shop_order_gone") if gone else outcome, Order.Place.NEEDS_ATTENTION
        )
        return has

    def _not_changed(self, order: Order, outcome: Outcome, stepped: Stepped, has: InShop) -> InShop:
        """Who packs was told where we cannot do it ourselves."""
        in_shop = order.place == Order.Place.IN_SHOP
        self._complain(order, outcome, order.place if in_shop else Order.Place.NEEDS_ATTENTION)
        noted = outcome.code in {"cancel_it_yourself", "hold_it_yourself"} or stepped.step is Step.TELL
        return replace(has, noted=note_of(stepped.step, stepped.version)) if noted else has

    def _choose(self, loaded: LoadedOrder, result: Result, stepped: Stepped, chosen: Placed, has: InShop) -> InShop:
        order, made = loaded.order, chosen.shop_order
        self._shout(order, chosen)
        self._look_again(loaded, result, stepped, made)
        copy = loaded.copy
        copy.doubles = sorted({*copy.doubles, *chosen.doubles} - {made.shop_order_id})
        has = _as_asked(has, stepped, chosen)
        self._note_choice(loaded, chosen, result.message)
        self.placements.mended(order)
        if made.state == ShopOrderState.INERT:
            return replace(has, made=Made.INERT)
        return self._stands(loaded, made, has)

    def _differing(self, loaded: LoadedOrder, result: Result, stepped: Stepped, chosen: Placed, has: InShop) -> InShop:
        """It is active, and not as it should be: it is not made a second time."""
        self._note_choice(loaded, chosen, result.message)
        self._look_again(loaded, result, stepped, chosen.shop_order)
        self._shout(loaded.order, chosen)
        return replace(_as_asked(has, stepped, chosen), made=Made.DIFFERING)

    def _look_again(self, loaded: LoadedOrder, result: Result, stepped: Stepped, made: ShopOrder) -> None:
        """A try before this one may be finished by the shop even later."""
        if stepped.step is Step.MAKE and result.message.look_first and made.state != ShopOrderState.INERT:
            self.drafts += messages.look_for_doubles(loaded.order, loaded.connection, self.now)

    def _stands(self, loaded: LoadedOrder, made: ShopOrder, has: InShop) -> InShop:
        """The order is active in the shop. Where a person put it there by hand meanwhile, they have to choose."""
        order = loaded.order
        if order.handled_manually:
            self.events += [doubled] if (doubled := doubled_in_shop(order, made, self.now)) else []
            self.placements.changed(order)
        else:
            self.placements.place(loaded, made)
            if made.state in CLOSED and ShopWish.restored(loaded.copy.wish).place is Place.PLACED:
                self._closed(loaded, made)
        order.shop_order_state = made.state
        return replace(has, made=Made.PLACED)

    def _closed(self, loaded: LoadedOrder, made: ShopOrder) -> None:
        """The merchant closed it there before we knew that it stands."""
        told, drafts = closed_in_shop(loaded, made.state, self.now)
        self.events.append(told)
        self.drafts += drafts
        renew_wishes([loaded.order.pk], self.now)
        loaded.copy.refresh_from_db(fields=["wish", "wish_hash", "version"])

    def _cancelled(self, loaded: LoadedOrder) -> None:
        order = loaded.order
        if not loaded.connection.project.shop.is_pulled:  # its program says when it did
            order.shop_order_state = ShopOrderState.CANCELLED
            self.placements.changed(order)
        if order.is_test:
            end_test(loaded, given_back=True, now=self.now)

    def _removed(self, loaded: LoadedOrder, *, left: bool) -> InShop:
        """Nothing of the order counts there any more: it is made anew, or it is not wanted."""
        order = loaded.order
        if left:
            loaded.copy.doubles = sorted({*loaded.copy.doubles, order.shop_order_id})
        self.placements.gone(order)
        if ShopWish.restored(loaded.copy.wish).place is not Place.PLACED:
            self._not_there(loaded)
        return InShop()

    def _not_there(self, loaded: LoadedOrder) -> None:
        order = loaded.order
        order.place = Order.Place.WAITING if order.pending else Order.Place.NOT_SENT
        self.placements.mended(order)
        end_test(loaded, given_back=True, now=self.now)

    def _note_choice(self, loaded: LoadedOrder, chosen: Placed, message: OutboxMessage) -> None:
        """Write down which shop order stands for the marketplace's, which try made it, and which line is which."""
        order, made = loaded.order, chosen.shop_order
        cut_off = outbox.cut_off_attempt(message) if message.look_first else 0
        attempt = 0 if chosen.found or made.state == ShopOrderState.INERT else message.attempt_id
        if order.shop_order_id in ("", made.shop_order_id):
            self.placements.called(order, made)
            order.shop_order_url = made.url
            order.made_in_attempt = attempt or order.made_in_attempt or cut_off or None
            order.place = Order.Place.NOT_SENT if order.handled_manually else Order.Place.WAITING
        ids = shop_lines(made, loaded.products)
        for line in loaded.lines:
            line.shop_line_id = ids.get(line.marketplace_line_id, "")
        self.lines += loaded.lines

    def _shout(self, order: Order, chosen: Placed) -> None:
        """Tell of active doubles, which only a person can judge."""
        told = (doubled_in_shop(order, made, self.now) for made in chosen.active_doubles)
        self.events += [doubled for doubled in told if doubled]

    def _complain(self, order: Order, outcome: Outcome, place: str) -> None:
        """Show what a person has to mend. A hold is no problem of the order's own."""
        if order.hold and outcome.code == order.hold:
            return
        problem = {key: value for key, value in outcome.params.items() if value}
        if (order.problem_code, order.problem) != (outcome.code, problem):
            self._tell(order, "problem", problem_code=outcome.code, **problem)
        order.place, order.problem_code, order.problem = place, outcome.code, problem
        self.placements.changed(order)

    def _tell(self, order: Order, code: str, **about: Any) -> None:
        self.events.append(event(order, code, self.now, **about))


def _as_asked(has: InShop, stepped: Stepped, chosen: Placed) -> InShop:
    """What was just made is as it was asked for; what is found is as the try before had it.

    What is compared again is known to have the pieces; no shop tells us reliably where its order goes.
    """
    asked = replace(has, pieces=stepped.wish.pieces, address=stepped.wish.address, content=stepped.content)
    if stepped.step is not Step.MAKE:
        return replace(asked, address=has.address)
    if chosen.found and "address" in stepped.sent:
        return replace(asked, address=stepped.sent["address"], content=stepped.sent["content"])
    return asked
