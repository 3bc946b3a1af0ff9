"""What is bol's own in the adapter: its walk, media types, demo environment, processes and offers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapterkit import errors
from adapterkit.records import (
    Cancellation,
    CancellationReason,
    Fulfilment,
    LineQuantity,
    Shipment,
    StockLevel,
    Submission,
    SubmissionState,
)
from adapterkit.simulator import Request
from marketplaces.bol.adapter import Bol
from marketplaces.bol.simulator import BolSimulator
from tests.clock import Clock
from tests.contract.benches import URL, BolBench
from tests.marketplaces.bol.payloads import sample

V10, V11 = "application/vnd.retailer.v10+json", "application/vnd.retailer.v11+json"
MERCHANT, MARKETPLACE = Fulfilment.MERCHANT, Fulfilment.MARKETPLACE


@pytest.fixture
def bench(clock: Clock) -> BolBench:
    return BolBench(clock)


@pytest.fixture
def bol(bench: BolBench) -> BolSimulator:
    return bench.bol


@pytest.fixture
def adapter(bench: BolBench) -> Bol:
    opened = bench.open()
    assert isinstance(opened, Bol)
    return opened


def lists(bol: BolSimulator) -> list[dict[str, str]]:
    """The queries with which the first page of a list of orders was asked for."""
    asked = [seen.query for seen in bol.requests if seen.path == "/retailer/orders"]
    return [{name: values[0] for name, values in query.items() if name != "page"} for query in asked]


class TestWalk:
    def test_gives_every_open_order_however_old(self, bench: BolBench, bol: BolSimulator, adapter: Bol) -> None:
        order_id = bol.place_order()
        bench.clock.forward(days=40)

        pages = list(adapter.fetch_orders(bench.clock() - timedelta(minutes=15), MERCHANT))

        assert [order.order_id for page in pages for order in page.items] == [order_id]

    @pytest.mark.parametrize(("minutes", "interval"), [(0, "1"), (5, "6"), (15, "16"), (57.5, "59")])
    def test_asks_for_recent_changes_by_interval_and_a_minute_more(
        self, bench: BolBench, bol: BolSimulator, adapter: Bol, minutes: float, interval: str
    ) -> None:
        list(adapter.fetch_orders(bench.clock() - timedelta(minutes=minutes), MERCHANT))

        assert lists(bol) == [
            {"status": "OPEN", "fulfilment-method": "ALL"},
            {"status": "ALL", "change-interval-minute": interval, "fulfilment-method": "ALL"},
        ]

    def test_asks_for_older_changes_by_every_dutch_day_in_between(
        self, bench: BolBench, bol: BolSimulator, adapter: Bol
    ) -> None:
        # 23:30 UTC on the 17th is the 18th in Amsterdam.
        list(adapter.fetch_orders(datetime(2026, 11, 17, 23, 30, tzinfo=UTC), MARKETPLACE))

        days = [query.get("latest-change-date") for query in lists(bol)]
        assert days == [None, "2026-11-18", "2026-11-19", "2026-11-20"]
        assert {query["fulfilment-method"] for query in lists(bol)} == {"ALL"}

    def test_goes_by_bols_clock_not_by_ours(self, bench: BolBench, bol: BolSimulator, adapter: Bol) -> None:
        since = bench.clock()
        bench.clock.forward(hours=30)  # ours could be anywhere

        list(adapter.fetch_orders(since, MERCHANT))

        assert [query.get("latest-change-date") for query in lists(bol)] == [None, "2026-11-20", "2026-11-21"]

    def test_gives_what_was_read_before_an_error(self, bench: BolBench, bol: BolSimulator, adapter: Bol) -> None:
        first, second = bench.place(), bench.place()
        bol.fail_next(status=503, retry_after=900, path=f"/retailer/orders/{first}")
        walk = adapter.fetch_orders(bench.clock(), MERCHANT)

        page = next(walk)

        assert [order.order_id for order in page.items] == [second]
        with pytest.raises(errors.TemporarilyUnavailable):
            next(walk)

    def test_an_order_that_vanished_is_named(self, bench: BolBench, bol: BolSimulator, adapter: Bol) -> None:
        order_id, other = bench.place(), bench.place()
        bol.fail_next(status=404, times=1, path=f"/retailer/orders/{order_id}", body={"detail": "gone"})

        page = next(adapter.fetch_orders(bench.clock(), MERCHANT))

        assert [(record.record_id, record.reason) for record in page.unreadable] == [
            (order_id, "bol does not know it: gone")
        ]
        assert [order.order_id for order in page.items] == [other]

    def test_a_listed_row_that_cannot_be_read_is_named(self, bench: BolBench, bol: BolSimulator, adapter: Bol) -> None:
        bol.fail_next(
            status=200,
            path="/retailer/orders",
            body={"orders": [{"orderId": "A1", "orderItems": []}, "row", {"orderItems": [{}]}]},
        )

        page = next(adapter.fetch_orders(bench.clock(), MERCHANT))

        assert [(record.record_id, record.reason) for record in page.unreadable] == [
            ("A1", "orderItems is empty"),
            ("", "an object with orderId was expected, 'row' was found"),
            ("", "orderId is missing"),
        ]

    def test_an_order_of_both_fulfilments_comes_whole_to_every_walk(
        self, bench: BolBench, bol: BolSimulator, adapter: Bol
    ) -> None:
        items = [{"sku": "OURS", "price": "1.00"}, {"sku": "THEIRS", "price": "2.00", "method": "FBB"}]
        mixed = bol.place_order(items=items)
        others = {MERCHANT: bench.place(), MARKETPLACE: bench.place(fulfilment=MARKETPLACE)}

        for fulfilment in (MERCHANT, MARKETPLACE, None):
            given = {o.order_id: o for page in adapter.fetch_orders(bench.clock(), fulfilment) for o in page.items}
            wanted = {mixed, others[fulfilment]} if fulfilment else {mixed, *others.values()}
            assert given.keys() == wanted
            assert [(line.sku, line.fulfilment) for line in given[mixed].lines] == [
                ("OURS", MERCHANT),
                ("THEIRS", MARKETPLACE),
            ]
            fresh = [o for page in adapter.fetch_orders(bench.clock(), fulfilment, set) for o in page.items]
            assert fresh == []  # it is recognised in the list


class TestWire:
    def test_sends_bols_media_types(self, bench: BolBench, bol: BolSimulator, adapter: Bol) -> None:
        order_id = bench.place()
        bench.add_offer("TST-001", 1)

        adapter.confirm_shipment(bench.shipment(order_id))
        adapter.update_stock([StockLevel(sku="TST-001", quantity=2)])

        sent = {
            f"{seen.method} {seen.path.split('/')[2]}": (seen.headers["Accept"], seen.headers.get("Content-Type"))
            for seen in bol.requests
            if seen.path != "/token"
        }
        assert sent == {
            "POST shipments": (V10, V10),
            "GET offers": (V11, None),
            "PATCH offers": (V11, V11),
        }

    def test_the_demo_environment_has_paths_of_its_own(self, bench: BolBench) -> None:
        adapter = Bol(bench.open().transport, {**bench.settings, "environment": "demo"})

        for call in (adapter.verify_credentials, lambda: adapter.check_submission("1")):
            with pytest.raises(errors.NotFound):
                call()

        assert [seen.path for seen in bench.bol.requests if seen.path != "/token"] == [
            "/retailer-demo/orders",
            "/shared-demo/process-status/1",
        ]

    @pytest.mark.parametrize(
        ("settings", "url"),
        [({}, "https://api.bol.com"), ({"environment": "demo"}, "https://api.bol.com"), ({"base_url": URL}, URL)],
    )
    def test_the_address_is_bols_unless_a_test_server_is_named(self, settings: dict[str, str], url: str) -> None:
        assert Bol.base_url(settings) == url

    def test_a_refusal_is_told_in_bols_words_with_every_violation(self, bol: BolSimulator, adapter: Bol) -> None:
        violations = [{"name": "page", "reason": "must be 1 or more"}, {"name": "status", "reason": "is unknown"}]
        bol.fail_next(status=400, path="/retailer", body={"detail": "Bad request.", "violations": violations})

        with pytest.raises(errors.Rejected) as rejected:
            adapter.verify_credentials()

        assert rejected.value.remote == "Bad request.; page: must be 1 or more; status: is unknown"

    @pytest.mark.parametrize("violations", [None, 5, "none", [None, 3]])
    def test_a_strange_problem_document_is_still_a_refusal(
        self, bol: BolSimulator, adapter: Bol, violations: Any
    ) -> None:
        bol.fail_next(status=400, path="/retailer", body={"detail": "No.", "violations": violations})

        with pytest.raises(errors.Rejected, match="No"):
            adapter.verify_credentials()

    @pytest.mark.parametrize(
        ("status", "error"),
        [(403, errors.AuthenticationFailed), (406, errors.Rejected), (415, errors.Rejected), (409, errors.Rejected)],
    )
    def test_what_a_status_means(
        self, bol: BolSimulator, adapter: Bol, status: int, error: type[errors.AdapterError]
    ) -> None:
        bol.fail_next(status=status, path="/retailer", body={"title": "no"})

        with pytest.raises(error):
            adapter.verify_credentials()


class TestProcesses:
    def shipped(self, adapter: Bol, bench: BolBench) -> Submission:
        return adapter.confirm_shipment(bench.shipment(bench.place()))

    @pytest.mark.parametrize(
        ("outcome", "state", "message"),
        [
            ("", SubmissionState.DONE, ""),
            ("FAILURE", SubmissionState.REJECTED, "It could not be carried out."),
            ("TIMEOUT", SubmissionState.UNKNOWN, "bol answers TIMEOUT"),
        ],
    )
    def test_end_as_bol_decides(
        self, bench: BolBench, adapter: Bol, outcome: str, state: SubmissionState, message: str
    ) -> None:
        sent = self.shipped(adapter, bench)
        bench.bol.settle_processes(outcome)

        checked = adapter.check_submission(sent.reference)

        assert (checked.state, checked.message) == (state, message)

    def test_are_pending_until_decided(self, bench: BolBench, adapter: Bol) -> None:
        bench.bol.polls_until_decided = 3
        sent = self.shipped(adapter, bench)

        states = [adapter.check_submission(sent.reference).state for _ in range(3)]

        assert states == [SubmissionState.SUBMITTED, SubmissionState.SUBMITTED, SubmissionState.DONE]

    @pytest.mark.parametrize("field", ["processStatusId", "status"])
    def test_without_a_way_to_ask_leave_the_outcome_open(self, bench: BolBench, adapter: Bol, field: str) -> None:
        body = {**sample("process_status"), "status": "PENDING"}
        del body[field]
        bench.bol.fail_next(status=202, body=body, method="POST", path="/retailer/shipments")

        with pytest.raises(errors.OutcomeUnknown):
            self.shipped(adapter, bench)

    def test_a_refused_report_is_not_found_as_pending(self, bench: BolBench, adapter: Bol) -> None:
        order_id = bench.place()
        adapter.confirm_shipment(bench.shipment(order_id))
        bench.bol.settle_processes("FAILURE")

        assert adapter.find_shipments(order_id, bench.line_ids(order_id)) == []

    def test_shipments_of_other_lines_are_left_out(self, bench: BolBench, adapter: Bol) -> None:
        order_id = bench.place(lines=2)
        first, second = bench.line_ids(order_id)
        lines = (LineQuantity(line_id=first, quantity=1),)
        adapter.confirm_shipment(Shipment(order_id=order_id, reference="OS-1", lines=lines, carrier_code="TNT"))
        bench.settle()

        assert adapter.find_shipments(order_id, [second]) == []
        assert [made.reference for made in adapter.find_shipments(order_id, [first, second])] == ["OS-1"]

    def test_a_shipment_decided_while_we_look_is_found(self, bench: BolBench, adapter: Bol) -> None:
        order_id = bench.place()
        adapter.confirm_shipment(bench.shipment(order_id))

        def decide(request: Request, when: str) -> None:
            if when == "after":
                bench.settle()

        bench.bol.on_request = decide

        assert adapter.find_shipments(order_id, bench.line_ids(order_id)) != []

    def test_bol_ships_its_own_stock_itself(self, bench: BolBench, adapter: Bol) -> None:
        order_id = bench.place(fulfilment=MARKETPLACE)
        sent = adapter.confirm_shipment(bench.shipment(order_id))

        assert adapter.check_submission(sent.reference).state is SubmissionState.REJECTED
        assert (bench.shipments(order_id), bench.bol.world.refused_shipments) == ([], 1)

    def test_cancelling_two_lines_takes_two_calls(self, bench: BolBench, adapter: Bol) -> None:
        order_id = bench.place(lines=2)
        lines = tuple(LineQuantity(line_id=line_id, quantity=1) for line_id in bench.line_ids(order_id))

        submissions = adapter.cancel_lines(
            Cancellation(order_id=order_id, lines=lines, reason=CancellationReason.PRICE_ERROR)
        )
        bench.settle()

        assert [sent.entity_id for sent in submissions] == bench.line_ids(order_id)
        assert bench.cancelled() == [(line_id, "INCORRECT_PRICE") for line_id in bench.line_ids(order_id)]


class TestOffers:
    def test_an_offer_made_anew_is_looked_up_again(self, bench: BolBench, adapter: Bol) -> None:
        offer_id = bench.add_offer("TST-001", 1)
        gone = "00000000-0000-4000-8000-000000000000"

        [submission] = adapter.update_stock([StockLevel(sku="TST-001", offer_id=gone, quantity=4)])

        assert (submission.entity_id, bench.stock("TST-001")) == (offer_id, 4)

    def test_bols_own_stock_is_never_set(self, bench: BolBench, adapter: Bol) -> None:
        theirs = bench.bol.add_offer("TST-001", stock=9, method="FBB")

        with pytest.raises(errors.NotFound):
            adapter.update_stock([StockLevel(sku="TST-001", quantity=4)])
        ours = bench.add_offer("TST-001", 1)
        [submission] = adapter.update_stock([StockLevel(sku="TST-001", quantity=4)])

        assert submission.entity_id == ours
        assert bench.bol.world.offers[theirs]["stock"]["amount"] == 9

    @pytest.mark.parametrize(("quantity", "amount"), [(0, 0), (999, 999), (5000, 999), (-3, 0)])
    def test_stock_stays_within_what_bol_takes(self, bench: BolBench, adapter: Bol, quantity: int, amount: int) -> None:
        bench.add_offer("TST-001", 1)

        adapter.update_stock([StockLevel(sku="TST-001", quantity=quantity)])

        [patch] = bench.bol.requests_to("PATCH", "/retailer/offers/")
        assert patch.json == {"stock": {"amount": amount, "managedByRetailer": True}}

    def test_an_offer_with_another_reference_is_never_set(self, bench: BolBench, adapter: Bol) -> None:
        other = bench.add_offer("TST-0010", 5)
        body = {"offers": [bench.bol.world.offers[other]], "page": {}}
        bench.bol.fail_next(status=200, method="GET", path="/retailer/offers", body=body)

        with pytest.raises(errors.NotFound):
            adapter.update_stock([StockLevel(sku="TST-001", quantity=4)])

        assert bench.stock("TST-0010") == 5

    def test_a_known_offer_costs_one_call(self, bench: BolBench, adapter: Bol) -> None:
        offer_id = bench.add_offer("TST-001", 1)

        adapter.update_stock([StockLevel(sku="TST-001", offer_id=offer_id, quantity=2)])

        assert [seen.method for seen in bench.bol.requests if seen.path != "/token"] == ["PATCH"]


class TestReturns:
    def test_handled_ones_are_read_back_to_the_moment_only(self, bench: BolBench, adapter: Bol) -> None:
        for _ in range(60):
            return_id = bench.register_return(bench.place())
            bench.bol.world.returns[return_id].handled = True
        bench.clock.forward(days=3)

        list(adapter.fetch_returns(bench.clock() - timedelta(hours=1), MERCHANT))

        asked = [
            seen for seen in bench.bol.requests_to("GET", "/retailer/returns") if seen.query["handled"] == ["true"]
        ]
        assert [seen.query["page"] for seen in asked] == [["1"]]

    def test_one_that_cannot_be_read_is_named(self, bench: BolBench, adapter: Bol) -> None:
        return_id, other = (bench.register_return(bench.place()) for _ in range(2))
        bench.bol.world.returns[return_id].row["registrationDateTime"] = "once"

        page = next(adapter.fetch_returns(bench.clock(), MERCHANT))

        assert [found.return_id for found in page.items] == [other]
        assert [(record.record_id, record.reason) for record in page.unreadable] == [
            (return_id, "registrationDateTime is 'once', which cannot be read")
        ]
