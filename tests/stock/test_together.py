"""Stock goes to a marketplace in calls about as many offers as it takes, with an outcome for each of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from accounts.models import Company
from adapterkit.errors import OutcomeUnknown
from adapterkit.records import StockLevel, Submission
from connections.adapters import mounted
from connections.models import MarketplaceAccount, Project
from engine import claiming, lanes, outbox
from engine.delivery import Delivery
from engine.models import Attempt, Exchange, Lane, OutboxMessage
from marketplaces import registry
from stock.flows.update_offer_stock import _write_down
from stock.models import Offer, Product
from stock.offers import adjust
from tests.clock import Clock
from tests.engine.sending import PATIENCE
from tests.stock.feeds.adapter import Feeds
from tests.stock.feeds.simulator import FeedsSimulator

pytestmark = pytest.mark.django_db
State = OutboxMessage.State


@dataclass
class Seller:
    """One who sells by feeds."""

    clock: Clock
    side: FeedsSimulator
    account: MarketplaceAccount
    project: Project
    threads: int = 1

    def offer(self, count: int, account: MarketplaceAccount | None = None) -> None:
        """Offer so many more products, of each of which there are seven."""
        first, now = Product.objects.count(), self.clock()
        products = Product.objects.bulk_create(
            Product(project=self.project, shop_product_id=sku, sku=sku, stock=7, seen_at=now)
            for sku in (f"S{number:04}" for number in range(first, first + count))
        )
        Offer.objects.bulk_create(
            Offer(account=account or self.account, product=product, reference=product.sku) for product in products
        )
        adjust(product_ids=[product.pk for product in products], now=now)

    def deliver(self) -> dict[str, int]:
        return dict(Delivery(clock=self.clock, threads=self.threads, seconds=600).run())

    def go(self, rounds: int, **step: float) -> Counter[str]:
        """Deliver again and again, some time between; return the states in the end."""
        for _ in range(rounds):
            self.clock.forward(**step)
            self.deliver()
        return states()


def states() -> Counter[str]:
    return Counter(OutboxMessage.objects.values_list("state", flat=True))


def stopped() -> list[tuple[str, str]]:
    """The offers with a trouble, and what it is."""
    return list(Offer.objects.exclude(problem_code="").order_by("pk").values_list("reference", "problem_code"))


@pytest.fixture(params=[1, 8], ids=["one", "many"])
def threads(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def side() -> FeedsSimulator:
    return FeedsSimulator()


@pytest.fixture
def seller(
    db: None, clock: Clock, side: FeedsSimulator, threads: int, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Seller]:
    monkeypatch.setitem(registry.MARKETPLACES, "feeds", ("tests.stock.feeds", "Feeds", "FeedsSimulator"))  # type: ignore[arg-type]
    monkeypatch.setattr("engine.pacing.AccountPacer.acquire", lambda *_: None)
    company = Company.objects.create(name="Seller")
    account = MarketplaceAccount.objects.create(
        company=company, marketplace="feeds", name="feeds", credentials={"key": "k"}
    )
    project = Project.objects.create(company=company, name="Shop")
    with mounted({"https://feeds.test": side.mount()}):
        yield Seller(clock, side, account, project, threads)
    registry.marketplace.cache_clear()


def test_2500_levels_go_out_in_three_calls_and_each_is_settled(seller: Seller) -> None:
    seller.offer(2500)

    assert seller.deliver() == {"submitted": 2500}
    assert sorted(seller.side.sizes()) == [500, 1000, 1000]
    assert Exchange.objects.count() == 3
    assert seller.go(1, minutes=1) == {"done": 2500}
    assert len(seller.side.requests_to("GET", "/feeds/")) == 3
    assert (sorted(seller.side.sizes()), len(seller.side.stock)) == ([500, 1000, 1000], 2500)
    assert Offer.objects.filter(acknowledged_quantity=7, acknowledged_version=1).count() == 2500
    assert Counter(Attempt.objects.values_list("number", "outcome")) == {(1, "submitted"): 2500, (2, "done"): 2500}


@pytest.mark.parametrize("threads", [4], indirect=True)
def test_the_batches_of_one_lane_are_on_their_way_at_the_same_time(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of the three calls would end otherwise."""
    all_there, update = threading.Barrier(3, timeout=PATIENCE), Feeds.update_stock

    def together(feeds: Feeds, levels: Sequence[StockLevel]) -> list[Submission]:
        all_there.wait()
        return update(feeds, levels)

    monkeypatch.setattr(Feeds, "update_stock", together)
    seller.offer(2500)

    assert seller.deliver() == {"submitted": 2500}


def test_what_a_report_refuses_stops_alone_and_what_it_does_not_name_is_sent_again(seller: Seller) -> None:
    seller.offer(1000)
    side = seller.side
    side.refused, side.absent, side.unnamed = {"S0001", "S0500", "S0999"}, {"S0002"}, {"S0003", "S0004"}
    seller.deliver()
    seller.clock.forward(minutes=1)

    assert seller.deliver() == {"done": 994, "rejected": 3, "discarded": 1, "unknown": 2}
    assert len(side.requests_to("GET", "/feeds/")) == 1
    assert stopped() == [
        ("S0001", "rejected"),
        ("S0002", "offer_not_found"),
        ("S0500", "rejected"),
        ("S0999", "rejected"),
    ]
    problem = OutboxMessage.objects.filter(state=State.NEEDS_ATTENTION).values_list("problem", flat=True)[0]
    assert problem == {"remote": "refused"}

    side.unnamed = set()
    assert seller.go(2, minutes=1) == {"done": 996, "needs_attention": 3, "discarded": 1}
    assert side.sizes() == [1000, 2]


def test_one_level_that_spoils_its_call_stops_alone(seller: Seller) -> None:
    seller.offer(1000)
    seller.side.odd = {"S0456"}

    counts = seller.deliver()

    assert counts == {"later": 1000 + 100 + 10, "submitted": 999, "rejected": 1}
    assert Counter(seller.side.sizes()) == {1000: 1, 100: 10, 10: 10, 1: 10}
    assert stopped() == [("S0456", "rejected")]
    assert seller.go(1, minutes=1) == {"done": 999, "needs_attention": 1}


def test_one_that_was_stopped_alone_is_tried_alone_and_the_others_together(seller: Seller) -> None:
    seller.offer(100)
    seller.side.odd = {"S0042"}
    seller.deliver()
    seller.go(1, minutes=1)
    seller.side.requests.clear()

    Product.objects.update(stock=8)
    adjust(product_ids=list(Product.objects.values_list("pk", flat=True)), now=seller.clock())
    seller.deliver()
    assert sorted(seller.side.sizes()) == [1, 99]

    seller.side.odd = set()
    outbox.requeue(OutboxMessage.objects.filter(state=State.NEEDS_ATTENTION), seller.clock())
    assert seller.go(2, minutes=1) == {"done": 100}
    Product.objects.update(stock=9)
    adjust(product_ids=list(Product.objects.values_list("pk", flat=True)), now=seller.clock())
    seller.deliver()
    assert seller.side.sizes()[-1] == 100


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "lost"])
def test_a_call_that_is_cut_off_is_made_again(seller: Seller, arrived: bool) -> None:
    seller.offer(1000)
    seller.side.fail_next("cut", after_handling=arrived, method="PUT", path="/stock")

    seller.deliver()
    assert seller.go(3, minutes=1) == {"done": 1000}
    assert set(seller.side.sizes()) == {1000}
    assert len(seller.side.stock) == 1000


def test_a_call_whose_outcome_is_not_known_is_made_again_in_parts(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller.offer(1000)

    def cut(self: Feeds, levels: Sequence[StockLevel]) -> list[Submission]:
        raise OutcomeUnknown("cut off")

    with monkeypatch.context() as patch:
        patch.setattr(Feeds, "update_stock", cut)
        assert seller.deliver() == {"unknown": 1000}
    assert set(OutboxMessage.objects.values_list("state", "look_first", "together")) == {("unknown", True, 100)}
    assert seller.go(2, minutes=1) == {"done": 1000}
    assert seller.side.sizes() == [100] * 10


def test_a_side_in_trouble_is_asked_for_the_same_again(seller: Seller) -> None:
    seller.offer(1000)
    seller.side.fail_next(503, method="PUT", path="/stock")

    assert seller.deliver() == {"later": 1000}
    assert Lane.objects.get(key=seller.account.lane).failures == 1
    assert seller.go(2, minutes=1) == {"done": 1000}
    assert seller.side.sizes()[-1] == 1000


def test_what_is_not_decided_in_the_time_that_it_states_is_sent_anew(seller: Seller) -> None:
    seller.offer(10)
    seller.side.deciding = True
    seller.deliver()
    began = seller.clock()
    while len(seller.side.sizes()) == 1:
        seller.clock.move_to(OutboxMessage.objects.earliest("next_attempt_at").next_attempt_at)
        seller.deliver()

    assert timedelta(hours=3) <= seller.clock() - began <= timedelta(hours=3, minutes=15)
    assert len(seller.side.requests_to("GET", "/feeds/feed-1")) < 30
    seller.side.deciding = False
    assert seller.go(1, minutes=1) == {"done": 10}
    assert seller.side.sizes() == [10, 10]


def test_what_is_newer_supersedes_what_is_being_decided(seller: Seller) -> None:
    seller.offer(10)
    seller.side.deciding = True
    seller.deliver()
    two = list(Product.objects.order_by("pk").values_list("pk", flat=True)[:2])
    Product.objects.filter(pk__in=two).update(stock=3)
    adjust(product_ids=two, now=seller.clock())
    seller.side.deciding = False

    assert seller.go(2, minutes=1) == {"done": 10}
    assert seller.side.sizes() == [10, 2]
    assert Counter(seller.side.stock.values()) == {7: 8, 3: 2}
    assert Counter(Offer.objects.values_list("acknowledged_quantity", flat=True)) == {7: 8, 3: 2}


def test_a_call_that_tells_of_too_few_is_our_mistake_and_falls_apart(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller.offer(20)
    right = Feeds.update_stock
    monkeypatch.setattr(Feeds, "update_stock", lambda self, levels: right(self, levels)[1:])

    assert seller.deliver() == {"unknown": 20}
    assert set(OutboxMessage.objects.values_list("problem_code", "together")) == {("internal_error", 2)}
    monkeypatch.setattr(Feeds, "update_stock", right)
    assert seller.go(2, minutes=1) == {"done": 20}


def test_one_call_is_one_of_its_lane_however_many_it_is_about(seller: Seller) -> None:
    """And it leaves room for other accounts, however much is due here."""
    seller.offer(3000)
    other = MarketplaceAccount.objects.create(
        company=seller.account.company, marketplace="feeds", name="other", credentials={"key": "k"}
    )
    seller.offer(30, other)

    claimed = claiming.claim(now=seller.clock(), limit=4)

    assert Counter(message.lane for message in claimed) == {seller.account.lane: 1000, other.lane: 30}
    room = lanes.room_of({seller.account.lane: seller.account.company_id, other.lane: seller.account.company_id})
    assert {lane: flying for lane, (_, flying) in room.items()} == {seller.account.lane: 1, other.lane: 1}
    more = [len(claiming.claim(now=seller.clock(), limit=4)) for _ in range(3)]
    assert more == [1000, 1000, 0]


def test_a_worker_that_is_stopped_after_its_call_has_all_of_it_sent_again(seller: Seller) -> None:
    seller.offer(50)
    [flight] = Delivery(clock=seller.clock, threads=1)._claim(limit=20)
    flight.make()

    assert seller.deliver() == {}  # another worker leaves alone what this one has in hand
    assert seller.go(3, minutes=4) == {"done": 50}
    assert seller.side.sizes() == [50, 50]


def test_a_record_that_cannot_be_stored_stops_alone(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    seller.offer(100)
    seller.deliver()
    culprit, write = Offer.objects.get(reference="S0077").pk, _write_down

    def failing(offer: Offer, *rest: object) -> bool:
        if offer.pk == culprit:
            raise ValueError
        return write(offer, *rest)

    monkeypatch.setattr("stock.flows.update_offer_stock._write_down", failing)
    assert seller.go(1, minutes=1) == {"done": 99, "needs_attention": 1}
    assert OutboxMessage.objects.get(state=State.NEEDS_ATTENTION).record_id == culprit
