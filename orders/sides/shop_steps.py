"""The steps in a shop: each is one idempotent call, or a look and a call. They run in threads and touch no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as noop

from adapterkit import records
from adapterkit.errors import AdapterError, NotFound
from adapterkit.records import ShopOrder, ShopOrderState
from adapterkit.shop import (
    AddsNotes,
    CancelsOrders,
    CreatesInertOrders,
    CreatesOrders,
    FinishesOrders,
    HoldsOrders,
    Shop,
)
from adapterkit.spec import Creation
from engine.outcomes import Outcome, Verdict, done, later, rejected
from orders.finding import Trail
from orders.obstacles import Obstacle
from orders.verification import code_of, mismatch_of
from orders.wishes import CLOSED

UNCLOSED = (ShopOrderState.INERT, ShopOrderState.OPEN)
# Notes for those who pack, where we cannot change the shop's order.
CANCELLED = noop("Cancelled at the marketplace. Do not ship.")
ON_HOLD, RELEASED = noop("The buyer asks to cancel. Do not ship for now."), noop("The order goes on. Ship it.")
CHANGED = noop("The marketplace changed this order. Do not ship it before pieces and address are corrected here.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The shop order that stands for the marketplace's, inert doubles to be removed, and active ones to shout about.

    `attempt` is the try that made it, 0 when it was found: then an earlier one did, as far as we know.
    """

    shop_order: ShopOrder
    found: bool = True
    attempt: int = 0
    doubles: tuple[str, ...] = ()
    active_doubles: tuple[ShopOrder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Look whether the order is there, create it, verify it.

    `wait` is None unless an earlier try may have arrived; then it says how many seconds that may still take. With
    `kept` it is looked for and not created: that is what comes of it where it is not there.
    """

    shop: Shop
    order: records.Order
    reference: str
    trail: Trail
    products: Mapping[str, str]
    wait: float | None
    kept: Outcome | None = None

    def __call__(self) -> Outcome:
        found = self.trail.follow(self.shop)
        if isinstance(self.shop, CreatesInertOrders):
            return self._inert(self.shop, found)
        assert isinstance(self.shop, CreatesOrders)  # noqa: S101 - checked at set-up
        return self._active(self.shop, found)

    def _inert(self, shop: CreatesInertOrders, found: Sequence[ShopOrder]) -> Outcome:
        # A closed one was never activated: the one that is was chosen before, and is not looked for any more.
        active = [made for made in found if made.state not in {ShopOrderState.INERT, *CLOSED}]
        inert = [made for made in found if made.state == ShopOrderState.INERT]
        fitting = [made for made in inert if not mismatch_of(made, self.order, self.products)]
        if active or fitting:
            chosen = (active or fitting)[0]
            doubles = tuple(made.shop_order_id for made in inert if made is not chosen)
            return verified(chosen, self.order, self.products, doubles)
        for made in inert:
            shop.discard_inert_order(made.shop_order_id)
        if self.kept:
            return self.kept
        return _made(
            verified(shop.create_inert_order(self.order, self.reference, self.products), self.order, self.products)
        )

    def _active(self, shop: CreatesOrders, found: Sequence[ShopOrder]) -> Outcome:
        if found:
            open_ones = [made for made in found if made.state not in CLOSED]
            return self._finished((open_ones or found)[0], tuple(open_ones[1:]))
        if self.wait:
            return later("settling", retry_after=self.wait)
        if self.kept:
            return self.kept
        if self.wait is not None and self.shop.spec.creation == Creation.NONE:
            return rejected("creation_unknown", reference=self.reference)
        made = shop.create_order(self.order, self.reference, self.products)
        return _made(verified(made, self.order, self.products), attempt=self.order.attempt)

    def _finished(self, made: ShopOrder, others: tuple[ShopOrder, ...]) -> Outcome:
        """What was made is compared first: a wrong order is not finished."""
        outcome = verified(made, self.order, self.products, active_doubles=others)
        if outcome.verdict is not Verdict.DONE or made.state != ShopOrderState.INERT:
            return outcome
        assert isinstance(self.shop, FinishesOrders)  # noqa: S101 - no other has unfinished ones
        finished = self.shop.finish_order(made.shop_order_id, self.order)
        return verified(finished, self.order, self.products, active_doubles=others)


def verified(
    made: ShopOrder,
    order: records.Order,
    products: Mapping[str, str],
    doubles: tuple[str, ...] = (),
    active_doubles: tuple[ShopOrder, ...] = (),
) -> Outcome:
    """Compare what the shop made with what was asked; the outcome's value is the `Chosen`."""
    result = Chosen(shop_order=made, doubles=doubles, active_doubles=active_doubles)
    if difference := mismatch_of(made, order, products):
        return rejected(code_of(difference, made), value=result, number=made.number, **difference.params)
    return done(result)


def _made(outcome: Outcome, attempt: int = 0) -> Outcome:
    return replace(outcome, value=replace(outcome.value, found=False, attempt=attempt))


def clear(shop: Shop, trail: Trail, reference: str, wait: float | None, *, cancel: bool) -> Outcome:
    """Remove what an earlier try may have left of an order that is not wanted any more.

    An active one is cancelled only with `cancel`. One that the shop may still be making is waited for.
    """
    found = trail.follow(shop)
    for made in found:
        if made.state == ShopOrderState.INERT and isinstance(shop, CreatesInertOrders):
            shop.discard_inert_order(made.shop_order_id)
        elif made.state in UNCLOSED and cancel:
            if not isinstance(shop, CancelsOrders):
                return rejected("cancel_it_yourself", number=made.number)
            shop.cancel_order(made.shop_order_id, reference)
    if wait and not found:
        return later("settling", retry_after=wait)
    return done()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An order that stands in the shop, inert or active, and the steps that change it there.

    Who packs reads a note in the shop, once, where we cannot do what is to be done there.
    """

    shop: Shop
    shop_order_id: str
    number: str
    reference: str
    order: records.Order  # as it is to be
    products: Mapping[str, str]
    language: str
    told: bool  # who packs, of this very step

    def verify(self) -> Outcome:
        return verified(self.shop.fetch_order(self.shop_order_id).order, self.order, self.products)

    def activate(self) -> Outcome:
        """Make the inert order that was chosen a paid one; the outcome's value is what became of it."""
        assert isinstance(self.shop, CreatesInertOrders)  # noqa: S101 - only such a shop has inert orders
        made = self.shop.activate_order(self.shop_order_id, self.order)
        if made.state in CLOSED:  # by the shop itself, which waits for a payment only so long; or by the merchant
            return rejected("shop_order_gone", number=made.number)
        if made.total != self.order.total:
            totals = {"shop": str(made.total), "marketplace": str(self.order.total)}
            return rejected("made_total_differs", value=made, number=made.number, **totals)
        return done(made)

    def remove(self) -> Outcome:
        """Remove the inert order; the outcome's value is the shop's order where it is active by now."""
        assert isinstance(self.shop, CreatesInertOrders)  # noqa: S101 - see `activate`
        with suppress(NotFound):
            made = self.shop.fetch_order(self.shop_order_id).order
            if made.state in CLOSED:
                return done()
            if made.state != ShopOrderState.INERT:
                return done(made)
            self.shop.discard_inert_order(self.shop_order_id)
        return done()

    def cancel(self) -> Outcome:
        """Cancel it, or say that the merchant has to."""
        if not isinstance(self.shop, CancelsOrders):
            self._note(CANCELLED)
            return rejected("cancel_it_yourself", number=self.number)
        with suppress(NotFound):
            self.shop.cancel_order(self.shop_order_id, self.reference)
        return done()

    def hold(self) -> Outcome:
        if not isinstance(self.shop, HoldsOrders):
            self._note(ON_HOLD)
            return rejected("hold_it_yourself", number=self.number)
        self.shop.hold_order(self.shop_order_id, self.reference)
        return done()

    def release(self) -> Outcome:
        if isinstance(self.shop, HoldsOrders):
            self.shop.release_order(self.shop_order_id, self.reference)
        else:
            self._note(RELEASED)
        return done()

    def tell(self, difference: Obstacle) -> Outcome:
        """What it has and should not have, only a person can change there."""
        self._note(CHANGED)
        return rejected(difference.code, **difference.params)

    def tidy(self, doubles: Sequence[str]) -> Outcome:
        """Remove inert orders that were not chosen; the outcome's value says of each id whether it is gone.

        One that somebody uses by now is theirs; that there are two is told when it is read.
        """
        assert isinstance(self.shop, CreatesInertOrders)  # noqa: S101 - see `activate`
        gone = dict.fromkeys(doubles, True)
        for double in doubles:
            with suppress(NotFound):
                gone[double] = self.shop.fetch_order(double).order.state == ShopOrderState.INERT
                if gone[double]:
                    self.shop.discard_inert_order(double)
        return done(gone)

    def _note(self, text: str) -> None:
        if isinstance(self.shop, AddsNotes) and not self.told:
            with suppress(AdapterError), override(self.language):  # kept as an exchange of the order
                self.shop.add_note(self.shop_order_id, gettext(text), self.order)
