"""Kinds whose remote sides may be slow never fill a worker, nor does one of their lanes keep the others waiting."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import pytest

from accounts.models import Company
from engine import claiming, outbox, registry
from engine.delivery import Delivery
from engine.models import OutboxMessage
from engine.outcomes import Outcome, done
from engine.registry import Call, ExchangeLog, Result
from tests.clock import Clock

pytestmark = pytest.mark.django_db
State = OutboxMessage.State


class Slow:
    """Calls of a lane named slow wait until they are let go; the most calls at once are noted by kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.gate = threading.Event()
        self.sent: list[str] = []
        self.now, self.most = Counter[str](), Counter[str]()
        self.after: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        return {message.pk: self._call(message.lane, message.key) for message in messages}

    def _call(self, lane: str, key: str) -> Call:
        def call() -> Outcome:
            with self._lock:
                self.now[lane] += 1
                self.most[lane] = max(self.most[lane], self.now[lane])
            if lane.startswith("slow"):
                assert self.gate.wait(20)
            with self._lock:
                self.now[lane] -= 1
                self.sent.append(key)
            self.after()
            return done()

        return call

    def settle(self, results: Sequence[Result], now: datetime) -> None: ...


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Slow, Slow]]:
    narrow, wide = Slow("narrow"), Slow("wide")
    monkeypatch.setattr(registry, "_handlers", dict(registry._handlers))
    monkeypatch.setattr(registry, "_lane_rooms", {})
    registry.register_handler(narrow, lane_room=2)
    registry.register_handler(wide)
    yield narrow, wide
    narrow.gate.set()
    wide.gate.set()


def post(kind: str, lane: str, count: int, clock: Clock) -> None:
    company, _ = Company.objects.get_or_create(name="Acme")
    outbox.post(
        (
            outbox.Draft(
                company_id=company.pk,
                kind=kind,
                key=f"{kind}:{lane}:{number}",
                lane=lane,
                subject=f"{kind}:{lane}:{number}",
                record_id=number,
                due=clock(),
            )
            for number in range(count)
        ),
        clock(),
    )


def test_slow_lanes_leave_room_for_the_others_and_half_of_the_worker_for_other_kinds(
    kinds: tuple[Slow, Slow], clock: Clock
) -> None:
    narrow, wide = kinds
    for lane in ("slow-1", "slow-2"):
        post("narrow", lane, 30, clock)
    post("narrow", "quick", 10, clock)
    post("wide", "shop", 20, clock)

    def let_go() -> None:
        """Everything else has to arrive while the slow ones are waited for."""
        if (len(narrow.sent), len(wide.sent)) == (10, 20):
            seen["slow"] = sum(narrow.now.values())
            narrow.gate.set()

    seen: dict[str, int] = {}
    narrow.after = wide.after = let_go
    counts = Delivery(clock=clock, threads=12, seconds=30).run()

    assert seen == {"slow": 4}
    assert (narrow.most["slow-1"], narrow.most["slow-2"]) == (2, 2)
    assert counts == {"done": 90}


def test_narrow_kinds_together_take_half_at_most(kinds: tuple[Slow, Slow], clock: Clock) -> None:
    for number in range(8):
        post("narrow", f"lane-{number}", 5, clock)
    post("wide", "shop", 5, clock)

    claimed = claiming.claim(now=clock(), limit=40, narrow_room=6)

    assert Counter(message.kind for message in claimed) == {"narrow": 6, "wide": 4}
    assert Counter(message.lane for message in claimed) == {"lane-0": 2, "lane-1": 2, "lane-2": 2, "shop": 4}
    assert claiming.claim(now=clock(), limit=40, narrow_room=0) == []


def test_a_pump_that_fails_keeps_nothing_from_being_sent(
    kinds: tuple[Slow, Slow], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(now: datetime) -> None:
        raise RuntimeError

    monkeypatch.setattr(registry, "_pumps", [failing, lambda now: post("wide", "shop", 1, clock)])

    assert Delivery(clock=clock, threads=1).run() == {"done": 1}


def test_only_what_waits_for_its_turn_is_held(kinds: tuple[Slow, Slow], clock: Clock) -> None:
    post("wide", "shop", 3, clock)
    (claimed,) = claiming.claim(now=clock(), limit=1)

    assert outbox.hold(OutboxMessage.objects.filter(lane="shop"), "closed") == 2
    assert OutboxMessage.objects.get(pk=claimed.pk).state == State.SENDING
    assert set(OutboxMessage.objects.filter(state=State.HELD).values_list("problem_code", flat=True)) == {"closed"}
