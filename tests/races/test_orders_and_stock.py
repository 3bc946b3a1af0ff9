"""Many hands at the same orders, products and offers, on PostgreSQL with real threads: nobody waits in a ring."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F, Sum

from adapterkit import records
from engine.delivery import Delivery
from engine.models import OutboxMessage, SyncCursor
from engine.reading import read
from orders.flows.handle_manually import handle_manually
from orders.loading import load_orders
from orders.models import Order
from orders.reading.storing import import_orders
from stock.flows.import_products import import_products
from stock.models import Offer, Product, StockMovement
from tests.at_once import at_once
from tests.effort import SECOND
from tests.road import Road, named

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not SECOND, reason="SQLite has one writer at a time"),
]
SKUS = [f"RACE-{number:02d}" for number in range(12)]
PAGES, PAGE = 3, 6


@pytest.fixture
def race(road: Road) -> Road:
    for sku in SKUS:
        road.shop.add_product(sku, price="12.10", stock=900)
        road.bol.add_offer(sku, stock=0)
    road.go(rounds=2)
    assert Offer.objects.filter(reference__in=SKUS, acknowledged_quantity=900).count() == len(SKUS)
    return road


def order_of(name: str, road: Road, chance: random.Random) -> records.Order:
    """An order of some of the products, in any order, of one to three pieces each."""
    lines = tuple(
        records.OrderLine(
            line_id=f"{name}-{sku}", sku=sku, title=sku, quantity=quantity, unit_price=Decimal("12.10"),
            total=Decimal("12.10") * quantity,
        )
        for sku in chance.sample(SKUS, 4)
        if (quantity := chance.randint(1, 3))
    )  # fmt: skip
    return records.Order(
        order_id=name,
        number=name,
        placed_at=road.clock(),
        fulfilment=records.Fulfilment.MERCHANT,
        currency="EUR",
        lines=lines,
        total=sum((line.total for line in lines), Decimal(0)),
        delivery=records.Address(first_name="Zoë", last_name="Müller", street="Damrak", house_number="1",
                                 postcode="1012 LG", city="Amsterdam", country="NL"),
        fingerprint="1",
        payload={},
    )  # fmt: skip


def again(times: int, work: Callable[[int], object]) -> Callable[[], None]:
    def job() -> None:
        for number in range(times):
            work(number)

    return job


def importer(name: str, road: Road) -> Callable[[], None]:
    """Imports pages of new orders, and what changed of those of the page before."""
    chance, last = random.Random(name), list[records.Order]()

    def page(number: int) -> None:
        nonlocal last
        fresh = [order_of(f"{name}{number}-{place}", road, chance) for place in range(PAGE)]
        changed = [replace(order, fingerprint="2", remark="again") for order in last]
        together = [*fresh, *changed]
        chance.shuffle(together)
        import_orders(connection=road.demo.connection, orders=together, now=road.clock())
        last = fresh

    return again(PAGES, page)


def catalogue(name: str, road: Road) -> Callable[[], None]:
    """Imports the catalogue with other titles and counts each time, in any order."""
    chance, project = random.Random(name), road.demo.connection.project

    def walk(number: int) -> None:
        rows = [
            records.Product(product_id=product.shop_product_id, sku=product.sku, ean=product.ean,
                            title=f"{name} {number}", price=product.price, stock=900 + number)
            for product in Product.objects.filter(sku__in=SKUS)
        ]  # fmt: skip
        chance.shuffle(rows)
        import_products(project=project, items=rows, now=road.clock())

    return again(PAGES * 2, walk)


def sender(road: Road) -> Callable[[], None]:
    """Sends what is due: orders to the shop, stock to the marketplace."""
    return again(3, lambda _: Delivery(clock=road.clock, threads=4, seconds=30).run())


def test_orders_products_and_offers_are_changed_side_by_side_without_a_deadlock(race: Road) -> None:
    # What deadlocks raises here: none of these hands tries again by itself, but for the sender.
    at_once(
        *[importer(name, race) for name in "abc"],
        *[catalogue(name, race) for name in ("one", "two")],
        sender(race),
        sender(race),
    )
    race.go(rounds=4)

    assert Order.objects.count() == Order.objects.filter(place="in_shop").count() == 3 * PAGES * PAGE
    made = Counter(order["transaction_id"] for order in race.shop.world.orders.values())
    assert set(made.values()) == {1}
    assert len(made) == 3 * PAGES * PAGE
    moved = StockMovement.objects.values_list("cause").annotate(pieces=Sum("change"))
    ordered = sum(item["quantity"] for order in race.shop.world.orders.values() for item in order["line_items"])
    assert {cause: pieces for cause, pieces in moved if cause != "shop"} == {"reserved": -ordered, "released": ordered}
    assert set(Product.objects.values_list("reserved", flat=True)) == {0}
    assert not Offer.objects.exclude(acknowledged_version=F("desired_version")).exists()
    assert not OutboxMessage.objects.exclude(state__in=OutboxMessage.SETTLED).exists()
    assert {sku: race.bol.stock_of(sku) for sku in SKUS} == {sku: race.shop.stock_of(sku) for sku in SKUS}


def test_the_same_orders_are_changed_by_two_at_once_without_a_deadlock(race: Road) -> None:
    chance = random.Random("same")
    placed = [order_of(f"same-{number}", race, chance) for number in range(3 * PAGE)]
    import_orders(connection=race.demo.connection, orders=placed, now=race.clock())

    def change(name: str) -> Callable[[], None]:
        mine = random.Random(name)

        def page(number: int) -> None:
            rows = [replace(order, fingerprint=f"{name}{number}", remark=name) for order in placed]
            mine.shuffle(rows)
            import_orders(connection=race.demo.connection, orders=rows, now=race.clock())

        return again(PAGES, page)

    at_once(*[change(name) for name in "abc"])
    rows = Order.objects.filter(marketplace_order_id__startswith="same-")
    assert {(row.fingerprint[0], row.fingerprint[1:]) for row in rows} <= {(name, str(PAGES - 1)) for name in "abc"}
    assert all(row.remark == row.fingerprint[0] for row in rows)


def test_the_order_of_the_marketplace_and_that_of_the_shop_change_one_order_together(race: Road) -> None:
    """Each reads the order while the other changes it: neither writes back what the other had changed."""
    ids = [race.bol.place_order(sku=sku, quantity=3) for sku in SKUS[:6]]
    race.go(rounds=3)
    for order_id in ids:
        [made] = race.shop.orders_with(named(order_id))
        race.shop.ship(made["id"], carrier="PostNL", tracking_code=f"3S{order_id}")
    wanted = {order_id: replace(_record(race, order_id), fingerprint="2", remark="ring twice") for order_id in ids}

    def from_marketplace() -> None:
        for order_id in ids:
            import_orders(connection=race.demo.connection, orders=[wanted[order_id]], now=race.clock())

    def from_shop() -> None:
        read(clock=race.clock, threads=1)

    SyncCursor.objects.update(next_run_at=race.clock() + timedelta(hours=1))
    SyncCursor.objects.filter(feed="updates").update(next_run_at=race.clock())
    at_once(from_marketplace, from_shop)
    rows = Order.objects.filter(marketplace_order_id__in=ids)
    assert {(row.remark, row.status, row.place, row.shop_order_state) for row in rows} == {
        ("ring twice", "shipped", "in_shop", "completed")
    }
    race.go(rounds=4)
    assert [len(race.bol.shipments_of(order_id)) for order_id in ids] == [1] * 6


def test_what_a_person_decides_while_the_marketplace_changes_the_order_stays_decided(race: Road) -> None:
    ids = [race.bol.place_order(sku=sku) for sku in SKUS]
    race.read()
    orders = list(Order.objects.filter(marketplace_order_id__in=ids).order_by("pk"))
    changed = [replace(_record(race, order.marketplace_order_id), fingerprint="2", remark="new") for order in orders]

    def by_hand() -> None:
        for order in orders:
            assert handle_manually(order=order, now=race.clock(), by=None)

    def from_marketplace() -> None:
        for record in changed:
            import_orders(connection=race.demo.connection, orders=[record], now=race.clock())

    at_once(by_hand, from_marketplace)

    rows = Order.objects.filter(marketplace_order_id__in=ids)
    assert {(row.handled_manually, row.place, row.remark) for row in rows} == {(True, "not_sent", "new")}
    assert set(Product.objects.values_list("reserved", flat=True)) == {0}


def _record(road: Road, order_id: str) -> records.Order:
    order = Order.objects.get(marketplace_order_id=order_id)
    return load_orders([order.pk])[order.pk].canonical
