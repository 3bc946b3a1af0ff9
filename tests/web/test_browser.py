"""The pages in a real browser: what is seen works, without a console error and without a foreign request."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ordersync.demo import EMAIL, PASSWORD, demo_user
from tests.road import Road

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("ORDERSYNC_REQUIRE_BROWSER"):
            pytest.fail("ORDERSYNC_REQUIRE_BROWSER is set, and there is no browser")
        pytest.skip("no browser on this machine; install chromium to run this")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


def test_a_merchant_signs_in_finds_an_order_and_reads_it(road: Road, live_server: Any, page: Any) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    stuck = road.bol.place_order(sku="NEW-1", price="4.00")
    road.go(rounds=2)
    demo_user(road.demo.company)
    errors, foreign = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "request",
        lambda request: foreign.append(request.url) if not request.url.startswith((live_server.url, "data:")) else None,
    )

    page.goto(live_server.url)
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
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

    folder = Path("screenshots")
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / "order.png", full_page=True)
    assert (errors, foreign) == ([], [])
