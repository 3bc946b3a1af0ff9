"""Gives a company a past: plausible orders by the hundred thousand, with all that has become of them.

The rows are those that the flows would have left behind, made by the same functions where there are such, and inserted
a thousand orders at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import accumulate
from typing import Any

from django.db import transaction

from adapterkit import records
from connections.models import OrderConnection
from engine import rows
from engine.exchanges import KEEP_EXCHANGES
from engine.models import Exchange, OutboxMessage
from orders import messages, search
from orders.copies import first_copy
from orders.history import event
from orders.loading import LoadedOrder
from orders.models import (
    ChangeCounter,
    Order,
    OrderEvent,
    OrderLine,
    Return,
    ReturnLine,
    Shipment,
    ShipmentLine,
    ShopCopy,
)
from orders.proposals import proposal
from orders.records import address_rows, line_row, order_row, payload_row
from orders.wishes import InShop, Made, ShopWish
from stock.models import Offer, Product
from stock.search import renew_keys

DAILY = 274  # orders; 200,000 in two years
AT_ONCE = 1000
PRODUCTS, BUYERS = 500, 300
RETURNED = 20  # one of so many shipped orders comes back
PRICE = Decimal("12.10")
A_DAY = timedelta(days=1)
# Of 2000 orders so many have each fate; all others are shipped.
LATELY = {"unknown": 20, "waiting": 20, "held": 6, "cancelled": 40, "test": 4, "codeless": 40, "stuck": 6, "open": 900}
EARLIER = {"unknown": 1, "held": 1, "cancelled": 50, "test": 1, "stuck": 1, "open": 3}
IN_SHOP = {"place": Order.Place.IN_SHOP, "shop_order_state": "processing"}
DONE = {"status": Order.Status.SHIPPED, "place": Order.Place.IN_SHOP, "shop_order_state": "completed"}
ORDERS: Mapping[str, Mapping[str, Any]] = {
    "shipped": DONE,
    "codeless": DONE,
    "stuck": DONE,
    "open": IN_SHOP,
    "held": {**IN_SHOP, "hold": Order.Hold.CANCELLATION_REQUESTED},
    "test": {**IN_SHOP, "is_test": True},
    "waiting": {"place": Order.Place.WAITING},
    "unknown": {
        "place": Order.Place.NEEDS_ATTENTION,
        "problem_code": "unknown_product",
        "problem": {"skus": ["MUG-X"]},
    },
    "cancelled": {"status": Order.Status.CANCELLED, "place": Order.Place.NOT_SENT},
}
PARCELS: Mapping[str, Mapping[str, Any]] = {
    "shipped": {"state": Shipment.State.CONFIRMED},
    "codeless": {"state": Shipment.State.WAITING_FOR_TRACKING},
    "stuck": {"state": Shipment.State.NEEDS_ATTENTION, "problem_code": "no_carrier"},
}


def make_past(connection: OrderConnection, orders: int, now: datetime) -> None:
    """Store so many orders of a connection, one after the other until `now`, as many a day whatever their number."""
    products = _make_products(connection, now)
    for first in range(0, orders, AT_ONCE):
        placed = {n: now - timedelta(days=(orders - n) / DAILY) for n in range(first, min(first + AT_ONCE, orders))}
        with transaction.atomic():
            _write(connection, products, placed, now)


def _fate(number: int, fates: Mapping[str, int]) -> str:
    """Return what becomes of an order; always the same of the same number."""
    place = number * 7919 % 2000
    return next((fate for fate, end in zip(fates, accumulate(fates.values()), strict=True) if place < end), "shipped")


def code_of(number: int) -> str:
    return f"C{number:09d}"


def tracking_of(number: int) -> str:
    return f"3SPAST{number:08d}"


def _make_products(connection: OrderConnection, now: datetime) -> Sequence[Product]:
    made = [
        Product(
            project=connection.project, shop_product_id=str(n), sku=f"MUG-{n:03d}", ean=f"87104{n:08d}",
            title=f"Mug {n}", price=PRICE, stock=100, seen_at=now,
        )
        for n in range(PRODUCTS)
    ]  # fmt: skip
    rows.insert_for_ids(made)
    renew_keys(made)
    rows.insert([Offer(account=connection.account, product=product, reference=product.sku) for product in made])
    return made


@cache
def _buyer(number: int) -> records.Address:
    known = proposal("NL", seed=number)
    return records.Address(**known, lines=(f"{known['street']} {known['house_number']}",))


def _record(number: int, placed_at: datetime, products: Sequence[Product]) -> records.Order:
    """Return the order as the marketplace would give it: one line or two, one of 90,000 buyers."""
    code = code_of(number)
    family = _buyer(number // BUYERS % BUYERS).last_name
    postcode = f"{1000 + number % 8999} AB"
    address = replace(
        _buyer(number % BUYERS), last_name=family, postcode=postcode, email=f"{code.lower()}@verkopen.test"
    )
    lines = tuple(
        records.OrderLine(
            line_id=f"{code}-{n}", sku=product.sku, ean=product.ean, title=product.title, quantity=1,
            unit_price=PRICE, total=PRICE,
        )
        for n, product in enumerate(_bought(number, products))
    )  # fmt: skip
    return records.Order(
        order_id=code,
        number=code,
        placed_at=placed_at,
        ship_by=placed_at + A_DAY,
        fulfilment=records.Fulfilment.MERCHANT,
        currency="EUR",
        lines=lines,
        total=PRICE * len(lines),
        delivery=address,
        billing=address,
        fingerprint=code,
        payload={"orderId": code, "address": ["x" * 40] * 8},
    )


def _bought(number: int, products: Sequence[Product]) -> list[Product]:
    return [products[(number + n) % PRODUCTS] for n in range(1 if number % 3 else 2)]


def _write(
    connection: OrderConnection, products: Sequence[Product], placed: Mapping[int, datetime], now: datetime
) -> None:
    given = {number: _record(number, at, products) for number, at in placed.items()}
    fates = {number: _fate(number, LATELY if now - at < A_DAY else EARLIER) for number, at in placed.items()}
    orders = {number: _order(number, record, fates[number], connection) for number, record in given.items()}
    history = {number: _events(order, fates[number]) for number, order in orders.items()}
    _number(connection.company_id, orders, history)
    rows.insert_for_ids(list(orders.values()))
    lines = {
        number: [
            _line(line, orders[number], product, fates[number])
            for line, product in zip(record.lines, _bought(number, products), strict=True)
        ]
        for number, record in given.items()
    }
    rows.insert_for_ids(_flat(lines.values()))
    by_order = {orders[number].pk: address_rows(record, orders[number]) for number, record in given.items()}
    addresses = _flat(by_order.values())
    rows.insert(addresses)
    rows.insert(
        [_copy(LoadedOrder(order, list(lines[number]), by_order[order.pk])) for number, order in orders.items()]
    )
    rows.insert([payload_row(record, orders[number], placed[number]) for number, record in given.items()])
    search.first_keys(orders.values(), _flat(lines.values()), addresses)
    parcels = _write_parcels(orders, lines, fates)
    _write_returns(orders, lines, fates)
    for number, events in history.items():
        for happened in events:
            happened.order = orders[number]  # which has its id by now
    rows.insert(_flat(history.values()))
    sent = [
        message for number, order in orders.items() for message in _messages(order, parcels.get(number), connection)
    ]
    rows.insert_for_ids(sent)
    rows.insert([_exchange(message) for message in sent if now - message.created_at < KEEP_EXCHANGES])


def _order(number: int, record: records.Order, fate: str, connection: OrderConnection) -> Order:
    row = order_row(record, connection, record.placed_at)
    for name, value in ORDERS[fate].items():
        setattr(row, name, value)
    if row.place == Order.Place.IN_SHOP:
        row.shop_order_id = row.shop_order_number = str(500_000 + number)
        row.shop_order_total = row.total
    return row


def _line(record: records.OrderLine, order: Order, product: Product, fate: str) -> OrderLine:
    row = line_row(record, order, None if fate == "unknown" else product.pk)
    row.quantity_shipped, row.quantity_cancelled = int(fate in PARCELS), int(fate == "cancelled")
    return row


def _copy(loaded: LoadedOrder) -> ShopCopy:
    """The shop has what is wanted of an order that is there."""
    copy = first_copy(loaded)
    if loaded.order.shop_order_id:
        copy.acknowledged = InShop().made_as(Made.PLACED, ShopWish.restored(copy.wish)).stored
        copy.acknowledged_version = copy.version
    return copy


def _write_parcels(
    orders: Mapping[int, Order], lines: Mapping[int, Sequence[OrderLine]], fates: Mapping[int, str]
) -> dict[int, Shipment]:
    parcels = {number: _parcel(number, orders[number], fate) for number, fate in fates.items() if fate in PARCELS}
    rows.insert_for_ids(list(parcels.values()))
    pieces = [
        ShipmentLine(shipment=parcel, order_line=line, quantity=1)
        for number, parcel in parcels.items()
        for line in lines[number]
    ]
    rows.insert(pieces)
    search.add_keys((parcel.order, parcel.tracking_code) for parcel in parcels.values())
    return parcels


def _parcel(number: int, order: Order, fate: str) -> Shipment:
    code = "" if fate == "codeless" else tracking_of(number)
    at = order.placed_at + timedelta(hours=6)
    return Shipment(
        order=order, company_id=order.company_id, shop_shipment_id=f"P{number}", shipped_at=at, received_at=at,
        carrier_name="PostNL", carrier="postnl", carrier_code="TNT", tracking_code=code, reported_code=code,
        confirmed_at=at if fate == "shipped" else None, **PARCELS[fate],
    )  # fmt: skip


def _write_returns(
    orders: Mapping[int, Order], lines: Mapping[int, Sequence[OrderLine]], fates: Mapping[int, str]
) -> None:
    back = [number for number, fate in fates.items() if fate == "shipped" and number % RETURNED == 0]
    made = [
        Return(
            company_id=orders[number].company_id, connection_id=orders[number].connection_id,
            marketplace_return_id=f"R{number:08d}", fingerprint="1", payload={},
            registered_at=orders[number].placed_at + timedelta(days=3),
        )
        for number in back
    ]  # fmt: skip
    rows.insert_for_ids(made)
    rows.insert([_return_line(number, row, lines[number][0]) for number, row in zip(back, made, strict=True)])
    search.add_keys((orders[number], row.marketplace_return_id) for number, row in zip(back, made, strict=True))


def _return_line(number: int, row: Return, line: OrderLine) -> ReturnLine:
    decided = number % (RETURNED * 50) != 0
    return ReturnLine(
        registered_return=row, marketplace_line_id=f"L{number}", order_line=line, quantity=1, title=line.title,
        ean=line.ean, marketplace_order_id=line.order.marketplace_order_id,
        state=ReturnLine.State.ACCEPTED if decided else ReturnLine.State.NEW,
    )  # fmt: skip


def _events(order: Order, fate: str) -> list[OrderEvent]:
    codes = ["imported"]
    if order.shop_order_id:
        codes.append("sent_to_shop")
    if fate in PARCELS:
        codes += ["shipped_in_shop", "shipment_confirmed"]
    return [
        event(order, code, order.placed_at + timedelta(hours=n), number=order.number, total="12.10", currency="EUR")
        for n, code in enumerate(codes)
    ]


def _number(company_id: int, orders: Mapping[int, Order], history: Mapping[int, Sequence[OrderEvent]]) -> None:
    """Give the events the numbers that programs read on from, as `orders.chores.number_changes` does."""
    counter, _ = ChangeCounter.objects.get_or_create(company_id=company_id)
    for number, order in orders.items():
        for happened in history[number]:
            counter.last += 1
            happened.number = order.change_number = counter.last
            order.modified_at = happened.at
    counter.save()


def _messages(order: Order, parcel: Shipment | None, connection: OrderConnection) -> list[OutboxMessage]:
    """The steps of the order, all settled but those of orders that still wait."""
    shop, account = connection.project.shop.lane, connection.account.lane
    steps = [(messages.SHOP_ORDER, shop, order.pk)]
    if parcel is not None:
        steps.append((messages.CONFIRM, account, parcel.pk))
    state = OutboxMessage.State.DONE if order.shop_order_id else OutboxMessage.State.HELD
    at = order.placed_at
    return [
        OutboxMessage(
            company_id=order.company_id, kind=kind, key=f"{kind}:{record}", lane=lane, subject=order.subject,
            queue=f"{kind}:{record}", record_id=record, state=state,
            next_attempt_at=at, created_at=at, settled_at=at, attempts=1,
        )
        for kind, lane, record in steps
    ]  # fmt: skip


def _exchange(message: OutboxMessage) -> Exchange:
    return Exchange(
        company_id=message.company_id, lane=message.lane, subject=message.subject, message=message, endpoint="orders",
        method="POST", url="https://shop.bench/orders", status=200, response_body="x" * 500, seconds=0.1,
        at=message.created_at, expires_at=message.created_at + KEEP_EXCHANGES,
    )  # fmt: skip


def _flat(rows_of: Iterable[Iterable[Any]]) -> list[Any]:
    return [row for some in rows_of for row in some]
