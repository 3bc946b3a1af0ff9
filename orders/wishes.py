"""What a shop should have of an order, and the one step that brings it nearer to that; pure.

A wish follows from what the marketplace says and what people decided, never from what happened in which order. What the
shop has by our doing is written down after each step, in the same terms; where the two differ, the next step follows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from adapterkit.records import CLOSED, ShopOrderState
from orders.models import Order, OrderAddress, OrderLine

ON_THE_LABEL = ("first_name", "last_name", "company", "street", "house_number", "house_number_addition", "supplement",
                "postcode", "city", "region", "country")  # fmt: skip


class Place(StrEnum):
    """`ABSENT`: nothing of ours is to be made there; an order that stands there is left alone."""

    ABSENT = "absent"
    PLACED = "placed"
    CANCELLED = "cancelled"


class Made(StrEnum):
    """What we made of it. `INERT`: chosen, not activated. `DIFFERING`: active, and not as it should be."""

    NOTHING = "nothing"
    INERT = "inert"
    DIFFERING = "differing"
    PLACED = "placed"
    CANCELLED = "cancelled"


class Step(StrEnum):
    NONE = "none"
    MAKE = "make"
    VERIFY = "verify"  # the one that was made with a difference, which a person may have mended there
    ACTIVATE = "activate"
    REMOVE = "remove"  # the inert one
    CLEAR = "clear"  # what an earlier try may have left
    CANCEL = "cancel"
    HOLD = "hold"
    RELEASE = "release"
    TELL = "tell"  # of what the shop cannot be made to change
    TIDY = "tidy"  # unfinished doubles


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopWish:
    """`pieces` are quantities by marketplace line id; `address` is a digest of what stands on the label.

    Both are empty unless the order is to be placed.
    """

    place: Place
    held: bool = False
    pieces: Mapping[str, int] = field(default_factory=dict)
    address: str = ""

    @property
    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def hash(self) -> str:
        return digest(json.dumps(self.stored, sort_keys=True))

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> ShopWish:
        return cls(**{**stored, "place": Place(stored["place"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class InShop:
    """What the shop has by our doing. `content` is a digest of all that an inert order was made of.

    `noted` is what those who pack were last left a note about, and for which version of the wish.
    """

    made: Made = Made.NOTHING
    held: bool = False
    pieces: Mapping[str, int] = field(default_factory=dict)
    address: str = ""
    content: str = ""
    noted: str = ""

    @property
    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> InShop:
        return cls(**{**stored, "made": Made(stored.get("made", Made.NOTHING))})

    def made_as(self, made: Made, wish: ShopWish, content: str = "") -> InShop:
        return replace(self, made=made, pieces=wish.pieces, address=wish.address, content=content)

    def like(self, wish: ShopWish) -> bool:
        """Whether pieces and address are those that are wanted."""
        return (dict(self.pieces), self.address) == (dict(wish.pieces), wish.address)


def shop_wish(
    order: Order, lines: Sequence[OrderLine], addresses: Iterable[OrderAddress], before: ShopWish | None = None
) -> ShopWish:
    """Return what the shop should have.

    `before` is the wish until now: where it goes stays as it was once it is shipped, or its buyer's data are blanked.
    """
    if order.handled_manually or order.pending:
        return ShopWish(place=Place.ABSENT)
    pieces = {line.marketplace_line_id: wanted for line in lines if (wanted := wanted_of(line))}
    if order.status == Order.Status.CANCELLED or not pieces:
        return ShopWish(place=Place.CANCELLED)
    address = address_of(order, addresses)
    if order.buyer_blanked_at is not None:
        address = before.address if before else ""
    elif order.status == Order.Status.SHIPPED and before is not None and before.place is Place.PLACED:
        address = before.address  # where it went it went
    return ShopWish(place=Place.PLACED, held=bool(order.hold), pieces=pieces, address=address)


def wanted_of(line: OrderLine) -> int:
    """Return how many pieces of a line the shop should have; of one that the merchant cancels, what was shipped."""
    left = line.quantity - line.quantity_cancelled
    return min(left, line.quantity_shipped) if line.called_off else left


def accepting(order: Order, lines: Iterable[OrderLine], *, whole: bool) -> list[str]:
    """Return the lines that the marketplace is still to be told of that they are accepted: they can be delivered.

    A marketplace that takes `whole` orders alone is told of all lines, and of none while one cannot be delivered.
    """
    if order.handled_manually or order.status == Order.Status.CANCELLED or order.hold:
        return []
    waiting = [line for line in lines if line.to_accept and (whole or line.accepted_at is None)]
    able = [line for line in waiting if line.product_id and wanted_of(line)]
    if whole and (len(able) < len(waiting) or all(line.accepted_at for line in able)):
        return []
    return sorted(line.marketplace_line_id for line in able)


def hold_of(lines: Iterable[OrderLine], released: Collection[str]) -> Order.Hold:
    """Return the hold of an order; `released` are the lines whose buyer's request a person decided about."""
    asked = (line for line in lines if line.cancellation_requested and line.quantity_open > 0)
    if any(line.marketplace_line_id not in released for line in asked):
        return Order.Hold.CANCELLATION_REQUESTED
    return Order.Hold.NONE


def next_step(
    wish: ShopWish,
    has: InShop,
    *,
    state: str,
    content: str,
    can_hold: bool,
    doubles: bool,
    uncertain: bool,
    switching: bool = False,
) -> Step:
    """Return what brings the shop one step nearer to the wish.

    `state` is what the shop last said of its order, `content` what a creation would send now, `uncertain` that an
    earlier try may have made something that we do not know of, `switching` that nobody knows whether it is on hold: it
    was told to change that, and did not answer.
    """
    if switching and can_hold:
        has = replace(has, held=not _to_hold(wish, has, state))
    step = _towards(wish, has, state=state, content=content, can_hold=can_hold, uncertain=uncertain)
    return Step.TIDY if step is Step.NONE and doubles else step


def _to_hold(wish: ShopWish, has: InShop, state: str) -> bool:
    """Whether it is to be on hold; one that is finished is not touched any more."""
    differs = has.made is Made.PLACED and not has.like(wish)
    return (wish.held or differs) and state != ShopOrderState.COMPLETED


def _towards(wish: ShopWish, has: InShop, *, state: str, content: str, can_hold: bool, uncertain: bool) -> Step:
    wanted, finished = wish.place is Place.PLACED, state == ShopOrderState.COMPLETED
    if has.made is Made.NOTHING:
        return Step.MAKE if wanted else Step.CLEAR if uncertain else Step.NONE
    if has.made is Made.INERT:
        # One that waits for a person would be closed by a shop that waits for its payment only so long.
        return Step.ACTIVATE if wanted and not wish.held and has.content == content else Step.REMOVE
    if has.made is Made.DIFFERING and wanted:
        return _differing(wish, has, open_there=not finished and state not in CLOSED, can_hold=can_hold)
    if state in CLOSED or has.made is Made.CANCELLED or wish.place is Place.ABSENT:
        return Step.NONE  # closed there, by us or by the merchant, who decides; or left to them
    if not wanted:
        return Step.CANCEL
    return _placed(wish, has, finished=finished, can_hold=can_hold)


def _differing(wish: ShopWish, has: InShop, *, open_there: bool, can_hold: bool) -> Step:
    """It stands there, and not as it should: until it does a person has to see it, closed ones too."""
    if can_hold and open_there and wish.held != has.held:
        return Step.HOLD if wish.held else Step.RELEASE
    return Step.VERIFY


def _placed(wish: ShopWish, has: InShop, *, finished: bool, can_hold: bool) -> Step:
    """What is left to be done about an order that is to stand there, and does. One that was shipped is not held."""
    differs = not has.like(wish)
    if (wish.held or differs) and not finished and can_hold and not has.held:
        return Step.HOLD
    if differs:
        return Step.TELL
    if wish.held and not finished and not has.held:
        return Step.HOLD  # a person has to
    goes_on = has.held or has.noted.startswith(("hold:", "change:"))
    return Step.RELEASE if goes_on and not wish.held else Step.NONE


def address_of(order: Order, addresses: Iterable[OrderAddress]) -> str:
    """Return a digest of where the order goes, salted with its reference: it outlives the address."""
    for address in addresses:
        if address.role == OrderAddress.Role.DELIVERY:
            label = [" ".join(getattr(address, name).split()).casefold() for name in ON_THE_LABEL]
            return digest(order.reference, *label, *(address.lines if not address.street else ()))
    return ""


def content_of(order: Order, lines: Sequence[OrderLine], addresses: Iterable[OrderAddress]) -> str:
    """Return a digest of all that creating the order sends."""
    told: list[Any] = [
        order.currency, _amount(order.total), _amount(order.shipping_cost), order.shipping_method, order.discounts,
        order.business, order.customer_reference, order.remark, order.pickup_point,
    ]  # fmt: skip
    told += [
        [line.marketplace_line_id, line.product_id, wanted_of(line), _amount(line.unit_price), _amount(line.total),
         None if line.tax_rate is None else _amount(line.tax_rate), line.discounts]
        for line in sorted(lines, key=lambda one: one.marketplace_line_id)
    ]  # fmt: skip
    for address in sorted(addresses, key=lambda one: one.role):
        columns = (field.attname for field in address._meta.local_concrete_fields if field.attname not in BESIDE)
        told.append([getattr(address, name) for name in columns])
    return digest(json.dumps(told, default=str))


BESIDE = frozenset({"id", "order_id"})


def digest(*words: str) -> str:
    return hashlib.sha256("\x1f".join(words).encode(errors="surrogatepass")).hexdigest()[:32]


def _amount(value: Decimal) -> str:
    """Return an amount as it is written whatever the decimals of where it was read."""
    return format(value.normalize(), "f")
