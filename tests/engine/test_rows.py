"""The quick inserts store exactly what Django's own would."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, connection, models

from engine import rows
from engine.models import OutboxMessage
from orders.models import OrderEvent, OrderLine, OrderPayload, SearchKey
from tests.road import Road

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=UTC)
AWKWARD = 'O\'Brien {1,2} "x" \\ %s NULL \N{SNOWMAN}\n,'


def stored(row: models.Model) -> dict[str, Any]:
    return type(row)._default_manager.values().get(pk=row.pk)


def line(order_id: int, number: str, **fields: Any) -> OrderLine:
    return OrderLine(
        order_id=order_id,
        marketplace_line_id=number,
        title=AWKWARD,
        quantity=3,
        unit_price=Decimal("12.1000"),
        total=Decimal("36.3000"),
        **fields,
    )


def test_every_column_is_stored_as_by_bulk_create(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.read()
    order_id = OrderLine.objects.get().order_id
    variants = [{"tax": None, "discounts": [{"title": AWKWARD, "amount": "1.00"}]}, {"tax": Decimal("6.3000")}]
    quick = [line(order_id, f"quick{n}", **fields) for n, fields in enumerate(variants)]
    django = [line(order_id, f"django{n}", **fields) for n, fields in enumerate(variants)]

    rows.insert(quick)
    OrderLine.objects.bulk_create(django)

    for row, other in zip(quick, django, strict=True):
        one = OrderLine.objects.get(marketplace_line_id=row.marketplace_line_id)
        same = {name: value for name, value in stored(one).items() if name not in {"id", "marketplace_line_id"}}
        assert {name: value for name, value in stored(other).items() if name in same} == same
        assert one.title == AWKWARD


def test_times_json_and_a_key_that_is_an_order_are_stored(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.read()
    order_id = OrderLine.objects.get().order_id
    OrderPayload.objects.all().delete()
    payload = {"name": AWKWARD, "pieces": [1, None, {"price": 12.1}]}

    rows.insert([OrderPayload(order_id=order_id, payload=payload, received_at=NOW)])
    rows.insert(
        [OrderEvent(order_id=order_id, code="x", at=NOW, params={}), OrderEvent(order_id=order_id, code="y", at=NOW)]
    )

    kept = OrderPayload.objects.get()
    assert (kept.payload, kept.received_at, kept.order_id) == (payload, NOW, order_id)
    assert OrderEvent.objects.filter(code__in=["x", "y"], at=NOW).count() == 2


def test_bytes_are_stored_whole_given_as_columns_too(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.read()
    order, awkward = OrderLine.objects.get().order, [b"\x00\xff", b'\\"{},NULL%s', b"", AWKWARD.encode()[:64]]
    columns = {"order_id": [order.pk] * 4, "company_id": [order.company_id] * 4, "key": awkward}

    SearchKey.objects.all().delete()
    rows.insert_columns(SearchKey, columns)
    rows.insert_columns(SearchKey, columns, ignore_conflicts=True)
    kept = list(SearchKey.objects.all())
    assert sorted(bytes(key.key) for key in kept) == sorted(awkward)

    SearchKey.objects.all().delete()
    rows.insert(kept)  # with the bytes as the driver gave them
    assert sorted(bytes(key.key) for key in SearchKey.objects.all()) == sorted(awkward)


def test_ids_belong_to_their_rows(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.read()
    order_id = OrderLine.objects.get().order_id
    made = [line(order_id, f"n{n}") for n in range(120)]

    rows.insert_for_ids(made)

    names = dict(OrderLine.objects.values_list("pk", "marketplace_line_id"))
    assert [names[row.pk] for row in made] == [f"n{n}" for n in range(120)]


def test_what_is_changed_is_stored_as_by_bulk_update_and_nothing_else_is(road: Road) -> None:
    for _ in range(4):
        road.bol.place_order(sku="TST-001")
    road.read()
    quick, django, untouched = (list(OutboxMessage.objects.order_by("pk")[place::3]) for place in range(3))
    assert len(quick) > 1
    fields = ["state", "problem", "problem_code", "lease_token", "look_first", "failures", "settled_at"]
    for many in (quick, django):
        for number, message in enumerate(many):
            message.kind = "not stored"
            message.state, message.problem = "held", {"name": AWKWARD, "pieces": [number, None]}
            message.problem_code, message.lease_token = f"code {number}", None
            message.look_first, message.failures = bool(number % 2), number
            message.settled_at = NOW if number else None
    before = [stored(message) for message in untouched]

    rows.update(quick, fields)
    OutboxMessage.objects.bulk_update(django, fields)

    assert [stored(message) for message in untouched] == before
    for one, other in zip(quick, django, strict=False):
        now, by_django = stored(one), stored(other)
        assert {name: now[name] for name in fields} == {name: by_django[name] for name in fields}
        assert now["kind"] != "not stored"


def test_one_statement_changes_many(road: Road, django_assert_num_queries: Any) -> None:
    road.bol.place_order(sku="TST-001")
    road.read()
    messages = list(OutboxMessage.objects.all())
    with django_assert_num_queries(1):
        rows.update(messages, ["failures"])


def test_a_row_that_is_there_is_left_as_it_is_when_asked(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.read()
    before = OutboxMessage.objects.values().get(kind="shop_order")
    again = OutboxMessage(**{**before, "id": None, "problem_code": "other"})

    rows.insert([again], ignore_conflicts=True)

    assert OutboxMessage.objects.values().get(kind="shop_order") == before


def test_what_is_too_long_is_refused_and_not_cut(road: Road) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite knows no lengths")
    road.bol.place_order(sku="TST-001")
    road.read()
    before = OutboxMessage.objects.values().get(kind="shop_order")
    with pytest.raises(DataError):
        rows.insert([OutboxMessage(**{**before, "id": None, "key": "x" * 5000})])


def test_nothing_costs_no_statement(road: Road, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        rows.insert([])
        rows.insert_for_ids([])
        rows.update([], ["failures"])
