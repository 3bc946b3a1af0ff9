"""Creating an order in a shop exactly once: the one strategy, over the verbs that an adapter offers.

Whatever the rung (`adapterkit.spec.Creation`), the order is looked for first. What differs is what may be done when it
is not there and an earlier try may still be under way in the shop: where the shop takes a repeat for the same order, it
is repeated; where a double would be inert, another inert one is made, and only the one that is chosen is activated;
else nothing is made before the shop has had its time and the order was looked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from adapterkit.capabilities import has
from adapterkit.errors import AlreadyExists, NotFound
from adapterkit.records import CLOSED, Order, ShopOrder, ShopOrderState
from adapterkit.shop import (
    CreatesInertOrders,
    CreatesOrders,
    DiscardsInertOrders,
    FinishesOrders,
    Products,
    Shop,
)
from adapterkit.spec import Creation

# A repeat is the same order to the shop: by its id, by our reference, or by the key that was sent with it.
REPEATABLE = frozenset({Creation.CLIENT_ID, Creation.UNIQUE_REFERENCE, Creation.IDEMPOTENCY_KEY})


def holds(adapter: type[Shop]) -> bool:
    """Whether orders get into shops of this platform: its class has what the rung that its spec names needs."""
    match adapter.spec.creation:
        case Creation.PULLED:
            return True
        case Creation.INERT_THEN_ACTIVATE:
            return has(adapter, CreatesInertOrders)
        case _:
            return has(adapter, CreatesOrders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The shop order that stands for ours: `found`, or made just now.

    `doubles` are inert ones to be removed, `active_doubles` those that only a person can judge.
    """

    shop_order: ShopOrder
    found: bool = True
    doubles: tuple[str, ...] = ()
    active_doubles: tuple[ShopOrder, ...] = ()


class NotPlaced(Enum):
    """Why there is no order in the shop, and none was made."""

    UNWANTED = "it is not there, and was only looked for"
    SETTLING = "the shop may still be making it"
    UNDECIDABLE = "an earlier try may have made it, and only a person can tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Creating:
    """One order that is to be in the shop once.

    `find` looks for what is there of it, oldest first; `fits` tells whether that has the right lines, currency and
    total. `settles_in` is None unless an earlier try may have arrived; then it says how many seconds the shop may need
    for it yet. `left` are inert ones that were not chosen, or are no more: where the shop removes none, they are passed
    over. With `look_only` nothing is made.
    """

    shop: Shop
    order: Order
    reference: str
    products: Products
    find: Callable[[], Sequence[ShopOrder]]
    fits: Callable[[ShopOrder], bool]
    settles_in: float | None = None
    left: frozenset[str] = frozenset()
    look_only: bool = False

    def place(self) -> Placed | NotPlaced:
        """Choose what is there or make the order. May be repeated; raises what the adapter's verbs raise.

        What does not fit is chosen all the same where it is active: it is not made a second time.
        """
        if self.shop.spec.creation is Creation.INERT_THEN_ACTIVATE:
            return self._inert(self.find())
        found = self.find()
        return self._chosen(found) if found else self._anew()

    def _inert(self, found: Sequence[ShopOrder]) -> Placed | NotPlaced:
        # A closed one was never activated: the one that is was chosen before, and is not looked for any more.
        active = [made for made in found if made.state not in {ShopOrderState.INERT, *CLOSED}]
        # What can be removed is, where it does not fit; only what has to be left there is passed over.
        passed = frozenset() if isinstance(self.shop, DiscardsInertOrders) else self.left
        inert = [made for made in found if made.state == ShopOrderState.INERT and made.shop_order_id not in passed]
        fitting = [made for made in inert if self.fits(made)]
        if active or fitting:
            chosen = (active or fitting)[0]
            return Placed(shop_order=chosen, doubles=tuple(made.shop_order_id for made in inert if made is not chosen))
        for made in inert:
            discard(self.shop, made.shop_order_id)
        if self.look_only:
            return NotPlaced.UNWANTED
        assert isinstance(self.shop, CreatesInertOrders)  # noqa: S101 - see `holds`
        made = self.shop.create_inert_order(self.order, self.reference, self.products)
        return Placed(shop_order=made, found=False)

    def _chosen(self, found: Sequence[ShopOrder]) -> Placed:
        open_ones = [made for made in found if made.state not in CLOSED]
        made = (open_ones or found)[0]
        # What was made is compared before: a wrong order is not finished.
        if made.state == ShopOrderState.INERT and isinstance(self.shop, FinishesOrders) and self.fits(made):
            made = self.shop.finish_order(made.shop_order_id, self.order)
        return Placed(shop_order=made, active_doubles=tuple(open_ones[1:]))

    def _anew(self) -> Placed | NotPlaced:
        rung = self.shop.spec.creation
        if self.settles_in and rung not in REPEATABLE:
            return NotPlaced.SETTLING
        if self.look_only:
            return NotPlaced.UNWANTED
        if self.settles_in is not None and rung is Creation.NONE:
            return NotPlaced.UNDECIDABLE
        assert isinstance(self.shop, CreatesOrders)  # noqa: S101 - see `holds`
        try:
            made = self.shop.create_order(self.order, self.reference, self.products)
        except AlreadyExists:
            if found := self.find():  # an earlier try came to its end since we looked
                return self._chosen(found)
            if self.settles_in:  # and is not listed yet
                return NotPlaced.SETTLING
            raise
        return Placed(shop_order=made, found=False)


def discard(shop: Shop, shop_order_id: str) -> bool:
    """Remove an inert order, and return whether it is gone; one in use, or in a shop that removes none, is left.

    Left, it takes no stock and nobody handles it.
    """
    if not isinstance(shop, DiscardsInertOrders):
        return False
    with suppress(NotFound):
        if shop.fetch_order(shop_order_id).order.state != ShopOrderState.INERT:
            return False
        shop.discard_inert_order(shop_order_id)
    return True
