"""An order is found by what a person has at hand, by nothing that is no longer so, and by nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adapterkit.records import Address, Fulfilment, OrderLine
from adapterkit.records import Order as Record
from carriers.models import CarrierPlan, CarrierRule
from connections.models import OrderConnection
from engine.flows.keep_house import keep_house
from engine.words import LONGEST, fold
from marketplaces.bol.spec import SPEC
from orders.flows.add_tracking import add_tracking
from orders.flows.correct_address import correct_address
from orders.flows.resume_order import resume_order
from orders.models import Order, OrderAddress, ReturnLine, SearchKey, Shipment
from orders.reading.storing import import_orders
from orders.search import add_keys, matching, renew_keys
from ordersync.bench import counted
from ordersync.demo import build_demo
from tests.road import BOL, SHOP, Road, named

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DELIVERY = Address(
    first_name="Zoë",
    last_name="Müller-Ålund",
    lines=("Kade 1",),
    street="Kade",
    house_number="1",
    postcode="1015 CJ",
    city="Amsterdam",
    country="NL",
    email="zoe.muller@verkopen.test",
    phone="+31 6 12345678",
)
BILLING = replace(
    DELIVERY,
    first_name="Anne-Marie",
    last_name="van den Berg",
    company="O'Brien & Søn B.V.",
    vat_number="NL001234567B01",
)


def record(order_id: str, **changes: Any) -> Record:
    line = OrderLine(
        line_id=f"{order_id}-1",
        sku="MUG-14/b",
        ean="8710400000013",
        title="Mug",
        quantity=1,
        unit_price=Decimal("12.10"),
        total=Decimal("12.10"),
    )
    whole = Record(
        order_id=order_id,
        number=order_id,
        placed_at=NOW,
        fulfilment=Fulfilment.MERCHANT,
        currency="EUR",
        lines=(line,),
        total=Decimal("12.10"),
        delivery=DELIVERY,
        billing=BILLING,
        customer_reference="PO 4711/B",
        fingerprint="1",
        payload={},
    )
    return replace(whole, **changes)


def stored(where: OrderConnection, *records: Record) -> list[Order]:
    import_orders(connection=where, orders=records, now=NOW)
    return [Order.objects.get(connection=where, marketplace_order_id=record.order_id) for record in records]


@pytest.fixture
def here() -> OrderConnection:
    made = build_demo(bol_url=BOL, shop_url=SHOP, now=NOW - timedelta(days=1)).connection
    made.token = "k7m2x"
    made.save()
    return made


@pytest.fixture
def order(here: OrderConnection) -> Order:
    """One order among others that share nothing with it."""
    plain = Address(first_name="Jan", last_name="Peeters", postcode="2611AB", country="NL", email="jan@verkopen.test")
    line = replace(record("x").lines[0], sku="CUP-1", ean="5012345678900")
    others = [
        record(f"B-90000-{n}", lines=(line,), delivery=plain, billing=None, customer_reference="") for n in range(3)
    ]
    return stored(here, record("A-10000-7"), *others)[0]


def found(text: str, order: Order) -> list[int]:
    """The orders of the order's company that a text finds; the same as across all companies, where there is one."""
    mine = list(matching(Order.objects.all(), text, company=order.company).order_by("pk"))
    assert list(matching(Order.objects.all(), text).order_by("pk")) == mine
    return [row.pk for row in mine]


@pytest.mark.parametrize(
    "text",
    [
        "A-10000-7", "a100007", "A 10000 7", "A-100", "bol-k7m2x-A-10000-7",  # numbers
        "Zoë", "zoe", "ZOE", "Müller-Ålund", "muller", "Alund", "mulleral", "Zoë Müller", "muller zoe",  # names
        "van den Berg", "vandenberg", "berg anne", "Anne-Marie", "annemarie", "marie", "obrien", "O’Brien", "Søn", "son",
        "1015 CJ", "1015cj", "1015", "zoe 1015CJ",  # postcodes, beside a name too
        "zoe.muller@verkopen.test", "ZOE.MULLER@", "NL001234567B01", "PO 4711/B", "po4711",
        "+31 6 12345678", "0612345678", "06-12345678", "0031612345678",  # one telephone number, written by four people
        "MUG-14/b", "mug14", "8710400000013", "87104",
    ],
)  # fmt: skip
def test_an_order_is_found_by_whatever_a_person_has_at_hand(order: Order, text: str) -> None:
    assert found(text, order) == [order.pk]


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "🚚", "10000", "A-10000-8", "oe", "uller", "zoe peeters", "Kade", "mug-14/bc", "1016", "%", "_", "\\",
        "0612345679", "zoe.muller@verkopen.testing", "' OR 1=1", "x" * 5000, "\x00",
    ],
)  # fmt: skip
def test_what_is_no_beginning_of_anything_finds_nothing(order: Order, text: str) -> None:
    assert found(text, order) == []


def test_what_several_share_finds_them_all(order: Order) -> None:
    others = [row.pk for row in Order.objects.exclude(pk=order.pk).order_by("pk")]

    assert found("jan pee", order) == found("CUP", order) == found("b9", order) == others
    assert found("bol", order) == [order.pk, *others]


def test_another_company_finds_none_of_it_and_support_finds_both(order: Order) -> None:
    elsewhere = f"{SHOP}/of-others"
    theirs = build_demo(bol_url=BOL, shop_url=elsewhere, now=NOW - timedelta(days=1), name="Other").connection
    [twin] = stored(theirs, record("A-10000-7"))

    for text in ("A-10000-7", "zoe", "mug", "zoe muller", "0612345678"):
        assert [row.pk for row in matching(Order.objects.all(), text, company=order.company)] == [order.pk]
        assert [row.pk for row in matching(Order.objects.all(), text, company=theirs.company)] == [twin.pk]
        assert [row.pk for row in matching(Order.objects.order_by("pk"), text)] == [order.pk, twin.pk]
        # Whatever orders are looked through: the company decides.
        assert not matching(theirs.company.orders.all(), text, company=order.company).exists()


def test_keys_are_short_whatever_the_text(here: OrderConnection) -> None:
    long = replace(DELIVERY, last_name="Ж" * 500, company="名" * 90)
    [order] = stored(here, record("A1", delivery=long, billing=None, customer_reference="y" * 3000))

    assert max(len(bytes(key.key)) for key in SearchKey.objects.all()) == LONGEST
    assert found("Ж" * 500, order) == found("名名", order) == found("y" * 100, order) == [order.pk]


def test_folding_leaves_letters_and_digits() -> None:
    assert fold("Müller-Ålund 1") == b"mulleralund1"
    assert fold("STRAßE Łódź Æsop İzmir ﬁx") == b"strasselodzaesopizmirfix"
    assert fold(" -/.🚚\x00") == b""


def test_a_change_at_the_marketplace_renews_the_keys(here: OrderConnection) -> None:
    order, other = stored(here, record("A1"), record("A2"))
    moved = replace(DELIVERY, last_name="Jansen", postcode="9711AA")

    stored(here, record("A1", fingerprint="2", delivery=moved))

    assert found("jansen", order) == found("9711", order) == [order.pk]
    assert found("alund", order) == [other.pk]
    assert found("zoe", order) == [order.pk, other.pk]


def test_what_changes_no_key_writes_none(here: OrderConnection) -> None:
    [order] = stored(here, record("A1"))

    with CaptureQueriesContext(connection) as captured:
        stored(here, record("A1", fingerprint="2", ship_by=NOW))
        renew_keys([order.pk])
    assert not [q["sql"] for q in captured if "orders_searchkey" in q["sql"] and not q["sql"].startswith("SELECT")]


def test_a_corrected_address_renews_the_keys(here: OrderConnection) -> None:
    [order] = stored(here, record("A1", billing=None))
    fields = {"last_name": "Visser", "postcode": "8911 BC", "country": "NL"}

    assert correct_address(order=order, role=OrderAddress.Role.DELIVERY, fields=fields, now=NOW, by=None)
    # What the marketplace says afterwards does not bring the old name back.
    stored(here, record("A1", fingerprint="2", billing=None))

    assert found("visser", order) == found("8911bc", order) == [order.pk]
    assert found("alund", order) == found("1015", order) == []


def test_the_way_through_shop_parcel_and_return_adds_its_numbers(road: Road) -> None:
    CarrierPlan.objects.update(default_carrier="")
    CarrierRule.objects.all().delete()
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    order = Order.objects.get()
    assert found(order.shop_order_number, order) == found(order.shop_order_id, order) == [order.pk]

    road.shop.ship(int(order.shop_order_id), carrier="Somebody", tracking_code="MARK-3SABC-99")
    road.go(rounds=2)
    assert found("mark3sabc", order) == [order.pk]
    assert found("3sabc99", order) == []

    plan = CarrierPlan.objects.get()
    CarrierRule.objects.create(
        plan=plan, position=1, operator="starts_with", value="MARK-", carrier="postnl", strip=True
    )
    resume_order(order=order, now=road.clock(), by=None)
    assert found("MARK-3SABC-99", order) == found("3SABC-99", order) == [order.pk]

    road.go(rounds=3)
    road.shop.ship(int(order.shop_order_id), tracking_code="3SFURTHER")  # of pieces that were all sent already
    road.go(rounds=2)
    assert found("3sfurther", order) == [order.pk]

    return_id = road.bol.register_return(order_id)
    road.go(rounds=1)
    assert found(return_id, order) == [order.pk]


def test_tracking_by_hand_is_found_and_replaces_what_was_there(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    order = Order.objects.get()

    assert add_tracking(order=order, carrier="dpd", tracking_code="3SHAND1", now=road.clock(), by=None)
    assert found("3shand1", order) == [order.pk]
    Shipment.objects.update(tracking_code="3SOTHER", reported_code="3SOTHER")
    renew_keys([order.pk])
    assert found("3shand1", order) == []
    assert found("3sother", order) == [order.pk]


def test_another_number_in_the_shop_replaces_the_one_before(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    order = Order.objects.get()
    Order.objects.update(shop_order_number="WAS-77")
    renew_keys([order.pk])

    made = road.shop.world.orders[int(order.shop_order_id)]
    road.shop.ship(made["id"], tracking_code="3S1")
    road.go(rounds=2)

    assert found("was77", order) == []
    assert found(str(made["number"]), order) == [order.pk]


def test_a_blanked_buyer_is_found_no_more_but_the_order_is(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"], tracking_code="3SKEEP1")
    road.go(rounds=4)
    road.bol.register_return(order_id)
    road.go(rounds=1)
    Order.objects.update(deliver_by=None, customer_reference="PO 4711")
    ReturnLine.objects.update(tracking_code="3SBACK1")
    order = Order.objects.get()
    renew_keys([order.pk])
    address = order.addresses.get(role="delivery")
    personal = [address.last_name, address.postcode, address.email, "PO 4711", "3SBACK1"]
    assert [found(text, order) for text in personal] == [[order.pk]] * 5

    assert keep_house(now=road.clock() + SPEC.keep_buyer_data + timedelta(days=1))["buyers"] == 1

    assert [found(text, order) for text in personal] == [[]] * 5
    kept = [order_id, order.reference, order.shop_order_number, "TST-001", "3SKEEP1"]
    assert [found(text, order) for text in kept] == [[order.pk]] * 5
    left = {bytes(key.key).decode() for key in SearchKey.objects.all()}
    numbers = {order_id, order.reference, order.shop_order_number, "TST-001", "3SKEEP1", order.lines.get().ean}
    numbers.add(ReturnLine.objects.get().registered_return.marketplace_return_id)
    assert left == {fold(number).decode() for number in numbers}


def test_keys_of_a_page_cost_one_statement_and_renewing_them_eight(here: OrderConnection) -> None:
    page = [record(f"A{n}") for n in range(50)]
    with CaptureQueriesContext(connection) as captured:
        orders = stored(here, *page)
    assert len([q for q in captured if 'INTO "orders_searchkey"' in q["sql"]]) == 1
    SearchKey.objects.filter(key=b"zoe").update(key=b"old")
    with CaptureQueriesContext(connection) as captured:
        renew_keys([order.pk for order in orders])
    assert counted(captured) <= 8
    assert found("old", orders[0]) == []
    assert len(found("zoe", orders[0])) == 50


def test_a_key_added_twice_is_there_once(order: Order) -> None:
    before = SearchKey.objects.count()

    add_keys([(order, "N-1"), (order, "n1"), (order, ""), (order, "A-10000-7")])
    add_keys([(order, "N-1")])

    assert SearchKey.objects.count() == before + 1
    assert found("n-1", order) == [order.pk]


def test_the_migration_gives_orders_that_were_there_their_keys(road: Road) -> None:
    for _ in range(3):
        order_id = road.bol.place_order(sku="TST-001")
        road.go(rounds=2)
        road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"], tracking_code=f"3S{order_id}")
        road.go(rounds=3)
        road.bol.register_return(order_id)
    road.go(rounds=1)
    before = set(SearchKey.objects.values_list("order", "key", "company"))
    fill = import_module("orders.migrations.0014_fill_companies_and_keys")

    SearchKey.objects.filter(order=Order.objects.first()).delete()  # as a run leaves it that was stopped
    fill.fill_keys(apps, None)
    assert {(o, bytes(k), c) for o, k, c in SearchKey.objects.values_list("order", "key", "company")} == {
        (o, bytes(k), c) for o, k, c in before
    }
