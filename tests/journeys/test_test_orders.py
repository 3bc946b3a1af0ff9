"""Test orders reach the shop, marked, and nobody else."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from adapterkit.records import Address, Fulfilment
from connections.models import OrderConnection
from engine.models import OutboxMessage
from orders.flows.cancel_test_order import cancel_test_order
from orders.flows.send_test_order import ProductRefused, Wanted, Wish, send_test_order
from orders.models import Order, TestOrder
from orders.proposals import COUNTRIES, proposal
from stock.models import Product, StockMovement
from tests.road import Road

pytestmark = pytest.mark.django_db
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


def test_a_second_click_sends_nothing(road: Road) -> None:
    first, second = send(road), send(road)
    road.go(rounds=2)

    assert first.pk == second.pk
    assert (TestOrder.objects.count(), Order.objects.count()) == (1, 1)
    assert len(in_shop(road, first)) == 1


@pytest.mark.parametrize(
    ("product", "stock", "code"), [("TST-999", None, "product_not_imported"), ("TST-001", 3, "too_little_stock")]
)
def test_a_product_that_cannot_be_used_is_refused_with_the_reason(
    road: Road, product: str, stock: int | None, code: str
) -> None:
    Product.objects.filter(sku="TST-001").update(stock=stock)
    with pytest.raises(ProductRefused) as refused:
        send(road, wish(lines=[Wanted(product=product, quantity=1, price=Decimal(5))]))

    assert (refused.value.code, refused.value.params["product"]) == (code, product)
    assert (TestOrder.objects.count(), Order.objects.count(), OutboxMessage.objects.count()) == (
        0,
        0,
        OutboxMessage.objects.filter(kind="update_offer_stock").count(),
    )


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


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_proposal_is_whole_and_the_same_for_the_same_seed(country: str) -> None:
    one = proposal(country, seed=3, business=True)

    again = proposal(country, seed=3, business=True)
    assert {**one, "vat_number": ""} == {**again, "vat_number": ""}
    assert all(one[name] for name in ("first_name", "last_name", "street", "postcode", "city", "company", "vat_number"))
    assert (one["country"], one["email"].endswith("@example.com")) == (country, True)
