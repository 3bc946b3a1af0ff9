"""Two hands and two workers at one order, on PostgreSQL with real threads: whoever is quicker, it ends right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.at_once import at_once
from tests.effort import SECOND
from tests.races.hands import Hands, settled, wrongs
from tests.races.test_interleavings import hands  # noqa: F401 - a fixture
from tests.road import Road

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not SECOND, reason="SQLite has one writer at a time"),
]
ON_ITS_WAY = [
    ("cancel_there", "address"), ("cancel_there", "by_hand"), ("cancel_there", "cancel_here"),
    ("cancel_there", "cancel_line"), ("cancel_here", "ask"), ("cancel_here", "address"), ("cancel_here", "by_hand"),
    ("cancel_here", "drop_there"), ("cancel_line", "drop_there"), ("cancel_line", "address"), ("ask", "address"),
    ("ask", "cancel_line"), ("drop_there", "address"), ("drop_there", "by_hand"), ("change", "address"),
]  # fmt: skip
STANDING = [
    ("cancel_there", "parcel"), ("cancel_there", "cancel_in_shop"), ("cancel_there", "cancel_line"),
    ("cancel_there", "refund"), ("cancel_here", "parcel"), ("cancel_here", "cancel_in_shop"), ("cancel_here", "ask"),
    ("cancel_line", "parcel"), ("cancel_line", "refund"), ("cancel_line", "cancel_in_shop"), ("ask", "parcel"),
    ("ask", "cancel_in_shop"), ("ask", "cancel_line"), ("drop_there", "parcel_without_code"), ("drop_there", "cancel_line"),
]  # fmt: skip


def race(hands: Hands, *acts: str) -> None:
    works: list[Callable[[], object]] = [getattr(hands, act) for act in acts]
    at_once(*works, hands.road.deliver, hands.road.deliver)
    hands.road.clock.forward(minutes=4)
    settled(hands)
    assert wrongs(hands) == []


@pytest.mark.parametrize("acts", ON_ITS_WAY)
def test_on_its_way_into_the_shop(hands: Hands, acts: tuple[str, str]) -> None:
    race(hands, *acts)


@pytest.mark.parametrize("acts", STANDING)
def test_once_it_stands_there(hands: Hands, acts: tuple[str, str]) -> None:
    settled(hands)
    race(hands, *acts)


@pytest.mark.parametrize("act", ["release", "unask"])
def test_a_hold_that_ends_while_another_is_sent(hands: Hands, road: Road, act: str) -> None:
    settled(hands)
    hands.ask()
    race(hands, act, "change")
