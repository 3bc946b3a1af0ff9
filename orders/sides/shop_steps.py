"""The steps in a shop: each is one idempotent call, or a look and a call. They run in threads and touch no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as noop

from adapterkit import records
from adapterkit.creation import Creating, NotPlaced, Placed, discard
from adapterkit.errors import AdapterError, NotFound
from adapterkit.records import CLOSED, ShopOrderState
from adapterkit.shop import (
    AddsNotes,
    CancelsOrders,
    CreatesInertOrders,
    DiscardsInertOrders,
    HoldsOrders,
    Shop,
)
from adapterkit.spec import Creation
from engine.outcomes import Outcome, done, later, rejected
from orders.obstacles import Obstacle
from orders.sides.finding import Trail
from orders.verification import code_of, mismatch_of

LEFT = "left"  # inert, in a shop that removes none
UNCLOSED = (ShopOrderState.INERT, ShopOrderState.OPEN)
# Notes for those who pack, where we cannot change the shop's order.
CANCELLED = noop("Cancelled at the marketplace. Do not ship.")
ON_HOLD, RELEASED = noop("The buyer asks to cancel. Do not ship for now."), noop("The order goes on. Ship it.")
CHANGED = noop("The marketplace changed this order. Do not ship it before pieces and address are corrected here.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Look whether the order is there, create it, compare it.

    `wait` is None unless an earlier try may have arrived; then it says how many seconds that may still take. `left` are
    inert ones that are not to stand for it. With `kept` it is looked for and not created: that is what comes of it
    where it is not there.
    """

    shop: Shop
    order: records.Order
    reference: str
    trail: Trail
    products: Mapping[str, str]
    wait: float | None
    left: frozenset[str] = frozenset()
    kept: Outcome | None = None

    def __call__(self) -> Outcome:
        creating = Creating(
            shop=self.shop,
            order=self.order,
            reference=self.reference,
            products=self.products,
            find=partial(self.trail.follow, self.shop),
            fits=lambda made: not mismatch_of(made, self.order, self.products),
            settles_in=self.wait,
            left=self.left,
            look_only=self.kept is not None,
        )
        match creating.place():
            case NotPlaced.SETTLING:
                return later("settling", retry_after=self.wait)
            case NotPlaced.UNDECIDABLE:
                return rejected("creation_unknown", reference=self.reference)
            case Placed() as placed:
                return verified(placed, self.order, self.products)
            case _:
                assert self.kept is not None  # noqa: S101 - else it is not only looked for
                return self.kept


def verified(placed: Placed, order: records.Order, products: Mapping[str, str]) -> Outcome:
    """Compare what the shop made with what was asked; the outcome's value is what is placed there."""
    made = placed.shop_order
    if difference := mismatch_of(made, order, products):
        return rejected(code_of(difference, made), value=placed, number=made.number, **difference.params)
    return done(placed)


def clear(shop: Shop, trail: Trail, reference: str, wait: float | None, *, cancel: bool) -> Outcome:
    """Remove what an earlier try may have left of an order that is not wanted any more.

    An active one is cancelled only with `cancel`. One that the shop may still be making is waited for.
    """
    found = trail.follow(shop)
    for made in found:
        if made.state == ShopOrderState.INERT and shop.spec.creation == Creation.INERT_THEN_ACTIVATE:
            discard(shop, made.shop_order_id)
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
        made = self.shop.fetch_order(self.shop_order_id).order
        return verified(Placed(shop_order=made), self.order, self.products)

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
        """Remove the inert order; the outcome's value is the shop's order where it is active by now, or `LEFT`."""
        with suppress(NotFound):
            made = self.shop.fetch_order(self.shop_order_id).order
            if made.state in CLOSED:
                return done()
            if made.state != ShopOrderState.INERT:
                return done(made)
            if not isinstance(self.shop, DiscardsInertOrders):
                return done(LEFT)
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
        return done({double: discard(self.shop, double) for double in doubles})

    def _note(self, text: str) -> None:
        if isinstance(self.shop, AddsNotes) and not self.told:
            with suppress(AdapterError), override(self.language):  # kept as an exchange of the order
                self.shop.add_note(self.shop_order_id, gettext(text), self.order)
