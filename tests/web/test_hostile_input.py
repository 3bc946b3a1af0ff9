"""Nothing that is typed or put in an address breaks a page: whatever it is, it is answered, and shown as text."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import NoReverseMatch, reverse

from connections.models import MarketplaceAccount, OrderConnection, Project, Shop
from orders.models import Order, OrderAddress, OrderLine
from stock.models import Product
from tests.effort import share
from tests.road import Road
from tests.web.test_pages import signed_in
from tests.web.test_permissions import EXPECTED, arguments  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
TEXTS = {
    "long": "Wolfeschlegelsteinhausenbergerdorff" * 60,
    "right to left": "محل الأكواب \u202eevil\u202c עברית",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 30,
    "markup": "<img src=x onerror=alert(1)>\"'&{{ 7 }}{% now %}",
    "nought": "a\x00b",
    "lines": "a\r\nBcc: somebody@example.com\r\n\r\nb",
    "number": "9" * 5000,
    "digits of others": "٣²३",
    "a number": "-9223372036854775809",
}
HTMX = {"HX-Request": "true"}
FIELDS = (
    "q", "page", "connection", "placed_from", "placed_to", "tab", "codes", "value", "carrier", "country", "business",
    "product", "marketplace", "project", "name", "email", "role", "version", "rule", "action", "operator", "by", "back",
    "reference", "street", "last_name", "postcode", "city", "tracking_code", "reason", "decision", "quantity", "token",
    "shipping_method", "tracking_wait_hours", "carrier_plan", "account", "fulfilment", "time_zone", "language", "paused",
    "shop_url", "consumer_key", "consumer_secret", "client_id", "client_secret", "base_url", "token_url", "password",
    "product_id_field", "default_carrier", "form-TOTAL_FORMS", "form-INITIAL_FORMS", "form-0-product", "form-0-price",
    "form-0-quantity", "discount", "shipping_cost", "vat_number", "remark", "picked", "company", "role",
)  # fmt: skip


@pytest.mark.parametrize("name", share(sorted(EXPECTED), of=4))
def test_every_address_answers_whatever_is_sent(road: Road, arguments: dict[str, list[Any]], name: str) -> None:
    client, url = signed_in(road.demo.company), reverse(f"web:{name}", args=arguments.get(name, []))
    for kind, text in TEXTS.items():
        sent = dict.fromkeys(FIELDS, text)
        for answer in (client.get(url, sent), client.post(url, sent), client.post(url, sent, headers=HTMX)):
            assert answer.status_code < 500, kind
            if not getattr(answer, "streaming", False):
                assert b"<img src=x" not in answer.content, kind


@pytest.mark.parametrize("key", share([0, 2**31, 2**63 - 1, 2**63, 10**30], of=2))
def test_numbers_that_no_record_has_are_not_found(road: Road, arguments: dict[str, list[Any]], key: int) -> None:
    client = signed_in(road.demo.company)
    for name, given in arguments.items():
        numbers = [key if isinstance(part, int) else part for part in given]
        if numbers == given:
            continue
        method = EXPECTED[name][0][0]
        assert getattr(client, method)(reverse(f"web:{name}", args=numbers)).status_code == 404, name


def rename(text: str, road: Road) -> None:
    """Give everything that has a name this one, as far as it may be long."""
    name, company = text[:120], road.demo.company
    type(company).objects.update(name=name)
    for model in (Project, Shop, MarketplaceAccount, OrderConnection):
        model.objects.update(name=name)
    company.carrier_plans.update(name=name)
    Product.objects.update(title=name, sku=name[:100])
    Order.objects.update(number=name, shop_order_number=name[:64], remark=text)
    OrderLine.objects.update(title=text, sku=name)
    OrderAddress.objects.update(first_name=name, last_name=name, street=name, city=name, lines=[name], email=name)


@pytest.mark.parametrize("kind", share(["long", "right to left", "emoji", "markup", "lines"], of=2))
def test_every_page_shows_names_of_any_kind_as_text(road: Road, arguments: dict[str, list[Any]], kind: str) -> None:
    client = signed_in(road.demo.company)
    rename(TEXTS[kind], road)
    for name, rows in EXPECTED.items():
        if rows[0][0] != "get" or name == "consent":  # the way back from a marketplace shows nothing
            continue
        try:
            url = reverse(f"web:{name}", args=arguments.get(name, []))
        except NoReverseMatch:
            continue
        answer = client.get(url + ("?marketplace=bol" if name == "new_connection" else ""))
        assert answer.status_code == 200, name
        if not answer.streaming:
            assert "<img src=x" not in answer.content.decode(), name
