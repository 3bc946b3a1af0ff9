"""What PostgreSQL really says when two transactions wait for each other, with real threads: it goes through again."""

from __future__ import annotations

import threading

import pytest
from django.db import transaction

from accounts.models import Company
from engine.database import persist
from tests.at_once import at_once
from tests.effort import SECOND

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not SECOND, reason="SQLite has one writer at a time"),
]


def test_a_ring_of_two_is_dissolved_and_both_are_stored() -> None:
    first, second = (Company.objects.create(name=name) for name in ("First", "Second"))
    both_hold_one = threading.Barrier(2)
    begun: list[str] = []

    def take(name: str, *companies: Company) -> None:
        def work() -> None:
            begun.append(name)
            with transaction.atomic():
                for number, company in enumerate(companies):
                    Company.objects.select_for_update().filter(pk=company.pk).update(name=f"{company.pk} by {name}")
                    if number == 0 and begun.count(name) == 1:
                        both_hold_one.wait(30)

        persist(work)

    at_once(lambda: take("one", first, second), lambda: take("two", second, first))

    assert sorted(begun) in (["one", "one", "two"], ["one", "two", "two"])
    last = begun[-1]
    assert {company.name for company in Company.objects.all()} == {f"{first.pk} by {last}", f"{second.pk} by {last}"}
