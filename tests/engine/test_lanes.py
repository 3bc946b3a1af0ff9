"""When a remote side counts as down or its key as refused, how many calls it bears, and what waits for calls alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import timedelta

import pytest

from accounts.models import Company
from adapterkit.errors import AdapterError, AuthenticationFailed, OutcomeUnknown, RateLimited, TemporarilyUnavailable
from engine import claiming, lanes, outbox
from engine.models import Lane, OutboxMessage, Pause
from engine.outcomes import Outcome, done, of_error, rejected
from tests.clock import Clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("steady")]
State = OutboxMessage.State


@pytest.fixture
def company(clock: Clock) -> Company:
    return Company.objects.create(name="Sender")


def away(retry_after: float | None = None) -> Outcome:
    return of_error(TemporarilyUnavailable("down", retry_after=retry_after))


def forbidden(by: str) -> Outcome:
    error = AuthenticationFailed("refused")
    error.by = by
    return of_error(error)


def own_pace() -> Outcome:
    error: AdapterError = RateLimited("used up", retry_after=60)
    error.asked = False  # type: ignore[attr-defined]
    return of_error(error)


def tell(company: Company, clock: Clock, outcomes: Iterable[Outcome], *, began: float = 0) -> frozenset[str]:
    """Note what came of calls whose messages were taken in hand so many seconds ago."""
    since = clock() - timedelta(seconds=began)
    return lanes.note(
        [lanes.Report(company_id=company.pk, lane="shop:1", outcome=outcome, began=since) for outcome in outcomes],
        clock(),
    )


def the_lane() -> Lane:
    return Lane.objects.get(key="shop:1")


def test_a_dozen_failures_of_one_blip_are_one(company: Company, clock: Clock) -> None:
    began = clock()
    for _ in range(12):  # each settled apart, all of them in hand when the first failed
        clock.forward(seconds=0.1)
        tell(company, clock, [away()], began=(clock() - began).total_seconds())

    lane = the_lane()
    assert (lane.failures, lane.state) == (1, "open")
    assert lane.closed_until == began + timedelta(seconds=0.1 + 5)


def test_failures_one_after_the_other_are_counted(company: Company, clock: Clock) -> None:
    for _ in range(3):
        clock.forward(seconds=60)
        tell(company, clock, [away()] * 5, began=30)

    assert (the_lane().failures, the_lane().state) == (3, "down")
    assert the_lane().closed_until == clock() + timedelta(seconds=20)


@pytest.mark.parametrize(
    "outcomes", list(itertools.permutations([done(), away(), forbidden("GET /orders")])), ids=lambda value: ""
)
def test_of_calls_that_ended_together_one_that_went_well_counts(
    company: Company, clock: Clock, outcomes: tuple[Outcome, ...]
) -> None:
    tell(company, clock, [away()], began=1)
    clock.forward(seconds=5)

    assert tell(company, clock, outcomes) == frozenset()

    lane = the_lane()
    assert (lane.state, lane.failures, lane.closed_until, lane.refused_by, lane.failed_at) == (
        "open",
        0,
        None,
        [],
        None,
    )


def test_a_wait_that_is_asked_for_is_kept_whoever_is_told_first(company: Company, clock: Clock) -> None:
    began = clock()
    tell(company, clock, [away()])
    tell(company, clock, [away(retry_after=300)])
    tell(company, clock, [away()])

    assert (the_lane().failures, the_lane().closed_until) == (1, began + timedelta(seconds=301))


def test_one_endpoint_alone_does_not_refuse_the_key_two_do(company: Company, clock: Clock) -> None:
    assert tell(company, clock, [forbidden("POST /orders")] * 4) == frozenset()
    assert (the_lane().state, the_lane().closed_until) == ("open", None)

    assert tell(company, clock, [forbidden("GET /products")]) == {"shop:1"}
    assert the_lane().state == Lane.State.REFUSED
    assert the_lane().closed_until == clock() + timedelta(hours=1)


def test_who_gives_out_access_refuses_it_alone(company: Company, clock: Clock) -> None:
    assert tell(company, clock, [forbidden("")]) == {"shop:1"}


@pytest.mark.parametrize(("between", "refused"), [((), True), ((done(),), False), ((rejected("no"),), False)])
def test_an_endpoint_that_refuses_for_long_does_unless_others_go_well(
    company: Company, clock: Clock, between: tuple[Outcome, ...], refused: bool
) -> None:
    tell(company, clock, [forbidden("GET /orders")])
    clock.forward(minutes=20)
    tell(company, clock, between)
    clock.forward(minutes=10)

    assert bool(tell(company, clock, [forbidden("GET /orders")])) is refused


def test_a_call_that_went_well_forgets_who_refused(company: Company, clock: Clock) -> None:
    tell(company, clock, [forbidden("POST /orders")])
    tell(company, clock, [done()])

    assert tell(company, clock, [forbidden("GET /products")]) == frozenset()
    assert the_lane().refused_by == ["GET /products"]


@pytest.mark.parametrize("outcome", [of_error(RateLimited("slow", retry_after=60)), own_pace()], ids=["theirs", "ours"])
def test_calls_that_are_used_up_close_nothing(company: Company, clock: Clock, outcome: Outcome) -> None:
    tell(company, clock, [outcome] * 3)

    assert not Lane.objects.exclude(closed_until=None).exists()
    assert not Lane.objects.exclude(failures=0).exists()


def test_the_width_follows_the_answers(company: Company, clock: Clock) -> None:
    steps = [
        ([done()] * 9, 5),
        ([done(), done()], 6),
        ([done(), of_error(OutcomeUnknown("cut"))], 3),
        ([of_error(RateLimited("slow"))], 1),
        ([away()], 1),
        ([own_pace()], 1),
        ([rejected("no")], 2),
    ]
    for outcomes, width in steps:
        tell(company, clock, outcomes)
        assert the_lane().width == width
    Lane.objects.update(width=lanes.WIDEST)
    tell(company, clock, [done()])
    assert the_lane().width == lanes.WIDEST


def owe(company: Company, clock: Clock, kind: str, lane: str, count: int) -> None:
    outbox.post(
        (
            outbox.Draft(
                company_id=company.pk, kind=kind, key=f"{kind}-{lane}-{n}", lane=lane, subject=f"{kind}-{lane}-{n}",
                record_id=1, due=clock(),
            )
            for n in range(count)
        ),
        clock(),
    )  # fmt: skip


def test_a_pause_keeps_back_its_kind_in_its_lane_alone(company: Company, clock: Clock) -> None:
    for lane in ("shop:1", "shop:2"):
        for kind in ("report", "cancel"):
            owe(company, clock, kind, lane, 2)
    lanes.pause([("shop:1", "report", clock() + timedelta(seconds=n)) for n in (60, 90, 30)])

    claimed = claiming.claim(now=clock(), limit=20)

    assert sorted((one.lane, one.kind) for one in claimed) == [
        ("shop:1", "cancel"), ("shop:1", "cancel"), ("shop:2", "cancel"), ("shop:2", "cancel"),
        ("shop:2", "report"), ("shop:2", "report"),
    ]  # fmt: skip
    clock.forward(seconds=89)
    assert claiming.claim(now=clock(), limit=20) == []
    clock.forward(seconds=1)
    assert [one.lane for one in claiming.claim(now=clock(), limit=20)] == ["shop:1", "shop:1"]
    assert lanes.forget_pauses(clock()) == 1
    assert not Pause.objects.exists()


def test_what_is_due_in_a_crowded_lane_hides_no_other(company: Company, clock: Clock) -> None:
    owe(company, clock, "report", "crowded", 500)
    clock.forward(seconds=1)
    for number in range(5):
        owe(company, clock, "report", f"quiet:{number}", 1)

    claimed = claiming.claim(now=clock(), limit=20)

    assert sorted(one.lane for one in claimed) == ["crowded"] * 4 + [f"quiet:{number}" for number in range(5)]
    assert claiming.claim(now=clock(), limit=20) == []  # the crowded one has in hand what it bears, over all workers


def test_a_lane_bears_no_more_than_its_width_however_often_is_asked(company: Company, clock: Clock) -> None:
    owe(company, clock, "report", "shop:1", 30)
    Lane.objects.create(company=company, key="shop:1", width=7)

    taken = [len(claiming.claim(now=clock(), limit=3)) for _ in range(5)]

    assert taken == [3, 3, 1, 0, 0]
    OutboxMessage.objects.filter(state=State.SENDING).update(state=State.QUEUED, lease_token=None, lease_until=None)
    assert len(claiming.claim(now=clock(), limit=30)) == 7


def test_a_lease_that_is_renewed_is_kept_and_another_is_not(company: Company, clock: Clock) -> None:
    owe(company, clock, "report", "shop:1", 1)
    owe(company, clock, "report", "shop:2", 1)
    [first] = claiming.claim(now=clock(), limit=1)
    [second] = claiming.claim(now=clock(), limit=1)
    assert first.lease_token is not None
    clock.forward(seconds=25)
    claiming.renew({first.lease_token}, clock())
    clock.forward(seconds=6)

    assert claiming.release_expired(clock()) == 1
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.state, second.state, second.look_first) == (State.SENDING, State.UNKNOWN, True)
