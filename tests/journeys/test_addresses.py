"""Street and number are told apart on the way in, corrected by hand, and reach the shop without a word lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from adapterkit.records import Address
from orders.flows.correct_address import correct_address
from orders.models import Order, OrderAddress
from orders.records import address_rows
from ordersync.bench import made_orders
from tests.road import Road, named
from tests.web.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.either]
DELIVERY = OrderAddress.Role.DELIVERY
BUYER = {"firstName": "An", "surname": "Jansen", "zipCode": "1234AB", "city": "Delft", "countryCode": "NL"}


def delivery() -> OrderAddress:
    return OrderAddress.objects.get(role=DELIVERY)


def parts(address: OrderAddress) -> tuple[str, str, str, str]:
    return address.street, address.house_number, address.house_number_addition, address.supplement


def shipping(road: Road, order_id: str) -> dict[str, Any]:
    [made] = road.shop.orders_with(named(order_id))
    return dict(made["shipping"])


def test_a_marketplace_that_gives_lines_gets_parts_stored_beside_them() -> None:
    [order] = made_orders(1, 1)
    flat = Address(last_name="Smith", lines=("Flat 3, 12 High St",), country="GB")
    vague = Address(last_name="xyz", lines=("xyz",), country="DE")

    read, kept = address_rows(replace(order, delivery=flat, billing=vague), Order())

    assert (read.lines, *parts(read)) == (["Flat 3, 12 High St"], "High St", "12", "", "Flat 3")
    assert (kept.lines, *parts(kept)) == (["xyz"], "", "", "", "")


def test_a_number_in_the_street_reaches_the_shop_once(road: Road) -> None:
    details = {**BUYER, "streetName": "Biltstraat 12 bis", "houseNumber": "", "extraAddressInformation": "Toren"}
    order_id = road.bol.place_order(sku="TST-001", shipmentDetails=details)
    road.go(rounds=2)

    assert parts(delivery()) == ("Biltstraat", "12", "bis", "Toren")
    sent = shipping(road, order_id)
    assert (sent["address_1"], sent["address_2"]) == ("Biltstraat 12 bis", "Toren")


def test_a_corrected_street_is_told_apart_and_the_lines_stay_as_received(road: Road) -> None:
    road.bol.place_order(sku="NOT-YET", shipmentDetails={**BUYER, "streetName": "xyz", "houseNumber": ""})
    road.go(rounds=2)
    OrderAddress.objects.filter(role=DELIVERY).update(lines=["xyz"], street="")

    order = Order.objects.get()
    fields = {"street": "Kerkstraat 14-2", "house_number": "", "house_number_addition": "", "supplement": "Toren"}
    assert correct_address(order=order, role=DELIVERY, fields=fields, now=road.clock(), by=None)

    assert parts(delivery()) == ("Kerkstraat", "14", "2", "Toren")
    assert delivery().lines == ["xyz"]


def test_a_corrected_country_lets_the_lines_be_read(road: Road) -> None:
    road.bol.place_order(sku="TST-001", shipmentDetails={**BUYER, "countryCode": "QQ", "streetName": "Kerkstraat 14"})
    road.go(rounds=2)
    OrderAddress.objects.filter(role=DELIVERY).update(lines=["Kerkstraat 14"], street="", house_number="")

    assert correct_address(
        order=Order.objects.get(), role=DELIVERY, fields={"country": "NL"}, now=road.clock(), by=None
    )

    assert parts(delivery()) == ("Kerkstraat", "14", "", "")


def test_the_page_shows_what_was_read_beside_what_was_received(road: Road) -> None:
    road.bol.place_order(sku="NOBODY-KNOWS", shipmentDetails=BUYER)
    road.go(rounds=2)
    order, client = Order.objects.get(), signed_in(Order.objects.get().company)
    page = reverse("web:order", args=[order.pk])

    def shown(**columns: Any) -> str:
        OrderAddress.objects.filter(role=DELIVERY).update(**columns)
        return client.get(page).content.decode()

    unread = shown(lines=["xyz", "Hof"], street="", house_number="")
    assert "cannot be told apart" in unread
    assert 'name="street" value="xyz"' in unread
    assert 'name="supplement" value="Hof"' in unread

    read = shown(lines=["Kerkstraat 14"], street="Kerkstraat", house_number="14")
    assert "cannot be told apart" not in read
    assert "<br><bdi>Kerkstraat 14</bdi><br>" in read
    assert '<dd class="col-7">14</dd>' in read
    assert "As the marketplace sent it" not in read

    corrected = shown(house_number="16")
    assert "<br><bdi>Kerkstraat 16</bdi><br>" in corrected
    assert "As the marketplace sent it<br><bdi>Kerkstraat 14</bdi></p>" in corrected
