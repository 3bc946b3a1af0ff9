"""Every pair of hands at one order, each before the other and anywhere in a worker's steps: it ends right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, permutations

import pytest

from tests.effort import share
from tests.races.hands import ON_THE_WAY, STANDING, Hands, Worker, settled, undone, wrongs
from tests.road import Road

pytestmark = [pytest.mark.django_db, pytest.mark.either]
SHARE = 48
STEPS = ("take", "call", "settle")
STAGES = {"new": ((*ON_THE_WAY, "lose"), STEPS * 2), "standing": ((*STANDING, "lose"), STEPS)}
PAIRS = [(stage, *pair) for stage, (hands, _) in STAGES.items() for pair in permutations(hands, 2)]


@pytest.fixture
def hands(road: Road) -> Hands:
    order_id = road.bol.place_order(
        items=[
            {"sku": "TST-001", "price": "12.10", "quantity": 2, "title": "First"},
            {"sku": "TST-001", "price": "9.00", "quantity": 1, "title": "Second"},
        ]
    )
    road.read()
    road.clock.forward(seconds=1)  # what changes from here on is told with a later moment
    return Hands(road, order_id)


def orders_of(first: str, second: str, steps: Sequence[str]) -> Iterator[list[str]]:
    """Yield every way in which two acts fall into a worker's steps, the first before the second."""
    for before, after in combinations_with_replacement(range(len(steps) + 1), 2):
        yield [*steps[:before], first, *steps[before:after], second, *steps[after:]]


def play(hands: Hands, acts: Sequence[str]) -> list[str]:
    """Play the acts in this order, let everybody come to an end, and return what is wrong."""
    worker = Worker(hands.road)
    with undone(hands.road):
        for act in acts:
            getattr(worker if hasattr(worker, act) else hands, act)()
        worker.settle()
        settled(hands)
        return wrongs(hands)


@pytest.mark.parametrize(("stage", "first", "second"), share(PAIRS, of=SHARE))
def test_whoever_is_first_it_ends_right(
    hands: Hands, stage: str, first: str, second: str, record_property: pytest.RecordProperty
) -> None:
    if stage == "standing":
        settled(hands)
        assert wrongs(hands) == []
    found = {}
    tried = 0
    for acts in orders_of(first, second, STAGES[stage][1]):
        tried += 1
        if wrong := play(hands, acts):
            found[" ".join(acts)] = wrong
    record_property("interleavings", tried)
    assert found == {}


def test_this_is_how_many_there_are() -> None:
    """Seen with `pytest -rP`; a short run tries one pair in `SHARE`, `./run test --long` all."""
    ways = {stage: len(list(orders_of("", "", steps))) for stage, (_, steps) in STAGES.items()}
    tries = sum(ways[stage] for stage, _, _ in PAIRS)
    print(f"{len(PAIRS)} ordered pairs of hands, {tries} interleavings with a worker's steps")
    assert (len(PAIRS), tries) == (382, 5800)
