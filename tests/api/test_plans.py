"""Every list of the API gets at its rows by an index, in as many statements whatever their number."""

from __future__ import annotations

import pytest
from django.db import connection
from drf_spectacular.generators import SchemaGenerator

from accounts.models import Company
from ordersync.bench_api import program
from ordersync.bench_pages import big_tables, company_with, measure, settle, weigh
from tests.effort import on_the_second
from tests.web.test_plans import more_products, weigh_pages

MOST = 12  # statements of a list
BIG = 2000  # rows of a table
# What lists are of. What is joined to a page of them is quicker read whole at this size, and is weighed by the command.
LISTED = frozenset(
    {"orders_order", "orders_orderevent", "orders_shipment", "orders_searchkey", "webhooks_webhookmessage"}
)
MOST_ROWS = 15_000  # looked at for one list, of several times as many
# All of 3000 orders lie within the month of the statistics, and what fills a page of the cancelled stands all over them:
# reading all is the quicker way then. The same lists of a day and of the latest changes have to be led by an index.
QUICKER_WHOLE = {
    "orders: changes to cancelled",
    "statistics",
    "statistics: 92 days",
    "channable: cancelled",
    "channable: statistics",
    "channable: a connection's statistics",
}
# Lists that hold nothing for a company of 100 orders, or nothing that was shipped: what hangs on their orders is not read.
NONE_OF_FEW = {
    "orders: state on_hold",
    "channable: cancellation_request",
    "channable: search a last name",
    "channable: the eleventh page",
}
TOO_MANY = "orders: 200 at once"  # of 3000: their lines are quicker found by reading all


@pytest.mark.django_db(transaction=True)  # the statistics, from which plans are made, count what is committed
@pytest.mark.usefixtures("clock")  # else what is written once a minute counts where the minute ends
@on_the_second
def test_nothing_reads_a_big_table_whole_or_takes_more_statements_for_more_orders() -> None:
    end_other_sessions()
    few, many = company_with(100), company_with(3000)
    weigh_lists(few, many)
    more_products(many, 3000)
    settle()
    weigh_pages(few, many)


def end_other_sessions() -> None:
    """End what an earlier test may have left open in this database.

    While a transaction is open there, VACUUM notes no page as settled, and PostgreSQL takes every index for dearer.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def weigh_lists(few: Company, many: Company) -> None:
    programs = [program(few), program(many)]
    settle()
    big = big_tables(BIG) & LISTED
    assert big == LISTED

    found = dict(measure(programs, times=0))

    weighed = {name: [one] for name, (_, one) in found.items() if name not in {TOO_MANY, *QUICKER_WHOLE}}
    assert weigh(weighed, big, MOST, MOST_ROWS) == []
    assert weigh({name: [found[name][1]] for name in QUICKER_WHOLE}, frozenset(), MOST, MOST_ROWS) == []
    more = {name: one.statements - other.statements for name, (other, one) in found.items()}
    assert {name for name, count in more.items() if count > 1} <= NONE_OF_FEW  # 1: what a list had none of before
    plan = found["orders: changes from the middle"][1].plan(big)
    if connection.vendor == "postgresql":
        assert plan["orders_order"] == ["order_change", "order_imported"]
        assert found["orders: latest changes to cancelled"][1].plan(big)["orders_order"] == [
            "order_change",
            "order_imported",
        ]
        assert found["statistics: a day"][1].plan(big)["orders_order"] == ["order_of_company"]


@pytest.mark.django_db
def test_each_list_of_the_schema_is_measured() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    lists = {
        path
        for path, methods in schema["paths"].items()
        if methods.get("get", {}).get("operationId", "").startswith(("list_", "read_statistics"))
    }
    visitor = program(company_with(20))
    measured = [address.partition("?")[0].split("/") for address in visitor.addresses.values()]

    def is_measured(path: str) -> bool:
        wanted = path.split("/")
        return any(
            len(one) == len(wanted) and all(a == b or b.startswith("{") for a, b in zip(one, wanted, strict=True))
            for one in measured
        )

    assert [path for path in sorted(lists) if not is_measured(path)] == []
