"""Forms answer where they stand, keep what was typed and say how to mend it; nothing is sent that was not looked at."""

from __future__ import annotations

from smtplib import SMTPServerDisconnected
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Company, Invitation
from orders.models import TestOrder
from stock.models import HeldStock, Offer, Product
from tests.road import Road
from tests.web.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def owner(road: Road) -> Client:
    return signed_in(road.demo.company)


@pytest.mark.parametrize("error", [SMTPServerDisconnected("gone"), ConnectionRefusedError()])
def test_an_invitation_that_could_not_be_mailed_says_so_and_is_sent_again(
    road: Road, owner: Client, error: Exception
) -> None:
    body = {"email": "new@shop.example", "role": "viewer"}
    with patch("web.members.views.send_mail", side_effect=error):
        answer = owner.post(reverse("web:invite"), body)
    told = answer.content.decode()
    assert (answer.status_code, "The mail could not be sent just now." in told) == (422, True)
    assert 'value="new@shop.example"' in told

    assert owner.post(reverse("web:invite"), body).status_code == 302
    assert (len(mail.outbox), Invitation.objects.count()) == (1, 1)


def test_a_company_s_name_makes_no_header_of_an_invitation(road: Road, owner: Client) -> None:
    Company.objects.update(name="Mugs\r\nBcc: everybody@shop.example")
    owner.post(reverse("web:invite"), {"email": "new@shop.example", "role": "viewer"})
    [sent] = mail.outbox
    assert (sent.subject, sent.recipients()) == (
        "Your seat at Mugs Bcc: everybody@shop.example",
        ["new@shop.example"],
    )


@pytest.mark.parametrize("name", ["", "x" * 121])
def test_a_plan_that_cannot_be_made_keeps_its_name(road: Road, owner: Client, name: str) -> None:
    answer = owner.post(reverse("web:new_plan"), {"name": name})
    assert (answer.status_code, 'id="new-plan-error"' in answer.content.decode()) == (422, True)
    assert f'value="{name}"' in answer.content.decode()
    assert road.demo.company.carrier_plans.count() == 1


class TestTestOrder:
    def body(self, owner: Client, road: Road) -> tuple[str, dict[str, Any]]:
        """The form as it is proposed, with the preview's mark."""
        url = reverse("web:test_order", args=[road.demo.connection.pk])
        context = owner.get(url).context
        form, lines = context["form"], context["lines"]
        body = {name: field.initial for name, field in form.fields.items() if field.initial is not None}
        body |= {name: value for name, value in form.initial.items() if value not in (None, False)}
        body |= {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "0"}
        body |= {f"form-0-{name}": value for name, value in lines.forms[0].initial.items()}
        return url, body

    def test_what_was_looked_at_is_sent(self, road: Road, owner: Client) -> None:
        url, body = self.body(owner, road)
        seen = owner.post(url, body).context["preview"]["mark"]
        assert owner.post(url, {**body, "send": "1", "seen": seen}).status_code == 302
        assert TestOrder.objects.count() == 1

    def test_all_that_the_shop_will_receive_is_shown(self, road: Road, owner: Client) -> None:
        url, body = self.body(owner, road)
        asked = {"phone": "+31 6 11", "vat_number": "NL9", "pickup_point": "Kiosk 7", "remark": "Ring twice"}
        page = owner.post(url, {**body, **asked, "business": "on"}).content.decode()
        shown = page[page.index('id="preview"') : page.index("Send it to the shop")]
        before_call = shown.split("<details")[0]
        assert [text for text in (*asked.values(), "Business order") if text not in before_call] == []

    @pytest.mark.parametrize("seen", ["", "0" * 64])
    def test_what_was_not_is_shown_first(self, road: Road, owner: Client, seen: str) -> None:
        url, body = self.body(owner, road)
        answer = owner.post(url, {**body, "send": "1", "seen": seen})
        assert "You changed something since you looked at it." in answer.content.decode()
        assert TestOrder.objects.count() == 0

    def test_what_was_changed_since_is_shown_again(self, road: Road, owner: Client) -> None:
        url, body = self.body(owner, road)
        seen = owner.post(url, body).context["preview"]["mark"]
        changed = {**body, "city": "Elsewhere", "send": "1", "seen": seen}
        answer = owner.post(url, changed)
        assert "Elsewhere" in answer.content.decode()
        assert TestOrder.objects.count() == 0
        again = answer.context["preview"]["mark"]
        assert owner.post(url, {**changed, "seen": again}).status_code == 302


class TestProducts:
    def test_missing_and_shared_ids_are_named_every_one(self, road: Road, owner: Client) -> None:
        project = road.demo.connection.project
        new = {"project": project, "seen_at": road.clock()}
        Product.objects.bulk_create(
            Product(shop_product_id=f"n{n}", title=f"Nameless {n:02}", **new) for n in range(60)
        )
        Product.objects.bulk_create(
            Product(shop_product_id=f"d{n}", sku="TWICE", title=f"Double {n}", **new) for n in range(3)
        )
        page = owner.get(reverse("web:project", args=[project.pk])).content.decode()
        stock = reverse("web:stock")
        for ids in ("missing", "shared"):
            assert f"{stock}?project={project.pk}&amp;ids={ids}" in page

        first = owner.get(stock, {"project": project.pk, "ids": "missing"})
        assert first.context["page"].paginator.count == 60
        assert f"?project={project.pk}&amp;ids=missing&amp;page=2" in first.content.decode()
        second = owner.get(stock, {"project": project.pk, "ids": "missing", "page": 2}).content.decode()
        assert "Nameless 59" in second
        shared = owner.get(stock, {"project": project.pk, "ids": "shared"}).context["page"]
        assert [product.title for product in shared] == ["Double 0", "Double 1", "Double 2"]

    def test_a_strangers_project_is_not_found(self, road: Road) -> None:
        stranger = signed_in(Company.objects.create(name="Other"))
        query = {"project": road.demo.connection.project_id, "ids": "missing"}
        assert stranger.get(reverse("web:stock"), query).status_code == 404

    def test_what_a_marketplace_holds_stands_apart_from_the_shops_stock(self, road: Road, owner: Client) -> None:
        product = Product.objects.get(sku="TST-001")
        for place, reserved, coming in (("NL", 3, 12), ("DE", 0, 0)):
            HeldStock.objects.create(
                connection=road.demo.connection, product=product, reference="TST-001", place=place, available=40,
                reserved=reserved, coming=coming, changed_at=road.clock(),
            )  # fmt: skip

        page = owner.get(reverse("web:stock")).content.decode()

        assert page.count("In its own warehouse") == 2
        assert "<bdi>bol</bdi> NL: 40" in page
        assert page.count("+ 3 reserved") == page.count("+ 12 on the way") == 1

    def test_an_offer_that_is_refused_says_so(self, road: Road, owner: Client) -> None:
        Offer.objects.filter(reference="TST-001").update(problem_code="rejected", desired_version=9, desired_quantity=7)
        page = owner.get(reverse("web:stock")).content.decode()
        assert '<span class="text-danger">Refused</span>' in page
