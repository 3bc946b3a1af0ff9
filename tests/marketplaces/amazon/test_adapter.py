"""What is Amazon's own in the adapter: its questions, its few pages, whole orders, listings that are not ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapterkit import errors
from adapterkit.capabilities import capabilities
from adapterkit.records import (
    Cancellation,
    CancellationReason,
    Fulfilment,
    HeldStock,
    LineQuantity,
    Order,
    Page,
    StockLevel,
    SubmissionState,
)
from marketplaces.amazon.adapter import Amazon
from marketplaces.amazon.simulator import AmazonSimulator
from marketplaces.amazon.spec import SPEC
from marketplaces.amazon.stores import STORES
from tests.clock import Clock
from tests.contract.amazon_bench import AmazonBench

MERCHANT, MARKETPLACE = Fulfilment.MERCHANT, Fulfilment.MARKETPLACE
ORDERS = "/orders/2026-01-01/orders"


@pytest.fixture
def bench(clock: Clock) -> AmazonBench:
    return AmazonBench(clock)


@pytest.fixture
def amazon(bench: AmazonBench) -> AmazonSimulator:
    return bench.amazon


@pytest.fixture
def adapter(bench: AmazonBench) -> Amazon:
    opened = bench.open()
    assert isinstance(opened, Amazon)
    return opened


def asked(amazon: AmazonSimulator) -> list[dict[str, str]]:
    seen = [seen.query for seen in amazon.requests if seen.path == ORDERS]
    return [{name: values[0] for name, values in query.items()} for query in seen]


def ids(pages: Iterator[Page[Order]]) -> list[str]:
    return [order.order_id for page in pages for order in page.items]


class TestWalk:
    def test_asks_for_whole_orders_in_pages_of_a_hundred(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        list(adapter.fetch_orders(bench.clock() - timedelta(minutes=17), MERCHANT))

        assert asked(amazon) == [
            {
                "lastUpdatedAfter": "2026-11-20T08:40:00Z",
                "marketplaceIds": "A1805IZSGTT6HS,A1PA6795UKMFR9",
                "fulfilledBy": "MERCHANT",
                "fulfillmentStatuses": "PENDING_AVAILABILITY,PENDING,UNSHIPPED,PARTIALLY_SHIPPED,CANCELLED",
                "includedData": "BUYER,RECIPIENT,PROCEEDS,PROMOTION,CANCELLATION,FULFILLMENT,TAX",
                "maxResultsPerPage": "100",
            }
        ]

    def test_asks_of_what_amazon_ships_for_what_it_shipped(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        shipped = bench.place(fulfilment=MARKETPLACE)
        amazon.ship_by_amazon(shipped)
        waiting = amazon.place_order(fulfilled_by="AMAZON", status="PENDING")
        since = bench.clock()
        bench.clock.forward(minutes=5)

        [page] = adapter.fetch_orders(since, MARKETPLACE)

        assert [(order.order_id, order.lines[0].quantity_open) for order in page.items] == [(shipped, 0)]
        assert waiting not in ids(iter([page]))
        assert asked(amazon)[0]["fulfillmentStatuses"] == "UNSHIPPED,PARTIALLY_SHIPPED,SHIPPED,CANCELLED,UNFULFILLABLE"

    def test_goes_on_by_the_very_same_question(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        placed = [bench.place() for _ in range(230)]
        since = bench.clock()
        bench.clock.forward(minutes=5)

        pages = list(adapter.fetch_orders(since, MERCHANT))

        assert sorted(ids(iter(pages))) == sorted(placed)
        assert [len(page.items) for page in pages] == [100, 100, 30]
        first, *others = asked(amazon)
        assert [{**other, "paginationToken": ""} for other in others] == [{**first, "paginationToken": ""}] * 2
        assert [bool(page.resume) for page in pages] == [True, True, False]

    def test_can_be_taken_up_by_another_worker(self, bench: AmazonBench, adapter: Amazon) -> None:
        placed = [bench.place() for _ in range(230)]
        since = bench.clock()
        bench.clock.forward(minutes=5)
        first = next(adapter.fetch_orders(since, MERCHANT))
        bench.clock.forward(hours=23)

        other: Any = bench.open()
        rest = list(other.fetch_orders(since, MERCHANT, resume=first.resume))

        assert sorted(ids(iter([first, *rest]))) == sorted(placed)
        assert {page.as_of for page in (first, *rest[:2])} == {first.as_of}

    @pytest.mark.parametrize("resume", ["{}", "no json", '[1, ""]', "[{}]", "7"])
    def test_that_was_never_begun_cannot_be_taken_up(self, bench: AmazonBench, adapter: Amazon, resume: str) -> None:
        with pytest.raises(errors.Rejected):
            adapter.fetch_orders(bench.clock(), MERCHANT, resume=resume)

    def test_is_forgotten_after_a_day(self, bench: AmazonBench, adapter: Amazon) -> None:
        for _ in range(101):
            bench.place()
        since = bench.clock()
        bench.clock.forward(minutes=5)
        first = next(adapter.fetch_orders(since, MERCHANT))
        bench.clock.forward(hours=25)

        with pytest.raises(errors.Rejected):
            list(adapter.fetch_orders(since, MERCHANT, resume=first.resume))

    def test_over_hours_brings_what_was_shipped_by_hand(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        by_hand, long_ago = bench.place(), bench.place()
        amazon.ship_by_hand(long_ago)
        bench.clock.forward(days=2)
        amazon.ship_by_hand(by_hand)
        bench.clock.forward(minutes=10)

        short = ids(adapter.fetch_orders(bench.clock() - timedelta(minutes=15), MERCHANT))
        long = ids(adapter.fetch_orders(bench.clock() - timedelta(days=3), MERCHANT))

        assert (short, long) == ([], [by_hand])
        assert [query["fulfillmentStatuses"] == "SHIPPED" for query in asked(amazon)] == [False, False, True]

    def test_does_without_the_shipped_ones_when_there_are_no_calls_left(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        order_id = bench.place()
        bench.clock.forward(days=1)
        amazon.limit_calls(1, 3600)

        assert ids(adapter.fetch_orders(bench.clock() - timedelta(days=2), MERCHANT)) == [order_id]

    def test_begins_where_amazon_says_that_it_looked(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        amazon.fail_next(status=200, body={"orders": [], "lastUpdatedBefore": "2026-11-20T08:51:00Z"}, path=ORDERS)
        amazon.fail_next(status=200, body={"orders": []}, path=ORDERS)
        amazon.fail_next(status=200, body={"orders": [], "lastUpdatedBefore": "soon"}, path=ORDERS)

        told, untold = (next(adapter.fetch_orders(bench.clock(), MERCHANT)).as_of for _ in range(2))

        assert told == datetime.fromisoformat("2026-11-20T08:51:00+00:00")
        assert untold == bench.clock() - timedelta(minutes=2)
        with pytest.raises(errors.MalformedResponse, match="soon"):
            list(adapter.fetch_orders(bench.clock(), MERCHANT))

    def test_shows_an_order_that_is_told_late_when_it_is_told(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        order_id, since = bench.place(), bench.clock()
        amazon.list_late(order_id, by=timedelta(minutes=12))
        bench.clock.forward(minutes=5)
        early = ids(adapter.fetch_orders(since, MERCHANT))
        bench.clock.forward(minutes=8)

        assert early == []
        assert adapter.fetch_order(order_id).order_id == order_id
        assert ids(adapter.fetch_orders(bench.clock() - timedelta(minutes=15), MERCHANT)) == [order_id]

    def test_marks_pending_orders_and_gives_them_whole_once_they_are_released(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        order_id, since = amazon.place_order(status="PENDING", quantity=2), bench.clock()
        bench.clock.forward(minutes=5)
        [waiting] = next(adapter.fetch_orders(since, MERCHANT)).items
        amazon.release_order(order_id)
        bench.clock.forward(minutes=5)
        [released] = next(adapter.fetch_orders(since, MERCHANT)).items

        assert (waiting.pending, waiting.delivery, waiting.lines[0].quantity_open) == (True, None, 2)
        assert (released.pending, str(released.total), released.fingerprint == waiting.fingerprint) == (
            False,
            "24.20",
            False,
        )


class TestShipment:
    def test_is_refused_without_what_amazon_insists_on(self, bench: AmazonBench, adapter: Amazon) -> None:
        whole = bench.shipment(bench.place())

        for missing in ({"tracking_code": ""}, {"shipped_at": None}, {"number": 0}):
            with pytest.raises(errors.Rejected):
                adapter.confirm_shipment(replace(whole, **missing))  # type: ignore[arg-type]

        assert bench.shipment_calls() == 0

    def test_of_an_order_stored_without_its_store_asks_for_it(self, bench: AmazonBench, adapter: Amazon) -> None:
        order_id = bench.place()

        adapter.confirm_shipment(replace(bench.shipment(order_id), sales_channel=""))

        assert len(bench.shipments(order_id)) == 1

    def test_that_is_reported_again_changes_the_package_and_ships_nothing_more(
        self, bench: AmazonBench, adapter: Amazon
    ) -> None:
        order_id = bench.place(quantity=2)
        first = bench.shipment(order_id)
        adapter.confirm_shipment(first)
        adapter.confirm_shipment(replace(first, tracking_code="3SOTHER"))

        [package] = bench.shipments(order_id)
        assert (package.tracking_code, sum(package.pieces.values())) == ("3SOTHER", 1)
        assert bench.open().fetch_order(order_id).lines[0].quantity_open == 1

    def test_of_what_was_shipped_by_hand_is_refused_in_amazons_words(self, bench: AmazonBench, adapter: Amazon) -> None:
        order_id = bench.place()
        bench.amazon.ship_by_hand(order_id)

        with pytest.raises(errors.Rejected, match=r"PackageToUpdateNotFound.*request "):
            adapter.confirm_shipment(bench.shipment(order_id))

        assert adapter.find_shipments(order_id, bench.line_ids(order_id))[0].number == 0


def cancellation(bench: AmazonBench, order_id: str, quantity: int = 1, *line_ids: str) -> Cancellation:
    lines = tuple(LineQuantity(line_id=i, quantity=quantity) for i in line_ids or bench.line_ids(order_id))
    return Cancellation(order_id=order_id, lines=lines, reason=CancellationReason.OUT_OF_STOCK)


class TestCancellation:
    def test_is_a_feed_that_is_uploaded_elsewhere(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        order_id = bench.place(lines=2)

        [sent] = adapter.cancel_lines(cancellation(bench, order_id))

        assert (sent.state, sent.reference, sent.ask_after) == (
            SubmissionState.SUBMITTED,
            f"feed:50000000:{order_id}",
            60.0,
        )
        [document] = amazon.world.documents.values()
        assert document.content is not None
        text = document.content.decode()
        assert text.startswith("<?xml version='1.0' encoding='UTF-8'?>")
        assert "<MerchantIdentifier>A2SELLER</MerchantIdentifier>" in text
        assert f"<AmazonOrderID>{order_id}</AmazonOrderID><StatusCode>Failure</StatusCode>" in text
        assert text.count("<CancelReason>NoInventory</CancelReason>") == 2
        [upload] = amazon.requests_to("PUT", "/files/")
        assert upload.headers.get("x-amz-access-token") is None
        assert [exchange.url for exchange in bench.exchanges.kept if exchange.method == "PUT"] == [
            f"https://marketplace.test/files/{document.document_id}"
        ]

    def test_takes_a_while(self, bench: AmazonBench, adapter: Amazon) -> None:
        order_id = bench.place()
        [sent] = adapter.cancel_lines(cancellation(bench, order_id))
        states = []
        for seconds in (0, 40, 60):
            bench.clock.forward(seconds=seconds)
            states.append(adapter.check_submission(sent.reference).state)

        assert states == [SubmissionState.SUBMITTED, SubmissionState.SUBMITTED, SubmissionState.DONE]
        assert bench.amazon.requests_to("GET", "/feeds/2021-06-30/documents/") == []

    def test_of_a_cancelled_order_costs_no_feed(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        order_id = bench.place()
        amazon.cancel_order(order_id)

        [done] = adapter.cancel_lines(cancellation(bench, order_id))

        assert done.state is SubmissionState.DONE
        assert amazon.requests_to("POST", "/feeds/") == []

    def test_is_never_sent_once_something_is_shipped(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        order_id = bench.place(quantity=3)
        adapter.confirm_shipment(bench.shipment(order_id))

        for quantity in (1, 2, 3):
            with pytest.raises(errors.Rejected, match="whole orders only"):
                adapter.cancel_lines(cancellation(bench, order_id, quantity))

        assert (amazon.world.feeds, amazon.world.refunded_whole) == ({}, [])

    def test_that_amazon_refuses_says_why(self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon) -> None:
        order_id = bench.place()
        [sent] = adapter.cancel_lines(cancellation(bench, order_id))
        [feed] = amazon.world.feeds.values()
        amazon.world.documents[feed.document_id].content = None

        amazon.settle()

        refused = adapter.check_submission(sent.reference)
        assert (refused.state, refused.message) == (SubmissionState.REJECTED, "Amazon answers FATAL")

    @pytest.mark.parametrize("path", ["/feeds/2021-06-30/documents", "/files/", "/feeds/2021-06-30/feeds"])
    def test_that_is_cut_off_may_be_sent_again(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon, path: str
    ) -> None:
        order_id = bench.place()
        amazon.fail_next("cut", after_handling=True, path=path)
        with pytest.raises(errors.TemporarilyUnavailable):
            adapter.cancel_lines(cancellation(bench, order_id))

        adapter.cancel_lines(cancellation(bench, order_id))
        bench.settle()

        assert amazon.status_of(order_id) == "CANCELLED"
        assert len(amazon.world.cancellations) == 1

    def test_is_found_elsewhere_only_for_five_minutes(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        order_id = bench.place()
        amazon.on_request = lambda request, when: (
            bench.clock.forward(minutes=6) if (when, request.method) == ("before", "PUT") else None
        )

        with pytest.raises(errors.TemporarilyUnavailable):
            adapter.cancel_lines(cancellation(bench, order_id))


class TestStock:
    def test_of_what_amazon_ships_is_never_written(self, amazon: AmazonSimulator, adapter: Amazon) -> None:
        amazon.add_listing("FBA-1", channel="AMAZON_EU")

        with pytest.raises(errors.NotFound, match="Amazon itself ships"):
            adapter.update_stock([StockLevel(sku="FBA-1", quantity=9)])

        assert amazon.requests_to("PATCH", "/") == []
        assert amazon.world.turned_merchant == []

    def test_is_written_in_each_store_that_lists_the_sku_and_leaves_the_handling_time(
        self, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        listing = amazon.add_listing("MUG/1", stock=2, stores=("NL", "DE", "FR"))

        adapter.update_stock([StockLevel(sku="MUG/1", quantity=-3)])
        amazon.settle()

        patches = amazon.requests_to("PATCH", "/listings/2021-08-01/items/A2SELLER/MUG%2F1")
        assert [seen.query["marketplaceIds"][0] for seen in patches] == ["A1805IZSGTT6HS", "A1PA6795UKMFR9"]
        assert patches[0].json["productType"] == "MUG"
        assert (listing.quantity, listing.handling_days) == (0, 2)

    def test_is_done_when_the_listing_shows_it(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        amazon.add_listing("TST-001", stock=2)
        [sent] = adapter.update_stock([StockLevel(sku="TST-001", quantity=7)])

        at_once = adapter.check_submission(sent.reference).state
        bench.clock.forward(seconds=60)

        assert at_once is SubmissionState.SUBMITTED
        assert adapter.check_submission(sent.reference).state is SubmissionState.DONE

    def test_that_buyers_changed_meanwhile_is_done_after_a_while(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        listing = amazon.add_listing("TST-001", stock=2)
        listing.issues = [{"code": "1", "message": "Add a picture.", "severity": "WARNING", "categories": []}]
        [sent] = adapter.update_stock([StockLevel(sku="TST-001", quantity=7)])
        bench.clock.forward(seconds=60)
        amazon.settle()
        listing.quantity = 6

        early = adapter.check_submission(sent.reference).state
        bench.clock.forward(minutes=15)

        assert (early, adapter.check_submission(sent.reference).state) == (
            SubmissionState.SUBMITTED,
            SubmissionState.DONE,
        )

    def test_that_the_listing_does_not_take_is_rejected_with_its_issue(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        amazon.add_listing("TST-001", stock=2).refuses = True
        [sent] = adapter.update_stock([StockLevel(sku="TST-001", quantity=7)])
        bench.clock.forward(seconds=60)

        checked = adapter.check_submission(sent.reference)

        assert (checked.state, checked.message) == (SubmissionState.REJECTED, "99001: The quantity was not taken.")

    def test_that_is_invalid_is_rejected_at_once(self, amazon: AmazonSimulator, adapter: Amazon) -> None:
        amazon.add_listing("TST-001", stock=2)
        issue = {"code": "90000900", "message": "The attributes are invalid.", "severity": "ERROR", "categories": []}
        amazon.fail_next(status=200, method="PATCH", body={"sku": "TST-001", "status": "INVALID", "issues": [issue]})

        [sent] = adapter.update_stock([StockLevel(sku="TST-001", quantity=7)])

        assert (sent.state, sent.message) == (SubmissionState.REJECTED, "90000900: The attributes are invalid.")


INVENTORY = "/fba/inventory/v1/summaries"


class TestHeldStock:
    def test_is_read_page_by_page_and_store_by_store(self, amazon: AmazonSimulator, adapter: Amazon) -> None:
        for number in range(101):
            amazon.hold_stock(f"FBA-{number:03d}", available=number, reserved=2, coming=5)
        amazon.hold_stock("FBA-001", available=7, store="DE")
        amazon.limit_calls(9, 1)

        pages = list(adapter.fetch_held_stock())

        assert [len(page.items) for page in pages] == [50, 50, 1, 1]
        assert pages[0].items[1] == HeldStock(sku="FBA-001", place="NL", available=1, reserved=2, coming=5)
        assert pages[3].items == (HeldStock(sku="FBA-001", place="DE", available=7),)
        asked = [seen.query for seen in amazon.requests_to("GET", INVENTORY)]
        assert [query["granularityId"] for query in asked] == [["A1805IZSGTT6HS"]] * 3 + [["A1PA6795UKMFR9"]]
        assert all(query["granularityId"] == query["marketplaceIds"] for query in asked)
        assert {seen.method for seen in amazon.requests} == {"GET", "POST"}
        assert [seen.path for seen in amazon.requests if seen.method == "POST"] == ["/auth/o2/token"]

    def test_that_cannot_be_read_is_named_and_stops_no_other(self, amazon: AmazonSimulator, adapter: Amazon) -> None:
        row = {"sellerSku": "FBA-1", "inventoryDetails": {"fulfillableQuantity": 3, "inboundShippedQuantity": None}}
        wrong = {"sellerSku": "FBA-2", "inventoryDetails": {"fulfillableQuantity": "many"}}
        payload = {"inventorySummaries": [row, wrong, {"sellerSku": "FBA-3"}, "nonsense"]}
        amazon.fail_next(status=200, path=INVENTORY, body={"payload": payload})

        page = next(adapter.fetch_held_stock())

        assert page.items == (HeldStock(sku="FBA-1", place="NL", available=3),)
        assert [one.record_id for one in page.unreadable] == ["NL:FBA-2", "NL:FBA-3", "NL:"]
        assert "fulfillableQuantity" in page.unreadable[0].reason

    @pytest.mark.parametrize("body", [{"payload": {}}, {"payload": {"inventorySummaries": {}}}, {"pagination": {}}])
    def test_that_is_no_list_is_not_taken_for_an_empty_one(
        self, amazon: AmazonSimulator, adapter: Amazon, body: Any
    ) -> None:
        amazon.fail_next(status=200, path=INVENTORY, body=body)

        with pytest.raises(errors.MalformedResponse, match="holds no"):
            next(adapter.fetch_held_stock())

    def test_needs_a_role_of_its_own(self, amazon: AmazonSimulator, adapter: Amazon) -> None:
        denied = {"code": "Unauthorized", "message": "Access to requested resource is denied.", "details": ""}
        amazon.fail_next(status=403, times=2, body={"errors": [denied]}, path=INVENTORY)

        with pytest.raises(errors.Rejected, match="give it the role") as refused:
            next(adapter.fetch_held_stock())

        assert not isinstance(refused.value, errors.AuthenticationFailed)


class TestAnswers:
    def test_a_limit_without_a_time_names_none_without_a_pace(self, amazon: AmazonSimulator, adapter: Amazon) -> None:
        amazon.limit_calls(1, 3600)
        adapter.verify_credentials()

        with pytest.raises(errors.RateLimited, match="QuotaExceeded"):
            adapter.verify_credentials()

    def test_a_missing_role_stops_only_what_needs_it(
        self, bench: AmazonBench, amazon: AmazonSimulator, adapter: Amazon
    ) -> None:
        denied = {
            "errors": [{"code": "Unauthorized", "message": "Access to requested resource is denied.", "details": ""}]
        }
        amazon.add_listing("TST-001")
        amazon.fail_next(status=403, times=2, body=denied, path="/listings/")
        amazon.fail_next(status=403, times=2, body=denied, path=ORDERS)

        with pytest.raises(errors.Rejected, match="role") as listing:
            adapter.update_stock([StockLevel(sku="TST-001", quantity=7)])
        with pytest.raises(errors.AuthenticationFailed, match="region"):
            list(adapter.fetch_orders(bench.clock(), MERCHANT))

        assert not isinstance(listing.value, errors.AuthenticationFailed)

    def test_an_order_that_the_application_may_not_see_the_buyer_of_has_no_address(
        self, bench: AmazonBench, adapter: Amazon
    ) -> None:
        order_id = bench.place()
        bench.amazon.shows_buyers = False

        assert adapter.fetch_order(order_id).delivery is None


class TestSettings:
    @pytest.mark.parametrize(
        ("stores", "environment", "url"),
        [
            ("nl, DE", "live", "https://sellingpartnerapi-eu.amazon.com"),
            ("UK", "sandbox", "https://sandbox.sellingpartnerapi-eu.amazon.com"),
            ("US;CA", "live", "https://sellingpartnerapi-na.amazon.com"),
            ("JP", "", "https://sellingpartnerapi-fe.amazon.com"),
        ],
    )
    def test_choose_the_region(self, stores: str, environment: str, url: str) -> None:
        assert Amazon.base_url({"stores": stores, "environment": environment}) == url

    def test_of_a_test_server_win(self) -> None:
        assert Amazon.base_url({"stores": "NL", "base_url": "http://127.0.0.1:8103"}) == "http://127.0.0.1:8103"

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"stores": "NL, US"}, "different regions"),
            ({"stores": "NL, XX"}, "no store XX"),
            ({"stores": ""}, "Name the countries"),
            ({"seller_id": ""}, "merchant token is missing"),
        ],
    )
    def test_that_are_wrong_are_told_before_anything_is_called(
        self, bench: AmazonBench, adapter: Amazon, changed: dict[str, str], words: str
    ) -> None:
        adapter.settings = {**bench.settings, **changed}

        with pytest.raises(errors.Rejected, match=words):
            adapter.verify_credentials()

        assert bench.amazon.requests == []

    def test_of_every_store_are_there_once(self) -> None:
        assert (
            len({store.marketplace_id for store in STORES}) == len({store.country for store in STORES}) == len(STORES)
        )
        assert {store.region for store in STORES} == {"eu", "na", "fe"}
        assert SPEC.countries[:2] == ("DE", "FR")


def test_returns_are_not_among_its_capabilities() -> None:
    assert capabilities(Amazon) == [
        "AsksConsent",
        "ConfirmsShipments",
        "FindsShipments",
        "CancelsLines",
        "UpdatesStock",
        "FetchesHeldStock",
        "ChecksSubmissions",
    ]


def test_a_note_to_go_on_holds_no_secret(bench: AmazonBench, adapter: Amazon) -> None:
    for _ in range(101):
        bench.place()
    since = bench.clock()
    bench.clock.forward(minutes=5)

    resume = next(adapter.fetch_orders(since, MERCHANT)).resume

    assert [type(part) for part in json.loads(resume)] == [dict, str]
    assert not any(secret in resume for secret in bench.secrets())
