"""Test orders reach the shop, marked, and nobody else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest

from adapterkit.records import Address, Fulfilment
from connections.models import OrderConnection
from engine import lanes
from engine.models import OutboxMessage, SyncCursor
from engine.outcomes import later
from orders.flows.cancel_test_order import cancel_test_order
from orders.flows.send_test_order import TestRefused, Wanted, Wish, send_test_order
from orders.models import Order, TestOrder
from orders.proposals import proposal
from orders.words.problems import explain
from stock import ledger, offers
from stock.models import Product, StockMovement
from tests.road import Road

pytestmark = [pytest.mark.django_db, pytest.mark.either]
TOKEN = uuid.UUID("6f1f9d1c-7f5d-4a3e-9d0e-0d3f3a1b2c4d")


def wish(**changes: Any) -> Wish:
    buyer = Address(**proposal("NL", seed=1))
    usual = Wish(
        lines=[Wanted(product="TST-001", quantity=2, price=Decimal("12.10"))],
        delivery=buyer,
        billing=buyer,
        fulfilment=Fulfilment.MERCHANT,
    )
    return replace(usual, **changes)


def send(road: Road, asked: Wish | None = None, token: uuid.UUID = TOKEN) -> TestOrder:
    connection = OrderConnection.objects.select_related("project__shop", "account").get()
    return send_test_order(connection=connection, wish=asked or wish(), token=token, now=road.clock(), by=None)


def in_shop(road: Road, sent: TestOrder) -> list[dict[str, Any]]:
    return road.shop.orders_with(sent.order.reference)


def test_it_reaches_the_shop_marked_as_a_test_and_passes_the_step(road: Road) -> None:
    OrderConnection.objects.update(state="inactive")
    sent = send(road)
    road.deliver()

    [made] = in_shop(road, sent)
    assert (made["status"], made["total"]) == ("processing", "24.20")
    assert made["customer_note"].startswith("TEST ORDER")
    assert {"_ordersync_test": "yes"}.items() <= {row["key"]: row["value"] for row in made["meta_data"]}.items()
    sent.order.refresh_from_db()
    assert (sent.order.is_test, sent.order.place) == (True, "in_shop")
    assert list(sent.order.events.order_by("pk").values_list("code", flat=True)) == ["test_made", "sent_to_shop"]
    assert OrderConnection.objects.get().test_order_passed_at == road.clock()


def told_to_bol(road: Road) -> list[tuple[str, str]]:
    """What bol was told, beside being asked."""
    return [(seen.method, seen.path) for seen in road.bol.requests if seen.method != "GET" and seen.path != "/token"]


def test_it_never_reaches_the_marketplace_nor_its_stock(road: Road) -> None:
    before = told_to_bol(road)
    sent = send(road)
    road.go(rounds=3)
    assert road.shop.stock_of("TST-001") == 8
    assert road.bol.stock_of("TST-001") == 10
    made = in_shop(road, sent)[0]
    road.shop.refund(made["id"], "5.00")
    road.go(rounds=3, hours=2)

    assert told_to_bol(road) == before
    assert Product.objects.get(sku="TST-001").reserved == 0
    assert StockMovement.objects.filter(order_reference=sent.order.reference).count() == 0

    # What was shipped is gone from the shelf, too.
    road.shop.ship(made["id"])
    road.go(rounds=3, hours=2)
    assert not OutboxMessage.objects.filter(kind__in=["confirm_shipment", "cancel_at_marketplace"]).exists()
    assert road.bol.shipments_of(sent.order.marketplace_order_id) == []
    assert (Product.objects.get(sku="TST-001").lent, road.bol.stock_of("TST-001")) == (0, 8)


def cut_off_activation(road: Road) -> TestOrder:
    """A test order of two pieces that the shop has activated, and we do not know it yet."""
    sent = send(road)
    with patch("orders.sides.shop.again", lambda: later("settling", retry_after=1)):
        road.deliver()
    road.clock.forward(seconds=5)
    road.shop.fail_next("cut", after_handling=True, method="PUT")
    road.deliver()
    sent.order.refresh_from_db()
    assert (road.shop.stock_of("TST-001"), sent.order.place) == (8, "waiting")
    return sent


def counts() -> tuple[int | None, int, int]:
    return Product.objects.values_list("stock", "lent", "awaited").get(sku="TST-001")


def test_stock_read_before_we_know_that_the_shop_took_it_tells_the_marketplace_nothing(road: Road) -> None:
    before = told_to_bol(road)
    sent = cut_off_activation(road)
    assert counts() == (10, 0, 2)
    lanes.reopen(road.demo.shop.lane)
    road.read()
    assert counts() == (8, 2, 0)
    road.go(rounds=4)

    sent.order.refresh_from_db()
    assert (sent.order.place, counts()) == ("in_shop", (8, 2, 0))
    assert (told_to_bol(road), road.bol.stock_of("TST-001")) == (before, 10)


def test_a_reading_from_before_the_shop_took_it_tells_the_marketplace_nothing_either(road: Road) -> None:
    before = told_to_bol(road)
    send(road)
    road.deliver()
    assert counts() == (10, 0, 2)
    road.read()
    project = OrderConnection.objects.get().project
    for stock in (10, 8):  # an old reading that is stored late, then a new one
        ledger.recognise(counts=[(Product.objects.get(sku="TST-001"), stock)], now=road.clock())
        Product.objects.filter(sku="TST-001").update(stock=stock)
        offers.adjust(product_ids=list(project.products.values_list("pk", flat=True)), now=road.clock())
    road.go(rounds=2)

    assert counts() == (8, 2, 0)
    assert (told_to_bol(road), road.bol.stock_of("TST-001")) == (before, 10)


def test_what_is_sold_meanwhile_is_told(road: Road) -> None:
    cut_off_activation(road)
    road.shop.set_stock("TST-001", 5)  # three were sold in the shop
    road.go(rounds=4)
    assert (counts(), road.bol.stock_of("TST-001")) == ((5, 2, 0), 7)

    road.shop.set_stock("TST-001", 4)
    road.go(rounds=2)
    assert (counts(), road.bol.stock_of("TST-001")) == ((4, 2, 0), 6)


def test_what_is_sold_of_a_shop_that_takes_nothing_for_a_test_is_told_after_an_hour(road: Road) -> None:
    sent = send(road)
    for _ in range(2):
        road.deliver()
        road.shop.set_stock("TST-001", 10)
    sent.order.refresh_from_db()
    assert (sent.order.place, counts()) == ("in_shop", (10, 0, 2))
    road.shop.set_stock("TST-001", 9)
    road.go(rounds=1)
    assert (counts(), road.bol.stock_of("TST-001")) == ((9, 1, 1), 10)  # it may be the test order's

    road.clock.forward(hours=1)
    road.shop.set_stock("TST-001", 7)
    road.go(rounds=2)
    assert (counts(), road.bol.stock_of("TST-001")) == ((7, 1, 1), 8)


@pytest.mark.parametrize("reads_first", [True, False])
def test_what_the_merchant_cancels_in_the_shop_is_never_told_twice(road: Road, reads_first: bool) -> None:
    sent = send(road)
    road.go(rounds=3)
    before = told_to_bol(road)
    road.shop.set_status(in_shop(road, sent)[0]["id"], "cancelled")
    if reads_first:  # the products, and only then what became of the order
        SyncCursor.objects.filter(feed="updates").update(active=False)
        road.go(rounds=2)
        assert counts() == (10, 0, 2)
        SyncCursor.objects.filter(feed="updates").update(active=True)
    road.go(rounds=3)

    assert counts() == (10, 0, 0)
    assert (told_to_bol(road), road.bol.stock_of("TST-001")) == (before, 10)


def test_one_that_the_shop_does_not_take_lends_nothing(road: Road) -> None:
    send(road, wish(shipping_cost=Decimal("3.50")))
    road.shop.fail_next(status=400, method="POST", body={"code": "woocommerce_rest_no", "message": "no"}, times=5)
    road.deliver()
    assert OutboxMessage.objects.get(kind="shop_order").state == "needs_attention"
    road.shop.set_stock("TST-001", 9)
    road.go(rounds=2)

    assert (counts(), road.bol.stock_of("TST-001")) == ((9, 0, 0), 9)


def test_a_second_click_sends_nothing(road: Road) -> None:
    first, second = send(road), send(road)
    road.go(rounds=2)

    assert first.pk == second.pk
    assert (TestOrder.objects.count(), Order.objects.count()) == (1, 1)
    assert len(in_shop(road, first)) == 1


def line(product: str = "TST-001", quantity: int = 1) -> Wanted:
    return Wanted(product=product, quantity=quantity, price=Decimal(5))


def _shared(_: Road) -> None:
    Product.objects.update(sku="TST-001")


def _stock(left: int) -> Callable[[Road], None]:
    return lambda _: Product.objects.filter(sku="TST-001").update(stock=left) and None


@pytest.mark.parametrize(
    ("spoil", "asked", "code", "params"),
    [
        (None, {"lines": [line("TST-999")]}, "product_not_imported", {"product": "TST-999"}),
        (_stock(3), {"lines": [line()]}, "too_little_stock", {"product": "TST-001", "stock": 3, "least": 4}),
        (
            _stock(8),
            {"lines": [line(quantity=5), line(quantity=4)]},
            "too_little_stock",
            {"product": "TST-001", "stock": 8, "least": 9},
        ),
        (_shared, {"lines": [line()]}, "product_id_shared", {"product": "TST-001"}),
        (None, {"discount": Decimal("24.21")}, "discount_too_large", {"total": "24.20", "discount": "24.21"}),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_reason(
    road: Road, spoil: Callable[[Road], None] | None, asked: dict[str, Any], code: str, params: dict[str, Any]
) -> None:
    if spoil:
        spoil(road)
    before = OutboxMessage.objects.count()
    with pytest.raises(TestRefused) as refused:
        send(road, wish(**asked))

    assert (refused.value.code, refused.value.params) == (code, params)
    assert explain(code, params).mend
    assert (TestOrder.objects.count(), Order.objects.count(), OutboxMessage.objects.count()) == (0, 0, before)


def test_every_field_arrives(road: Road) -> None:
    buyer = Address(**proposal("BE", seed=4, business=True))
    sent = send(
        road,
        wish(
            lines=[
                Wanted(product="TST-001", quantity=3, price=Decimal("9.95")),
                Wanted(product="TST-002", quantity=1, price=Decimal("4.00")),
            ],
            delivery=buyer,
            billing=buyer,
            shipping_cost=Decimal("3.50"),
            discount=Decimal("2.25"),
            pickup_point="Kiosk at the corner",
            business=True,
            remark="Ring twice",
        ),
    )
    road.deliver()

    [made] = in_shop(road, sent)
    assert made["total"] == "35.10"
    assert [(line["sku"], line["quantity"]) for line in made["line_items"]] == [("TST-001", 3), ("TST-002", 1)]
    assert made["shipping"]["country"] == "BE"
    assert made["billing"]["company"] == buyer.company
    assert "Kiosk at the corner" in made["customer_note"]
    assert "Ring twice" in made["customer_note"]


def test_one_that_the_marketplace_ships_arrives_as_shipped(road: Road) -> None:
    stock = road.shop.stock_of("TST-001")
    sent = send(road, wish(fulfilment=Fulfilment.MARKETPLACE))
    road.deliver()

    assert [made["status"] for made in in_shop(road, sent)] == ["completed"]
    assert road.shop.stock_of("TST-001") == stock


def test_it_is_cancelled_in_the_shop_once(road: Road) -> None:
    sent = send(road)
    assert not cancel_test_order(test_order=sent, now=road.clock(), by=None)
    road.deliver()
    stock = road.shop.stock_of("TST-001")

    assert cancel_test_order(test_order=sent, now=road.clock(), by=None)
    assert not cancel_test_order(test_order=sent, now=road.clock(), by=None)
    road.go(rounds=3)

    assert [made["status"] for made in in_shop(road, sent)] == ["cancelled"]
    assert road.shop.stock_of("TST-001") == stock + 2
    assert Product.objects.get(sku="TST-001").lent == 0
    assert road.bol.stock_of("TST-001") == stock + 2
    assert road.bol.cancellations == []
