"""The numbers that programs read on from."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import Company
from orders.chores.number_changes import number_all_changes, number_changes
from orders.history import event
from orders.models import Order, OrderEvent
from tests.road import Road

pytestmark = pytest.mark.django_db


def test_each_event_gets_one_number_in_order_and_its_order_the_latest(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.bol.place_order(sku="TST-002")
    road.go(rounds=2)
    company = road.demo.company

    numbered = number_changes(company_id=company.pk)

    assert [one.number for one in numbered] == list(range(1, len(numbered) + 1))
    assert not OrderEvent.objects.filter(number=None).exists()
    for order in Order.objects.all():
        assert order.change_number == max(order.events.values_list("number", flat=True))
    assert number_changes(company_id=company.pk) == []


def test_what_is_committed_later_gets_a_later_number(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    before = number_changes(company_id=road.demo.company.pk)[-1].number
    order = Order.objects.get()
    event(order, "resumed", timezone.now()).save()

    assert [one.number for one in number_changes(company_id=road.demo.company.pk)] == [before + 1]
    assert Order.objects.get().change_number == before + 1


def test_companies_count_for_themselves_and_the_chore_counts_for_all(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    other = Company.objects.create(name="Other")

    assert number_changes(company_id=other.pk) == []
    assert number_all_changes(timezone.now())["numbered"] == OrderEvent.objects.count()
