"""The benchmark measures what the program does today: each of its parts runs, and counts what it is to count."""

from collections.abc import Iterator

import pytest

from ordersync.bench import Bench, prepared
from ordersync.bench_stock import stock_changes


@pytest.fixture
def bench(db: None) -> Iterator[Bench]:
    with prepared() as made:
        made.slow.seconds = 0
        yield made


def test_a_poll_alone_takes_five_statements_and_one_of_many_far_fewer(bench: Bench) -> None:
    assert bench.idle() == {"statements_of_a_poll_alone": 5}
    assert bench.polls(60)["statements_per_poll"] < 1.5


def test_importing_delivering_and_their_floors(bench: Bench) -> None:
    imported = bench.importing(50)
    assert imported["ratio"] > 0
    assert bench.known(50) | {"orders_per_s": 0} == {"orders_per_s": 0, "recognised": 50, "statements_per_page": 3}
    assert bench.delivering(2, threads=1)["requests_per_order"] == 4.0


def test_stock_and_memory(bench: Bench) -> None:
    moved = stock_changes(bench, 20)
    assert (moved["changes"], moved["owed"]) == (20, 20)
    assert moved["ratio"] > 0
    weighed = bench.memory(2, threads=1)
    assert weighed["orders"] == 2
    assert 0 < weighed["mb_after_the_first"] <= weighed["mb_after_all"]
