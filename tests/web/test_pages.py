"""What a person sees: the right records, nobody else's, and hostile text as text."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Company, Membership, User
from engine.models import OutboxMessage
from orders.models import Order, ReturnLine
from tests.road import Road

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"


def signed_in(company: Company | None, role: str = "owner") -> Client:
    user = User.objects.create_user(f"{role}{User.objects.count()}@shop.example", "a-long-password")
    if company:
        Membership.objects.create(user=user, company=company, role=role)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def sold(road: Road) -> Order:
    road.bol.place_order(sku="TST-001", title=HOSTILE)
    road.go(rounds=2)
    return Order.objects.get()


def pages(order: Order) -> list[str]:
    plan = order.company.carrier_plans.get()
    return [
        reverse("web:overview"),
        reverse("web:orders"),
        reverse("web:order", args=[order.pk]),
        reverse("web:connection", args=[order.connection_id]),
        reverse("web:carriers"),
        reverse("web:carrier_plan", args=[plan.pk]),
        reverse("web:stock"),
        reverse("web:returns"),
    ]


def test_a_member_sees_every_page(sold: Order) -> None:
    client = signed_in(sold.company, "viewer")

    assert [client.get(url).status_code for url in pages(sold)] == [200] * 8


def test_a_stranger_finds_nothing_and_nobody_gets_in_without_signing_in(sold: Order) -> None:
    other = Company.objects.create(name="Other")
    stranger = signed_in(other)
    own = {reverse("web:order", args=[sold.pk]), reverse("web:connection", args=[sold.connection_id]), pages(sold)[5]}

    assert {url: stranger.get(url).status_code for url in own} == dict.fromkeys(own, 404)
    assert sold.number not in stranger.get(reverse("web:orders")).content.decode()
    assert [Client().get(url).status_code for url in pages(sold)] == [302] * 8


@pytest.mark.parametrize("name", ["resume", "handled", "release"])
def test_only_owners_and_managers_of_the_company_change_an_order(sold: Order, name: str) -> None:
    url = reverse(f"web:{name}", args=[sold.pk])
    before = Order.objects.values().get()

    assert signed_in(sold.company, "viewer").post(url).status_code == 403
    assert signed_in(Company.objects.create(name="Other")).post(url).status_code == 404
    assert Client().post(url).status_code == 302
    assert Order.objects.values().get() == before
    assert signed_in(sold.company, "manager").post(url).status_code == 302


def test_text_of_a_marketplace_stays_text(sold: Order) -> None:
    client = signed_in(sold.company)
    Order.objects.update(shop_order_url="javascript:alert(1)", number=HOSTILE)

    for url in pages(sold):
        page = client.get(url).content.decode()
        assert HOSTILE not in page
        assert "javascript:" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [("TST-001", 1), ("1015cj", 1), ("nothing", 0), ("", 1)],
)
def test_orders_are_found(sold: Order, query: str, found: int) -> None:
    page = signed_in(sold.company).get(reverse("web:orders"), {"q": query})

    assert page.context["page"].paginator.count == found


def test_tabs_and_filters_narrow_the_list(road: Road, sold: Order) -> None:
    client, url = signed_in(sold.company), reverse("web:orders")
    stuck = road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=2)
    Order.objects.filter(pk=sold.pk).update(status="shipped")

    def shown(query: str) -> list[str]:
        return [order.marketplace_order_id for order in client.get(f"{url}?{query}").context["page"]]

    both = [stuck, sold.marketplace_order_id]
    assert shown("") == shown("tab=nonsense") == shown("tab=all") == both
    assert shown("tab=attention") == shown("tab=not_shipped") == [stuck]
    assert shown("tab=shipped") == [sold.marketplace_order_id]
    assert shown("tab=cancelled") == shown("tab=waiting") == shown("tab=test") == []
    assert shown("placed_to=2026-11-19") == []
    Order.objects.filter(pk=sold.pk).update(is_test=True)
    assert (shown("tab=all"), shown("tab=test")) == ([stuck], [sold.marketplace_order_id])


def test_problems_are_grouped_by_cause_and_mended_at_once(road: Road, sold: Order) -> None:
    for _ in range(3):
        road.bol.place_order(sku="NOBODY-KNOWS")
    road.bol.place_order(sku="OTHER")
    road.go(rounds=2)
    client = signed_in(sold.company)
    found = client.get(reverse("web:orders") + "?tab=attention").context["causes"]
    assert [(cause.count, cause.skus) for cause in found] == [(3, ["NOBODY-KNOWS"]), (1, ["OTHER"])]

    url = reverse("web:map_reference", args=[sold.connection.project_id])
    wrong = client.post(url, {"reference": "NOBODY-KNOWS", "product": "NOT-THERE"}, follow=True)
    assert "No imported product has this ID." in wrong.content.decode()
    right = client.post(url, {"reference": "NOBODY-KNOWS", "product": "TST-002"}, follow=True)
    assert "Mapped; 3 orders go on." in right.content.decode()
    assert [cause.count for cause in right.context["causes"]] == [1]


def test_the_export_is_what_the_list_shows_and_holds_no_formula(road: Road, sold: Order) -> None:
    road.bol.place_order(sku="=cmd|' /C calc'!A0")
    road.go(rounds=2)
    answer = signed_in(sold.company).get(reverse("web:export_orders") + "?tab=attention")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert [(row["state"], row["total"], row["country"]) for row in rows] == [("needs_attention", "12.10", "NL")]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_more_orders_cost_no_more_queries(road: Road, sold: Order) -> None:
    client = signed_in(sold.company)

    def queries(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return len(captured)

    before = [queries(url) for url in pages(sold)]
    for _ in range(5):
        road.bol.place_order(sku="TST-002", price="10.90")
    road.go(rounds=2)

    assert [queries(url) for url in pages(sold)] == before


def test_an_order_can_be_tried_again_from_its_page(road: Road) -> None:
    road.bol.place_order(sku="NEW-9", price="3.00")
    road.go(rounds=1)
    order = Order.objects.get()
    client = signed_in(order.company)
    assert "The shop has no product for NEW-9." in client.get(reverse("web:order", args=[order.pk])).content.decode()

    client.post(reverse("web:resume", args=[order.pk]))

    assert OutboxMessage.objects.get(kind="create_shop_order").state == OutboxMessage.State.QUEUED


def test_credentials_are_never_on_a_page(sold: Order) -> None:
    staff = User.objects.create_superuser("staff@shop.example", "a-long-password")
    client = Client()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    shop, account = sold.connection.project.shop, sold.connection.account
    urls = [
        reverse("admin:connections_shop_change", args=[shop.pk]),
        reverse("admin:connections_marketplaceaccount_change", args=[account.pk]),
        reverse("admin:engine_exchange_changelist"),
        reverse("admin:orders_order_change", args=[sold.pk]),
    ]

    for url in urls:
        answer = client.get(url)
        assert answer.status_code == 200
        assert not any(secret in answer.content.decode() for secret in ("cs_demo", "ck_demo", "demo-secret"))


def test_a_return_is_answered_from_its_page(road: Road) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    road.bol.register_return(order_id, quantity=2, reason=HOSTILE)
    road.go(rounds=1)
    line = ReturnLine.objects.get()
    answer = reverse("web:answer_return", args=[line.pk])
    company = line.registered_return.company

    assert signed_in(Company.objects.create(name="Other")).post(answer, {"decision": "keeps"}).status_code == 404
    assert signed_in(company, "viewer").post(answer, {"decision": "keeps", "quantity": 1}).status_code == 403
    owner = signed_in(company)
    wrong = owner.post(answer, {"decision": "keeps", "quantity": 3}, follow=True)
    assert "less than or equal to 2" in wrong.content.decode()
    line.refresh_from_db()
    assert line.decision == ""

    told = owner.post(answer, {"decision": "keeps", "quantity": 1}, follow=True).content.decode()
    assert "The marketplace is told." in told
    assert HOSTILE not in told
    line.refresh_from_db()
    assert (line.decision, line.decided_quantity) == ("keeps", 1)
