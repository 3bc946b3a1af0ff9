"""The pages in a real browser: what is seen works, without a console error and without a foreign request."""

from __future__ import annotations

from typing import Any

import pytest

from ordersync.demo import EMAIL, PASSWORD, demo_user
from tests.road import Road
from tests.web.browser import WIDTHS, enter, keep, shoot, sign_in, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_merchant_signs_in_finds_an_order_and_reads_it(road: Road, live_server: Any, page: Any) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    stuck = road.bol.place_order(sku="NEW-1", price="4.00")
    road.go(rounds=2)
    demo_user(road.demo.company)
    sign_in(page, live_server.url, EMAIL, PASSWORD)
    page.get_by_text("What needs you").wait_for()
    page.get_by_role("link", name="Orders", exact=True).click()
    page.get_by_label("Search").fill(order_id)
    page.get_by_role("button", name="Find").click()
    page.get_by_text("1 order", exact=True).wait_for()
    page.get_by_role("link", name=order_id).click()
    page.get_by_text("Placed in the shop as order").wait_for()
    page.goto(f"{live_server.url}/orders?q={stuck}")
    page.get_by_role("link", name=stuck).click()
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("It is tried again now.").wait_for()

    shoot(page, "order")
    assert (page.errors, page.foreign, page.violations) == ([], [], [])


def test_the_menu_of_a_telephone_opens_by_keyboard_and_closes_by_itself(
    road: Road, live_server: Any, page: Any
) -> None:
    demo_user(road.demo.company)
    enter(page, live_server.url, EMAIL)
    menu, button = page.locator("#menu"), page.get_by_role("button", name="Menu")
    assert (menu.is_visible(), button.is_visible()) == (True, False)
    page.set_viewport_size({"width": WIDTHS["phone"], "height": 900})
    assert (menu.is_visible(), button.is_visible()) == (False, True)

    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Set-up").wait_for()
    keep(page, "menu-phone")
    assert violations(page) == []
    page.keyboard.press("Escape")
    menu.wait_for(state="hidden")
    button.click()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Overview"
    page.get_by_role("link", name="Company").click()
    page.get_by_role("heading", name="Members").wait_for()
    button.click()
    page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
    page.wait_for_function("!document.getElementById('menu').matches(':popover-open')")
    assert menu.is_visible()


def test_the_first_key_leads_past_the_menu(road: Road, live_server: Any, page: Any) -> None:
    demo_user(road.demo.company)
    enter(page, live_server.url, EMAIL)
    page.goto(f"{live_server.url}/orders")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="To the content")
    assert skip.bounding_box()["y"] >= 0
    keep(page, "skip-wide")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main, .page-header') !== null")
