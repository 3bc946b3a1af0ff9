"""Which connection takes which line, and what of an order's amounts goes with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapterkit.records import Address, Discount, Fulfilment, Order, OrderLine
from orders.obstacles import sum_of
from orders.routing import Rule, facts_of, halves, restored, route, stored, untaken

MERCHANT, MARKETPLACE = Fulfilment.MERCHANT, Fulfilment.MARKETPLACE
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def line(
    name: str, by: Fulfilment | None = None, *, total: str = "10.00", shipped: int = 0, left: int = 1
) -> OrderLine:
    return OrderLine(
        line_id=name,
        sku=name,
        quantity=shipped + left,
        quantity_shipped=shipped,
        unit_price=Decimal(total),
        total=Decimal(total),
        fulfilment=by,
    )


def order(*lines: OrderLine, country: str = "NL", shipping: str = "0", discounts: tuple[str, ...] = ()) -> Order:
    made = Order(
        order_id="A1",
        number="A1",
        placed_at=NOW,
        fulfilment=MERCHANT,
        currency="EUR",
        lines=lines,
        total=Decimal(0),
        shipping_cost=Decimal(shipping),
        discounts=tuple(Discount(title="less", amount=Decimal(amount)) for amount in discounts),
        delivery=Address(country=country) if country else None,
        fingerprint="f",
        payload={},
    )
    return replace(made, total=sum_of(made))


def rule(number: int, fulfilment: Fulfilment = MERCHANT, **more: object) -> Rule:
    return Rule(connection_id=number, fulfilment=fulfilment, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lines", "rules", "taken"),
    [
        ([line("a")], [], {}),
        ([line("a")], [rule(1)], {1: ["a"]}),
        ([line("a")], [rule(1, MARKETPLACE)], {}),
        ([line("a"), line("b", MARKETPLACE)], [rule(1)], {1: ["a"]}),
        ([line("a"), line("b", MARKETPLACE), line("c")], [rule(1), rule(2, MARKETPLACE)], {1: ["a", "c"], 2: ["b"]}),
        ([line("a")], [rule(1), rule(2)], {1: ["a"]}),  # the older one
        ([line("a")], [rule(1, country="BE"), rule(2)], {2: ["a"]}),
        ([line("a")], [rule(1, country="NL"), rule(2)], {1: ["a"]}),
        ([line("a")], [rule(1, activated_from=NOW)], {1: ["a"]}),
        ([line("a")], [rule(1, activated_from=NOW + DAY), rule(2, activated_from=NOW - DAY)], {2: ["a"]}),
        ([line("a", shipped=1, left=0)], [rule(1)], {}),
        ([line("a", shipped=1, left=0), line("b")], [rule(1)], {1: ["a", "b"]}),
        ([line("a", shipped=1, left=0), line("b", MARKETPLACE)], [rule(1)], {}),
        ([line("a", MARKETPLACE, shipped=1, left=0)], [rule(1, MARKETPLACE)], {1: ["a"]}),
        ([line("a", MARKETPLACE, shipped=1, left=0)], [rule(1, MARKETPLACE, active_since=NOW + DAY)], {}),
        ([line("a", MARKETPLACE, shipped=1, left=0)], [rule(1, MARKETPLACE, active_since=NOW)], {1: ["a"]}),
    ],
)
def test_who_takes_which_line(lines: list[OrderLine], rules: list[Rule], taken: dict[int, list[str]]) -> None:
    facts = facts_of(order(*lines))
    assert route(facts, rules) == taken
    assert route(restored(facts.placed_at, facts.country, stored(facts)), rules) == taken  # as it is kept


def test_what_does_not_say_where_it_goes_to_goes_to_any_country() -> None:
    assert route(facts_of(order(line("a"), country="")), [rule(1, country="BE")]) == {1: ["a"]}


def test_facts_hold_nothing_of_the_buyer() -> None:
    mine = replace(order(line("a")), delivery=Address(country="NL", last_name="Müller", street="Damrak", email="a@b.c"))
    facts = facts_of(mine)
    assert (facts.country, stored(facts)) == (
        "NL",
        [{"id": "a", "by": "merchant", "sku": "a", "open": 1, "shipped": 0}],
    )


def test_an_order_that_one_side_ships_stays_whole() -> None:
    whole = order(line("a", MARKETPLACE), line("b", MARKETPLACE), shipping="4.95", discounts=("1.00",))
    assert halves(whole) == {MARKETPLACE: replace(whole, fulfilment=MARKETPLACE)}


def test_shipping_goes_to_the_merchant_and_discounts_by_what_the_lines_cost() -> None:
    mixed = order(
        line("a", total="30.00"), line("b", MARKETPLACE, total="10.00"), shipping="4.95", discounts=("8.00", "0.02")
    )
    ours, theirs = halves(mixed)[MERCHANT], halves(mixed)[MARKETPLACE]
    assert ([one.line_id for one in ours.lines], [one.line_id for one in theirs.lines]) == (["a"], ["b"])
    assert (ours.shipping_cost, theirs.shipping_cost) == (Decimal("4.95"), 0)
    # A quarter of 0.02 is half a cent: it is rounded up there, and the rest goes to the largest line.
    assert [one.amount for one in theirs.discounts] == [Decimal("2.00"), Decimal("0.01")]
    assert [one.amount for one in ours.discounts] == [Decimal("6.00"), Decimal("0.01")]
    assert (ours.total, theirs.total) == (Decimal("28.94"), Decimal("7.99"))


def test_each_half_has_the_dates_of_its_own_lines() -> None:
    ours, theirs = replace(line("a"), deliver_by=NOW + DAY), replace(line("b", MARKETPLACE), deliver_by=NOW)
    mixed = replace(order(ours, theirs), deliver_by=NOW)
    assert {side: half.deliver_by for side, half in halves(mixed).items()} == {MERCHANT: NOW + DAY, MARKETPLACE: NOW}


def test_what_does_not_add_up_is_found_in_one_half() -> None:
    mixed = order(line("a", total="30.00"), line("b", MARKETPLACE, total="10.00"))
    wrong = halves(replace(mixed, total=mixed.total + Decimal("0.50")))
    assert {side: half.total - sum_of(half) for side, half in wrong.items()} == {
        MERCHANT: Decimal("0.50"),
        MARKETPLACE: 0,
    }


cents = st.integers(0, 50_000).map(lambda number: Decimal(number) / 100)


@settings(deadline=None)
@given(
    ours=st.lists(cents, min_size=1, max_size=4),
    theirs=st.lists(cents, min_size=1, max_size=4),
    shipping=cents,
    shares=st.lists(st.integers(0, 100), max_size=3),
)
def test_halves_add_up_to_the_whole_and_each_to_its_own_total(
    ours: list[Decimal], theirs: list[Decimal], shipping: Decimal, shares: list[int]
) -> None:
    lines = [line(f"a{n}", total=str(total)) for n, total in enumerate(ours)]
    lines += [line(f"b{n}", MARKETPLACE, total=str(total)) for n, total in enumerate(theirs)]
    goods = sum((*ours, *theirs), Decimal(0))
    less = tuple(str((goods * share / 300).quantize(Decimal("0.01"))) for share in shares)
    mixed = order(*lines, shipping=str(shipping), discounts=less)

    parts = halves(mixed)

    assert sum((half.total for half in parts.values()), Decimal(0)) == mixed.total
    assert all(half.total == sum_of(half) for half in parts.values())
    for place, discount in enumerate(mixed.discounts):
        assert sum((half.discounts[place].amount for half in parts.values()), Decimal(0)) == discount.amount
        assert all(half.discounts[place].amount >= 0 for half in parts.values())
    assert sorted(one.line_id for half in parts.values() for one in half.lines) == sorted(one.line_id for one in lines)


@pytest.mark.parametrize(
    ("lines", "rules", "held", "why"),
    [
        ([line("a")], [], (), {"merchant": "no_connection_ships_so"}),
        ([line("a")], [], ("merchant",), {}),
        ([line("a")], [rule(1)], (), {}),
        ([line("a", shipped=1, left=0)], [], (), {}),
        ([line("a"), line("b", MARKETPLACE)], [rule(1)], (), {"marketplace": "no_connection_ships_so"}),
        ([line("a")], [rule(1, country="BE")], (), {"merchant": "no_connection_for_country"}),
        ([line("a")], [rule(1, activated_from=NOW + DAY)], (), {"merchant": "placed_before_activation"}),
        (
            [line("a")],
            [rule(1, country="BE"), rule(2, activated_from=NOW + DAY)],
            (),
            {"merchant": "placed_before_activation"},
        ),
    ],
)
def test_why_nobody_takes_what_is_still_to_be_shipped(
    lines: list[OrderLine], rules: list[Rule], held: tuple[str, ...], why: dict[str, str]
) -> None:
    assert untaken(facts_of(order(*lines)), rules, held) == why
