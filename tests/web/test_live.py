"""What changes by itself: figures, lists, an import and a test order, without a reload and without taking the focus."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections.models import Project
from engine.models import SyncCursor
from orders.models import Order
from stock.models import Product
from tests.road import Road
from tests.web.browser import enter
from tests.web.busy import PASSWORD, member_of
from tests.web.test_pages import signed_in

EMAIL = "owner@shop.example"
browser_test = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def merchant(road: Road, live_server: Any, page: Any) -> Any:
    """A page of the owner that knows whether it was loaded anew."""
    member_of(road.demo.company, EMAIL)
    page.clock.install()
    enter(page, live_server.url, EMAIL)
    return page


def mark(page: Any) -> None:
    page.evaluate("window.loadedOnce = true")


def seconds_pass(page: Any, seconds: int) -> None:
    """Let the page's own clock go on by so much at once: what it does every few seconds it does now."""
    page.clock.fast_forward(seconds * 1000)


def never_reloaded(page: Any) -> bool:
    return page.evaluate("window.loadedOnce === true")


class TestInTheBrowser:
    pytestmark = browser_test

    def test_the_overview_counts_a_new_order_and_keeps_the_focus(self, road: Road, merchant: Any) -> None:
        today = merchant.locator(".card", has_text="Orders today").first.locator(".h1")
        assert today.inner_text() == "0"
        mark(merchant)
        merchant.get_by_role("link", name="All orders").focus()
        order_id = road.bol.place_order(sku="TST-001")
        road.go(rounds=2)

        seconds_pass(merchant, 5)
        merchant.get_by_role("link", name=order_id).wait_for()
        assert today.inner_text() == "1"
        assert never_reloaded(merchant)
        assert merchant.evaluate("document.activeElement.innerText") == "All orders"
        assert merchant.errors == []

    def test_the_list_shows_how_an_order_goes_on(self, road: Road, live_server: Any, merchant: Any) -> None:
        order_id = road.bol.place_order(sku="TST-001")
        road.read()
        merchant.goto(f"{live_server.url}/orders")
        merchant.get_by_text("On its way to the shop").wait_for()
        mark(merchant)
        link = merchant.get_by_role("link", name=order_id)
        link.focus()
        road.go(rounds=2)

        seconds_pass(merchant, 6)
        merchant.get_by_role("row", name=order_id).get_by_text("In the shop").wait_for()
        assert never_reloaded(merchant)
        assert link.evaluate("element => element === document.activeElement")

    def test_a_search_is_answered_while_it_is_typed_and_can_be_kept(
        self, road: Road, live_server: Any, merchant: Any
    ) -> None:
        ids = [road.bol.place_order(sku="TST-001") for _ in range(2)]
        road.go(rounds=2)
        merchant.goto(f"{live_server.url}/orders")
        mark(merchant)
        merchant.get_by_label("Search").press_sequentially(ids[1])
        merchant.get_by_text("1 order", exact=True).wait_for()

        assert merchant.locator("#orders tbody tr").count() == 1
        assert never_reloaded(merchant)
        assert f"q={ids[1]}" in merchant.url
        merchant.reload()
        assert merchant.get_by_label("Search").input_value() == ids[1]
        assert merchant.locator("#orders tbody tr").count() == 1

    def test_an_import_is_counted_to_its_end(self, road: Road, live_server: Any, merchant: Any) -> None:
        project = Project.objects.get()
        cursor = SyncCursor.objects.filter(feed="products")
        cursor.update(last_success_at=None, expected=8, active=False)
        merchant.goto(f"{live_server.url}/projects/{project.pk}")
        bar = merchant.get_by_role("progressbar", name="Product import")
        assert bar.get_attribute("value") == "25"
        assert bar.bounding_box()["height"] >= 4
        mark(merchant)
        Product.objects.bulk_create(
            Product(project=project, shop_product_id=f"x{n}", sku=f"X-{n}", seen_at=road.clock()) for n in range(4)
        )
        seconds_pass(merchant, 2)
        merchant.get_by_text("Importing: 6 products so far.").wait_for()
        assert bar.get_attribute("value") == "75"
        cursor.update(last_success_at=timezone.now())
        seconds_pass(merchant, 2)
        merchant.get_by_text("Every product has its own ID").wait_for()
        assert (bar.count(), never_reloaded(merchant)) == (0, True)

    def test_the_way_of_a_test_order_is_shown_step_by_step(self, road: Road, live_server: Any, merchant: Any) -> None:
        merchant.goto(f"{live_server.url}/connections/{road.demo.connection.pk}/test-order")
        merchant.get_by_role("button", name="Preview").click()
        merchant.get_by_role("button", name="Send it to the shop").dblclick()
        merchant.get_by_text("The order in the shop").wait_for()
        mark(merchant)
        road.go(rounds=2)

        merchant.get_by_role("button", name="Cancel it in the shop").wait_for()
        assert merchant.get_by_role("status").get_by_text("Done").count() == 1
        assert never_reloaded(merchant)
        assert Order.objects.filter(is_test=True).count() == 1
        # Once nothing moves any more, nobody is asked any more.
        assert merchant.locator("#sent[hx-get]").count() == 0

    def test_a_page_whose_session_is_over_leads_to_the_sign_in_and_back(self, live_server: Any, merchant: Any) -> None:
        merchant.goto(f"{live_server.url}/orders?tab=shipped")
        Session.objects.all().delete()
        seconds_pass(merchant, 6)
        merchant.get_by_label("Password").wait_for()
        assert merchant.locator("h1").all_inner_texts() == ["Sign in"]
        merchant.get_by_label("E-mail address").fill(EMAIL)
        merchant.get_by_label("Password").fill(PASSWORD)
        merchant.get_by_role("button", name="Sign in").click()
        merchant.wait_for_url("**/orders?tab=shipped")


@pytest.mark.django_db
def test_a_live_part_without_a_session_asks_for_the_whole_page(road: Road) -> None:
    live = {"HX-Request": "true"}
    nobody = Client().get(reverse("web:overview"), headers=live)
    assert (nobody.status_code, nobody.headers["HX-Refresh"], nobody.content) == (200, "true", b"")
    plain = Client().get(reverse("web:overview"))
    assert (plain.status_code, "HX-Refresh" in plain.headers) == (302, False)
    known = signed_in(road.demo.company).get(reverse("web:overview"), headers=live)
    assert (known.status_code, "HX-Refresh" in known.headers) == (200, False)
