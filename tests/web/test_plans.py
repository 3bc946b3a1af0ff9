"""Every page that shows orders gets at them by an index, in as many statements whatever their number."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Company
from adapterkit.records import Product as Record
from ordersync.bench_pages import big_tables, measure, person, weigh
from ordersync.plans import scans
from stock.flows.import_products import import_products

MOST = 12  # statements of a page
BIG = 1000  # rows of a table


def weigh_pages(few: Company, many: Company) -> None:
    """Their orders are made once, for the lists of the API as well: `tests/api/test_plans.py` has the test."""
    big = big_tables(BIG)
    assert {"orders_order", "orders_searchkey", "orders_orderevent", "orders_shipment", "engine_outboxmessage"} <= big
    assert "stock_productkey" in big
    big -= {"stock_product"}  # nearly all of it is one project's here, whose products are counted and compared

    found = dict(measure([person(few), person(many)], times=0))

    assert weigh({name: [one] for name, (_, one) in found.items()}, big, MOST) == []
    more = {name: one.statements - other.statements for name, (other, one) in found.items()}
    assert {name: count for name, count in more.items() if count > 1} == {}  # 1: what a list had none of before
    assert "key_of_company" in found["search: a number"][1].plan(big)["orders_searchkey"]
    assert found["stock: a SKU"][1].plan(big)["stock_productkey"] == ["key_of_project"]


def more_products(company: Company, count: int) -> None:
    project, now = company.projects.get(), timezone.now()
    names = [f"Mug no. {n} with a handle" for n in range(count)]
    items = [
        Record(product_id=f"m{n}", sku=f"M-{n}", ean="", title=name, price=None, stock=1)
        for n, name in enumerate(names)
    ]
    import_products(project=project, items=items, now=now)


@pytest.mark.django_db
def test_reading_a_table_whole_is_told_from_using_an_index() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # it would be quicker: the table is empty
    whole = scans('SELECT "id" FROM "orders_order" WHERE "remark" = \'x\'')
    by_index = scans('SELECT U0."id" FROM "orders_order" U0 WHERE U0."reference" = \'x\'')
    by_key = scans('SELECT "number" FROM "orders_order" WHERE "id" = 1')

    assert [(scan.table, scan.index) for scan in whole] == [("orders_order", "")]
    assert [(scan.table, scan.index) for scan in by_index] == [("orders_order", "order_reference")]
    assert [(scan.table, bool(scan.index)) for scan in by_key] == [("orders_order", True)]
