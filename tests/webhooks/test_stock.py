"""Moved stock is told without a gap, and one message tells of all movements that nobody was told of yet."""

from __future__ import annotations

import pytest
from django.db import transaction

from connections.flows.make_project import make_project
from engine.models import OutboxMessage
from stock import ledger
from stock.levels import store_levels
from stock.models import Product
from tests.webhooks.receiver import Listening
from webhooks.flows.switch_webhook import switch_webhook
from webhooks.flows.tell_stock import pump_stock
from webhooks.models import StockNews, WebhookEndpoint, WebhookMessage

pytestmark = [pytest.mark.django_db, pytest.mark.either]


def stock_of(listening: Listening) -> list[int]:
    return [body["data"]["product"]["stock"] for body in listening.receiver.told("stock.changed")]


def set_stock(listening: Listening, *levels: int) -> Product:
    product = Product.objects.get(sku="TST-001")
    for level in levels:
        store_levels(project=product.project, levels={product.shop_product_id: level}, now=listening.road.clock())
    return product


def test_stock_is_told_as_it_is(listening: Listening) -> None:
    product = set_stock(listening, 7)
    listening.road.deliver()

    (told,) = listening.receiver.told("stock.changed")
    assert told["data"]["product"] == {
        "product_id": product.shop_product_id,
        "project": product.project_id,
        "sku": "TST-001",
        "ean": product.ean,
        "stock": 7,
        "reserved": 0,
        "available": 7,
        "url": "http://localhost:8000/api/v1/products"
        f"?project={product.project_id}&product_id={product.shop_product_id}",
    }
    assert not StockNews.objects.exists()


def test_an_order_that_takes_stock_is_told(listening: Listening) -> None:
    listening.road.bol.place_order(sku="TST-001", quantity=3)
    listening.road.read()
    listening.road.deliver()

    told = [body["data"]["product"] for body in listening.receiver.told("stock.changed")]
    assert [(one["stock"], one["reserved"], one["available"]) for one in told] == [(10, 3, 7)]


def test_movements_that_nobody_was_told_of_make_one_message_a_product(listening: Listening) -> None:
    set_stock(listening, 9, 8, 7)
    assert StockNews.objects.count() == 3
    pump_stock(listening.road.clock())
    set_stock(listening, 6)
    pump_stock(listening.road.clock())
    assert len(listening.owed()) == 1
    listening.road.deliver()

    assert stock_of(listening) == [6]


def test_what_was_sent_before_is_never_rewritten(listening: Listening) -> None:
    listening.receiver.status = lambda told: 500
    set_stock(listening, 9)
    listening.road.deliver()
    tried = listening.owed()[0].body
    for level in (8, 7, 6):
        set_stock(listening, level)
        listening.road.deliver()

    first = listening.owed()[0]
    assert first.body == tried
    listening.receiver.status = lambda told: 200
    listening.road.clock.forward(hours=1)
    listening.road.deliver()
    assert stock_of(listening) == [9, 6]


def test_an_endpoint_that_is_off_is_owed_one_message_a_product(listening: Listening) -> None:
    switch_webhook(endpoint=listening.endpoint, on=False, now=listening.road.clock(), by=None)
    for level in range(9, 0, -1):
        set_stock(listening, level)
        listening.road.deliver()
    assert len(listening.owed(OutboxMessage.State.HELD)) == 1

    switch_webhook(endpoint=listening.endpoint, on=True, now=listening.road.clock(), by=None)
    listening.road.deliver()
    assert stock_of(listening) == [1]


def test_a_movement_that_is_undone_is_not_told(listening: Listening) -> None:
    with transaction.atomic():
        set_stock(listening, 3)
        transaction.set_rollback(True)
    listening.road.deliver()

    assert stock_of(listening) == []
    assert not StockNews.objects.exists()


def test_nothing_is_noted_where_nobody_listens_to_stock(listening: Listening) -> None:
    WebhookEndpoint.objects.update(types=["order.created"])
    set_stock(listening, 3)

    assert not StockNews.objects.exists()


def test_only_endpoints_of_the_product_s_project_are_told(listening: Listening) -> None:
    other = make_project(company=listening.company, name="Other", now=listening.road.clock(), by=None)
    elsewhere = listening.also("elsewhere", project_id=other.pk)
    mine = listening.also("mine", project_id=listening.road.demo.connection.project_id)
    set_stock(listening, 4)
    listening.road.deliver()

    assert (elsewhere.messages.count(), mine.messages.count()) == (0, 1)


def test_a_reservation_is_a_movement_too(listening: Listening) -> None:
    product = Product.objects.get(sku="TST-001")
    piece = ledger.Piece(product_id=product.pk, quantity=2, order_reference="x")
    ledger.reserve(pieces=[piece], now=listening.road.clock())
    listening.road.deliver()
    ledger.release(pieces=[piece], taken_by_shop=False, now=listening.road.clock())
    listening.road.deliver()

    available = [body["data"]["product"]["available"] for body in listening.receiver.told("stock.changed")]
    assert available == [8, 10]
    assert WebhookMessage.objects.count() == 2
