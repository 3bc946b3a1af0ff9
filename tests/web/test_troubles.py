"""A connection that does not work says why, since when, and what to do; and stops saying so by itself."""

from __future__ import annotations

import pytest
from django.urls import reverse

from carriers.models import CarrierPlan
from connections.flows.pause_connection import pause_connection
from connections.models import OrderConnection
from engine.models import Lane
from tests.road import Road
from tests.web.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.either]
SHOP_DOWN, MARKETPLACE_DOWN = "The shop cannot be reached", "The marketplace cannot be reached"


def pages(road: Road, role: str = "viewer") -> list[str]:
    """Overview, list of connections, and the page of the connection."""
    client, pk = signed_in(road.demo.company, role), road.demo.connection.pk
    urls = (reverse("web:overview"), reverse("web:connections"), reverse("web:connection", args=[pk]))
    return [client.get(url).content.decode() for url in urls]


def shop_goes_down(road: Road) -> None:
    road.shop.fail_next(status=503, times=1000)
    for _ in range(4):
        road.read()
        road.clock.forward(minutes=20)
    assert Lane.objects.get(key=road.demo.shop.lane).state == "down"


def test_a_shop_that_is_down_is_explained_until_it_is_back(road: Road) -> None:
    shop_goes_down(road)
    found = pages(road)
    assert all(SHOP_DOWN in page and MARKETPLACE_DOWN not in page for page in found)
    assert "ever less often. Orders wait; nothing is lost." in found[2]
    assert "Since 20" in found[2]
    assert "the next try:" in found[2]

    road.shop._faults.clear()
    road.clock.forward(hours=3)
    road.go(rounds=2)
    assert not any(SHOP_DOWN in page for page in pages(road))


def test_one_that_is_paused_says_so_too_and_stays_paused(road: Road) -> None:
    shop_goes_down(road)
    pause_connection(connection=OrderConnection.objects.get(), now=road.clock(), by=None)
    found = pages(road)
    assert all(SHOP_DOWN in page and ">Paused<" in page for page in found)


def test_both_sides_are_named_the_refused_one_first(road: Road) -> None:
    shop_goes_down(road)
    Lane.objects.filter(key=road.demo.account.lane).update(state="refused", reason="credentials_refused")
    found = pages(road)
    for page in found:
        assert page.index("The marketplace refuses its credentials") < page.index(SHOP_DOWN)
        assert "Needs reconnecting" in page
    link = reverse("web:account", args=[road.demo.account.pk])
    assert [link in page for page in found] == [False, False, False]
    assert [link in page for page in pages(road, "manager")] == [False, True, True]


def test_a_connection_without_a_default_carrier_says_so_in_red_on_the_overview(road: Road) -> None:
    told = 'text-danger">No default carrier: tracking that no rule knows is held.'
    assert not any(told in page for page in pages(road))
    CarrierPlan.objects.update(default_carrier="")
    found = pages(road)
    assert told in found[0]
    assert told in found[1]
    assert 'text-danger">Without one, tracking that no rule knows is held.' in found[2]
    OrderConnection.objects.update(fulfilment="marketplace")
    assert told not in pages(road)[0]
