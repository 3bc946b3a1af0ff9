"""Several workers at once, each with its own connection: at least once, in their order, never two about one thing."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from accounts.models import AuditEntry, Membership, User
from engine import claiming, registry
from engine.delivery import Delivery
from engine.flows.keep_house import keep_house
from engine.models import Lane, OutboxMessage
from orders.chores.number_changes import number_changes
from orders.history import event
from orders.models import Order, OrderEvent
from tests.at_once import at_once
from tests.webhooks.receiver import Listening
from webhooks.event_types import type_of
from webhooks.messages import KIND
from webhooks.models import WebhookMessage

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time"),
]
assert connection  # named in the condition above
WORKERS, ORDERS, EVENTS = 3, 8, 3
State = OutboxMessage.State


class Traffic:
    """How the receiver answers, and who was there at the same time.

    The first call of each worker waits until every worker has one in hand: so all of them really work at once.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now, self.tries = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
        self.together: list[tuple[str, int]] = []
        self.workers: set[str] = set()
        self.barrier: threading.Barrier | None = None
        self.answer: Callable[[str, int, int], int] = lambda path, event_id, attempt: 200

    def take(self, path: str, told: dict[str, Any]) -> int:
        subject = (path, told["data"]["order"]["id"])
        event_id = told["data"]["event"]["id"]
        with self.lock:
            self.now[subject] += 1
            if self.now[subject] > 1:
                self.together.append(subject)
            self.tries[path, event_id] += 1
            attempt = self.tries[path, event_id]
            first = threading.current_thread().name not in self.workers
            self.workers.add(threading.current_thread().name)
        if first and self.barrier:
            self.barrier.wait(timeout=30)
        with self.lock:
            self.now[subject] -= 1
        return self.answer(path, event_id, attempt)


@pytest.fixture
def traffic(listening: Listening) -> Traffic:
    """Three endpoints that are told of everything, and many orders of which all is told already."""
    listening.also("second")
    listening.also("third")
    for _ in range(ORDERS):
        listening.road.bol.place_order(sku="TST-002", price="10.90", quantity=1)
    listening.road.shop.set_stock("TST-002", 100)
    listening.road.go(rounds=4)
    assert Order.objects.count() == ORDERS
    assert not OutboxMessage.objects.filter(kind=KIND).exclude(state=State.DONE).exists()
    listening.receiver.calls.clear()
    made = Traffic()
    listening.receiver.lock = nullcontext()  # type: ignore[assignment] - what comes at once is taken at once
    listening.receiver.status_of = made.take
    return made


def happen(listening: Listening) -> None:
    """Write some events of every order, each in a transaction of its own, turn by turn."""
    orders = list(Order.objects.order_by("pk"))
    for number in range(EVENTS):
        for order in orders:
            event(order, ["resumed", "address_corrected"][number % 2], listening.road.clock()).save()


def worker(listening: Listening) -> Callable[[], object]:
    return lambda: Delivery(clock=listening.road.clock, threads=1).run()


def crashing(listening: Listening) -> Callable[[], object]:
    """A worker that is stopped when it has sent what it claimed, before it could write that down."""

    def work() -> None:
        for flight in Delivery(clock=listening.road.clock, threads=1)._claim(limit=5):
            if flight.messages[0].kind == KIND:
                flight.make()

    return work


def insisting(traffic: Traffic, work: Callable[[], object]) -> Callable[[], object]:
    """A worker that asks again when others were quicker, until it had something in hand."""

    def insist() -> None:
        while threading.current_thread().name not in traffic.workers:
            work()

    return insist


def rounds(listening: Listening, traffic: Traffic, most: int = 40) -> None:
    """Let all workers work, again and again some time later, until nothing is owed."""
    for _ in range(most):
        listening.road.clock.forward(minutes=15)
        at_once(*[worker(listening) for _ in range(WORKERS)])
        if not OutboxMessage.objects.filter(kind=KIND).exclude(state=State.DONE).exists():
            return
    raise AssertionError("something is still owed")


def arrived(listening: Listening) -> dict[tuple[str, int], list[int]]:
    """Return what each endpoint took of each order, in the order in which it first did."""
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    endpoint_of = dict(WebhookMessage.objects.values_list("message_id", "endpoint__url"))
    for message_id, body, status in listening.receiver.calls:
        if status < 300:
            about = (endpoint_of[message_id], body["data"]["order"]["id"])
            if body["data"]["event"]["id"] not in found[about]:
                found[about].append(body["data"]["event"]["id"])
    return found


@pytest.fixture
def shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker takes a few at a time, and there is room for others at each endpoint."""
    claim = claiming.claim
    monkeypatch.setattr("engine.claiming.claim", lambda *, limit, **how: claim(limit=min(limit, 3), **how))
    monkeypatch.setattr(registry, "_lane_rooms", {KIND: 6})
    Lane.objects.update(width=6)


@pytest.mark.usefixtures("shared_out")
def test_what_happens_while_workers_work_and_one_is_stopped_arrives_in_its_order(
    listening: Listening, traffic: Traffic
) -> None:
    before = OrderEvent.objects.latest("pk").pk
    happen(listening)
    number_changes(company_id=listening.company.pk)
    traffic.barrier = threading.Barrier(WORKERS)
    works = [*[worker(listening) for _ in range(WORKERS - 1)], crashing(listening)]
    at_once(*[insisting(traffic, work) for work in works], lambda: happen(listening))
    traffic.barrier = None
    # Each of these is not taken at first: by a mishap, by a refusal, by the endpoint as a whole.
    traffic.answer = lambda path, event_id, attempt: (500, 400, 429)[event_id % 3] if attempt <= event_id % 4 else 200
    at_once(*[worker(listening) for _ in range(WORKERS)], lambda: happen(listening))
    rounds(listening, traffic)

    told = [one for one in OrderEvent.objects.filter(pk__gt=before).order_by("pk") if type_of(one.code)]
    assert len(told) == 3 * EVENTS * ORDERS
    by_order: dict[int, list[int]] = defaultdict(list)
    for one in told:
        by_order[one.order_id].append(one.pk)
    urls = sorted(set(WebhookMessage.objects.values_list("endpoint__url", flat=True)))
    assert arrived(listening) == {(url, order): ids for url in urls for order, ids in by_order.items()}
    assert traffic.together == []
    assert len(traffic.workers) > WORKERS
    again = Counter(message_id for message_id, _, status in listening.receiver.calls if status < 300)
    assert max(again.values()) == 2  # what the stopped one had sent came once more, under the same id
    bodies = {(message_id, str(body)) for message_id, body, _ in listening.receiver.calls}
    assert len(bodies) == len(again)


def test_two_about_one_order_are_never_sent_at_once_even_when_the_first_takes_its_time(
    listening: Listening, traffic: Traffic
) -> None:
    order = Order.objects.order_by("pk")[0]
    for _ in range(3):
        event(order, "resumed", listening.road.clock()).save()
    number_changes(company_id=listening.company.pk)
    there, go = threading.Semaphore(0), threading.Event()

    def slow(path: str, event_id: int, attempt: int) -> int:
        there.release()
        assert go.wait(30)
        return 200

    traffic.answer = slow
    claimed: list[int] = []

    def others() -> None:
        for _ in range(3):  # the first message of each endpoint is being sent now
            assert there.acquire(timeout=30)
        late = Delivery(clock=listening.road.clock, threads=1)
        claimed.append(len(late._claim(limit=20)))
        go.set()

    at_once(lambda: Delivery(clock=listening.road.clock, threads=6).run(), others)

    assert claimed == [0]
    assert len(listening.receiver.calls) == 9
    assert traffic.together == []


@pytest.mark.long
def test_three_days_without_a_taker_end_in_one_switching_off_and_one_mail(
    listening: Listening, traffic: Traffic
) -> None:
    user = User.objects.create_user("owner@shop.example", "a-long-password")
    Membership.objects.create(user=user, company=listening.company, role="owner")
    happen(listening)
    traffic.answer = lambda path, event_id, attempt: 500 if path == "all" else 200
    began = listening.road.clock()
    while listening.current().enabled:
        at_once(*[worker(listening) for _ in range(WORKERS)])
        lane = Lane.objects.filter(key=listening.endpoint.lane).first()
        owed = OutboxMessage.objects.filter(kind=KIND, lane=listening.endpoint.lane, state=State.QUEUED)
        due = owed.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
        pause = lane.closed_until if lane else None
        listening.road.clock.move_to(max(filter(None, (due, pause, listening.road.clock() + timedelta(minutes=5)))))
        assert listening.road.clock() - began < timedelta(days=4)
    assert listening.road.clock() - began >= timedelta(days=3)
    at_once(*[lambda: keep_house(now=listening.road.clock()) for _ in range(WORKERS)])

    assert listening.current().off_reason == "failing"
    assert AuditEntry.objects.filter(action="webhook_off").count() == 1
    assert [letter.to for letter in mail.outbox] == [["owner@shop.example"]]
    mine = WebhookMessage.objects.filter(endpoint=listening.endpoint, delivered_at=None)
    assert mine.count() == len(listening.owed(State.HELD)) == EVENTS * ORDERS
    assert not WebhookMessage.objects.exclude(endpoint=listening.endpoint).filter(delivered_at=None).exists()
