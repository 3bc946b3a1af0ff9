"""The shop's own shipping methods are offered, and nobody else's; a shop that is away keeps nobody from typing one."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils.html import escape

from accounts.models import Company
from connections.models import OrderConnection
from shops.registry import all_shops
from tests.road import Road
from tests.web.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.either]


def asked(road: Road) -> int:
    return len(road.shop.requests_to("GET", "/wp-json/wc/v3/shipping"))


def test_the_names_of_the_shop_are_offered_and_kept_for_a_while(road: Road) -> None:
    client, url = signed_in(road.demo.company, "viewer"), reverse("web:shop_methods")
    project = road.demo.connection.project_id
    for _ in range(2):
        text = client.get(url, {"project": project}).content.decode()
        assert re.findall('value="(.*?)"', text) == ["PostNL standard", "DHL Europe", "Pick-up"]
    assert asked(road) == 3  # the zones, and two of them

    road.shop.world.zones[1] = [('"><script>alert(1)</script>', True)]
    type(road.demo.shop).objects.update(credentials_version=2)
    assert "<script>" not in client.get(url, {"project": project}).content.decode()


@pytest.mark.parametrize("project", ["", "abc", "99999999999999999999999", "²"])
def test_without_a_project_nothing_is_offered(road: Road, project: str) -> None:
    assert signed_in(road.demo.company).get(reverse("web:shop_methods"), {"project": project}).content.strip() == b""


def test_a_strangers_shop_is_not_asked(road: Road) -> None:
    stranger = signed_in(Company.objects.create(name="Other"))
    answer = stranger.get(reverse("web:shop_methods"), {"project": road.demo.connection.project_id})
    assert (answer.status_code, asked(road)) == (404, 0)


def test_a_shop_that_is_away_offers_nothing_and_is_asked_again(road: Road) -> None:
    client, query = signed_in(road.demo.company), {"project": road.demo.connection.project_id}
    road.shop.fail_next(status=503, times=1, retry_after=60)
    assert b"<option" not in client.get(reverse("web:shop_methods"), query).content
    assert b"Pick-up" in client.get(reverse("web:shop_methods"), query).content


@pytest.mark.parametrize("platform", sorted(all_shops()))
def test_what_becomes_of_the_chosen_name_is_told_of_each_platform(road: Road, platform: str) -> None:
    type(road.demo.shop).objects.update(platform=platform)
    page = signed_in(road.demo.company).get(reverse("web:shop_methods"), {"project": road.demo.connection.project_id})
    told = page.content.decode()
    assert 'id="id_shipping_method_helptext" hx-swap-oob="true">' in told
    assert escape(all_shops()[platform].spec.shipping_method) in told


def test_a_project_without_a_shop_takes_the_words_about_another_s_away(road: Road) -> None:
    bare = road.demo.company.projects.create(name="Bare")
    told = signed_in(road.demo.company).get(reverse("web:shop_methods"), {"project": bare.pk}).content.decode()
    assert "says.</div>" in told


def test_both_forms_offer_them_and_take_any_other(road: Road) -> None:
    owner, pk = signed_in(road.demo.company), road.demo.connection.pk
    settings = reverse("web:connection_settings", args=[pk])
    for url in (settings, reverse("web:new_connection") + "?marketplace=bol"):
        page = owner.get(url).content.decode()
        assert 'list="shipping-methods"' in page
        assert reverse("web:shop_methods") in page
    body = {"name": "bol", "shipping_method": "By bicycle", "tracking_wait_hours": 3, "carrier_plan": ""}
    assert owner.post(settings, body).status_code == 302
    assert OrderConnection.objects.get().shipping_method == "By bicycle"
