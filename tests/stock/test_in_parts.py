"""What follows from a whole reading of a catalogue is done in parts; a stop between two loses nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import pytest

from connections.models import Project
from engine.models import SyncCursor
from stock import offers
from stock.flows import import_products
from stock.models import Offer, Product
from tests.road import Road

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many products were offered in each part; a part that is to fail is given as -1."""
    sizes: list[int] = []
    offer = import_products._offer

    def counted(project: Project, product_ids: Sequence[int], now: datetime) -> None:
        if -1 in sizes:
            sizes.remove(-1)
            raise RuntimeError("stopped")
        offer(project, product_ids, now)
        sizes.append(len(product_ids))

    monkeypatch.setattr(import_products, "PART", 2)
    monkeypatch.setattr(import_products, "_offer", counted)
    return sizes


def test_a_catalogue_that_was_here_before_is_offered_in_parts(road: Road, parts: list[int]) -> None:
    for number in range(3):
        road.shop.add_product(f"NEW-{number}", price="5.00", stock=3)
    road.read()
    Offer.objects.all().delete()
    parts[:] = [-1]

    road.read()
    assert (parts, Offer.objects.count()) == ([], 0)
    cursor = SyncCursor.objects.get(feed="products")
    assert (cursor.problem_code, cursor.failures) == ("internal_error", 1)

    road.clock.forward(minutes=10)
    road.read()
    assert parts == [2, 2, 1]
    assert set(Offer.objects.values_list("reference", flat=True)) == set(Product.objects.values_list("sku", flat=True))
    assert not Offer.objects.filter(desired_quantity=None).exists()

    road.read()
    assert parts == [2, 2, 1]


def test_one_whose_id_another_product_has_is_passed_by(road: Road, parts: list[int]) -> None:
    """It gets no offer, and keeps none after it from theirs."""
    for number in range(3):
        road.shop.add_product(f"NEW-{number}", price="5.00", stock=3)
    road.read()
    first = Product.objects.earliest("pk")
    Product.objects.filter(sku="NEW-0").update(sku=first.sku)
    Offer.objects.exclude(product=first).delete()
    parts.clear()

    walk = import_products.ProductsWalk(road.demo.shop, None)  # type: ignore[arg-type]
    done = [walk.conclude(road.clock()) for _ in range(3)]

    assert done == [True, True, False]
    assert parts == [2, 2]
    assert set(Offer.objects.values_list("product__sku", flat=True)) == {"TST-001", "TST-002", "NEW-1", "NEW-2"}


def test_what_is_gone_is_sold_out_in_parts(road: Road, parts: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    adjusted: list[int] = []
    adjust = offers.adjust

    def counted(*, product_ids: Collection[int], now: datetime) -> int:
        adjusted.append(len(product_ids))
        return adjust(product_ids=product_ids, now=now)

    for number in range(3):
        road.shop.add_product(f"NEW-{number}", price="5.00", stock=3)
    road.read()
    Product.objects.filter(sku__startswith="NEW").update(missed_at=road.clock() - timedelta(hours=2))
    monkeypatch.setattr(offers, "adjust", counted)

    walk = import_products.ProductsWalk(road.demo.shop, None)  # type: ignore[arg-type]
    done = [walk.conclude(road.clock()) for _ in range(3)]

    assert (done, adjusted) == ([True, True, False], [2, 1])
    assert set(Offer.objects.filter(reference__startswith="NEW").values_list("desired_quantity", flat=True)) == {0}
