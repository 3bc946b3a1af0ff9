"""Which connection each line of a marketplace's order belongs to, and what of the order goes with it; pure, no query.

The facts of an order that routing needs are nobody's personal data, so they are kept of every order that was seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from adapterkit.records import Discount, Fulfilment, Order, OrderLine

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a connection takes. Of several that take a line the first in the list gets it: the oldest comes first."""

    connection_id: int
    fulfilment: str
    country: str = ""  # empty for all
    activated_from: datetime | None = None
    active_since: datetime | None = None  # what the marketplace shipped itself counts from then on


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    line_id: str
    fulfilment: str
    sku: str
    open: int  # pieces that are still to be shipped
    shipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`country` is where the order goes to; empty where the marketplace does not say, or not yet."""

    placed_at: datetime | None
    country: str
    lines: tuple[LineFacts, ...]

    @property
    def is_open(self) -> bool:
        return any(line.open for line in self.lines)


def facts_of(order: Order) -> Facts:
    return Facts(
        placed_at=order.placed_at,
        country=order.delivery.country if order.delivery else "",
        lines=tuple(
            LineFacts(
                line_id=line.line_id,
                fulfilment=str(fulfilment_of(line, order)),
                sku=line.sku,
                open=max(line.quantity_open, 0),
                shipped=line.quantity_shipped,
            )
            for line in order.lines
        ),
    )


def stored(facts: Facts) -> list[dict[str, Any]]:
    """Return the lines as they are kept."""
    return [
        {"id": line.line_id, "by": line.fulfilment, "sku": line.sku, "open": line.open, "shipped": line.shipped}
        for line in facts.lines
    ]


def restored(placed_at: datetime | None, country: str, lines: Iterable[dict[str, Any]]) -> Facts:
    return Facts(
        placed_at=placed_at,
        country=country,
        lines=tuple(
            LineFacts(line_id=row["id"], fulfilment=row["by"], sku=row["sku"], open=row["open"], shipped=row["shipped"])
            for row in lines
        ),
    )


def route(facts: Facts, rules: Sequence[Rule]) -> dict[int, list[str]]:
    """Return the ids of the lines that each connection takes; those that none takes are in no list.

    Who ships is the line's own; date, country and what is left to be shipped are looked at for all lines of one
    fulfilment together, since they come into the shop as one order.
    """
    taken: dict[int, list[str]] = {}
    for fulfilment in dict.fromkeys(line.fulfilment for line in facts.lines):
        half = [line for line in facts.lines if line.fulfilment == fulfilment]
        rule = next((rule for rule in rules if rule.fulfilment == fulfilment and _takes(rule, facts, half)), None)
        if rule is not None:
            taken.setdefault(rule.connection_id, []).extend(line.line_id for line in half)
    return taken


def untaken(facts: Facts, rules: Sequence[Rule], held: Collection[str] = ()) -> dict[str, str]:
    """Return why nobody takes what is still to be shipped: by its fulfilment a code, put in words by `orders.words`.

    `held` are the fulfilments whose lines are in a connection already.
    """
    taken = {rule.fulfilment for rule in rules if rule.connection_id in route(facts, rules)}
    left = {line.fulfilment for line in facts.lines if line.open} - taken - set(held)
    return {fulfilment: _why(facts, [rule for rule in rules if rule.fulfilment == fulfilment]) for fulfilment in left}


def _why(facts: Facts, rules: Sequence[Rule]) -> str:
    if not rules:
        return "no_connection_ships_so"
    here = [rule for rule in rules if not rule.country or facts.country in {"", rule.country}]
    return "placed_before_activation" if here else "no_connection_for_country"


def _takes(rule: Rule, facts: Facts, half: Sequence[LineFacts]) -> bool:
    """Whether an order that is not here yet is to be sent: placed since activation, with pieces still to ship."""
    if facts.placed_at is None or (rule.activated_from and facts.placed_at < rule.activated_from):
        return False
    if rule.country and facts.country not in {"", rule.country}:
        return False
    if any(line.open for line in half):
        return True
    # What the marketplace ships itself may be on its way before we first see it; it is ours if it was placed since.
    since = rule.active_since
    shipped = any(line.shipped for line in half)
    return rule.fulfilment == Fulfilment.MARKETPLACE and shipped and (not since or facts.placed_at >= since)


def fulfilment_of(line: OrderLine, order: Order) -> Fulfilment:
    return line.fulfilment or order.fulfilment


def halves(order: Order) -> dict[Fulfilment, Order]:
    """Return what of an order each side ships, as an order of its own; one that one side ships is that whole order.

    Shipping goes to the merchant's half and discounts by what the lines cost, the cent that is left over to the half
    with the largest line; so does what does not add up in the whole order, so that it is found in one half.
    """
    sides = dict.fromkeys(fulfilment_of(line, order) for line in order.lines)
    if len(sides) < 2:  # noqa: PLR2004 - there is nothing to be parted
        return {side: replace(order, fulfilment=side) for side in sides}
    first, second = sides
    shares = {side: _half(order, side) for side in (first, second)}
    largest = max(order.lines, key=lambda line: (line.total, line.line_id))
    heir = fulfilment_of(largest, order)
    other = second if heir is first else first
    shares[heir] = replace(
        shares[heir],
        discounts=_rest(order.discounts, shares[other].discounts),
        total=order.total - shares[other].total,
    )
    return shares


def _half(order: Order, side: Fulfilment) -> Order:
    lines = tuple(line for line in order.lines if fulfilment_of(line, order) is side)
    goods = sum((line.total for line in lines), Decimal(0))
    whole = sum((line.total for line in order.lines), Decimal(0))
    part = goods / whole if whole else Decimal(0)
    discounts = tuple(replace(one, amount=(one.amount * part).quantize(CENT, ROUND_HALF_UP)) for one in order.discounts)
    shipping = order.shipping_cost if side is Fulfilment.MERCHANT else Decimal(0)
    return replace(
        order,
        fulfilment=side,
        is_half=True,
        lines=lines,
        shipping_cost=shipping,
        discounts=discounts,
        total=goods + shipping - sum((one.amount for one in discounts), Decimal(0)),
        deliver_by=min((line.deliver_by for line in lines if line.deliver_by), default=order.deliver_by),
        expires_at=min((line.expires_at for line in lines if line.expires_at), default=order.expires_at),
    )


def _rest(whole: Sequence[Discount], taken: Sequence[Discount]) -> tuple[Discount, ...]:
    return tuple(replace(one, amount=one.amount - other.amount) for one, other in zip(whole, taken, strict=True))
