"""What a person sees: the right records, nobody else's, and hostile text as text."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Company, Membership, User
from carriers.models import CarrierPlan
from engine.models import OutboxMessage
from orders.models import Order, ReturnLine
from tests.laid import lay
from tests.road import Road, named

pytestmark = [pytest.mark.django_db, pytest.mark.either]
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
    return lay("a hostile order", lambda: _sold(road), (road.bol, road.shop), road.clock, on="road")


def _sold(road: Road) -> Order:
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
    cells = [(row["State"], row["Total"], row["Country"]) for row in rows]

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert cells == [("Needs you", "12.10", "NL")]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_the_export_is_written_as_spreadsheets_of_the_reader_s_language_take_it(sold: Order) -> None:
    Company.objects.update(language="fr", time_zone="Europe/Amsterdam")
    Order.objects.update(placed_at=datetime(2026, 11, 1, 23, 30, tzinfo=UTC))
    answer = signed_in(sold.company).get(reverse("web:export_orders"))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    (row,) = csv.DictReader(io.StringIO(text), delimiter=";")

    assert (row["État"], row["Passée le"], row["Total"]) == ("Dans la boutique", "2026-11-02 00:30", "12,10")


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

    assert "Try again" in client.get(reverse("web:order", args=[order.pk])).content.decode()

    client.post(reverse("web:resume", args=[order.pk]))

    assert OutboxMessage.objects.get(kind="shop_order").state == OutboxMessage.State.QUEUED


def test_there_is_nothing_to_try_again_of_an_order_that_goes_well(sold: Order) -> None:
    page = signed_in(sold.company).get(reverse("web:order", args=[sold.pk])).content.decode()

    assert reverse("web:resume", args=[sold.pk]) not in page


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
    wrong = owner.post(answer, {"decision": "keeps", "quantity": 3})
    assert wrong.status_code == 422
    assert "less than or equal to 2" in wrong.content.decode()
    assert '<option value="keeps" selected>' in wrong.content.decode()
    assert 'value="3"' in wrong.content.decode()
    line.refresh_from_db()
    assert line.decision == ""

    told = owner.post(answer, {"decision": "keeps", "quantity": 1}, follow=True).content.decode()
    assert "The marketplace is told." in told
    assert HOSTILE not in told
    again = owner.post(answer, {"decision": "accepted", "quantity": 2}, follow=True).content.decode()
    assert "This return is answered already." in again
    line.refresh_from_db()
    assert (line.decision, line.decided_quantity) == ("keeps", 1)
    assert OutboxMessage.objects.filter(kind="answer_return").count() == 1


def test_the_last_owner_is_told_on_the_same_page_why_the_role_stays() -> None:
    company = Company.objects.create(name="Mugs & Co")
    client = signed_in(company)
    owner = company.memberships.get()

    page = client.post(reverse("web:change_member", args=[owner.pk]), {"role": "viewer"}, follow=True)

    assert page.redirect_chain == [(reverse("web:members"), 302)]
    assert "A company keeps at least one owner." in page.content.decode()
    assert company.memberships.get().role == "owner"


def test_parcels_and_requests_to_cancel_have_their_causes_too(road: Road, sold: Order) -> None:
    CarrierPlan.objects.update(default_carrier="")
    told = [road.bol.place_order(sku="TST-001") for _ in range(3)]
    road.go(rounds=2)
    for number, order_id in enumerate(told[:2]):
        made = road.shop.orders_with(named(order_id))[0]["id"]
        road.shop.ship(made, carrier="Somebody", tracking_code=f"XYZ{number}")
    road.bol.request_cancellation(told[2])
    road.go(rounds=2)

    page = signed_in(sold.company).get(reverse("web:orders") + "?tab=attention")

    assert [(cause.code, cause.count) for cause in page.context["causes"]] == [("no_carrier", 2), ("hold", 1)]
    assert page.context["page"].paginator.count == 3
    assert f'<a href="{reverse("web:carriers")}">Choose their carriers</a>' in page.content.decode()


def test_an_order_that_nobody_ships_from_the_shop_does_not_ask_for_it(road: Road, sold: Order) -> None:
    client, asked = signed_in(sold.company), "Ship the order in the shop as usual"

    def page() -> str:
        return client.get(reverse("web:order", args=[sold.pk])).content.decode()

    assert asked in page()
    for status, told in (
        ("shipped", "Shipped outside the shop"),
        ("cancelled", "Cancelled: there is nothing to ship."),
    ):
        Order.objects.update(status=status)
        assert told in page()
        assert asked not in page()
