"""A merchant sends a test order: it goes to the shop like any other, and never to a marketplace."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from adapterkit import creation, records
from connections.models import OrderConnection, Project
from orders.models import Order, TestOrder
from orders.reading.storing import import_orders
from shops.registry import shop
from stock.models import Product

LEAST_STOCK = 4  # so that an order of one to four pieces can be shipped


class TestRefused(Exception):
    """No such test order can be sent; `orders.words` puts `code` and `params` in words."""

    __test__ = False  # no test case, whatever its name

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(f"{code}: {params}")
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One line of a test order. `product` is the value of the project's unique product id; `price` is for one piece."""

    product: str
    quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a test order is to hold. Amounts include VAT."""

    lines: Sequence[Wanted]
    delivery: records.Address
    billing: records.Address
    shipping_cost: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    pickup_point: str = ""
    business: bool = False
    fulfilment: records.Fulfilment
    remark: str = ""
    asked_for: dict[str, Any] = field(default_factory=dict)


def draft_test_order(*, connection: OrderConnection, wish: Wish, token: UUID, now: datetime) -> records.Order:
    """Return the test order as the shop will get it; nothing is stored. Raises `TestRefused`."""
    adapter = shop(connection.project.shop.platform)
    platform = adapter.spec
    if not creation.holds(adapter):
        raise TestRefused("platform_takes_no_orders", platform=platform.name)
    if wish.fulfilment == records.Fulfilment.MARKETPLACE and not platform.ships_marketplace_orders:
        raise TestRefused("platform_takes_no_shipped", platform=platform.name)
    products = _products(connection.project, wish.lines)
    lines = tuple(_line(number, line, products[line.product]) for number, line in enumerate(wish.lines, start=1))
    discounts = (records.Discount(title="Test", amount=wish.discount),) if wish.discount else ()
    total = sum((line.total for line in lines), Decimal(0)) + wish.shipping_cost - wish.discount
    if total < 0:
        raise TestRefused("discount_too_large", total=str(total + wish.discount), discount=str(wish.discount))
    mark = hashlib.sha256(f"{connection.pk} {token}".encode()).hexdigest()
    order_id = f"TEST-{mark[:10].upper()}"  # tokens of one moment may begin alike
    return records.Order(
        order_id=order_id,
        number=order_id,
        placed_at=now,
        fulfilment=wish.fulfilment,
        currency=connection.project.shop.currency,
        lines=lines,
        shipping_cost=wish.shipping_cost,
        shipping_method=connection.shipping_method,
        discounts=discounts,
        total=total,
        delivery=wish.delivery,
        billing=wish.billing,
        pickup_point=records.PickupPoint(name=wish.pickup_point) if wish.pickup_point else None,
        business=wish.business,
        remark=wish.remark,
        is_test=True,
        fingerprint=mark,
        payload={},
    )


def send_test_order(
    *, connection: OrderConnection, wish: Wish, token: UUID, now: datetime, by: User | None
) -> TestOrder:
    """Store the test order and queue it for the shop; the same token again returns the one that was sent.

    Raises `TestRefused`, with nothing stored. The connection may be inactive.
    """
    sent = TestOrder.objects.filter(token=token, connection=connection).first()
    if sent is not None:
        return sent
    order = draft_test_order(connection=connection, wish=wish, token=token, now=now)
    try:
        with transaction.atomic():
            import_orders(connection=connection, orders=[order], now=now)
            row = Order.objects.get(connection=connection, marketplace_order_id=order.order_id)
            Order.objects.filter(pk=row.pk).update(test_fulfilment=wish.fulfilment)
            return TestOrder.objects.create(
                connection=connection, order=row, token=token, asked_for=wish.asked_for, made_by=by, made_at=now
            )
    except IntegrityError:  # the other click was faster
        return TestOrder.objects.get(token=token, connection=connection)


def _products(project: Project, lines: Sequence[Wanted]) -> dict[str, Product]:
    """Return the imported products of these lines, each with enough stock for all of them; one statement."""
    asked: Counter[str] = Counter()
    for line in lines:
        asked[line.product] += line.quantity
    found: dict[str, Product] = {}
    named = Product.objects.listed().filter(project=project, **{f"{project.product_id_field}__in": list(asked)})
    for product in named:
        product_id = str(getattr(product, project.product_id_field))
        if product_id in found:
            raise TestRefused("product_id_shared", product=product_id)
        found[product_id] = product
    for product_id, quantity in asked.items():
        if product_id not in found:
            raise TestRefused("product_not_imported", product=product_id)
        stock, least = found[product_id].stock, max(LEAST_STOCK, quantity)
        if stock is not None and stock < least:
            raise TestRefused("too_little_stock", product=product_id, stock=stock, least=least)
    return found


def _line(number: int, line: Wanted, product: Product) -> records.OrderLine:
    return records.OrderLine(
        line_id=f"test-{number}",
        sku=line.product,
        ean=product.ean,
        title=product.title or line.product,
        quantity=line.quantity,
        unit_price=line.price,
        total=line.price * line.quantity,
    )
