"""From Amazon into the shop, shipped there, and back: exactly once each, within every published rate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapterkit.records import CancellationReason
from carriers.flows.change_codes import change_codes
from connections.pausing import pause
from engine.flows.keep_house import keep_house
from engine.models import Lane, OutboxMessage, SyncCursor
from marketplaces.amazon.spec import SPEC
from orders.flows.cancel_order import OnlyWhole, cancel_order
from orders.models import Cancellation, Order, OrderAddress, OrderPayload, Shipment
from orders.words.problems import explain
from stock.flows.change_product_id import change_product_id
from stock.models import HeldStock, Offer, Product, StockMovement
from tests.amazon_road import AmazonRoad

pytestmark = [pytest.mark.django_db, pytest.mark.either]


def test_an_order_reaches_the_shop_once_and_its_tracking_gets_back(amazon_road: AmazonRoad) -> None:
    road = amazon_road
    items = [
        {"sku": "TST-001", "price": "12.10", "quantity": 2, "shipping": "3.95", "discount": "1.00"},
        {"sku": "TST-001", "price": "11.00"},
        {"sku": "TST-002", "price": "10.90"},
    ]
    order_id = road.amazon.place_order(items=items)

    road.go(rounds=2)

    order = Order.objects.get()
    [made] = road.made(order_id)
    assert (order.place, order.sales_channel, str(order.total)) == ("in_shop", "A1805IZSGTT6HS", "49.0500")
    assert (made["status"], made["total"]) == ("processing", "49.05")
    assert [row["quantity"] for row in made["line_items"]] == [2, 1, 1]
    assert (road.shop.stock_of("TST-001"), road.amazon.stock_of("TST-001")) == (7, 7)

    road.shop.ship(made["id"], carrier="PostNL", tracking_code="3SABC123")
    road.go(rounds=2)

    shipment = Shipment.objects.get()
    [package] = road.amazon.packages_of(order_id)
    assert package["packageReferenceId"] == str(shipment.pk)
    assert (package["carrier"], package["trackingNumber"]) == ("PostNL", "3SABC123")
    assert sorted(item["quantity"] for item in package["packageItems"]) == [1, 1, 2]
    assert (road.amazon.status_of(order_id), shipment.state) == ("SHIPPED", Shipment.State.CONFIRMED)
    assert len(road.amazon.requests_to("POST", "/orders/v0/orders/")) == 1
    assert (road.refused, Lane.objects.exclude(reason="").count()) == (0, 0)


def test_a_carrier_that_amazon_does_not_know_is_named(amazon_road: AmazonRoad) -> None:
    road = amazon_road
    order_id = road.amazon.place_order()
    road.go(rounds=2)

    road.shop.ship(road.made(order_id)[0]["id"], carrier="Trunkrs", tracking_code="TR1")
    road.go(rounds=2)

    [seen] = road.amazon.requests_to("POST", "/orders/v0/orders/")
    detail = seen.json["packageDetail"]
    assert (detail["carrierCode"], detail["carrierName"]) == ("Other", "Trunkrs")
    assert road.amazon.status_of(order_id) == "SHIPPED"


def test_a_carrier_is_reported_as_the_merchant_says_that_amazon_calls_it(amazon_road: AmazonRoad) -> None:
    road = amazon_road
    change_codes(company=road.demo.company, seller="amazon", codes={"trunkrs": "Trunkrs BV"}, now=road.clock(), by=None)
    order_id = road.amazon.place_order()
    road.go(rounds=2)

    road.shop.ship(road.made(order_id)[0]["id"], carrier="Trunkrs", tracking_code="TR1")
    road.go(rounds=2)

    assert [package["carrier"] for package in road.amazon.packages_of(order_id)] == ["Trunkrs BV"]


def test_a_report_whose_answer_was_lost_is_looked_for_not_repeated(amazon_road: AmazonRoad) -> None:
    road = amazon_road
    order_id = road.amazon.place_order()
    road.go(rounds=2)
    road.amazon.fail_next("cut", after_handling=True, method="POST", path="/orders/v0/orders/")

    road.shop.ship(road.made(order_id)[0]["id"], carrier="DHL", tracking_code="JVGL1")
    road.go(rounds=3)

    assert len(road.amazon.requests_to("POST", "/orders/v0/orders/")) == 1
    assert Shipment.objects.get().state == Shipment.State.CONFIRMED


def test_a_report_that_never_arrived_is_sent_again_after_looking_twice(amazon_road: AmazonRoad) -> None:
    road = amazon_road
    order_id = road.amazon.place_order()
    road.go(rounds=2)
    road.amazon.fail_next("cut", method="POST", path="/orders/v0/orders/")

    road.shop.ship(road.made(order_id)[0]["id"], carrier="DHL", tracking_code="JVGL1")
    road.go(rounds=4)

    assert len(road.amazon.packages_of(order_id)) == 1
    assert Shipment.objects.get().state == Shipment.State.CONFIRMED


class TestPending:
    def test_is_seen_takes_stock_and_is_not_pushed_until_it_is_released(self, amazon_road: AmazonRoad) -> None:
        road = amazon_road
        order_id = road.amazon.place_order(status="PENDING", quantity=3)
        road.go(rounds=2)

        order = Order.objects.get()
        assert (order.status, order.place, order.problem_code) == ("pending", "waiting", "")
        assert (road.made(order_id), Product.objects.get(sku="TST-001").reserved) == ([], 3)
        assert road.amazon.stock_of("TST-001") == 7

        road.amazon.release_order(order_id)
        road.go(rounds=2)

        order.refresh_from_db()
        assert [made["total"] for made in road.made(order_id)] == ["36.30"]
        assert (order.status, order.place, str(order.total), order.currency) == ("open", "in_shop", "36.3000", "EUR")
        assert order.addresses.get(role="delivery").city == "Amsterdam"

    def test_that_is_never_paid_gives_its_stock_back(self, amazon_road: AmazonRoad) -> None:
        road = amazon_road
        order_id = road.amazon.place_order(status="PENDING", quantity=3)
        road.go(rounds=1)

        road.amazon.cancel_order(order_id)
        road.go(rounds=2)

        assert (Order.objects.get().status, Product.objects.get(sku="TST-001").reserved) == ("cancelled", 0)
        assert (road.made(order_id), road.amazon.stock_of("TST-001")) == ([], 10)


def test_one_sku_on_several_lines_is_shipped_line_by_line(amazon_road: AmazonRoad) -> None:
    road = amazon_road
    items = [
        {"sku": "TST-001", "price": price, "quantity": quantity} for price, quantity in (("12.10", 1), ("9.00", 2))
    ]
    order_id = road.amazon.place_order(items=items)
    road.go(rounds=2)
    [made] = road.made(order_id)

    road.shop.ship(made["id"], carrier="PostNL", tracking_code="3SLINES")
    road.go(rounds=3)

    [package] = road.amazon.packages_of(order_id)
    first, second = road.amazon.items_of(order_id)
    assert made["total"] == "30.10"
    assert package["packageItems"] == [{"orderItemId": first, "quantity": 1}, {"orderItemId": second, "quantity": 2}]
    assert road.amazon.status_of(order_id) == "SHIPPED"


class TestShippedByAmazon:
    def test_arrives_as_shipped_in_its_own_connection_takes_no_stock_and_is_not_reported(
        self, amazon_road: AmazonRoad
    ) -> None:
        road = amazon_road
        ours, theirs = road.amazon.place_order(), road.amazon.place_order(fulfilled_by="AMAZON")
        road.go(rounds=2)

        by_connection = dict(Order.objects.values_list("connection__fulfilment", "marketplace_order_id"))
        assert by_connection == {"merchant": ours, "marketplace": theirs}
        assert [made["status"] for made in road.made(theirs)] == ["completed"]
        assert road.shop.stock_of("TST-001") == 9

        road.amazon.ship_by_amazon(theirs)
        road.go(rounds=2)

        assert Order.objects.get(marketplace_order_id=theirs).status == "shipped"
        assert road.amazon.requests_to("POST", "/orders/v0/orders/") == []

    def test_comes_in_when_it_is_first_seen_on_its_way_but_not_from_before_the_activation(
        self, amazon_road: AmazonRoad
    ) -> None:
        road = amazon_road
        fast = road.amazon.place_order(fulfilled_by="AMAZON")
        road.amazon.ship_by_amazon(fast)
        old = road.amazon.place_order(fulfilled_by="AMAZON", createdTime="2026-11-01T08:00:00Z")
        road.amazon.ship_by_amazon(old)

        road.go(rounds=2)

        assert [made["status"] for made in road.made(fast)] == ["completed"]
        assert list(Order.objects.values_list("marketplace_order_id", flat=True)) == [fast]

    def test_listings_are_never_written(self, amazon_road: AmazonRoad) -> None:
        road = amazon_road
        listing = road.amazon.add_listing("TST-002", channel="AMAZON_EU", stores=("NL", "DE"))
        before = len(road.amazon.requests_to("PATCH", "/listings/"))

        road.shop.set_stock("TST-002", 4)
        road.go(rounds=3)

        assert len(road.amazon.requests_to("PATCH", "/listings/")) == before
        assert (road.amazon.world.turned_merchant, listing.quantity) == ([], 0)

    def test_stock_is_shown_and_counts_nowhere(self, amazon_road: AmazonRoad) -> None:
        road = amazon_road
        before = list(Product.objects.order_by("sku").values_list("sku", "stock", "reserved"))
        offered = list(Offer.objects.order_by("pk").values_list("reference", "desired_quantity"))
        writes = len(road.amazon.requests_to("PATCH", "/"))
        road.amazon.hold_stock("TST-001", available=40, reserved=3, coming=12)
        road.amazon.hold_stock("TST-001", available=41, store="DE")
        road.amazon.hold_stock("ONLY-FBA", available=5)

        road.go(rounds=1)

        assert held() == [
            ("ONLY-FBA", "NL", 5, 0, 0, None),
            ("TST-001", "DE", 41, 0, 0, "TST-001"),
            ("TST-001", "NL", 40, 3, 12, "TST-001"),
        ]
        assert SyncCursor.objects.get(feed="held_stock").owner_id == road.fba.pk
        assert list(Product.objects.order_by("sku").values_list("sku", "stock", "reserved")) == before
        assert list(Offer.objects.order_by("pk").values_list("reference", "desired_quantity")) == offered
        assert len(road.amazon.requests_to("PATCH", "/")) == writes
        assert not StockMovement.objects.filter(stock=40).exists()

    def test_stock_that_changes_or_ends_is_followed_and_the_rest_costs_no_write(self, amazon_road: AmazonRoad) -> None:
        road = amazon_road
        for sku in ("TST-001", "TST-002"):
            road.amazon.hold_stock(sku, available=4)
        road.go(rounds=1)
        first = HeldStock.objects.get(reference="TST-001").changed_at

        road.amazon.hold_stock("TST-002", available=3)
        road.go(rounds=1)

        assert [row[:3] for row in held()] == [("TST-001", "NL", 4), ("TST-002", "NL", 3)]
        assert HeldStock.objects.get(reference="TST-001").changed_at == first
        road.amazon.world.held = []
        road.amazon.fail_next(status=200, path="/fba/", body={"payload": {"inventorySummaries": [{"sellerSku": "?"}]}})
        road.go(rounds=1)
        assert len(held()) == 2
        road.go(rounds=1)
        assert held() == []

    def test_stock_is_of_another_product_once_products_are_known_by_another_field(
        self, amazon_road: AmazonRoad
    ) -> None:
        road = amazon_road
        road.amazon.hold_stock("TST-001", available=4)
        road.go(rounds=1)
        Product.objects.filter(sku="TST-002").update(ean="TST-001")

        change_product_id(project=road.fba.project, field="ean", now=road.clock(), by=None)

        at_once = held()
        assert SyncCursor.objects.get(feed="held_stock").next_run_at == road.clock()
        road.read(all_of_them=False)
        assert [at_once[0][-1], *(row[-1] for row in held())] == [None, "TST-002"]

    def test_stock_is_read_no_more_once_the_connection_is_paused(self, amazon_road: AmazonRoad) -> None:
        road = amazon_road
        pause(road.fba, road.clock(), None)
        calls = len(road.amazon.requests_to("GET", "/fba/"))

        road.go(rounds=2)

        assert len(road.amazon.requests_to("GET", "/fba/")) == calls > 0
        assert not SyncCursor.objects.get(feed="held_stock").active


def held() -> list[tuple[object, ...]]:
    """What is stored of Amazon's warehouses, with the SKU of the product it is shown at."""
    columns = ("reference", "place", "available", "reserved", "coming", "product__sku")
    return list(HeldStock.objects.order_by("reference", "place").values_list(*columns))


class TestCancellation:
    def test_that_the_buyer_asks_for_holds_the_order_before_and_in_the_shop(self, amazon_road: AmazonRoad) -> None:
        road = amazon_road
        before, after = road.amazon.place_order(), road.amazon.place_order()
        road.amazon.request_cancellation(before)
        road.go(rounds=2)
        road.amazon.request_cancellation(after)
        road.go(rounds=2)

        assert road.made(before) == []
        assert [made["status"] for made in road.made(after)] == ["on-hold"]
        assert set(Order.objects.values_list("hold", flat=True)) == {"cancellation_requested"}

    def test_of_a_whole_order_in_the_shop_is_one_feed(self, amazon_road: AmazonRoad) -> None:
        road = amazon_road
        items = [{"sku": sku, "price": "10.90", "quantity": 2} for sku in ("TST-001", "TST-002")]
        order_id = road.amazon.place_order(items=items)
        road.go(rounds=2)

        road.shop.set_status(road.made(order_id)[0]["id"], "cancelled")
        road.go(rounds=4)

        assert road.amazon.world.cancellations == [(item, "NoInventory") for item in road.amazon.items_of(order_id)]
        assert len(road.amazon.requests_to("POST", "/feeds/2021-06-30/feeds")) == 1
        assert road.amazon.status_of(order_id) == "CANCELLED"
        assert Order.objects.get().status == "cancelled"
        assert set(Cancellation.objects.values_list("state", flat=True)) == {"settled"}
        messages = OutboxMessage.objects.filter(kind="cancel_at_marketplace")
        assert set(messages.values_list("state", flat=True)) == {"done"}

    def test_of_one_line_is_refused_here_for_amazon_takes_whole_orders(self, amazon_road: AmazonRoad) -> None:
        road = amazon_road
        road.amazon.place_order(items=[{"sku": sku, "price": "9.00"} for sku in ("TST-001", "TST-002")])
        road.go(rounds=2)
        order, reason = Order.objects.get(), CancellationReason.OUT_OF_STOCK

        with pytest.raises(OnlyWhole):
            cancel_order(order=order, reason=reason, now=road.clock(), by=None, lines=[order.lines.latest("pk").pk])

        assert (order.place, Cancellation.objects.count(), road.amazon.world.cancellations) == ("in_shop", 0, [])

    def test_of_what_is_left_of_an_order_needs_a_person_and_says_what_to_do(self, amazon_road: AmazonRoad) -> None:
        road = amazon_road
        part = road.amazon.place_order(items=[{"sku": s, "price": "9.00"} for s in ("TST-001", "TST-002")])
        road.go(rounds=2)
        line = Order.objects.get(marketplace_order_id=part).lines.first()
        assert line is not None
        road.amazon.add_package(
            part, {"packageReferenceId": "SC-1", "carrierCode": "DHL",
                   "orderItems": [{"orderItemId": line.marketplace_line_id, "quantity": 1}]}
        )  # fmt: skip

        road.shop.set_status(road.made(part)[0]["id"], "cancelled")
        road.go(rounds=3)

        stuck = OutboxMessage.objects.filter(kind="cancel_at_marketplace", state="needs_attention").first()
        assert stuck is not None
        assert "Seller Central" in explain(stuck.problem_code, stuck.problem).what
        assert (road.amazon.world.refunded_whole, road.amazon.requests_to("POST", "/feeds/")) == ([], [])


def test_access_that_is_taken_back_stops_everything_and_a_new_authorisation_goes_on(amazon_road: AmazonRoad) -> None:
    road = amazon_road
    good = road.amazon.refresh_token
    road.amazon.revoke_access()
    road.amazon.place_order()
    road.go(rounds=1)

    assert Lane.objects.get(key=road.account.lane).state == Lane.State.REFUSED
    assert not Order.objects.exists()

    road.amazon.refresh_token = good
    Lane.objects.all().delete()
    road.go(rounds=2)
    assert Order.objects.count() == 1


def test_one_operation_s_limit_stops_no_other(amazon_road: AmazonRoad) -> None:
    road = amazon_road
    order_id = road.amazon.place_order()
    road.go(rounds=2)
    for _ in range(20):
        road.read()  # far more often than allowed
    road.shop.ship(road.made(order_id)[0]["id"], carrier="DHL", tracking_code="JVGL1")
    road.read()
    road.deliver()

    assert road.amazon.status_of(order_id) == "SHIPPED"
    assert (road.refused, Lane.objects.exclude(reason="").count()) == (0, 0)
    waiting = SyncCursor.objects.filter(feed="orders")
    assert all(cursor.next_run_at > road.clock() for cursor in waiting)
    assert {(cursor.failures, cursor.problem_code) for cursor in waiting} == {(0, "")}


def test_buyers_are_forgotten_thirty_days_after_delivery(amazon_road: AmazonRoad) -> None:
    road = amazon_road
    order_id = road.amazon.place_order()
    road.go(rounds=2)
    road.shop.ship(road.made(order_id)[0]["id"], carrier="DHL", tracking_code="JVGL1")
    road.go(rounds=2)
    order = Order.objects.get()
    assert order.deliver_by is not None
    assert timedelta(days=30) == SPEC.keep_buyer_data

    assert keep_house(now=order.deliver_by + timedelta(days=30))["buyers"] == 0
    assert keep_house(now=order.deliver_by + timedelta(days=30, seconds=1))["buyers"] == 1
    assert OrderPayload.objects.get().payload == {}
    assert set(OrderAddress.objects.values_list("city", flat=True)) == {""}
