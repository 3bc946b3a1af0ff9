"""One order and all that may happen to it, in any order, mixed with a worker's steps: it ends right (`tests.races.hands`).

That this says something is tried, too: with each of a dozen mistakes made on purpose, it fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine import outbox
from orders import copies, placing, wishes
from orders.reading import storing as importing
from orders.sides import shop as side
from orders.sides import shop_steps
from orders.wishes import InShop, Step
from tests.effort import LONG
from tests.races.hands import ON_THE_WAY, STANDING, Hands
from tests.races.test_interleavings import hands, play  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.either]
ACTS = sorted({*ON_THE_WAY, *STANDING, "take", "call", "settle", "lose"})
WORK = ["take", "call", "settle", "work", "work"]
# A few of them meet each other in all ways more often than all of them do.
CASTS = st.lists(st.sampled_from(ACTS), min_size=2, max_size=4, unique=True)
LISTS = CASTS.flatmap(lambda cast: st.lists(st.sampled_from([*cast, *cast, *WORK]), min_size=3, max_size=12))


def tried(hands: Hands, *, examples: int, shrink: bool = True) -> None:
    """Play so many lists of acts; raise for one that does not end right."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    health = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]

    @settings(max_examples=examples, deadline=None, database=None, derandomize=True, phases=phases,
              suppress_health_check=health)  # fmt: skip
    @given(LISTS)
    def ends_right(acts: Sequence[str]) -> None:
        assert play(hands, acts) == []

    ends_right()


def test_whatever_happens_in_whichever_order_it_ends_right(hands: Hands) -> None:
    tried(hands, examples=1000 if LONG else 30)


Mistake = Callable[[pytest.MonkeyPatch], None]


def _never(step: Step) -> Mistake:
    """A step that follows from the wish is not made."""
    original = wishes._towards

    def towards(*given: Any, **told: Any) -> Step:
        found = original(*given, **told)
        return Step.NONE if found is step else found

    return lambda patch: patch.setattr(wishes, "_towards", towards)


def _activates_what_is_outdated(patch: pytest.MonkeyPatch) -> None:
    original = wishes._towards
    patch.setattr(
        wishes, "_towards", lambda wish, has, **told: original(wish, replace(has, content=told["content"]), **told)
    )


def _takes_the_step_for_the_newest_wish(patch: pytest.MonkeyPatch) -> None:
    def go_on(loaded: Any, result: Any, stepped: Any) -> None:
        loaded.copy.acknowledged_version = loaded.copy.version

    patch.setattr(side, "_go_on", go_on)


def _forgets_what_was_released(patch: pytest.MonkeyPatch) -> None:
    original = importing.hold_of
    patch.setattr(importing, "hold_of", lambda lines, released: original(lines, ()))


def _undoes_a_corrected_address(patch: pytest.MonkeyPatch) -> None:
    original = importing._gather
    patch.setattr(importing, "_gather", lambda *given, **_: original(*given))


def _keeps_stock_for_what_the_shop_has(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(placing, "pieces_of", lambda loaded: [])


def _forgets_to_wake(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(copies.outbox, "want", lambda drafts, now, **_: outbox.post(drafts, now))


def _leaves_doubles(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(shop_steps.Placing, "__call__", lambda self: self._inert(self.shop, []))


def _wishes_no_address(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(wishes, "address_of", lambda *_: "")
    patch.setattr(side, "step_of", _without_content(side.step_of))


def _without_content(original: Callable[..., Step]) -> Callable[..., Step]:
    def step_of(loaded: Any, **told: Any) -> Step:
        has = InShop.restored(loaded.copy.acknowledged)
        return original(loaded, **{**told, "content": has.content or told["content"]})

    return step_of


def _keeps_the_first_wish(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(copies, "_renew", lambda loaded: False)


def _accepts_by_itself(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(InShop, "like", lambda self, wish: True)


MISTAKES: dict[str, Mistake] = {
    "never cancels": _never(Step.CANCEL),
    "never holds": _never(Step.HOLD),
    "never releases": _never(Step.RELEASE),
    "never removes": _never(Step.REMOVE),
    "never clears away": _never(Step.CLEAR),
    "activates what is outdated": _activates_what_is_outdated,
    "takes a step for the newest wish": _takes_the_step_for_the_newest_wish,
    "forgets what was released": _forgets_what_was_released,
    "undoes a corrected address": _undoes_a_corrected_address,
    "keeps stock for what the shop has": _keeps_stock_for_what_the_shop_has,
    "forgets to wake": _forgets_to_wake,
    "leaves doubles": _leaves_doubles,
    "wishes no address": _wishes_no_address,
    "keeps the first wish": _keeps_the_first_wish,
    "accepts a difference by itself": _accepts_by_itself,
}


@pytest.mark.long
@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_found(hands: Hands, mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MISTAKES[mistake](monkeypatch)
    with pytest.raises(AssertionError):
        tried(hands, examples=400, shrink=False)
