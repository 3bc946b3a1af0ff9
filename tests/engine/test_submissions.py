"""What a remote side decides later: asked after until it is decided, for a day at most, and never sent a second time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from engine import outbox
from engine.models import OutboxMessage
from engine.outcomes import Outcome, Verdict, held, rejected
from tests.engine.sending import Parcels, message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("steady")]
Deliver = Callable[..., dict[str, int]]
State = OutboxMessage.State
SUBMITTED = Outcome(verdict=Verdict.SUBMITTED, reference="s-1")


@pytest.fixture
def submitted(parcels: Parcels, deliver: Deliver) -> str:
    """The key of a message that the remote side is deciding about."""
    [key] = parcels.post("north", 1)
    parcels.instead = {key: SUBMITTED}
    assert deliver() == {"submitted": 1}
    return key


def this(key: str) -> OutboxMessage:
    return OutboxMessage.objects.get(key=key)


def again(key: str, parcels: Parcels, **options: bool) -> int:
    return outbox.requeue(OutboxMessage.objects.filter(key=key), parcels.clock(), **options)


def test_one_that_is_never_decided_is_looked_up_after_a_day(parcels: Parcels, deliver: Deliver, submitted: str) -> None:
    began, asked, looked = parcels.clock(), 0, list[tuple[str, str, str]]()

    def look(messages: Sequence[OutboxMessage]) -> None:
        for one in messages:
            if one.look_first:
                looked.append((one.key, one.submission_reference, one.problem_code))
                parcels.instead.clear()

    parcels.on_load = look
    while this(submitted).state == State.SUBMITTED:
        parcels.clock.move_to(this(submitted).next_attempt_at)
        asked += deliver()["submitted"]

    assert timedelta(hours=24) <= parcels.clock() - began <= timedelta(hours=24, minutes=15)
    assert asked > 90
    assert looked == [(submitted, "", "submission_timed_out")]
    assert (parcels.depot.taken, this(submitted).state) == ([submitted], State.DONE)


def test_another_submission_has_a_day_of_its_own(parcels: Parcels, deliver: Deliver, submitted: str) -> None:
    parcels.clock.forward(hours=23)
    parcels.instead = {submitted: Outcome(verdict=Verdict.SUBMITTED, reference="s-2")}
    deliver()
    parcels.clock.forward(hours=23)

    assert deliver() == {"submitted": 1}
    assert (this(submitted).state, this(submitted).submission_reference) == (State.SUBMITTED, "s-2")


def test_trying_again_asks_after_it_and_sends_nothing(parcels: Parcels, submitted: str) -> None:
    parcels.clock.forward(minutes=1)

    assert again(submitted, parcels) == 1

    found = this(submitted)
    assert (found.state, found.submission_reference, found.next_attempt_at) == (State.SUBMITTED, "s-1", parcels.clock())


def test_a_pause_that_ends_asks_after_it_and_sends_nothing(parcels: Parcels, deliver: Deliver, submitted: str) -> None:
    parcels.clock.forward(minutes=1)
    parcels.instead = {submitted: held("report_paused")}
    assert deliver() == {"held": 1}

    assert again(submitted, parcels) == 1
    assert (this(submitted).state, this(submitted).submission_reference) == (State.SUBMITTED, "s-1")


def test_what_is_sent_with_something_else_in_it_supersedes_it(parcels: Parcels, submitted: str) -> None:
    assert again(submitted, parcels, supersede=True) == 1
    assert (this(submitted).state, this(submitted).submission_reference) == (State.QUEUED, "")


def test_what_was_decided_against_is_sent_anew(parcels: Parcels, deliver: Deliver, submitted: str) -> None:
    parcels.clock.forward(minutes=1)
    parcels.instead = {submitted: rejected("rejected")}
    assert deliver() == {"rejected": 1}

    assert again(submitted, parcels) == 1
    assert (this(submitted).state, this(submitted).submission_reference) == (State.QUEUED, "")


@pytest.mark.parametrize(("code", "looks"), [(outbox.CANNOT_LOOK, False), ("rejected", True)])
def test_who_tries_again_has_looked_where_no_program_can(
    parcels: Parcels, deliver: Deliver, code: str, looks: bool
) -> None:
    [key] = parcels.post("north", 1)
    parcels.instead = {key: Outcome(verdict=Verdict.UNKNOWN, code="outcome_unknown")}
    deliver()
    parcels.clock.forward(hours=1)
    parcels.instead = {key: rejected(code)}
    deliver()
    assert (message(key).state, message(key).look_first) == (State.NEEDS_ATTENTION, True)

    again(key, parcels)

    assert (this(key).state, this(key).look_first) == (State.QUEUED, looks)
