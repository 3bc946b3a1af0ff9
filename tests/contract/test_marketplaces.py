"""The contract of every marketplace adapter: what it reads, on its simulated marketplace, through the real transport."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Set
from datetime import UTC, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

import pytest

from adapterkit import errors
from adapterkit.records import (
    Fulfilment,
    Order,
    Page,
)
from adapterkit.simulator import Request
from adapterkit.spec import RateLimit
from adapterkit.wire import plain
from tests.clock import Clock
from tests.contract.benches import Bench
from tests.contract.parts import in_parts

MERCHANT, MARKETPLACE = Fulfilment.MERCHANT, Fulfilment.MARKETPLACE


def pages(bench: Bench, known: Any = None, *, fulfilment: Fulfilment = MERCHANT, back: float = 15) -> list[Page[Order]]:
    """Walk over what changed in the last `back` minutes, once the list tells it."""
    arguments = () if known is None else (known,)
    since = bench.clock() - timedelta(minutes=back)
    bench.clock.forward(bench.lag)
    return list(bench.open().fetch_orders(since, fulfilment, *arguments))


def orders(walk: list[Page[Order]]) -> list[Order]:
    return [order for page in walk for order in page.items]


def ids(walk: list[Page[Order]]) -> list[str]:
    return [order.order_id for order in orders(walk)]


class Store:
    """What the hub has stored: the fingerprints of the orders it was given."""

    def __init__(self) -> None:
        self.fingerprints: dict[str, str] = {}

    def known(self, listed: Mapping[str, str]) -> Set[str]:
        return {order_id for order_id, mark in listed.items() if self.fingerprints.get(order_id) == mark}

    def keep(self, page: Page[Order]) -> None:
        self.fingerprints |= {order.order_id: order.fingerprint for order in page.items}


class FakePacer:
    """Keeps every limit of the spec by moving the clock of the test, and remembers each call it let through.

    A token bucket is kept as if nothing were saved but its burst when the test began.
    """

    def __init__(self, limits: Mapping[str, RateLimit], clock: Clock) -> None:
        self.limits, self.clock = limits, clock
        self.calls: list[tuple[str, float]] = []

    def acquire(self, bucket: str, cost: float = 1) -> None:
        limit = self.limits.get(bucket) or self.limits["default"]
        allowed = limit.burst or limit.calls
        while self._recent(bucket, limit.per if not limit.burst else limit.burst / limit.rate) >= allowed:
            self.clock.forward(seconds=1 / limit.rate)
        self.calls.append((bucket, self.clock().timestamp()))

    def pause(self, bucket: str, seconds: float | None) -> float | None:
        self.clock.forward(seconds=seconds or 0)
        return seconds

    def apart(self, bucket: str) -> bool:
        return False

    def learn(self, bucket: str, rate: float) -> None:
        """Nothing is told here."""

    def _recent(self, bucket: str, per: float) -> int:
        return sum(name == bucket and at > self.clock().timestamp() - per for name, at in self.calls)


class TestFetchOrders:
    @pytest.mark.parametrize("share", [0, 1, 2.5])
    def test_gives_each_order_once(self, bench: Bench, share: float) -> None:
        placed = [bench.place() for _ in range(int(bench.page_size * share))]

        walk = pages(bench)

        since = bench.clock() - timedelta(minutes=20)
        broken_off = in_parts(lambda resume: bench.open().fetch_orders(since, MERCHANT, resume=resume))
        assert sorted(ids(walk)) == sorted(placed)
        assert [page.unreadable for page in walk if page.unreadable] == []
        assert set(ids(broken_off)) == set(placed)
        assert sum(bool(page.resume) for page in broken_off) >= ceil(share) - 1

    def test_includes_an_order_that_changed_exactly_at_the_cursor(self, bench: Bench) -> None:
        order_id = bench.place()
        bench.close(order_id)
        bench.clock.forward(minutes=20)

        assert ids(pages(bench, back=20)) == [order_id]

    @pytest.mark.parametrize("days", [1, 3])
    def test_includes_what_was_handled_days_ago(self, bench: Bench, days: int) -> None:
        order_id = bench.place()
        bench.close(order_id)
        bench.clock.forward(days=days)

        assert ids(pages(bench, back=days * 24 * 60)) == [order_id]

    def test_includes_open_orders_however_old_when_asked_for_that_long(self, bench: Bench) -> None:
        order_id = bench.place()
        bench.clock.forward(days=40)

        assert ids(pages(bench, back=40 * 24 * 60)) == [order_id]

    def test_loses_no_order_when_new_ones_shift_the_pages(self, bench: Bench) -> None:
        placed = [bench.place() for _ in range(bench.page_size + 5)]
        lists = 0

        def order_meanwhile(request: Request, when: str) -> None:
            nonlocal lists
            if when == "before" and request.path == bench.list_path:
                lists += 1
                if lists == 2:
                    bench.place()

        bench.simulator.on_request = order_meanwhile

        assert set(placed) <= set(ids(pages(bench)))

    def test_loses_no_order_when_closed_ones_shift_the_pages(self, bench: Bench) -> None:
        placed = [bench.place() for _ in range(bench.page_size + 1)]
        bench.clock.forward(hours=3)
        store = Store()
        walk = bench.open().fetch_orders(bench.clock() - timedelta(hours=4), MERCHANT, store.known)
        store.keep(next(walk))
        bench.close(placed[-1])
        for page in walk:
            store.keep(page)

        for page in pages(bench, store.known):
            store.keep(page)

        assert sorted(store.fingerprints) == sorted(placed)

    def test_names_the_unreadable_and_reads_the_others(self, bench: Bench) -> None:
        before, after = bench.place(), None
        broken = {}
        for field, value in bench.unreadable:
            order_id = bench.place()
            bench.corrupt(order_id, field, value)
            broken[order_id] = (field.rsplit(".", maxsplit=1)[-1], value)
        after = bench.place()

        walk = pages(bench)

        reasons = {record.record_id: record.reason for page in walk for record in page.unreadable}
        assert sorted(ids(walk)) == sorted([before, after])
        assert sorted(reasons) == sorted(broken)
        for order_id, (field, value) in broken.items():
            assert field in reasons[order_id]
            assert value in (None, []) or str(value) in reasons[order_id]
        assert all(record.payload for page in walk for record in page.unreadable)

    def test_gives_exact_money_moments_with_zone_and_iso_codes(self, bench: Bench) -> None:
        bench.place(quantity=3)

        [order] = orders(pages(bench))

        [line] = order.lines
        assert (line.unit_price, line.total, order.total) == (Decimal("12.10"), Decimal("36.30"), Decimal("36.30"))
        assert {type(line.unit_price), type(line.total), type(order.total)} == {Decimal}
        assert order.placed_at == bench.clock() - bench.lag
        moments = [order.placed_at, order.changed_at, order.deliver_by, order.ship_by, order.expires_at]
        assert {moment.utcoffset() for moment in moments if moment} == {timedelta(0)}
        assert order.currency == "EUR"
        assert order.delivery is not None
        assert order.delivery.country in bench.adapter_class.spec.countries
        assert (line.sku, line.quantity, line.quantity_open) == ("TST-001", 3, 3)

    def test_keeps_the_record_in_a_form_that_can_be_stored(self, bench: Bench) -> None:
        order_id = bench.place()

        [order] = orders(pages(bench))

        assert order_id in json.dumps(order.payload, default=plain)

    def test_gives_what_the_customer_pays_after_a_discount(self, bench: Bench) -> None:
        bench.place(quantity=3, discount="4.20")

        [order] = orders(pages(bench))

        assert [line.total for line in order.lines] == [Decimal("32.10")]
        assert order.total == Decimal("32.10")

    def test_gives_every_line(self, bench: Bench) -> None:
        order_id = bench.place(lines=3, quantity=2)

        [order] = orders(pages(bench))

        assert [(line.line_id, line.sku, line.quantity) for line in order.lines] == [
            (line_id, f"TST-{number:03d}", 2) for number, line_id in enumerate(bench.line_ids(order_id), start=1)
        ]
        assert order.total == Decimal("72.60")

    def test_gives_every_word_of_the_delivery_address(self, bench: Bench) -> None:
        order_id = bench.place()

        [order] = orders(pages(bench))

        given = str(order.delivery)
        assert bench.address_of(order_id)
        assert [word for word in bench.address_of(order_id) if word not in given] == []

    def test_gives_a_cancelled_order_with_nothing_open(self, bench: Bench) -> None:
        order_id = bench.place(lines=2, quantity=2)
        bench.close(order_id)

        [order] = orders(pages(bench))

        assert [(line.quantity_open, line.quantity_shipped) for line in order.lines] == [(0, 0)] * 2

    def test_keeps_the_fulfilments_apart(self, bench: Bench) -> None:
        if MARKETPLACE not in bench.adapter_class.spec.fulfilments:
            pytest.skip(f"{bench.code} ships nothing itself")
        ours, theirs = bench.place(), bench.place(fulfilment=MARKETPLACE)

        found = {fulfilment: orders(pages(bench, fulfilment=fulfilment)) for fulfilment in Fulfilment}

        assert {name: [order.order_id for order in given] for name, given in found.items()} == {
            MERCHANT: [ours],
            MARKETPLACE: [theirs],
        }
        assert [order.fulfilment for order in found[MARKETPLACE]] == [MARKETPLACE]

    def test_marks_the_line_that_the_buyer_wants_cancelled(self, bench: Bench) -> None:
        if not bench.tells_requests:
            pytest.skip(f"{bench.code} does not tell what the buyer wants cancelled")
        order_id = bench.place(lines=2)
        wanted, other = bench.line_ids(order_id)
        bench.request_cancellation(order_id, wanted)

        [order] = orders(pages(bench))

        assert {line.line_id: line.cancellation_requested for line in order.lines} == {wanted: True, other: False}

    def test_tells_the_marketplaces_own_clock(self, bench: Bench) -> None:
        if not bench.tells_time:
            pytest.skip(f"{bench.code} does not tell when it answered")
        as_of = pages(bench)[0].as_of

        assert as_of == bench.clock().astimezone(UTC).replace(microsecond=0) - bench.lag

    def test_asks_no_details_of_known_orders(self, bench: Bench) -> None:
        placed = [bench.place() for _ in range(3)]
        store = Store()
        for page in pages(bench):
            store.keep(page)
        calls = bench.detail_calls()

        again = pages(bench, store.known)

        assert ids(again) == []
        assert bench.detail_calls() - calls == 0

        bench.clock.forward(minutes=1)
        bench.close(placed[1])
        changed = pages(bench, store.known)

        assert ids(changed) == [placed[1]]
        assert bench.detail_calls() - calls == bench.details

    def test_gets_through_a_tight_limit_of_calls_walk_by_walk(self, bench: Bench) -> None:
        placed = [bench.place() for _ in range(20)]
        store, since = Store(), bench.clock()
        bench.clock.forward(bench.lag)
        bench.limit(8, 60)

        most = ceil(len(placed) * max(1, bench.details) / 5)  # of eight calls three are for token and lists
        walks = 0
        while len(store.fingerprints) < len(placed) and walks < most:
            walks += 1
            try:
                for page in bench.open().fetch_orders(since, MERCHANT, store.known):
                    store.keep(page)
            except errors.RateLimited as error:
                bench.clock.forward(seconds=error.retry_after or 60)

        assert sorted(store.fingerprints) == sorted(placed)

    def test_keeps_every_declared_limit(self, bench: Bench) -> None:
        for _ in range(bench.page_size):
            bench.place()
        limits = bench.adapter_class.spec.rate_limits
        pacer, since = FakePacer(limits, bench.clock), bench.clock()
        bench.clock.forward(bench.lag)

        list(bench.open(pacer=pacer).fetch_orders(since, MERCHANT))

        assert len(pacer.calls) == len(bench.simulator.requests) > bench.page_size * bench.details
        for bucket in {bucket for bucket, _ in pacer.calls}:
            limit = limits.get(bucket) or limits["default"]
            times = [at for name, at in pacer.calls if name == bucket]
            most = max(sum(start <= at < start + limit.per for at in times) for start in times)
            assert most <= limit.calls + limit.burst


class TestTrouble:
    def test_a_short_wait_is_waited(self, bench: Bench) -> None:
        order_id = bench.place()
        bench.simulator.fail_next(status=429, retry_after=1, path=bench.list_path)

        assert ids(pages(bench)) == [order_id]
        assert bench.waits == [1.0]

    def test_a_long_wait_is_handed_back(self, bench: Bench) -> None:
        bench.simulator.fail_next(status=429, retry_after=600, path=bench.list_path)

        with pytest.raises(errors.RateLimited) as limited:
            pages(bench)

        assert limited.value.retry_after == 600
        assert bench.waits == []
        assert len(bench.simulator.requests_to(bench.list_method, bench.list_path)) == 1

    def test_a_limit_without_a_time_is_repeated_a_few_times_only(self, bench: Bench) -> None:
        bench.simulator.fail_next(status=429, times=99, path=bench.list_path)

        with pytest.raises(errors.RateLimited):
            pages(bench)

        assert len(bench.simulator.requests_to(bench.list_method, bench.list_path)) == 3

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_read_is_repeated_after_a_failure_there(self, bench: Bench, status: int) -> None:
        order_id = bench.place()
        bench.simulator.fail_next(status=status, path=bench.list_path)

        assert ids(pages(bench)) == [order_id]

    def test_a_read_is_given_up_in_the_end(self, bench: Bench) -> None:
        bench.simulator.fail_next(status=502, times=99, path=bench.list_path)

        with pytest.raises(errors.TemporarilyUnavailable):
            pages(bench)

        assert len(bench.simulator.requests_to(bench.list_method, bench.list_path)) == 3

    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            ("html", errors.TemporarilyUnavailable),
            ("malformed", errors.MalformedResponse),
            ("empty", errors.MalformedResponse),
            ("cut", errors.TemporarilyUnavailable),
            ("huge", errors.TemporarilyUnavailable),
        ],
    )
    def test_a_broken_answer_is_never_taken_for_the_end_of_the_list(
        self, bench: Bench, kind: str, error: type[errors.AdapterError]
    ) -> None:
        for _ in range(3):
            bench.place()
        bench.simulator.fail_next(kind, times=99, path=bench.list_path)

        with pytest.raises(error):
            pages(bench)

    def test_a_list_that_is_not_found_is_not_taken_for_an_empty_one(self, bench: Bench) -> None:
        bench.place()
        bench.simulator.fail_next(status=404, body=bench.saying("Not found"), times=9, path=bench.list_path)

        with pytest.raises(errors.AdapterError):
            pages(bench)

    def test_other_words_than_a_list_are_not_taken_for_an_empty_one(self, bench: Bench) -> None:
        bench.simulator.fail_next(status=200, body=bench.saying("hello"), path=bench.list_path)

        with pytest.raises(errors.MalformedResponse):
            pages(bench)


class TestFetchOrder:
    def test_gives_the_same_as_the_walk(self, bench: Bench) -> None:
        order_id = bench.place(lines=2, quantity=2)

        assert bench.open().fetch_order(order_id) == orders(pages(bench))[0]

    def test_raises_not_found_for_an_unknown_order(self, bench: Bench) -> None:
        with pytest.raises(errors.NotFound):
            bench.open().fetch_order(bench.unknown_order)

    def test_names_what_cannot_be_read(self, bench: Bench) -> None:
        order_id = bench.place()
        field, value = bench.unreadable[0]
        bench.corrupt(order_id, field, value)

        with pytest.raises(errors.MalformedResponse, match=re.escape(str(value))):
            bench.open().fetch_order(order_id)
