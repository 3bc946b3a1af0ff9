"""A merchant sends a test order: it goes to the shop like any other, and never to a marketplace."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from adapterkit import records
from connections.models import OrderConnection, Project
from orders.importing import import_orders
from orders.models import Order, TestOrder
from stock.models import Product

LEAST_STOCK = 4  # so that an order of one to four pieces can be shipped


class ProductRefused(Exception):
    """A product cannot be used; `code` is `not_imported` or `too_little_stock`, in the words of `orders.wording`."""

    def __init__(self, code: str, product_id: str, stock: int | None = None) -> None:
        super().__init__(f"{code}: {product_id}")
        self.code = code
        self.params = {"product": product_id, "stock": stock, "least": LEAST_STOCK}


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
    """Return the test order as the shop will get it; nothing is stored. Raises `ProductRefused`."""
    products = _products(connection.project, [line.product for line in wish.lines])
    lines = tuple(_line(number, line, products[line.product]) for number, line in enumerate(wish.lines, start=1))
    discounts = (records.Discount(title="Test", amount=wish.discount),) if wish.discount else ()
    total = sum((line.total for line in lines), Decimal(0)) + wish.shipping_cost - wish.discount
    order_id = f"TEST-{token.hex[:10].upper()}"
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
        fingerprint=hashlib.sha256(token.bytes).hexdigest(),
        payload={},
    )


def send_test_order(
    *, connection: OrderConnection, wish: Wish, token: UUID, now: datetime, by: User | None
) -> TestOrder:
    """Store the test order and queue it for the shop; the same token again returns the one that was sent.

    Raises `ProductRefused`, with nothing stored. The connection may be inactive.
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


def _products(project: Project, ids: Sequence[str]) -> dict[str, Product]:
    """Return the imported products with these ids, each with enough stock; one statement."""
    named = Product.objects.filter(project=project, **{f"{project.product_id_field}__in": ids})
    found = {str(getattr(product, project.product_id_field)): product for product in named}
    for product_id in ids:
        product = found.get(product_id)
        if product is None:
            raise ProductRefused("product_not_imported", product_id)
        if product.stock is not None and product.stock < LEAST_STOCK:
            raise ProductRefused("too_little_stock", product_id, product.stock)
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
