"""The product list: a product is found by whatever a person has at hand, in one project, and by nobody else."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from accounts.models import Company
from adapterkit.records import Product as Record
from connections.models import Project
from stock.flows.import_products import import_products
from stock.models import ProductKey
from tests.road import Road
from tests.web.test_pages import signed_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def record(product_id: str, sku: str, title: str, ean: str = "") -> Record:
    return Record(product_id=product_id, sku=sku, ean=ean, title=title, price=None, stock=5)


MUGS = [
    record("9001", "MUG-14/b", "Café mug, blue", ean="8710400000013"),
    record("9002", "MUG-15", "Tasse bleue « Été »"),
    record("9003", "كوب-1", "كوب أزرق"),
]


@pytest.fixture
def project() -> Project:
    company = Company.objects.create(name="Mugs")
    made = Project.objects.create(company=company, name="Shop")
    import_products(project=made, items=MUGS, now=NOW)
    return made


@pytest.fixture
def owner(project: Project) -> Client:
    return signed_in(project.company)


def found(client: Client, **asked: object) -> list[str]:
    answer = client.get(reverse("web:stock"), asked)
    assert answer.status_code == 200
    return [product.shop_product_id for product in answer.context["page"]]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("mug-14", ["9001"]),
        ("MUG 14 B", ["9001"]),
        ("8710400000013", ["9001"]),
        ("9002", ["9002"]),
        ("cafe blue", ["9001"]),
        ("blue café", ["9001"]),
        ("ete", ["9002"]),
        ("mug", ["9001", "9002"]),
        ("كوب", ["9003"]),
        ("", ["9001", "9002", "9003"]),
        ("saucer", []),
        ("blue saucer", []),
        ("%", []),
    ],
)
def test_a_product_is_found_by_what_a_person_has_at_hand(owner: Client, text: str, ids: list[str]) -> None:
    assert found(owner, q=text) == ids


def test_one_that_is_named_anew_is_found_by_its_new_name_alone(project: Project, owner: Client) -> None:
    import_products(project=project, items=[record("9001", "CUP-1", "Cup", ean="8710400000013")], now=NOW)

    assert (found(owner, q="MUG-14"), found(owner, q="cup"), found(owner, q="87104")) == ([], ["9001"], ["9001"])


def test_new_stock_writes_no_key(project: Project) -> None:
    ProductKey.objects.all().delete()
    again = [Record(product_id="9002", sku="MUG-15", ean="", title="Tasse bleue « Été »", price=None, stock=4)]

    assert import_products(project=project, items=again, now=NOW) == ["9002"]
    assert not ProductKey.objects.exists()


def test_each_project_is_looked_through_alone_and_a_strangers_not_at_all(project: Project, owner: Client) -> None:
    second = Project.objects.create(company=project.company, name="Second shop")
    import_products(project=second, items=[record("1", "MUG-99", "Mug")], now=NOW)
    stranger = signed_in(Company.objects.create(name="Other"))

    assert found(owner, q="mug", project=project.pk) == ["9001", "9002"]
    assert found(owner, q="mug", project=second.pk) == ["1"]
    assert found(stranger, q="mug") == []
    assert stranger.get(reverse("web:stock"), {"q": "mug", "project": project.pk}).status_code == 404


def test_what_was_asked_stays_in_the_address_of_the_next_page(project: Project, owner: Client) -> None:
    import_products(project=project, items=[record(f"n{n}", f"CUP-{n:02}", "Cup") for n in range(60)], now=NOW)
    page = owner.get(reverse("web:stock"), {"q": "cup"}).content.decode()

    assert f"?project={project.pk}&amp;q=cup&amp;page=2" in page
    assert 'value="cup"' in page


def test_the_keys_of_products_that_were_there_are_filled_in(project: Project) -> None:
    before = {(key.product_id, bytes(key.key)) for key in ProductKey.objects.all()}
    ProductKey.objects.filter(product__shop_product_id__in=["9001", "9003"]).delete()

    import_module("stock.migrations.0008_fill_product_keys").fill_keys(apps, None)

    assert {(key.product_id, bytes(key.key)) for key in ProductKey.objects.all()} == before


def test_a_project_that_is_removed_takes_its_keys_along(project: Project) -> None:
    assert ProductKey.objects.count() > 10
    project.delete()

    assert not ProductKey.objects.exists()


def test_a_project_with_a_shop_is_opened_first(road: Road) -> None:
    empty = Project.objects.create(company=road.demo.company, name="A project without a shop")
    owner = signed_in(road.demo.company)

    assert owner.get(reverse("web:stock")).context["project"] == road.demo.connection.project
    assert owner.get(reverse("web:stock"), {"project": empty.pk}).context["project"] == empty
