"""What a merchant mends on the page of an order: each form answers where it stands, and the order goes on."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connections.models import Project
from orders.models import Order
from tests.road import Road, named
from tests.web.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def owner(road: Road) -> Client:
    return signed_in(road.demo.company)


def only() -> Order:
    return Order.objects.get()


def stuck(road: Road, **details: Any) -> str:
    """An order whose buyer's country is none."""
    order_id = road.bol.place_order(sku="TST-001")
    for name, value in details.items():
        road.bol.world.orders[order_id][name]["countryCode"] = value
    road.go(rounds=2)
    assert only().problem_code == "unknown_country"
    return order_id


def fields(order: Order, role: str, **changed: str) -> dict[str, str]:
    address = order.addresses.get(role=role)
    names = ("first_name", "last_name", "street", "house_number", "postcode", "city", "country")
    return {"role": role, **{name: getattr(address, name) for name in names}, **changed}


@pytest.mark.parametrize(("role", "details"), [("delivery", "shipmentDetails"), ("billing", "billingDetails")])
def test_either_address_is_corrected_and_the_order_goes_on(road: Road, owner: Client, role: str, details: str) -> None:
    order_id = stuck(road, **{details: "QQ"})
    url, page = reverse("web:correct_address", args=[only().pk]), reverse("web:order", args=[only().pk])
    text = owner.get(page).content.decode()
    assert all(f"Correct the {name} address" in text for name in ("delivery", "billing"))

    wrong = owner.post(url, fields(only(), role, country="XX", city="Delft"))
    told = wrong.content.decode()
    assert (wrong.status_code, told.count("Enter the country")) == (422, 1)
    assert f'<input type="text" name="city" value="Delft" class="form-control" id="{role}-city"' in told
    assert only().problem_code == "unknown_country"

    owner.post(url, fields(only(), role, country="nl"))
    road.go(rounds=3)
    [made] = road.shop.orders_with(named(order_id))
    assert made["billing" if role == "billing" else "shipping"]["country"] == "NL"
    assert only().place == "in_shop"


@pytest.mark.parametrize(
    ("emptied", "said"),
    [
        ({"first_name": "", "last_name": ""}, "Enter a name, or a company."),
        ({"street": "", "house_number": ""}, "Enter the street."),
    ],
)
def test_an_address_with_which_the_order_could_not_go_on_is_not_taken(
    road: Road, owner: Client, emptied: dict[str, str], said: str
) -> None:
    stuck(road, shipmentDetails="QQ")
    only().addresses.update(lines=[])
    body = fields(only(), "delivery", country="NL", **emptied)
    answer = owner.post(reverse("web:correct_address", args=[only().pk]), body)

    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not only().decisions.exists()


@pytest.mark.parametrize(
    ("offer", "name"), [({"sku": "", "ean": "4006381333931"}, "4006381333931"), ({"sku": "MUG", "ean": "1"}, "MUG")]
)
def test_a_product_is_mapped_by_what_the_marketplace_calls_it(
    road: Road, owner: Client, offer: dict[str, Any], name: str
) -> None:
    Project.objects.update(product_id_field="ean")
    road.bol.place_order(**offer)
    road.go(rounds=2)
    order = only()
    text = owner.get(reverse("web:order", args=[order.pk])).content.decode()
    assert f'name="reference" value="{name}"' in text
    assert f"{name} is our product" in text

    url = reverse("web:map_reference", args=[order.connection.project_id])
    body = {"reference": name, "product": "8710400000013", "back": order.pk}
    assert "Mapped; 1 order goes on." in owner.post(url, body, follow=True).content.decode()
