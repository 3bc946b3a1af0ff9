"""Sending with one thread and with many: claims, leases, settling and circuits, with the real buckets and tokens."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.db import connections

from adapterkit.simulator import Response
from adapterkit.spec import RateLimit
from engine import lanes
from engine.delivery import Delivery
from engine.leases import LEASE, LONGEST
from engine.models import Attempt, Exchange, Lane, OutboxMessage, Pause
from engine.outcomes import Outcome, Verdict, discarded, held
from tests.engine.sending import PATIENCE, Parcels, Stopped, Together, message, tries_of

pytestmark = pytest.mark.django_db
Deliver = Callable[..., dict[str, int]]
State = OutboxMessage.State
LANES = ("north", "east", "south", "west")
UNAVAILABLE, TOO_MANY = Response(503), Response(429, headers={"Retry-After": "30"})


def of_lane(key: str) -> str:
    return key.split("-", maxsplit=1)[0]


def test_each_message_is_sent_exactly_once(parcels: Parcels, deliver: Deliver, threads: int) -> None:
    keys = [key for lane in LANES for key in parcels.post(lane, 8)]

    assert deliver() == {"done": 32}

    assert sorted(parcels.depot.taken) == sorted(keys)
    assert sorted(parcels.facts) == sorted((key, "done") for key in keys)
    assert sum(parcels.depot.tries(lane) for lane in LANES) == 32
    assert set(OutboxMessage.objects.values_list("state", "attempts", "failures", "settled_at")) == {
        (State.DONE, 1, 0, parcels.clock())
    }
    assert set(Attempt.objects.values_list("number", "outcome", "ended_at")) == {(1, "done", parcels.clock())}
    assert (Attempt.objects.count(), Exchange.objects.exclude(endpoint="POST token").count()) == (32, 32)
    here = threading.current_thread().name
    assert {name.split("_")[0] for name in parcels.threads.values()} == {here if threads == 1 else "deliver"}
    assert deliver() == {}


def test_many_threads_have_calls_at_the_same_time(parcels: Parcels) -> None:
    """Each call waits until as many are made as there are threads; none of them would end otherwise."""
    all_there = threading.Barrier(8, timeout=PATIENCE)
    parcels.before_call = lambda key: all_there.wait()
    for lane in LANES:
        parcels.post(lane, 4)

    counts = Delivery(clock=parcels.clock, threads=8, seconds=600).run()

    assert counts == {"done": 16}
    assert len(set(parcels.threads.values())) == 8


def test_one_thread_makes_one_call_after_the_other_in_the_order_in_which_they_are_due(parcels: Parcels) -> None:
    together = Together()
    parcels.before_call, parcels.after_call = lambda key: together.enter(""), lambda key: together.leave("")
    keys = parcels.post("north", 3) + parcels.post("south", 3) + parcels.post("north", 2)

    assert Delivery(clock=parcels.clock, threads=1).run() == {"done": 8}

    assert parcels.depot.taken == keys
    assert together.most == {"": 1}


def test_a_call_that_takes_long_keeps_no_other_lane_waiting(parcels: Parcels) -> None:
    others_are_through = threading.Event()
    slow = parcels.post("north", 1)
    for lane in LANES[1:]:
        parcels.post(lane, 4)

    def wait(key: str) -> None:
        if key in slow:
            assert others_are_through.wait(PATIENCE)

    def let_go(key: str) -> None:
        if len(parcels.depot.taken) == 12:
            others_are_through.set()

    parcels.before_call, parcels.after_call = wait, let_go

    assert Delivery(clock=parcels.clock, threads=2, seconds=600).run() == {"done": 13}
    assert parcels.depot.taken[12:] == slow


def test_of_one_lane_no_more_are_in_hand_than_it_has_room(parcels: Parcels) -> None:
    pairs, together = threading.Barrier(2, timeout=PATIENCE), Together()

    def before(key: str) -> None:
        together.enter(of_lane(key))
        if of_lane(key) == "north":
            pairs.wait()  # so that there is never one alone
        together.leave(of_lane(key))

    parcels.before_call = before
    parcels.post("north", 10)
    parcels.post("south", 1)

    assert Delivery(clock=parcels.clock, threads=8, seconds=600, lane_room=2).run() == {"done": 11}
    assert together.most == {"north": 2, "south": 1}


def test_messages_about_one_thing_go_in_their_order_never_two_at_once(parcels: Parcels, deliver: Deliver) -> None:
    together = Together()
    for _ in range(5):
        for lane in LANES:
            parcels.post(lane, 1, about=f"{lane} order")
    parcels.before_call = lambda key: together.enter(of_lane(key))
    parcels.after_call = lambda key: together.leave(of_lane(key))

    assert deliver() == {"done": 20}

    assert together.most == dict.fromkeys(LANES, 1)
    for lane in LANES:
        assert [key for key in parcels.depot.taken if of_lane(key) == lane] == [f"{lane}-{n}" for n in range(5)]


def test_what_needs_attention_keeps_back_what_follows_about_the_same_thing_only(
    parcels: Parcels, deliver: Deliver
) -> None:
    first, *rest = parcels.post("north", 3, about="one order")
    parcels.post("north", 6)
    parcels.depot.refusals[first] = Response(422)

    assert deliver() == {"done": 6, "rejected": 1}
    assert {message(key).state for key in rest} == {State.QUEUED}

    OutboxMessage.objects.filter(key=first).update(state=State.DISCARDED)
    assert deliver() == {"done": 2}
    assert parcels.depot.taken[-2:] == rest


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_share_the_messages(parcels: Parcels, threads: int) -> None:
    """Each waits with what it claimed first until the other has claimed something too."""
    both, begun, raised = threading.Barrier(2, timeout=PATIENCE), dict[str, list[str]](), list[BaseException]()

    def claimed(messages: Sequence[OutboxMessage]) -> None:
        worker = threading.current_thread().name
        first = worker not in begun
        begun.setdefault(worker, []).extend(m.key for m in messages)
        if first:
            both.wait()

    def work() -> None:
        try:
            # Where the other one is choosing, there is nothing to claim: such a round ends, and another one begins.
            while threading.current_thread().name not in begun:
                counts.update(Delivery(clock=parcels.clock, threads=threads, seconds=600).run())
        except BaseException as error:  # noqa: BLE001 - raised again below
            raised.append(error)
        finally:
            connections.close_all()

    counts = Counter[str]()
    keys = [key for lane in LANES for key in parcels.post(lane, 6)]
    Lane.objects.bulk_create(Lane(company=parcels.company, key=lane, width=16) for lane in LANES)
    parcels.on_load = claimed
    workers = [threading.Thread(target=work, name=f"worker-{number}") for number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(2 * PATIENCE)

    assert (raised, [worker.is_alive() for worker in workers]) == ([], [False, False])
    assert sorted(begun) == ["worker-0", "worker-1"]
    assert sorted(key for claimed in begun.values() for key in claimed) == sorted(keys)
    assert sorted(parcels.depot.taken) == sorted(keys)
    assert counts == {"done": 24}


def test_what_a_killed_worker_had_in_hand_is_tried_again_after_its_lease(
    parcels: Parcels, deliver: Deliver, threads: int
) -> None:
    def stop(key: str) -> None:
        raise Stopped

    keys = parcels.post("north", 3) + parcels.post("south", 3)
    parcels.after_call = stop
    with pytest.raises(Stopped):
        deliver()
    parcels.after_call = lambda key: None
    claimed_at, lease = parcels.clock(), LONGEST if threads == 1 else LEASE

    assert len(parcels.depot.taken) == (1 if threads == 1 else 6)
    assert set(OutboxMessage.objects.values_list("state", "attempts", "lease_until")) == {
        (State.SENDING, 1, claimed_at + lease)
    }
    assert (parcels.facts, deliver()) == ([], {})
    parcels.clock.forward(lease)
    assert deliver() == {}
    parcels.clock.forward(seconds=1)
    assert deliver() == {"expired": 6, "done": 6}

    # What had arrived was found there, and not sent twice.
    assert sorted(parcels.depot.taken) == keys
    assert parcels.depot.tries("north") + parcels.depot.tries("south") == 6
    for key in keys:
        assert tries_of(key) == [(1, "cut_off"), (2, "done")]


def test_a_worker_that_comes_back_after_its_lease_settles_nothing(
    parcels: Parcels, deliver: Deliver, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.leases.RENEW_EVERY", 1e6)  # it does not see how late it is
    keys = parcels.post("north", 3) + parcels.post("south", 3)
    other = Delivery(clock=parcels.clock, threads=threads, seconds=600)

    def sleep(messages: Sequence[OutboxMessage]) -> None:
        """The worker has claimed; until it goes on, another one sends all of it."""
        parcels.on_load = lambda messages: None
        parcels.clock.forward(LONGEST + timedelta(seconds=1))
        other.run()

    parcels.on_load = sleep

    assert deliver() == {}

    assert other.counts == {"expired": 6, "done": 6}
    assert parcels.depot.tries("north") + parcels.depot.tries("south") == 12  # it sent, and was refused
    assert sorted(parcels.facts) == [(key, "done") for key in keys]
    assert set(OutboxMessage.objects.values_list("state", "problem_code")) == {(State.DONE, "")}
    assert not Exchange.objects.filter(status=409).exists()
    assert {outcome for key in keys for outcome in tries_of(key)} == {(1, "cut_off"), (2, "done")}


@pytest.mark.usefixtures("steady")
def test_nothing_is_sent_when_the_lease_might_end_before_the_call(
    parcels: Parcels, deliver: Deliver, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than half of the lease is over when the calls are to begin."""
    lease = LONGEST if threads == 1 else LEASE
    times = iter([0.0, 0.0, 0.0])  # until it is claimed
    monkeypatch.setattr("engine.delivery.elapsed", lambda: next(times, lease.total_seconds() / 2 + 1))
    monkeypatch.setattr("engine.leases.RENEW_EVERY", 1e6)
    keys = parcels.post("north", 4)

    assert deliver() == {"later": 4}

    assert parcels.depot.requests == []
    for key in keys:
        assert (message(key).state, message(key).problem_code) == (State.QUEUED, "started_too_late")
        assert message(key).next_attempt_at == parcels.clock() + timedelta(seconds=1)


@pytest.mark.usefixtures("steady")
def test_each_message_is_settled_by_what_came_of_it(parcels: Parcels, deliver: Deliver) -> None:
    """All of them at the same time, each in a lane of its own."""
    lanes_ = ("fine", "wrong", "halfway", "down", "busy", "refused", "ours", "held", "unwanted", "submitted")
    for lane in lanes_:
        parcels.post(lane, 1)
    answers = {"wrong": Response(422), "halfway": Response(500), "down": UNAVAILABLE, "busy": TOO_MANY}
    parcels.depot.refusals = {**answers, "refused": Response(401)}
    parcels.instead = {
        "held-0": held("address", part="street"),
        "unwanted-0": discarded("cancelled"),
        "submitted-0": Outcome(verdict=Verdict.SUBMITTED, reference="s-1"),
    }

    def break_down(key: str) -> None:
        if key == "ours-0":
            raise RuntimeError

    parcels.before_call = break_down
    counts = deliver()

    now = parcels.clock()
    found = {
        of_lane(row[0]): row[1:]
        for row in OutboxMessage.objects.values_list(
            "key", "state", "problem_code", "failures", "look_first", "next_attempt_at", "settled_at"
        )
    }
    in_seconds = {number: now + timedelta(seconds=number) for number in (1, 5, 31)}
    assert found == {
        "fine": (State.DONE, "", 0, False, now, now),
        "wrong": (State.NEEDS_ATTENTION, "rejected", 0, False, now, None),
        "halfway": (State.UNKNOWN, "outcome_unknown", 1, True, in_seconds[5], None),
        "down": (State.QUEUED, "unavailable", 1, False, in_seconds[5], None),
        "busy": (State.QUEUED, "rate_limited", 0, False, in_seconds[31], None),
        "refused": (State.QUEUED, "credentials_refused", 1, False, in_seconds[5], None),
        "ours": (State.UNKNOWN, "internal_error", 1, True, in_seconds[5], None),
        "held": (State.HELD, "address", 0, False, now, None),
        "unwanted": (State.DISCARDED, "cancelled", 0, False, now, now),
        "submitted": (State.SUBMITTED, "", 1, False, in_seconds[1], None),
    }
    assert counts == {
        "done": 1, "rejected": 1, "unknown": 2, "later": 2, "refused": 1, "held": 1, "discarded": 1, "submitted": 1,
    }  # fmt: skip
    assert set(OutboxMessage.objects.values_list("attempts", "lease_token", "lease_until")) == {(1, None, None)}
    assert message("held-0").problem == {"part": "street"}
    assert message("submitted-0").submission_reference == "s-1"
    assert {row.key: (row.state, row.failures, row.closed_until) for row in Lane.objects.exclude(reason="")} == {
        "down": (Lane.State.OPEN, 1, in_seconds[5]),
        "refused": (Lane.State.OPEN, 0, None),  # one endpoint's word is not enough
    }
    assert {row.key: row.width for row in Lane.objects.all()} == {
        "fine": 5, "wrong": 5, "halfway": 2, "down": 2, "busy": 2, "refused": 4,
        "ours": 4, "held": 4, "unwanted": 4, "submitted": 4,
    }  # fmt: skip
    assert [(pause.lane, pause.kind, pause.until) for pause in Pause.objects.all()] == [
        ("busy", "parcel", in_seconds[31])
    ]
    outcomes = Counter(Attempt.objects.filter(ended_at=now).values_list("outcome", flat=True))
    assert outcomes == {str(verdict): count for verdict, count in counts.items()}


@pytest.mark.usefixtures("steady")
def test_a_message_that_keeps_failing_is_tried_ever_less_often(parcels: Parcels, deliver: Deliver) -> None:
    parcels.depot.refusals = {"north": Response(500), "south": Response(500)}
    keys = parcels.post("north", 1) + parcels.post("south", 1)
    waits = []
    for failures in (0, 1, 2, 7, 8):
        OutboxMessage.objects.update(failures=failures)  # a step on, without the tries between
        assert deliver() == {"unknown": 2}
        [due] = {message(key).next_attempt_at for key in keys}
        waits.append((due - parcels.clock()).total_seconds())
        parcels.clock.move_to(due)
    parcels.clock.forward(seconds=-1)
    assert deliver() == {}
    parcels.clock.forward(seconds=1)
    parcels.depot.refusals.clear()

    assert deliver() == {"done": 2}

    assert waits == [5, 10, 20, 640, 900]
    for key in keys:
        assert tries_of(key) == [*((number, "unknown") for number in range(1, 6)), (6, "done")]
        assert (message(key).attempts, message(key).problem_code, message(key).look_first) == (6, "", False)


@pytest.mark.usefixtures("steady")
def test_a_lane_that_is_down_is_tried_by_one_call_ever_less_often_and_reopens(
    parcels: Parcels, deliver: Deliver
) -> None:
    parcels.depot.refusals["north"] = UNAVAILABLE
    parcels.post("north", 6)
    parcels.post("south", 3)
    began = parcels.clock()
    assert deliver(lane_room=1) == {"done": 3, "later": 1}
    seen = []
    for _ in range(4):
        lane = Lane.objects.get(key="north")
        assert lane.closed_until is not None
        seen.append((lane.state, lane.failures, (lane.closed_until - parcels.clock()).total_seconds()))
        parcels.clock.move_to(lane.closed_until)
        assert deliver(lane_room=1) == {"later": 1}
    assert seen == [("open", 1, 5), ("open", 2, 10), ("down", 3, 20), ("down", 4, 40)]
    assert (lane.key, lane.reason, lane.since) == ("north", "unavailable", began)
    assert parcels.depot.tries("north") == 5

    parcels.depot.refusals.clear()
    parcels.post("south", 1)
    parcels.clock.forward(seconds=79)
    assert deliver(lane_room=1) == {"done": 1}
    parcels.clock.forward(seconds=1)
    assert deliver(lane_room=1) == {"done": 6}

    lane = Lane.objects.get(key="north")
    assert (lane.state, lane.failures, lane.closed_until, lane.reason, lane.since) == ("open", 0, None, "", None)


def test_a_lane_whose_credentials_are_refused_waits_for_the_merchant_or_an_hour(
    parcels: Parcels, deliver: Deliver
) -> None:
    parcels.depot.refusals["token of north"] = Response(401, {"error": "invalid_client"})
    parcels.post("north", 4)
    parcels.post("south", 4)

    assert deliver(lane_room=1) == {"done": 4, "refused": 1}
    parcels.clock.forward(minutes=59, seconds=59)
    assert deliver(lane_room=1) == {}
    parcels.clock.forward(seconds=1)
    assert deliver(lane_room=1) == {"refused": 1}
    north = Lane.objects.get(key="north")
    assert (north.state, north.failures, north.refused_by) == (Lane.State.REFUSED, 2, [""])

    parcels.depot.refusals.clear()
    assert deliver(lane_room=1) == {}
    lanes.reopen("north")
    assert deliver(lane_room=1) == {"done": 4}


@pytest.mark.usefixtures("steady")
def test_no_more_calls_go_than_the_account_has(parcels: Parcels, deliver: Deliver) -> None:
    """The bucket is the real one: five calls saved, one more every hundred seconds, for each account."""
    parcels.limits = {"parcels": RateLimit(1, per=100, burst=5)}
    parcels.post("north", 8)
    parcels.post("south", 4)

    counts = deliver()

    assert counts.keys() == {"done", "later"}  # those that find the account paused are not taken in hand
    assert counts["done"] == 9
    assert (parcels.depot.tries("north"), parcels.depot.tries("south")) == (5, 4)
    assert not Lane.objects.exclude(reason="").exists()
    waiting = OutboxMessage.objects.filter(state=State.QUEUED)
    assert set(waiting.values_list("lane", "failures")) == {("north", 0)}
    assert Pause.objects.get().until == parcels.clock() + timedelta(seconds=101)
    for left in range(2, -1, -1):
        parcels.clock.move_to(Pause.objects.get().until)
        assert deliver()["done"] == 1
        assert waiting.count() == left
    assert parcels.depot.tries("north") == 8


@pytest.mark.usefixtures("steady")
def test_a_pause_that_the_remote_side_asks_for_is_kept_by_all_calls(parcels: Parcels, deliver: Deliver) -> None:
    parcels.depot.refusals["north-0"] = TOO_MANY
    keys = parcels.post("north", 6)
    parcels.post("south", 2)

    assert deliver(lane_room=1) == {"done": 2, "later": 1}  # the others are not even taken in hand
    assert parcels.depot.tries("north") == 1
    del parcels.depot.refusals["north-0"]
    parcels.clock.forward(seconds=30)
    assert deliver() == {}
    parcels.clock.forward(seconds=1)
    assert deliver() == {"done": 6}
    assert sorted(parcels.depot.taken[2:]) == keys


def test_threads_that_begin_together_ask_for_one_token_of_each_account(parcels: Parcels) -> None:
    all_there = threading.Barrier(8, timeout=PATIENCE)
    parcels.before_call = lambda key: all_there.wait()
    parcels.post("north", 4)
    parcels.post("south", 4)

    assert Delivery(clock=parcels.clock, threads=8, seconds=600).run() == {"done": 8}
    assert parcels.depot.tokens == {"north": 1, "south": 1}
