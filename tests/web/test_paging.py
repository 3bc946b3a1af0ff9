"""Long lists: the first ten thousand are paged through, the page says so, and a list of two parts goes on in order."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, Company
from accounts.paging import ChainedPages, LatestPages
from orders.models import Order, ReturnLine
from tests.road import Road, named
from tests.web.test_pages import signed_in
from web.returns.query import returned_lines

pytestmark = pytest.mark.django_db


class Short(LatestPages):
    MOST = 5


class ShortChain(ChainedPages):
    MOST = 3


@pytest.fixture
def entries() -> list[int]:
    company = Company.objects.create(name="Long")
    made = [AuditEntry(company=company, action=f"a{n}", subject="x", at="2026-11-20T09:00:00Z") for n in range(8)]
    return [entry.pk for entry in AuditEntry.objects.bulk_create(made)]


def test_no_more_are_counted_or_shown_than_can_be_paged_through(entries: list[int]) -> None:
    pages = Short(AuditEntry.objects.order_by("pk"), 2)
    with CaptureQueriesContext(connection) as captured:
        assert (pages.count, pages.more, pages.num_pages) == (5, True, 3)

    assert [" LIMIT 6" in query["sql"] for query in captured] == [True]
    assert [[entry.pk for entry in pages.page(n)] for n in (1, 2, 3)] == [entries[:2], entries[2:4], entries[4:5]]
    whole = Short(AuditEntry.objects.filter(pk__in=entries[:5]).order_by("pk"), 2)
    assert (whole.count, whole.more) == (5, False)


@pytest.mark.parametrize("short", [0, 1, 2, 3, 4])
def test_two_lists_are_paged_through_one_after_the_other(entries: list[int], short: int) -> None:
    first, then = entries[:short], entries[short : short + 3]
    pages = ShortChain(
        AuditEntry.objects.filter(pk__in=first).order_by("pk"), AuditEntry.objects.filter(pk__in=then).order_by("pk"), 2
    )

    assert pages.count == short + 3
    assert [entry.pk for number in pages.page_range for entry in pages.page(number)] == first + then
    assert [entry.pk for entry in pages.get_page(99)] == (first + then)[(pages.num_pages - 1) * 2 :]


def test_the_order_list_says_that_there_are_more(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        road.bol.place_order(sku="TST-001")
    road.read()
    client, url = signed_in(road.demo.company), reverse("web:orders")
    assert "3 orders" in client.get(url).content.decode()

    monkeypatch.setattr(LatestPages, "MOST", 2)
    monkeypatch.setattr("web.orders.views.PER_PAGE", 1)
    page = client.get(url).content.decode()

    assert "More than 2 orders; the latest 2 are listed." in page
    assert "1 of 2" in page
    newest = list(Order.objects.order_by("-placed_at", "-pk").values_list("number", flat=True))
    assert newest[1] in client.get(url, {"page": 2}).content.decode()
    assert newest[2] not in client.get(url, {"page": 3}).content.decode()


def test_support_is_told_too(road: Road, monkeypatch: pytest.MonkeyPatch, admin_client: Client) -> None:
    for _ in range(3):
        road.bol.place_order(sku="TST-001")
    road.read()
    monkeypatch.setattr(LatestPages, "MOST", 2)
    monkeypatch.setattr("orders.admin.OrderAdmin.list_per_page", 1)

    page = admin_client.get(reverse("admin:orders_order_changelist"), {"p": 2})

    assert "The first 2 of more" in page.content.decode()
    newest = list(Order.objects.order_by("-pk").values_list("pk", flat=True))
    assert [order.pk for order in page.context["cl"].result_list] == [newest[1]]


def test_undecided_returns_come_first_then_the_newest(road: Road) -> None:
    for _ in range(4):
        order_id = road.bol.place_order(sku="TST-001")
        road.go(rounds=2)
        road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"], tracking_code=f"3S{order_id}")
        road.go(rounds=3, minutes=10)
        road.bol.register_return(order_id)
        road.go(rounds=1, minutes=10)
    lines = list(ReturnLine.objects.order_by("registered_return__registered_at"))
    assert len(lines) == 4
    ReturnLine.objects.filter(pk__in=[lines[1].pk, lines[3].pk]).update(state=ReturnLine.State.ACCEPTED)

    expected = [lines[2].pk, lines[0].pk, lines[3].pk, lines[1].pk]
    assert [line.pk for line in returned_lines(road.demo.company).page(1)] == expected
    assert returned_lines(Company.objects.create(name="Other")).count == 0
