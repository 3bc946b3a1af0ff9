"""A headless browser, and what a person does in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
SHOTS = Path("screenshots")


@pytest.fixture
def page() -> Iterator[Any]:
    """Yield a page that notes console errors (`page.errors`) and requests to other hosts (`page.foreign`)."""
    from playwright.sync_api import sync_playwright

    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("ORDERSYNC_REQUIRE_BROWSER"):
            pytest.fail("ORDERSYNC_REQUIRE_BROWSER is set, and there is no browser")
        pytest.skip("no browser on this machine; install chromium to run this")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        opened.set_default_timeout(10_000)
        watch(opened)
        yield opened
        browser.close()


def watch(page: Any) -> None:
    page.errors, page.foreign, page.violations = [], [], []
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))

    def note(request: Any) -> None:
        if not request.url.startswith(("http://localhost", "http://127.0.0.1", "data:")):
            page.foreign.append(request.url)

    page.on("request", note)


def sign_in(page: Any, url: str, email: str, password: str) -> None:
    page.goto(url)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Overview").wait_for()


def violations(page: Any) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA on the page as it is, one line each."""
    from axe_playwright_python.base import AXE_SCRIPT

    page.wait_for_load_state("load")
    # The page's own policy forbids foreign scripts; this one is put in past it, by the browser's driver.
    page.evaluate(AXE_SCRIPT)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = page.evaluate("(tags) => axe.run(document, {runOnly: tags})", tags)
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def shoot(page: Any, name: str) -> None:
    """Note what axe finds (`page.violations`), and keep a screenshot in both widths, to be looked at."""
    page.violations += [f"{name}: {text}" for text in violations(page)]
    SHOTS.mkdir(exist_ok=True)
    for width, mark in ((1280, "wide"), (390, "phone")):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=SHOTS / f"{name}-{mark}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, f"{name} {mark}"
    page.set_viewport_size({"width": 1280, "height": 900})
